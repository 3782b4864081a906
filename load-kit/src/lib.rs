//! What the programs that put servers under load share: clients on bare sockets, which decide themselves what is sent
//! and when it stops, and the servers as processes of their own, whose time, memory and files are seen from outside.

#![expect(
    clippy::missing_errors_doc,
    reason = "they are those of sockets and processes"
)]

pub mod child;
pub mod client;
pub mod limits;
pub mod pattern;
pub mod process;
pub mod request;
pub mod upload;
