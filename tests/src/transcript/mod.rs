//! What a README shows is what happens: its commands are run against the program that it is about.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test that fails says where"
)]

mod program;
mod readme;

pub use program::{Program, assert_curl};
pub use readme::{Readme, check, check_with};
