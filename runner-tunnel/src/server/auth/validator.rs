//! Checks of the application's own.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use http::{HeaderMap, Method, Uri};

#[cfg(feature = "tls")]
use crate::context::ClientCertificate;
use crate::context::RequestHead;
use crate::handler::BoxFuture;

/// What a validator may look at: the head of the request, never its body.
#[derive(Debug, Clone)]
pub struct AuthRequest(Arc<RequestHead>);

impl AuthRequest {
    /// The headers of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The path, undecoded, with the base path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.uri.path()
    }

    /// The request target.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// The address of the client's end of the connection, where it is known.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.peer
    }

    /// The certificate that the client has shown, where it was asked for one
    /// ([`TlsConfig::client_auth`](crate::TlsConfig::client_auth)).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&ClientCertificate> {
        self.0.client_certificate.as_ref()
    }

    /// The id of this request, for logs.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.0.request_id.as_str()
    }
}

/// Decides whether a request may call. Validators are asked after the tokens; one `true` is enough, and one
/// that panics counts as `false`.
///
/// An async closure is one:
///
/// ```
/// use runner_tunnel::AuthRequest;
///
/// let serve = runner_tunnel::serve().auth(|request: AuthRequest| async move {
///     request.headers().get("x-api-key").is_some_and(|key| key == "letmein")
/// });
/// # drop(serve);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a validator: pass a closure `|request: AuthRequest| async move {{ true }}`, or implement `AuthValidator`"
)]
pub trait AuthValidator: Send + Sync + 'static {
    /// Whether the request may call.
    ///
    /// # Cancel safety
    /// Dropped at an await point when the client goes away.
    fn validate(&self, request: AuthRequest) -> BoxFuture<'_, bool>;
}

impl<F, Fut> AuthValidator for F
where
    F: Fn(AuthRequest) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = bool> + Send + 'static,
{
    fn validate(&self, request: AuthRequest) -> BoxFuture<'_, bool> {
        Box::pin(self(request))
    }
}

/// All validators of a tunnel.
#[derive(Clone, Default)]
pub(in crate::server) struct Validators(Vec<Arc<dyn AuthValidator>>);

impl Validators {
    pub(in crate::server) fn push(&mut self, validator: impl AuthValidator) {
        self.0.push(Arc::new(validator));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) async fn accept(&self, head: &Arc<RequestHead>) -> bool {
        for validator in &self.0 {
            let verdict = async { validator.validate(AuthRequest(Arc::clone(head))).await };
            match AssertUnwindSafe(verdict).catch_unwind().await {
                Ok(true) => return true,
                Ok(false) => {}
                Err(_) => {
                    tracing::error!(request_id = %head.request_id, "an auth validator panicked; it counts as a no")
                }
            }
        }
        false
    }
}

impl fmt::Debug for Validators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Validators").field(&self.0.len()).finish()
    }
}
