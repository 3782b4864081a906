// errors: 2
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
struct Nothing;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
#[typed_error(http = 429)]
struct OnlyStatus;

fn main() {}
