#![deny(warnings)]
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
#[error("gone")]
#[typed_error(id = "app.errors.gone", http = 410)]
pub struct Gone;

#[derive(Debug, thiserror::Error, TypedError)]
pub enum Outer {
    #[error(transparent)]
    #[typed_error(transparent)]
    Gone(#[from] Gone),
    #[error("{inner}")]
    #[typed_error(transparent)]
    Named { inner: Wrapper },
}

#[derive(Debug, thiserror::Error, TypedError)]
#[error(transparent)]
#[typed_error(transparent)]
pub struct Wrapper(Gone);
