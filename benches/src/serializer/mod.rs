//! Bodies of several sizes, and what is done with them by this serializer and by serde_json.

pub mod body;
mod case;

pub use case::{Case, cases};
