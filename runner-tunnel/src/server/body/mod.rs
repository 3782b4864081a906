//! Bodies of requests, by content type (protocol section 5).

mod batch;
mod drain;
mod event;
mod fields;
mod form;
mod json;
mod manifest;
mod mode;
mod pace;

pub(super) use batch::BatchCall;
pub(super) use drain::{Drain, drain};
pub(super) use event::EventBody;
pub(super) use form::{Form, FormLimits};
pub(super) use json::read;
pub(super) use mode::{BodyMode, check_content_encoding};
pub(super) use pace::Paced;
