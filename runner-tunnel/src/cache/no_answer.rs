//! Why there is no answer, told to all who have waited for it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::TunnelError;

#[derive(Debug, Clone)]
pub(crate) enum NoAnswer {
    /// Making it took as long as it may: who has time left can try again.
    TimedOut,
    /// The task has failed, which is an answer to all who had asked, and to nobody who asks later.
    Failed(Arc<Failed>),
}

/// An error for several calls.
#[derive(Debug)]
pub(crate) struct Failed {
    /// What callers may see.
    outside: TunnelError,
    /// With its cause, for one of them.
    whole: Mutex<Option<TunnelError>>,
}

impl From<TunnelError> for NoAnswer {
    fn from(error: TunnelError) -> Self {
        Self::Failed(Arc::new(Failed {
            outside: error.without_source(),
            whole: Mutex::new(Some(error)),
        }))
    }
}

impl Failed {
    /// The error itself for whoever comes first. The others get what it looks like: the log has the cause once.
    pub(crate) fn take(&self) -> TunnelError {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        whole.take().unwrap_or_else(|| {
            let error = self.outside.without_source();
            error.with_source("the equal call that this one waited for has failed")
        })
    }
}
