//! Proof that a type can be described: the bound that inputs and results share.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;

use super::args::plain_marker;
use crate::schema::{self, SchemaFn};

/// Proof that `T` has a JSON Schema.
pub struct SchemaToken<T> {
    pub(super) of_input: SchemaFn,
    pub(super) of_result: SchemaFn,
    of: PhantomData<fn() -> T>,
}

impl<T: HasSchema> SchemaToken<T> {
    pub(super) fn new() -> Self {
        let (of_input, of_result) = T::schemas();
        Self {
            of_input,
            of_result,
            of: PhantomData,
        }
    }
}

plain_marker! { SchemaToken<T> }

/// A type that discovery can describe.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON Schema: add `#[derive(runner_tunnel::JsonSchema)]`, or take it as `runner_tunnel::State` if it does not come from the caller",
    label = "cannot be described in discovery"
)]
pub trait HasSchema {
    #[doc(hidden)]
    fn schemas() -> (SchemaFn, SchemaFn);
}

impl<T: JsonSchema> HasSchema for T {
    fn schemas() -> (SchemaFn, SchemaFn) {
        (schema::of_input::<T>, schema::of_result::<T>)
    }
}
