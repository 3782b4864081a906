// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[typed_error(id = "app.errors.order")]
enum Error {
    #[error("gone")]
    Gone,
}

fn main() {}
