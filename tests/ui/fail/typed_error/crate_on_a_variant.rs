// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
enum Error {
    #[error("gone")]
    #[typed_error(id = "app.errors.gone", crate = runner_tunnel)]
    Gone,
}

fn main() {}
