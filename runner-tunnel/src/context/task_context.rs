//! A call, as its handler sees it.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Method, Uri};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::async_context::ContextTexts;
use super::{RequestHead, Shared};
use crate::body::{InputFile, RawBody};
use crate::serializer::{DecodeError, Dialect};
use crate::wire::TraceContext;

/// The call that a task or event handler is running for. An extractor: ask for it as an argument.
///
/// Cheap to clone; the clones share the request.
///
/// ```
/// use runner_tunnel::{TaskContext, tunnel_task};
///
/// #[tunnel_task("app.tasks.who")]
/// async fn who(context: TaskContext) -> String {
///     format!("{} called {}", context.request_id(), context.task_id())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct TaskContext {
    head: Arc<RequestHead>,
    target: Arc<str>,
    deadline: Option<Instant>,
    /// Of one event handler with a timeout; otherwise the request's counts.
    cancellation: Option<CancellationToken>,
    shared: Arc<Shared>,
}

impl TaskContext {
    pub(crate) fn new(head: Arc<RequestHead>, target: Arc<str>, shared: Arc<Shared>) -> Self {
        Self {
            head,
            target,
            deadline: None,
            cancellation: None,
            shared,
        }
    }

    pub(crate) fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    pub(crate) fn with_nearer_deadline(self, deadline: Instant) -> Self {
        let nearest = self.deadline.map_or(deadline, |there| there.min(deadline));
        self.with_deadline(Some(nearest))
    }

    /// A token that fires with the request's, and can be fired alone.
    pub(crate) fn with_own_cancellation(mut self) -> Self {
        let cancellation = self.head.cancellation(&self.shared);
        self.cancellation = Some(cancellation.child_token());
        self
    }

    /// A token that does not fire with the request's: the call is not the request's alone.
    #[cfg(feature = "cache")]
    pub(crate) fn with_cancellation(self, cancellation: CancellationToken) -> Self {
        Self {
            cancellation: Some(cancellation),
            ..self
        }
    }

