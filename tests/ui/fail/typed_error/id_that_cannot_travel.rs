// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("quota")]
#[typed_error(id = "/quota")]
struct Quota;

fn main() {}
