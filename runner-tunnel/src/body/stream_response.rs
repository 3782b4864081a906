//! Bytes as the answer of a task.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::{HeaderValue, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::ReaderStream;

use super::head::Head;
use super::sender::{self, StreamSender};
use crate::error::BoxError;

/// The bytes behind an answer.
pub(crate) type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// Read at once from files and readers: large enough that a download is not all overhead.
const CHUNK_BYTES: usize = 64 * 1024;

const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A stream of bytes as the answer of a task, in place of a JSON envelope.
///
/// Status 200, content type `application/octet-stream` and no length in advance, until set otherwise. Bytes go
/// out as they come, no faster than the client reads.
///
/// The head waits for the first bytes, so that an error before them is an ordinary error: return the stream's
/// items with a [`TunnelError`](crate::TunnelError) and its id, data and status arrive. A later error, a panic
/// and bytes that do not match [`content_length`](Self::content_length) break the connection off, so that no
/// client takes a part for the whole; the log says why. What was sent before still arrives over HTTP/1.1; over HTTP/2,
/// and in a tunnel nested in an app, a client that reads slowly may lose the last of it, since there a break overtakes
/// what waits to be sent. When the client goes away the stream is dropped at once,
/// and [`TaskContext::cancellation`](crate::TaskContext::cancellation) fires.
///
/// Runner's clients take a stream for an answer only to calls that send a file or a stream; a task with a JSON input
/// that answers with one is for `fetch`, curl and other HTTP clients.
///
/// A `timeout` counts until the answer has begun; after that it may take as long as the client reads.
///
/// ```
/// use futures_util::{StreamExt as _, stream};
/// use runner_tunnel::{StreamResponse, TunnelResult, tunnel_task};
///
/// #[tunnel_task("app.tasks.export")]
/// async fn export(rows: u32) -> TunnelResult<StreamResponse> {
///     let lines = stream::iter(0..rows).map(|row| Ok::<_, std::io::Error>(format!("{row}\n")));
///     Ok(StreamResponse::new(lines)
///         .content_type("text/csv; charset=utf-8")
///         .header("content-disposition", "attachment; filename=\"export.csv\""))
/// }
/// ```
#[must_use = "a stream goes out when the task returns it"]
pub struct StreamResponse {
    pub(crate) head: Head,
    pub(crate) source: ByteStream,
}

