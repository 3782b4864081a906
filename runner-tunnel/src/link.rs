//! Naming crates so that they are linked.

/// Links crates whose tasks are called only through the tunnel.
///
/// A dependency that no line of source names is not linked, and its annotated functions are silently missing.
/// Name it once, at the root of the program:
///
/// ```
/// # extern crate core as my_tasks;
/// # extern crate core as billing;
/// runner_tunnel::link!(my_tasks, billing);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! link {
    ($($package:ident),+ $(,)?) => {
        $(use $package as _;)+
    };
}
