//! All tasks and events of a tunnel: those that the macros submitted and those registered at run time.

mod allow_list;
mod collect;
mod describe;
mod spec;
mod table;
mod task_registry;

pub(crate) use allow_list::{AllowList, Patterns};
pub use collect::Entry;
pub use spec::Origin;
pub(crate) use spec::{CacheOptions, OnDisconnect, Options, Source};
pub(crate) use table::{EventEntry, HandlerEntry, Table, TaskEntry};
pub use task_registry::TaskRegistry;
