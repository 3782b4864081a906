//! Typed values as server-sent events.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use tokio::time::{Instant, Sleep};

use super::head::Head;
use super::stream_response::StreamResponse;
use crate::error::BoxError;
use crate::serializer::{self, Dialect};

/// What [`ServerSentEvents`] are.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Shorter than the idle timeout of any proxy that one meets.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// As good as never: a timer cannot be set for longer than its clock goes.
const LONGEST_SILENCE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A comment, which readers skip.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// A stream of typed values as the answer of a task, as server-sent events: `text/event-stream`,
/// `cache-control: no-store`.
///
/// Calls are POSTs with a token, and a browser's own `EventSource` sends neither: read the events by `fetch`, or with
/// one of the libraries that are `EventSource`s on top of it. What [`retry`](ServerSentEvent::retry) and
/// [`id`](ServerSentEvent::id) say is up to them.
///
/// The data of each event is the item as JSON, written as a task's result would be. The head goes out at once,
/// and a comment whenever nothing has come for 15 s, so that nobody in between takes the silence for an end.
/// A server that shuts down ends the stream; readers that want more call again. Discovery shows the items'
/// schema. For the rest it is a [`StreamResponse`].
///
/// ```
/// use futures_util::{StreamExt as _, stream};
/// use runner_tunnel::{JsonSchema, ServerSentEvent, ServerSentEvents, tunnel_task};
/// use serde::Serialize;
///
/// #[derive(Serialize, JsonSchema)]
/// struct Tick { n: u32 }
///
/// #[tunnel_task("app.tasks.ticks")]
/// async fn ticks() -> ServerSentEvents<Tick> {
///     let ticks = stream::iter(0..).map(|n| ServerSentEvent::new(Tick { n }).event("tick").id(n.to_string()));
///     ServerSentEvents::new(ticks)
/// }
/// ```
#[must_use = "a stream goes out when the task returns it"]
pub struct ServerSentEvents<T> {
    head: Head,
    items: Items<T>,
    keep_alive: Duration,
    encode: fn(&ServerSentEvent<T>, Dialect) -> Result<Vec<u8>, BoxError>,
}

type Items<T> = Pin<Box<dyn Stream<Item = Result<ServerSentEvent<T>, BoxError>> + Send>>;

/// One event: a value, and what may stand beside it. Any value is an event of nothing else.
#[derive(Debug, Clone)]
#[must_use = "an event is sent by the stream that it is an item of"]
pub struct ServerSentEvent<T> {
    data: T,
    event: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
}

impl<T> ServerSentEvent<T> {
    /// An event with this data.
    pub fn new(data: T) -> Self {
        Self {
            data,
            event: None,
            id: None,
            retry: None,
        }
    }

    /// Its name, which listeners are registered for. Without one it is a `message`.
    pub fn event(mut self, name: impl Into<String>) -> Self {
        self.event = Some(name.into());
        self
    }

    /// By what a reader that calls again can say which event it has seen last: in its input, or in the header
    /// `last-event-id`, which [`TaskContext::headers`](crate::TaskContext::headers) has. Nothing is sent again by itself.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// How long a reader is asked to wait before it calls again.
    pub fn retry(mut self, delay: Duration) -> Self {
        self.retry = Some(delay);
        self
    }
}

impl<T: Serialize> ServerSentEvent<T> {
    fn write(&self, dialect: Dialect) -> Result<Vec<u8>, BoxError> {
        let mut text = Vec::new();
        let mut field = |name: &str, value: &[u8]| {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value);
            text.push(b'\n');
        };
        for (name, value) in [("event", &self.event), ("id", &self.id)] {
            let Some(value) = value else { continue };
            // It would end the field, and what follows would be another.
            if value.contains(['\r', '\n', '\0']) {
                return Err(
                    format!("the {name} of an event has a line break or NUL: {value:?}").into(),
                );
            }
            field(name, value.as_bytes());
        }
        if let Some(retry) = self.retry {
            field("retry", retry.as_millis().to_string().as_bytes());
        }
        // One line: control characters in JSON are escaped.
        field("data", &serializer::to_vec(&self.data, dialect)?);
        text.push(b'\n');
        Ok(text)
    }
}

