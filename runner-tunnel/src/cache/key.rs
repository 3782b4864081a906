//! What two calls must have in common to get one answer.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use super::CachedTask;
#[cfg(feature = "tls")]
use crate::context::ClientCertificate;
use crate::context::{Identity, RequestHead};
use crate::serializer::Dialect;
use crate::wire::headers;

/// Compared whole and never by a digest: nobody can make two calls look alike that are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    task: Arc<str>,
    generation: u64,
    dialect: Dialect,
    /// `None` for answers that all callers share.
    caller: Option<Identity>,
    /// Of the caller; the task sees it, too.
    #[cfg(feature = "tls")]
    certificate: Option<ClientCertificate>,
    /// The one that the call came on; the task sees it, too.
    #[cfg(feature = "lane-jwt")]
    lane: Option<Arc<str>>,
    /// What the caller's async contexts say, for a task that asks for them.
    contexts: Vec<HeaderValue>,
    /// The body as it was sent: another spelling of the same input is another key.
    input: Bytes,
    /// It is the input alone, as calls of a batch have it: the same text means something else as a body.
    is_bare: bool,
}

impl Key {
    /// `None` when nobody can say who calls, and it matters.
    pub(crate) fn new(
        task: &CachedTask,
        head: &RequestHead,
        input: Bytes,
        is_bare: bool,
        dialect: Dialect,
    ) -> Option<Self> {
        let caller = if task.shared {
            None
        } else {
            Some(head.identity()?.clone())
        };
        let contexts = if task.takes_contexts {
            head.headers
                .get_all(headers::CONTEXT)
                .iter()
                .cloned()
                .collect()
        } else {
            Vec::new()
        };
        Some(Self {
            task: Arc::clone(&task.id),
            generation: task.generation(),
            dialect,
            #[cfg(feature = "tls")]
            certificate: head.client_certificate.clone().filter(|_| !task.shared),
            #[cfg(feature = "lane-jwt")]
            lane: head
                .lane_call()
                .map(|call| Arc::clone(&call.lane))
                .filter(|_| !task.shared),
            caller,
            contexts,
            input,
            is_bare,
        })
    }

    pub(crate) fn input(&self) -> &Bytes {
        &self.input
    }

    pub(crate) fn is_bare(&self) -> bool {
        self.is_bare
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// With memory of its own: what came off the wire is a part of a larger buffer.
    pub(super) fn detached(self) -> Self {
        let own = |value: &HeaderValue| {
            HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
        };
        Self {
            input: Bytes::copy_from_slice(&self.input),
            contexts: self.contexts.iter().map(own).collect(),
            ..self
        }
    }

    /// What it refers to, in bytes.
    pub(super) fn len(&self) -> usize {
        let contexts: usize = self.contexts.iter().map(HeaderValue::len).sum();
        #[cfg(feature = "tls")]
        let certificate = self.certificate.as_ref().map_or(0, |certificate| {
            certificate.der().len() + certificate.subject().len()
        });
        #[cfg(not(feature = "tls"))]
        let certificate = 0;
        self.input.len() + contexts + certificate
    }
}
