//! Shared application state as an argument.

use std::any::type_name;

use super::{Extract, Requirements};
use crate::context::TaskContext;
use crate::error::TunnelError;

/// A value that the application put in with `.state(value)`.
///
/// Cloned for each call, so keep it cheap: a pool, a client, an [`Arc`](std::sync::Arc). A task whose state
/// was never put in stops the start with an error that names both.
///
/// ```standalone_crate
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use runner_tunnel::{State, tunnel_task};
///
/// #[derive(Clone, Default)]
/// struct Counter(Arc<AtomicU64>);
///
/// #[tunnel_task("app.tasks.count")]
/// async fn count(State(counter): State<Counter>) -> u64 {
///     counter.0.fetch_add(1, Ordering::Relaxed) + 1
/// }
///
/// # fn main() -> Result<(), runner_tunnel::ServeError> {
/// let tunnel = runner_tunnel::serve().allow_anonymous().state(Counter::default()).build()?;
/// # drop(tunnel);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct State<T>(pub T);

impl<T: Send + 'static> Extract for State<T> {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        // Start-up has checked that it is there.
        let missing = || TunnelError::internal(format!("no state of type {}", type_name::<T>()));
        context.cloned_state().map(Self).ok_or_else(missing)
    }

    fn requirements(requirements: &mut Requirements) {
        requirements.state::<T>();
    }
}
