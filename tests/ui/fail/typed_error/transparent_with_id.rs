// errors: 1
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("gone")]
#[typed_error(id = "app.errors.gone")]
struct Gone;

#[derive(Debug, thiserror::Error, TypedError)]
#[error(transparent)]
#[typed_error(transparent, http = 410)]
struct Wrapper(Gone);

fn main() {}