impl StreamResponse {
    /// The items of a stream, one after the other: an [`InputFile`](crate::InputFile) or a
    /// [`RequestStream`](crate::RequestStream), for example.
    pub fn new<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self::of(stream.map(|item| item.map(Into::into).map_err(Into::into)))
    }

    /// All that a reader gives.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(ReaderStream::with_capacity(reader, CHUNK_BYTES))
    }

    /// A file, as long as it is now: what is appended later stays behind.
    ///
    /// The path is opened as it is. One that a caller has a say in is yours to check.
    ///
    /// # Errors
    /// When the file cannot be opened, or is none.
    pub async fn from_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = tokio::fs::File::open(path).await?;
        let metadata = file.metadata().await?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let length = metadata.len();
        Ok(Self::from_reader(file.take(length)).content_length(length))
    }

    /// A sender for code that produces bytes as it goes, and the answer that they become. `capacity` chunks wait
    /// for a client that reads slowly, then the sender does.
    ///
    /// ```
    /// use runner_tunnel::{StreamResponse, tunnel_task};
    ///
    /// #[tunnel_task("app.tasks.count")]
    /// async fn count(to: u32) -> StreamResponse {
    ///     let (mut sender, response) = StreamResponse::channel(16);
    ///     tokio::spawn(async move {
    ///         for n in 0..to {
    ///             if sender.send(format!("{n}\n")).await.is_err() {
    ///                 break; // the client has gone
    ///             }
    ///         }
    ///     });
    ///     response.content_type("text/plain")
    /// }
    /// ```
    pub fn channel(capacity: usize) -> (StreamSender, Self) {
        let (sender, receiver) = sender::channel(capacity);
        (sender, Self::of(receiver))
    }

    fn of(source: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static) -> Self {
        Self::with_head(Head::new(OCTET_STREAM), source)
    }

    pub(super) fn with_head(
        head: Head,
        source: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
    ) -> Self {
        Self {
            head,
            source: Box::pin(source),
        }
    }

    /// The HTTP status, in place of 200. Clients take one from 400 up for a failure without an envelope: errors
    /// are better returned as errors.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.head.status = status;
        self
    }

    /// What the bytes are, in place of `application/octet-stream`. Not `application/json`, which clients would
    /// take for an envelope: such an answer becomes an internal error, and the log says so.
    pub fn content_type(self, content_type: impl AsRef<[u8]>) -> Self {
        self.header("content-type", content_type)
    }

    /// A header of the answer, in place of an earlier value and of the tunnel's own.
    ///
    /// Left out are those that are not a task's to set: `set-cookie`, `access-control-allow-origin`,
    /// `access-control-allow-credentials`, `x-content-type-options`, `x-frame-options`, `x-runner-request-id`, and
    /// what frames the message, such as `connection`, `transfer-encoding` and `content-length`. `Vary` is joined
    /// with the tunnel's own.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.head.set(name.as_ref(), value.as_ref());
        self
    }

    /// Promises this many bytes: clients see the length in the head. More or fewer break the answer off.
    pub fn content_length(mut self, bytes: u64) -> Self {
        self.head.content_length = Some(bytes);
        self
    }

    /// Sends the head before there are bytes: for streams that may be silent for long. An error before the first
    /// byte then breaks the connection off like any later one.
    pub fn send_head_early(mut self) -> Self {
        self.head.is_early = true;
        self
    }
}

impl fmt::Debug for StreamResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamResponse")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: StreamResponse) -> Result<String, BoxError> {
        let chunks: Vec<_> = response.source.collect().await;
        let bytes: Result<Vec<Bytes>, _> = chunks.into_iter().collect();
        Ok(String::from_utf8(bytes?.concat())?)
    }

    #[tokio::test]
    async fn readers_and_files_are_read_to_their_end() {
        let reader = StreamResponse::from_reader(&b"abc"[..]);
        assert_eq!(reader.head.content_length, None);
        assert_eq!(text(reader).await.unwrap(), "abc");
        let this = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let file = StreamResponse::from_file(this).await.unwrap();
        let length = file.head.content_length.unwrap();
        assert_eq!(text(file).await.unwrap().len() as u64, length);
    }

    #[tokio::test]
    async fn a_folder_is_no_file() {
        let error = StreamResponse::from_file(env!("CARGO_MANIFEST_DIR"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[tokio::test]
    async fn a_channel_ends_with_its_sender_fails_with_it_and_knows_when_it_has_gone() {
        let (mut sender, response) = StreamResponse::channel(1);
        let sending = async {
            sender.send("a").await.unwrap();
            sender.send("b").await.unwrap();
            drop(sender);
        };
        assert_eq!(tokio::join!(sending, text(response)).1.unwrap(), "ab");

        let (sender, response) = StreamResponse::channel(0);
        sender.fail("broken").await;
        assert_eq!(text(response).await.unwrap_err().to_string(), "broken");

        let (mut sender, response) = StreamResponse::channel(1);
        assert!(!sender.is_closed());
        drop(response);
        sender.closed().await;
        assert_eq!(sender.send("a").await, Err(crate::body::ClientGone));
    }

    #[tokio::test]
    async fn a_sender_that_panics_does_not_end_cleanly() {
        let (mut sender, response) = StreamResponse::channel(1);
        let panicked = tokio::spawn(async move {
            sender.send("a").await.unwrap();
            panic!("halfway");
        });
        assert!(text(response).await.is_err());
        assert!(panicked.await.is_err());
    }
}
