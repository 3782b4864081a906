//! What generated code names. Not part of the public interface: it changes with the macros, whose version is
//! pinned to this crate's.

pub use core::convert::From;
pub use core::default::Default;
pub use core::option::Option;
pub use core::result::Result;
pub use std::string::String;
pub use std::vec::Vec;

pub use {inventory, schemars, serde};

pub use crate::cache_time;
pub use crate::error::TunnelError;
pub use crate::handler::bind::{
    BoundEvent, BoundTask, asynchronous as event, asynchronous as task, blocking as blocking_event,
    blocking as blocking_task,
};
pub use crate::handler::probe::{ArgProbe, ReturnProbe};
pub use crate::handler::typed_error::CauseProbe;
pub use crate::handler::{TunnelContext, TypedError, TypedErrorBody, TypedErrorSpec};
pub use crate::origin;
pub use crate::registry::{Entry, Origin};
pub use crate::type_name;
pub use crate::types::name::TypeName;
pub use crate::types::plain::{ReadPlain, WritePlain, read_named, write_named};

/// The start of counting a function's inputs.
pub const NO_INPUT: crate::handler::args::Inputs<crate::handler::args::TakesNone> =
    crate::handler::args::Inputs::NONE;

/// The reader of forms, for the tests that stand outside this crate: fuzzing, and Node.
pub mod multipart {
    pub use crate::multipart::{Event, Malformed, Parser, PartHeader, boundary};
}

/// The traits behind the probes' methods; they bring no names into scope.
pub mod probe {
    pub use crate::handler::failure::{ConvertAny as _, ConvertOwn as _, ConvertTyped as _};
    pub use crate::handler::outcome::{KeepPayload as _, ReplacePayload as _};
    pub use crate::handler::probe::{
        ProbeBareContext as _, ProbeExtract as _, ProbeInput as _, ProbeOptionInside as _,
        ProbeResult as _, ProbeValue as _,
    };
    pub use crate::handler::typed_error::{ProbeNoSources as _, ProbeSources as _};
}

/// Where an annotated function stands; expands in its crate.
#[doc(hidden)]
#[macro_export]
macro_rules! origin {
    ($function:ident) => {
        $crate::__private::Origin {
            package: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            file: ::core::file!(),
            line: ::core::line!(),
            column: ::core::column!(),
            module: ::core::module_path!(),
            function: ::core::stringify!($function),
        }
    };
}

/// A type's name and where the type stands; expands in its crate.
#[doc(hidden)]
#[macro_export]
macro_rules! type_name {
    ($name:literal) => {
        $crate::__private::TypeName {
            name: $name,
            package: ::core::env!("CARGO_PKG_NAME"),
            file: ::core::file!(),
            line: ::core::line!(),
        }
    };
}

/// The milliseconds of the key `cache`.
#[cfg(feature = "cache")]
#[doc(hidden)]
#[macro_export]
macro_rules! cache_time {
    ($milliseconds:literal) => {
        $milliseconds
    };
}

/// A library without a cache takes no `cache`.
#[cfg(not(feature = "cache"))]
#[doc(hidden)]
#[macro_export]
macro_rules! cache_time {
    ($milliseconds:literal) => {
        ::core::compile_error!(
            "`cache` needs the feature `cache` of runner-tunnel: write `runner-tunnel = { version = \"…\", features = [\"cache\"] }` in Cargo.toml, or remove the key"
        )
    };
}
