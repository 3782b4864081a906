//! The shop as those see it who run it: a process with a configuration file, under load.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod arguments;
mod load;
mod process;
mod reload;
mod shutdown;
