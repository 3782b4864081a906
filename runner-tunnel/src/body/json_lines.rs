//! Typed values, one a line.

use std::fmt;
use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::head::Head;
use super::stream_response::StreamResponse;
use crate::error::BoxError;
use crate::serializer::{self, Dialect};

/// What the lines of [`JsonLines`] are.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// A stream of typed values as the answer of a task: newline-delimited JSON, `application/x-ndjson`.
///
/// Each item is a line, written as a task's result would be: plain JSON, and Runner's typed records for what JSON
/// lacks. Discovery shows the items' schema. For the rest it is a [`StreamResponse`], also in that callers with a JSON
/// input read it with `fetch` and not with a client of Runner.
///
/// ```
/// use futures_util::stream;
/// use runner_tunnel::{JsonLines, JsonSchema, tunnel_task};
/// use serde::Serialize;
///
/// #[derive(Serialize, JsonSchema)]
/// struct Row { n: u32 }
///
/// #[tunnel_task("app.tasks.rows")]
/// async fn rows(to: u32) -> JsonLines<Row> {
///     JsonLines::new(stream::iter((0..to).map(|n| Row { n })))
/// }
/// ```
#[must_use = "a stream goes out when the task returns it"]
pub struct JsonLines<T> {
    head: Head,
    items: Items<T>,
    encode: fn(&T, Dialect) -> Result<Vec<u8>, BoxError>,
}

type Items<T> = Pin<Box<dyn Stream<Item = Result<T, BoxError>> + Send>>;

impl<T: Serialize + Send + 'static> JsonLines<T> {
    /// The items of a stream.
    pub fn new(items: impl Stream<Item = T> + Send + 'static) -> Self {
        Self::of(items.map(Ok))
    }

    /// The items of a stream that may fail: an error before the first item is an ordinary error, a later one
    /// breaks the answer off.
    pub fn from_results<E: Into<BoxError>>(
        items: impl Stream<Item = Result<T, E>> + Send + 'static,
    ) -> Self {
        Self::of(items.map(|item| item.map_err(Into::into)))
    }

    fn of(items: impl Stream<Item = Result<T, BoxError>> + Send + 'static) -> Self {
        Self {
            head: Head::new(HeaderValue::from_static(NDJSON)),
            items: Box::pin(items),
            encode: |item, dialect| {
                // JSON has no line break of its own: control characters in text are escaped.
                let mut line = serializer::to_vec(item, dialect)?;
                line.push(b'\n');
                Ok(line)
            },
        }
    }
}

impl<T> JsonLines<T> {
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

    /// As [`StreamResponse::send_head_early`].
    pub fn send_head_early(mut self) -> Self {
        self.head.is_early = true;
        self
    }
}

impl<T: 'static> JsonLines<T> {
    pub(crate) fn into_response(self, dialect: Dialect) -> StreamResponse {
        let Self {
            head,
            items,
            encode,
        } = self;
        let lines = items.map(move |item| Ok(encode(&item?, dialect)?.into()));
        StreamResponse::with_head(head, lines)
    }
}

impl<T> fmt::Debug for JsonLines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}
