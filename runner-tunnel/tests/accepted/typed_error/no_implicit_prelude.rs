#![no_implicit_prelude]
#![deny(warnings)]

mod std {}
mod core {}
mod serde {}

// `derive` itself is in the prelude.
use ::core::prelude::v1::derive;

#[derive(::std::fmt::Debug, ::thiserror::Error, ::runner_tunnel::TypedError)]
pub enum Error {
    #[error("gone")]
    #[typed_error(id = "app.errors.gone", http = 410)]
    Gone { what: u8 },
    #[error("other")]
    Other,
}
