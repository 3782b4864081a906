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
    /// Of one item, where the type is a stream of typed ones.
    pub(super) of_item: Option<SchemaFn>,
    of: PhantomData<fn() -> T>,
}

impl<T: HasSchema> SchemaToken<T> {
    pub(super) fn new() -> Self {
        let Schemas {
            input: of_input,
            result: of_result,
            item: of_item,
        } = T::schemas();
        Self {
            of_input,
            of_result,
            of_item,
            of: PhantomData,
        }
    }
}

plain_marker! { SchemaToken<T> }

/// A type that discovery can describe.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON Schema: add `#[derive(runner_tunnel::JsonSchema)]`, or take it as `runner_tunnel::State` if it does not come from the caller",
    label = "cannot be described in discovery",
    note = "of a stream of items, `JsonLines<T>` or `ServerSentEvents<T>`, it is the items that need it"
)]
pub trait HasSchema {
    #[doc(hidden)]
    fn schemas() -> Schemas;
}

/// What there is to know of a type.
#[derive(Debug, Clone, Copy)]
pub struct Schemas {
    pub(super) input: SchemaFn,
    pub(super) result: SchemaFn,
    pub(super) item: Option<SchemaFn>,
}

impl Schemas {
    /// Of a stream: as a whole it is no JSON.
    pub(super) fn of_stream(item: Option<SchemaFn>) -> Self {
        Self {
            input: schema::anything,
            result: schema::anything,
            item,
        }
    }
}

impl<T: JsonSchema> HasSchema for T {
    fn schemas() -> Schemas {
        Schemas {
            input: schema::of_input::<T>,
            result: schema::of_result::<T>,
            item: None,
        }
    }
}
