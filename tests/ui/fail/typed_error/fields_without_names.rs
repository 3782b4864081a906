// errors: 2
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
#[typed_error(id = "app.errors.quota")]
struct Quota(u64, u64);

#[derive(Debug, thiserror::Error, TypedError)]
enum Error {
    #[error("gone")]
    #[typed_error(id = "app.errors.gone")]
    Gone(String),
}

fn main() {}
