//! The listener: slow and vanishing clients, disconnects, shutdown, nesting.

mod connections;
mod disconnect;
mod nested;
mod process;
mod shutdown;
