//! Bodies of requests, by content type (protocol section 5).

mod drain;
mod event;
mod json;
mod mode;
mod pace;

pub(super) use drain::drain;
pub(super) use event::EventBody;
pub(super) use json::read;
pub(super) use mode::{BodyMode, check_content_encoding};
