// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error(transparent)]
#[typed_error(transparent)]
struct Wrapper(std::fmt::Error);

fn main() {}
