//! The request behind a call, as tasks and extractors see it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::{HeaderMap, Method, Uri};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::async_context::ContextTexts;
use crate::body::{FormFiles, RawBody};
use crate::wire::{RequestId, TraceContext};

/// The head of one request, shared by all who look at it.
pub(crate) struct RequestHead {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) request_id: RequestId,
    #[cfg(feature = "tls")]
    pub(crate) client_certificate: Option<super::ClientCertificate>,
    /// Made when somebody first asks: most calls never do.
    pub(super) cancellation: OnceLock<CancellationToken>,
    /// Read when somebody first asks.
    pub(super) contexts: OnceLock<ContextTexts>,
    /// Of an octet-stream request, until somebody takes it.
    pub(super) raw_body: OnceLock<Mutex<Option<RawBody>>>,
    /// Of a multipart request.
    pub(super) files: OnceLock<Arc<FormFiles>>,
    /// Read when somebody first asks, or set by whoever traces the call.
    trace: OnceLock<Option<Box<TraceContext>>>,
    /// Of the token that let the call in.
    pub(super) token_name: OnceLock<Arc<str>>,
    /// Of a call to what stands on a lane.
    #[cfg(feature = "lane-jwt")]
    lane: OnceLock<Box<LaneCall>>,
    /// Of the caller of a task whose answers are kept.
    #[cfg(feature = "cache")]
    identity: OnceLock<super::Identity>,
}

/// A call that a lane's token allows.
#[cfg(feature = "lane-jwt")]
#[derive(Debug)]
pub(crate) struct LaneCall {
    pub(crate) lane: Arc<str>,
    /// Of the body that the token was made for, as the token has it.
    pub(crate) body_hash: Option<String>,
}

impl RequestHead {
    pub(crate) fn new(
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        peer: Option<SocketAddr>,
        request_id: RequestId,
    ) -> Self {
        Self {
            method,
            uri,
            headers,
            peer,
            request_id,
            #[cfg(feature = "tls")]
            client_certificate: None,
            cancellation: OnceLock::new(),
            contexts: OnceLock::new(),
            raw_body: OnceLock::new(),
            files: OnceLock::new(),
            trace: OnceLock::new(),
            token_name: OnceLock::new(),
            #[cfg(feature = "cache")]
            identity: OnceLock::new(),
            #[cfg(feature = "lane-jwt")]
            lane: OnceLock::new(),
        }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn with_client_certificate(
        mut self,
        certificate: Option<super::ClientCertificate>,
    ) -> Self {
        self.client_certificate = certificate;
        self
    }

    /// That of one call in a batch, as if it had come alone: with a path and a request id of its own.
    pub(crate) fn of_call(&self, path: Option<String>, index: usize) -> Self {
        let uri = path.and_then(|path| Uri::try_from(path).ok());
        let call = Self::new(
            self.method.clone(),
            uri.unwrap_or_else(|| self.uri.clone()),
            self.headers.clone(),
            self.peer,
            self.request_id.of_call(index),
        );
        #[cfg(feature = "tls")]
        let call = call.with_client_certificate(self.client_certificate.clone());
        call
    }

    /// The task shall read the body itself.
    pub(crate) fn offer_raw_body(&self, body: RawBody) {
        let _ = self.raw_body.set(Mutex::new(Some(body)));
    }

    /// Only once.
    pub(crate) fn take_raw_body(&self) -> Option<RawBody> {
        let body = self.raw_body.get()?;
        body.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The input's sentinels mean these files.
    pub(crate) fn offer_files(&self, files: Arc<FormFiles>) {
        let _ = self.files.set(files);
    }

    /// The call was let in by this token.
    pub(crate) fn name_token(&self, name: Arc<str>) {
        let _ = self.token_name.set(name);
    }

    pub(crate) fn token_name(&self) -> Option<&str> {
        self.token_name.get().map(AsRef::as_ref)
    }

    /// Fires with that of all calls.
    pub(crate) fn cancellation(&self, shared: &Shared) -> &CancellationToken {
        self.cancellation
            .get_or_init(|| shared.cancellation.child_token())
    }

    /// Fires it, for those too who ask for it later.
    pub(crate) fn cancel(&self) {
        self.cancellation
            .get_or_init(CancellationToken::new)
            .cancel();
    }

    pub(crate) fn trace(&self) -> Option<&TraceContext> {
        let read = || TraceContext::of(&self.headers).map(Box::new);
        self.trace.get_or_init(read).as_deref()
    }

    /// For log lines.
    pub(crate) fn trace_id(&self) -> Option<String> {
        self.trace().map(TraceContext::trace_id)
    }

    /// The calls of the task are to name this one.
    #[cfg(feature = "otlp")]
    pub(crate) fn set_trace(&self, trace: TraceContext) {
        let _ = self.trace.set(Some(Box::new(trace)));
    }

    /// The call's token was taken, but for its body.
    #[cfg(feature = "lane-jwt")]
    pub(crate) fn enter_lane(&self, call: LaneCall) {
        let _ = self.lane.set(Box::new(call));
    }

    #[cfg(feature = "lane-jwt")]
    pub(crate) fn lane_call(&self) -> Option<&LaneCall> {
        self.lane.get().map(AsRef::as_ref)
    }

    #[cfg(feature = "cache")]
    pub(crate) fn identify(&self, identity: super::Identity) {
        let _ = self.identity.set(identity);
    }

    #[cfg(feature = "cache")]
    pub(crate) fn identity(&self) -> Option<&super::Identity> {
        self.identity.get()
    }
}

impl Drop for RequestHead {
    /// However the call has ended: whoever reads its form must not wait for a file that nobody can open any more.
    fn drop(&mut self) {
        if let Some(files) = self.files.get() {
            files.seal();
        }
    }
}

impl fmt::Debug for RequestHead {
    /// No value of a header and no query: tokens stand there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("path", &self.uri.path())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("peer", &self.peer)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_shows() {
        let headers = HeaderMap::from_iter([(
            crate::wire::headers::TOKEN,
            http::HeaderValue::from_static("hunter2"),
        )]);
        let uri = Uri::from_static("/__runner/task/a?key=hunter2");
        let head = RequestHead::new(Method::POST, uri, headers, None, RequestId::generate());
        let text = format!("{head:?}");
        assert!(
            text.contains("x-runner-token") && text.contains("/task/a"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
}
