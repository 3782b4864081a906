// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, serde::Serialize)]
struct Limits;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
#[typed_error(id = "app.errors.quota")]
struct Quota {
    limits: Limits,
}

fn main() {}
