//! The macros of `runner-tunnel`. Use and read about them there: the crate re-exports them together
//! with their documentation, so that the examples run against the real thing.
//!
//! The order of work is parse, model, validate, expand, one file each. Only this file knows
//! `proc_macro`; everything else works on `proc_macro2` and is tested as plain functions.

#![expect(
    missing_docs,
    reason = "the re-exports document the macros, and show what would stand here below that"
)]

mod args;
mod diag;
mod doc;
mod expand;
mod id;
mod item;
mod keys;
mod leading;
mod model;
mod paths;
mod signature;
#[cfg(test)]
mod testing;
mod tunnel_context;
mod tunnel_type;
mod typed_error;
mod units;
mod validate;

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn tunnel_task(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::task::expand(args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn tunnel_event(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::event::expand(args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn tunnel_type(args: TokenStream, item: TokenStream) -> TokenStream {
    tunnel_type::expand(args.into(), &item.into()).into()
}

#[proc_macro_attribute]
pub fn tunnel_context(args: TokenStream, item: TokenStream) -> TokenStream {
    tunnel_context::expand(args.into(), &item.into()).into()
}

#[proc_macro_derive(TypedError, attributes(typed_error, serde, schemars))]
pub fn typed_error(item: TokenStream) -> TokenStream {
    typed_error::expand(item.into()).into()
}