impl<T> From<T> for ServerSentEvent<T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<T: Serialize + Send + 'static> ServerSentEvents<T> {
    /// The items of a stream: values, or [`ServerSentEvent`]s with more than a value.
    pub fn new<I: Into<ServerSentEvent<T>>>(items: impl Stream<Item = I> + Send + 'static) -> Self {
        Self::of(items.map(|item| Ok(item.into())))
    }

    /// The items of a stream that may fail: an error breaks the answer off, since its head is out.
    pub fn from_results<I, E>(items: impl Stream<Item = Result<I, E>> + Send + 'static) -> Self
    where
        I: Into<ServerSentEvent<T>>,
        E: Into<BoxError>,
    {
        Self::of(items.map(|item| item.map(Into::into).map_err(Into::into)))
    }

    fn of(
        items: impl Stream<Item = Result<ServerSentEvent<T>, BoxError>> + Send + 'static,
    ) -> Self {
        let mut head = Head::new(HeaderValue::from_static(EVENT_STREAM));
        head.set("cache-control", b"no-store");
        head.is_early = true;
        head.is_feed = true;
        Self {
            head,
            items: Box::pin(items),
            keep_alive: KEEP_ALIVE,
            encode: ServerSentEvent::write,
        }
    }
}

impl<T> ServerSentEvents<T> {
    /// How long it may be silent before a comment is sent. Default 15 s.
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// As [`StreamResponse::status`].
    pub fn status(mut self, status: StatusCode) -> Self {
        self.head.status = status;
        self
    }

    /// As [`StreamResponse::header`].
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.head.set(name.as_ref(), value.as_ref());
        self
    }
}

impl<T: 'static> ServerSentEvents<T> {
    pub(crate) fn into_response(self, dialect: Dialect) -> StreamResponse {
        let Self {
            head,
            items,
            keep_alive,
            encode,
        } = self;
        let events = items.map(move |item| Ok(encode(&item?, dialect)?.into()));
        StreamResponse::with_head(head, KeepAlive::new(events, keep_alive))
    }
}

impl<T> fmt::Debug for ServerSentEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSentEvents")
            .field("head", &self.head)
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}

/// Puts a comment into each silence.
struct KeepAlive {
    events: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
    interval: Duration,
    /// Started at the first poll, when there is a runtime.
    silence: Option<Pin<Box<Sleep>>>,
}

impl KeepAlive {
    fn new(
        events: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
        interval: Duration,
    ) -> Self {
        Self {
            events: Box::pin(events),
            interval: interval.clamp(Duration::from_millis(1), LONGEST_SILENCE),
            silence: None,
        }
    }
}

impl Stream for KeepAlive {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let interval = this.interval;
        let silence = this
            .silence
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(interval)));
        let next = match this.events.as_mut().poll_next(cx) {
            Poll::Ready(next) => next,
            Poll::Pending => {
                std::task::ready!(silence.as_mut().poll(cx));
                Some(Ok(COMMENT))
            }
        };
        silence.as_mut().reset(Instant::now() + interval);
        Poll::Ready(next)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn text(response: StreamResponse) -> String {
        let chunks: Vec<_> = response.source.map(Result::unwrap).collect().await;
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn events_are_written_with_what_stands_beside_their_data() {
        let events = stream::iter([
            ServerSentEvent::new("a\nb")
                .event("e")
                .id("1")
                .retry(Duration::from_secs(2)),
            ServerSentEvent::new("c"),
        ]);
        let written =
            text(ServerSentEvents::<&str>::new(events).into_response(Dialect::Runner)).await;
        assert_eq!(
            written,
            "event: e\nid: 1\nretry: 2000\ndata: \"a\\nb\"\n\ndata: \"c\"\n\n"
        );
        let plain = ServerSentEvents::<f64>::new(stream::iter([f64::NAN]));
        assert_eq!(
            text(plain.into_response(Dialect::Ejson)).await,
            "data: {\"$InfNaN\":0}\n\n"
        );
    }

    #[tokio::test]
    async fn a_name_cannot_break_out_of_its_line() {
        let events = stream::iter([ServerSentEvent::new(1).event("a\ndata: 2")]);
        let mut source = ServerSentEvents::<i32>::new(events)
            .into_response(Dialect::Runner)
            .source;
        assert!(source.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn comments_can_be_put_off_for_ever() {
        let events = ServerSentEvents::new(stream::iter([1])).keep_alive(Duration::MAX);
        assert_eq!(
            text(events.into_response(Dialect::Runner)).await,
            "data: 1\n\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_filled_with_comments() {
        let never = stream::pending::<u8>();
        let mut source = ServerSentEvents::<u8>::new(never)
            .keep_alive(Duration::from_secs(3))
            .into_response(Dialect::Runner)
            .source;
        let start = Instant::now();
        for seconds in [3, 6] {
            assert_eq!(source.next().await.unwrap().unwrap(), COMMENT);
            assert_eq!(start.elapsed().as_secs(), seconds);
        }
    }
}
