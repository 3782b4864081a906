//! Panics of the application's code, as causes.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic of a handler, as the cause of an internal error.
#[derive(Debug)]
pub(super) struct Panicked(String);

impl Panicked {
    pub(super) fn new(panic: &(dyn Any + Send)) -> Self {
        Self(panic_text(panic).to_owned())
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl std::error::Error for Panicked {}

/// What `panic!` was called with.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text")
}

/// Drops what belongs to the application: that may panic, too, and is nobody else's affair.
pub(super) fn discard<T>(value: T, what: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        tracing::error!(panic = panic_text(&*panic), "dropping {what} panicked");
    }
}
