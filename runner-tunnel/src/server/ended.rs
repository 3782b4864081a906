//! A task that has ended, and whose caller may get another answer than the task's.

use super::call::Call;
use super::outcomes::Causes;
use super::reply::Reply;
use crate::error::TunnelError;
use crate::wire::ErrorCode;

/// What a task has answered. Told to the log and counted once, when it is known what the caller gets. Dropped before
/// that, the caller has gone.
pub(super) struct Ended<'a> {
    call: &'a Call<'a>,
    /// Some until it is told.
    reply: Option<Result<Reply, TunnelError>>,
}

impl<'a> Ended<'a> {
    pub(super) fn new(call: &'a Call<'a>, reply: Result<Reply, TunnelError>) -> Self {
        Self {
            call,
            reply: Some(reply),
        }
    }

    pub(super) fn is_stream(&self) -> bool {
        matches!(self.reply, Some(Ok(Reply::Stream(_))))
    }

    /// The caller gets the task's answer.
    pub(super) fn tell(mut self) -> Result<Reply, TunnelError> {
        self.take().unwrap_or_else(|| Err(TunnelError::aborted()))
    }

    /// The caller gets the fault of its form, if there is one; of a task that failed too, the log tells both.
    pub(super) fn tell_unless(
        mut self,
        fault: Result<(), TunnelError>,
    ) -> Result<Reply, TunnelError> {
        if let Err(fault) = fault {
            self.reply = Some(Err(match &self.reply {
                Some(Err(own)) if own.code() == ErrorCode::InternalError => {
                    let (fault_causes, own) = (Causes(&fault).sources(), Causes(own).text());
                    fault.with_source(format!("{fault_causes}the task had failed by then: {own}"))
                }
                _ => fault,
            }));
        }
        self.tell()
    }

    fn take(&mut self) -> Option<Result<Reply, TunnelError>> {
        let reply = self.reply.take()?;
        match &reply {
            // It tells of its end itself.
            Ok(Reply::Stream(_)) => {}
            Ok(_) => self.call.ended(None),
            Err(error) => self.call.ended(Some(error)),
        }
        Some(reply)
    }
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        match &self.reply {
            None => {}
            Some(Err(_)) => drop(self.take()),
            Some(Ok(_)) => self.call.abandoned("the task had ended, its form had not"),
        }
    }
}
