// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
#[typed_error(id = "app.errors.quota")]
struct Quota {
    #[typed_error(transparent)]
    limit: u64,
}

fn main() {}
