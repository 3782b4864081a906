//! The in-process caller.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::file::{self, TestFile};
use super::{CallError, TestStream, ascii_json};
use crate::serializer::client::{self, Answer};
use crate::serializer::{self, Dialect, EncodeError};
use crate::server::{AnswerBody, Serve, Tunnel, TunnelConfig};
use crate::wire::headers as names;

/// The token of a tunnel made by [`TestTunnel::new`].
const TOKEN: &str = "test-token";

/// Calls tasks and events in process, typed in and out, through the whole pipeline: routing, authentication,
/// allow-list, limits, decoding, the handler, encoding.
///
/// All annotated functions of the test binary are there, so the state that any of them asks for has to be put
/// in. Doc tests are merged into one binary: mark one that builds a tunnel as `standalone_crate`.
///
/// ```standalone_crate
/// use runner_tunnel::testing::TestTunnel;
/// use runner_tunnel::tunnel_task;
///
/// #[tunnel_task("app.tasks.add")]
/// async fn add((a, b): (i64, i64)) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tunnel = TestTunnel::new()?;
/// let sum: i64 = tunnel.task("app.tasks.add", &(2, 3)).await?;
/// assert_eq!(sum, 5);
///
/// let error = tunnel.task::<i64>("app.tasks.add", &"two and three").await.unwrap_err();
/// assert_eq!(error.status(), 400);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TestTunnel {
    tunnel: Tunnel,
    headers: Headers,
}

/// Names and values as they were given; of one name the last counts.
type Headers = Vec<(String, String)>;

impl TestTunnel {
    /// A tunnel over all annotated functions that are linked, with the default configuration; the
    /// environment is not read. Its calls carry the right token.
    ///
    /// # Errors
    /// When the tunnel cannot be built.
    pub fn new() -> Result<Self, crate::ServeError> {
        Self::with(|serve| serve)
    }

    /// As [`TestTunnel::new`], with state, a registry or other configuration put in.
    ///
    /// ```standalone_crate
    /// # use runner_tunnel::{State, testing::TestTunnel, tunnel_task};
    /// #[derive(Clone)]
    /// struct Greeting(&'static str);
    ///
    /// #[tunnel_task("app.tasks.greet")]
    /// async fn greet(State(greeting): State<Greeting>, name: String) -> String {
    ///     format!("{}, {name}!", greeting.0)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tunnel = TestTunnel::with(|serve| serve.state(Greeting("Hello")))?;
    /// assert_eq!(tunnel.task::<String>("app.tasks.greet", &"Ada").await?, "Hello, Ada!");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the tunnel cannot be built.
    pub fn with(configure: impl FnOnce(Serve) -> Serve) -> Result<Self, crate::ServeError> {
        let config = TunnelConfig {
            tokens: vec![TOKEN.into()],
            ..TunnelConfig::default()
        };
        let tunnel = Self::over(configure(Serve::new(config)).build()?);
        Ok(tunnel.header(names::TOKEN.as_str(), TOKEN))
    }

    /// Over a tunnel that was built elsewhere. Calls carry no token of their own: add it by
    /// [`TestTunnel::header`].
    #[must_use]
    pub fn over(tunnel: Tunnel) -> Self {
        Self {
            tunnel,
            headers: Headers::new(),
        }
    }

    /// The tunnel that is called.
    #[must_use]
    pub fn tunnel(&self) -> &Tunnel {
        &self.tunnel
    }

    /// Every call carries this header, in place of an earlier value. A call with a header that HTTP does not
    /// allow fails with `CALL_FAILED`.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Calls a task. Await it for the result.
    pub fn task<R: DeserializeOwned>(
        &self,
        id: &str,
        input: &(impl Serialize + ?Sized),
    ) -> TestCall<'_, R> {
        self.call(
            "task",
            id,
            Some(client::encode_input(input, self.dialect())),
        )
    }

    /// Calls a task without an input.
    pub fn task_without_input<R: DeserializeOwned>(&self, id: &str) -> TestCall<'_, R> {
        self.call("task", id, None)
    }

    /// Emits an event.
    pub fn event(&self, id: &str, payload: &(impl Serialize + ?Sized)) -> TestCall<'_, ()> {
        let body = client::encode_payload(payload, false, self.dialect());
        self.call("event", id, Some(body))
    }

    /// Emits an event and asks for the payload after all handlers.
    pub fn event_with_result<P: DeserializeOwned>(
        &self,
        id: &str,
        payload: &(impl Serialize + ?Sized),
    ) -> TestCall<'_, P> {
        let body = client::encode_payload(payload, true, self.dialect());
        self.call("event", id, Some(body))
    }

    /// The discovery document: `result` of the answer.
    ///
    /// # Errors
    /// When discovery is refused or switched off.
    pub async fn discovery(&self) -> Result<Value, CallError> {
        let request = self.request(Method::GET, "/discovery", &self.headers, Bytes::new())?;
        self.send(request).await
    }

    fn call<R>(
        &self,
        kind: &str,
        id: &str,
        body: Option<Result<Vec<u8>, EncodeError>>,
    ) -> TestCall<'_, R> {
        let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
        TestCall {
            tunnel: self,
            path: format!("/{kind}/{id}"),
            body,
            headers: self.headers.clone(),
            contexts: BTreeMap::new(),
            files: Vec::new(),
            octets: None,
            result: PhantomData,
        }
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &Headers,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, CallError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.headers_mut() = header_map(headers)?;
        let target = format!("{}{path}", self.tunnel.core.base_path.as_str());
        *request.uri_mut() = target.parse().map_err(unsendable)?;
        Ok(request)
    }

    async fn send<R: DeserializeOwned>(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<R, CallError> {
        let core = Arc::clone(&self.tunnel.core);
        let (head, body) = request.into_parts();
        let response = crate::server::handle(core, None, head, body).await;
        self.read(response).await
    }

    async fn read<R: DeserializeOwned>(
        &self,
        response: Response<AnswerBody>,
    ) -> Result<R, CallError> {
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE);
        if content_type.is_some_and(|content_type| content_type != names::JSON) {
            let text = "the answer is a stream: send the call with `.stream()`";
            return Err(CallError::broken(status, text.to_owned()));
        }
        let body = response.into_body().collect().await;
        let body = body.map_err(|cut| CallError::broken(status, cut.to_string()))?;
        let body = body.to_bytes();
        match client::decode_answer(&body, self.dialect()) {
            Ok(Answer::Success(result)) => Ok(result),
            Ok(Answer::Failure(failure)) => Err(CallError {
                status,
                failure: Box::new(failure),
            }),
            Err(error) => Err(CallError::broken(
                status,
                format!("the answer does not fit what was asked for: {error}"),
            )),
        }
    }

    fn dialect(&self) -> Dialect {
        self.tunnel.core.dialect()
    }
}