    /// The id of this request: the client's own, or a fresh one. It stands in the answer and in every log line. The calls
    /// of a batch have the batch's and their place in it, `{id}.{index}`.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.head.request_id.as_str()
    }

    /// The id of the task or event that was called.
    #[must_use]
    pub fn task_id(&self) -> &str {
        &self.target
    }

    /// The name of the token that let the call in: who is calling. `None` when the token has none, and when it was a
    /// validator, or nobody, that let it in. See [`Token::named`](crate::Token::named).
    #[must_use]
    pub fn token_name(&self) -> Option<&str> {
        self.head.token_name()
    }

    /// The id of the lane that the call came on: its token was made by somebody who has the lane's key, for this task or
    /// event. `None` for what stands on no lane. See [`Lane`](crate::Lane).
    #[cfg(feature = "lane-jwt")]
    #[must_use]
    pub fn lane(&self) -> Option<&str> {
        self.head.lane_call().map(|call| &*call.lane)
    }

    /// The headers of the request. Values are bytes: Runner's clients send Latin-1.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The trace that the call belongs to, to be passed on to the calls that the task makes: the caller's
    /// `traceparent` and `tracestate`, if they are as [W3C Trace Context](https://www.w3.org/TR/trace-context/) asks.
    ///
    /// Where spans are exported (feature `otlp`), it is the call's own span in the caller's trace, or in a new one.
    #[must_use]
    pub fn traceparent(&self) -> Option<&TraceContext> {
        self.head.trace()
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.head.method
    }

    /// The request target as it came, without what a surrounding router stripped. For a call in a batch, the one that it
    /// would have had alone.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.head.uri
    }

    /// The address of the client's end of the connection: a proxy's, if there is one in between. `None` in
    /// process, and inside an axum app that is not served with connection info.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.head.peer
    }

    /// The certificate that the client has shown, where it was asked for one
    /// ([`TlsConfig::client_auth`](crate::TlsConfig::client_auth)).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&super::ClientCertificate> {
        self.head.client_certificate.as_ref()
    }

    /// Cancelled when the client has gone, the task's timeout has passed, or a shutdown has waited for the call as
    /// long as it may ([`TunnelConfig::shutdown_timeout`](crate::TunnelConfig::shutdown_timeout)).
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        self.cancellation
            .as_ref()
            .unwrap_or_else(|| self.head.cancellation(&self.shared))
    }

    /// Ends when [`cancellation`](Self::cancellation) fires: to `select!` with what takes long.
    ///
    /// ```
    /// use runner_tunnel::{TaskContext, tunnel_task};
    ///
    /// #[tunnel_task("app.tasks.watch")]
    /// async fn watch(context: TaskContext) -> u32 {
    ///     let mut rounds = 0;
    ///     loop {
    ///         tokio::select! {
    ///             () = context.cancelled() => return rounds,
    ///             () = tokio::time::sleep(std::time::Duration::from_secs(1)) => rounds += 1,
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn cancelled(&self) {
        self.cancellation().cancelled().await;
    }

    /// When the time for the call is over, if it has an end: the nearest of the task's `timeout`, or the
    /// tunnel's own, and what the caller asked for by `x-runner-timeout`.
    #[must_use]
    pub fn deadline(&self) -> Option<std::time::Instant> {
        self.deadline.map(Instant::into_std)
    }

    /// A value of the application's state, for extractors that build on it. Tasks ask for
    /// [`State`](crate::State) instead, which is checked at start-up.
    #[must_use]
    pub fn state<T: 'static>(&self) -> Option<&T> {
        self.shared.states.get()
    }

    /// The value of one of Runner's async contexts, for handlers that are registered at run time: nobody knows
    /// what they ask for, so the id has to be named in [`contexts`](crate::Serve::contexts). `None` when it is
    /// not accepted, when the caller sent none, and when what it sent does not fit `V`.
    ///
    /// Annotated functions ask for [`AsyncContext`](crate::AsyncContext) instead.
    ///
    /// ```
    /// use runner_tunnel::TaskContext;
    ///
    /// fn user(context: &TaskContext) -> Option<String> {
    ///     let session: serde_json::Value = context.async_context("app.contexts.session")?;
    ///     session["user"].as_str().map(str::to_owned)
    /// }
    /// ```
    #[must_use]
    pub fn async_context<V: DeserializeOwned>(&self, id: &str) -> Option<V> {
        self.read_context(id)?.ok()
    }

    /// The file that a sentinel in the input stands for, for handlers that are registered at run time: in their
    /// input it is the object `{"$runnerFile":"File","id":…}` of the manifest. `None` for any other value, and once
    /// the call has been answered.
    ///
    /// Annotated functions have an [`InputFile`] in their input instead, and get `None` here: files that their input
    /// does not ask for are skipped.
    #[must_use]
    pub fn input_file(&self, sentinel: &serde_json::Value) -> Option<InputFile> {
        let sentinel = sentinel.clone().try_into().ok()?;
        InputFile::of_sentinel(self.head.files.get()?, &sentinel)
    }

    /// Whether the request has, or had, a raw body.
    pub(crate) fn has_raw_body(&self) -> bool {
        self.head.raw_body.get().is_some()
    }

    pub(crate) fn take_raw_body(&self) -> Option<RawBody> {
        self.head.take_raw_body()
    }

    /// `None` when it is not accepted, or not there.
    pub(crate) fn read_context<V: DeserializeOwned>(
        &self,
        id: &str,
    ) -> Option<Result<V, DecodeError>> {
        if !self.shared.contexts.accept(id) {
            return None;
        }
        let head = &self.head;
        let texts = head
            .contexts
            .get_or_init(|| ContextTexts::of(&head.headers, self.dialect()));
        texts.read(id)
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.shared.dialect
    }

    pub(crate) fn cloned_state<T: 'static>(&self) -> Option<T> {
        self.shared.states.cloned()
    }
}
