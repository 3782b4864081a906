// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
enum Error {
    #[error("gone")]
    Gone,
}

fn main() {}
