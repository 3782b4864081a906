// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
#[typed_error(id = "app.errors.quota", htttp = 429)]
struct Quota;

fn main() {}
