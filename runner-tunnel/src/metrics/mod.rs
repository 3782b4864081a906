//! Numbers that many threads count without waiting for each other.
//!
//! The types of metrics libraries take locks: a mutex in a histogram, one around the labels of a family. Here every
//! number is an atomic of its own, found through the task's entry and never by its name.

mod calls;
mod histogram;

pub(crate) use calls::{CallCounts, Counts, OUTCOMES};
pub(crate) use histogram::{Bounds, Histogram};