/// A call that is sent when it is awaited.
#[must_use = "a call is sent when it is awaited"]
#[derive(Debug)]
pub struct TestCall<'a, R> {
    tunnel: &'a TestTunnel,
    path: String,
    body: Option<Result<Vec<u8>, EncodeError>>,
    headers: Headers,
    contexts: BTreeMap<String, String>,
    files: Vec<TestFile>,
    octets: Option<Bytes>,
    result: PhantomData<fn() -> R>,
}

impl<R> TestCall<'_, R> {
    /// This call carries this header, in place of an earlier value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// This call carries a Runner async context in `x-runner-context`, as Runner's clients send it.
    pub fn context(mut self, id: &str, value: &impl Serialize) -> Self {
        match serializer::to_vec(value, self.tunnel.dialect()) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                self.contexts.insert(id.to_owned(), text);
            }
            Err(error) => self.body = Some(Err(error)),
        }
        self
    }

    /// This file goes along, and the call is a form. Files come in the order of the calls; one that stands in the
    /// input and is not sent is missing.
    pub fn file(mut self, file: &TestFile) -> Self {
        self.files.push(file.clone());
        self
    }

    /// The body is these bytes, for a task that takes a [`RequestStream`](crate::RequestStream); an input is not
    /// sent.
    pub fn raw_body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.octets = Some(bytes.into());
        self
    }
}

impl<R> TestCall<'_, R> {
    /// Sends the call to a task that answers with a stream. What type the call was to have does not matter.
    ///
    /// ```standalone_crate
    /// # use runner_tunnel::{StreamResponse, testing::TestTunnel, tunnel_task};
    /// #[tunnel_task("app.tasks.export")]
    /// async fn export() -> StreamResponse {
    ///     StreamResponse::from_reader(&b"a,b"[..]).content_type("text/csv")
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tunnel = TestTunnel::new()?;
    /// let stream = tunnel.task_without_input::<()>("app.tasks.export").stream().await?;
    /// assert_eq!(stream.headers()["content-type"], "text/csv");
    /// assert_eq!(stream.text().await?, "a,b");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the call fails before its first bytes, or is answered with an envelope.
    pub async fn stream(self) -> Result<TestStream, CallError> {
        let (tunnel, request) = self.into_request()?;
        let core = Arc::clone(&tunnel.tunnel.core);
        let (head, body) = request.into_parts();
        let response = crate::server::handle(core, None, head, body).await;
        if response.headers().get(CONTENT_TYPE) != Some(&names::JSON) {
            let (head, body) = response.into_parts();
            return Ok(TestStream::new(head, body));
        }
        let status = response.status().as_u16();
        let _: serde::de::IgnoredAny = tunnel.read(response).await?;
        Err(CallError::broken(
            status,
            "the answer is an envelope, not a stream".to_owned(),
        ))
    }
}

impl<'a, R> TestCall<'a, R> {
    fn into_request(self) -> Result<(&'a TestTunnel, Request<Full<Bytes>>), CallError> {
        let Self {
            tunnel,
            path,
            body,
            mut headers,
            contexts,
            files,
            octets,
            ..
        } = self;
        let text: Bytes = match body {
            Some(body) => body.map_err(unsendable)?.into(),
            None => Bytes::new(),
        };
        let (content_type, body) = match octets {
            Some(octets) => ("application/octet-stream".to_owned(), octets),
            None if files.is_empty() => ("application/json".to_owned(), text),
            None => file::form(&text, &files),
        };
        headers.insert(0, (CONTENT_TYPE.to_string(), content_type));
        if !contexts.is_empty() {
            let text = serde_json::to_string(&contexts).map_err(unsendable)?;
            // Escaped to ASCII: the header is read as Latin-1.
            headers.push((names::CONTEXT.to_string(), ascii_json::escape(&text)));
        }
        let request = tunnel.request(Method::POST, &path, &headers, body)?;
        Ok((tunnel, request))
    }
}

impl<'a, R: DeserializeOwned + 'a> IntoFuture for TestCall<'a, R> {
    type Output = Result<R, CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (tunnel, request) = self.into_request()?;
            tunnel.send(request).await
        })
    }
}

fn header_map(headers: &Headers) -> Result<HeaderMap, CallError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = HeaderName::try_from(name).map_err(unsendable)?;
        map.insert(name, HeaderValue::try_from(value).map_err(unsendable)?);
    }
    Ok(map)
}

/// The fault is the caller's: nothing was sent.
fn unsendable(error: impl std::fmt::Display) -> CallError {
    CallError::broken(0, format!("cannot be sent: {error}"))
}
