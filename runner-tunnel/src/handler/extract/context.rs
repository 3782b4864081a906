//! The context itself as an argument.

use super::Extract;
use crate::context::TaskContext;
use crate::error::TunnelError;

impl Extract for TaskContext {
    async fn extract(context: &TaskContext) -> Result<Self, TunnelError> {
        Ok(context.clone())
    }
}
