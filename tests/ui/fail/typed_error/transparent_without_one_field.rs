// errors: 2
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
enum Error {
    #[error("none")]
    #[typed_error(transparent)]
    None,
    #[error("two")]
    #[typed_error(transparent)]
    Two(std::fmt::Error, u8),
}

fn main() {}
