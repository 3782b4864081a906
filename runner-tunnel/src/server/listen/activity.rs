//! What a connection is at, as far as its time limits ask: seen from its bytes and its calls.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::Version;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::flushed::{Buffered, Flushed};
use crate::server::shutdown::Unfinished;

/// What one connection has done so far. Nobody decides by two of the numbers at once, so that they need no
/// order among each other.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Requests that are being read or handled, and answers that are being sent.
    open: AtomicUsize,
    /// Bytes have come since the last of them ended.
    has_read: AtomicBool,
    /// Bytes written. The end of a call counts as [`STEP`] of them.
    written: AtomicUsize,
    /// The client has not made room for what is to be written.
    is_stuck: AtomicBool,
    has_called: AtomicBool,
    is_http2: AtomicBool,
    /// Calls of HTTP/2 that their client abandoned, less those it waited for.
    resets: AtomicUsize,
    /// Of HTTP/1.1 only.
    buffered: Arc<Buffered>,
    owed: Owed,
}

/// What a shutdown would cut.
#[derive(Debug, Default)]
struct Owed {
    unfinished: Unfinished,
    /// Answers of HTTP/1.1 whose last bytes still wait in hyper's buffer.
    buffered: AtomicUsize,
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.unfinished.end(self.buffered.load(Relaxed));
    }
}

/// Bytes that are progress in sending an answer. HTTP/2's pings are none.
const STEP: usize = 1024;

/// What there is to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The head of a request.
    Head,
    /// The server itself, or a body.
    Busy,
    /// Room for an answer. The number changes while it is being taken.
    Stuck(usize),
    /// The next request. The number changes while the last answer is still being taken.
    Idle(usize),
}

impl Activity {
    pub(super) fn new(unfinished: &Unfinished) -> Self {
        Self {
            owed: Owed {
                unfinished: unfinished.clone(),
                buffered: AtomicUsize::new(0),
            },
            ..Self::default()
        }
    }

    /// hyper has all bytes of an answer, and may have them in its buffer.
    fn handed_over(&self) {
        if self.buffered.is_due() {
            self.owed.buffered.fetch_add(1, Relaxed);
        } else {
            self.owed.unfinished.end(1);
        }
    }

    fn flushed(&self) {
        if self.buffered.flushed() {
            let buffered = self.owed.buffered.swap(0, Relaxed);
            self.owed.unfinished.end(buffered);
        }
    }

    pub(super) fn phase(&self) -> Phase {
        let steps = || self.written.load(Relaxed) / STEP;
        if self.open.load(Relaxed) > 0 {
            if self.is_stuck.load(Relaxed) {
                Phase::Stuck(steps())
            } else {
                Phase::Busy
            }
        } else if self.has_called()
            // HTTP/2 has frames that belong to no request.
            && (self.is_http2.load(Relaxed) || !self.has_read.load(Relaxed))
        {
            Phase::Idle(steps())
        } else {
            Phase::Head
        }
    }

    pub(super) fn has_called(&self) -> bool {
        self.has_called.load(Relaxed)
    }

    pub(super) fn resets(&self) -> usize {
        self.resets.load(Relaxed)
    }

    /// A request's head has come. Says whether one came before it.
    pub(super) fn call(self: &Arc<Self>, version: Version) -> (Call, bool) {
        if version == Version::HTTP_2 {
            self.is_http2.store(true, Relaxed);
        }
        let has_called = self.has_called.swap(true, Relaxed);
        self.owed.unfinished.begin();
        let call = Call {
            half: Half::new(self),
            is_answered: false,
        };
        (call, has_called)
    }
}

/// A call until its answer begins.
#[derive(Debug)]
pub(super) struct Call {
    half: Half,
    is_answered: bool,
}

impl Call {
    pub(super) fn request<B>(&self, body: B) -> Watched<B> {
        Watched {
            inner: body,
            half: Half::new(&self.half.0),
            is_answer: false,
        }
    }

    pub(super) fn answer<B: Body>(mut self, body: B) -> Watched<Flushed<B>> {
        self.is_answered = true;
        let activity = &self.half.0;
        let is_http1 = !activity.is_http2.load(Relaxed);
        let body = Flushed::new(body, is_http1.then(|| Arc::clone(&activity.buffered)));
        let fewer = |resets: usize| resets.checked_sub(1);
        // Nothing to take back is fine.
        let _ = self.half.0.resets.fetch_update(Relaxed, Relaxed, fewer);
        Watched {
            inner: body,
            half: Half::new(&self.half.0),
            is_answer: true,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_answered {
            self.half.0.resets.fetch_add(1, Relaxed);
            self.half.0.owed.unfinished.end(1);
        }
    }
}

/// One direction of a call, open until this is dropped.
#[derive(Debug)]
struct Half(Arc<Activity>);

impl Half {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.open.fetch_add(1, Relaxed);
        activity.has_read.store(false, Relaxed);
        Self(Arc::clone(activity))
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        self.0.has_read.store(false, Relaxed);
        self.0.written.fetch_add(STEP, Relaxed);
        self.0.open.fetch_sub(1, Relaxed);
    }
}

/// A body that keeps its call open.
#[derive(Debug)]
pub(super) struct Watched<B> {
    inner: B,
    half: Half,
    is_answer: bool,
}

impl<B> Drop for Watched<B> {
    fn drop(&mut self) {
        if self.is_answer {
            self.half.0.handed_over();
        }
    }
}

impl<B: Body<Data: Buf> + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Pieces that are smaller together are written as one: for the kernel one is less work than several.
const SMALL: usize = 1024;

/// What a client of HTTP/2 begins with when it knows that the server speaks it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose bytes are seen.
#[derive(Debug)]
pub(super) struct Observed<S> {
    stream: S,
    /// What was read to tell the protocol, and is to be read again.
    start: Bytes,
    activity: Arc<Activity>,
}

impl<S> Observed<S> {
    pub(super) fn new(stream: S, activity: &Arc<Activity>) -> Self {
        Self {
            stream,
            start: Bytes::new(),
            activity: Arc::clone(activity),
        }
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        self.activity.is_stuck.store(written.is_pending(), Relaxed);
        if let Poll::Ready(Ok(bytes)) = written {
            self.activity.written.fetch_add(*bytes, Relaxed);
        }
    }
}

impl<S: AsyncRead + Unpin> Observed<S> {
    /// Whether the first bytes are those of HTTP/2. They stay to be read.
    pub(super) async fn is_http2(&mut self) -> io::Result<bool> {
        let mut bytes = [0; PREFACE.len()];
        let mut start = ReadBuf::new(&mut bytes);
        loop {
            let before = start.filled().len();
            poll_fn(|cx| Pin::new(&mut self.stream).poll_read(cx, &mut start)).await?;
            let filled = start.filled();
            let (is_over, fits) = (filled.len() == before, PREFACE.starts_with(filled));
            if is_over || !fits || filled.len() == PREFACE.len() {
                self.start = Bytes::copy_from_slice(filled);
                return Ok(fits && !is_over);
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Observed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let start = self.start.len().min(buf.remaining());
        buf.put_slice(&self.start.split_to(start));
        let mut read = Pin::new(&mut self.stream).poll_read(cx, buf);
        // With what comes after the start in one piece, hyper needs no second buffer. What went wrong, it
        // hears when it reads on.
        if start > 0 {
            read = Poll::Ready(Ok(()));
        }
        if read.is_ready() {
            self.activity.has_read.store(true, Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Observed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut room = [MaybeUninit::uninit(); SMALL];
        let mut whole = ReadBuf::uninit(&mut room);
        let is_small = pieces.iter().map(|piece| piece.len()).sum::<usize>() <= SMALL;
        let written = if is_small {
            for piece in pieces {
                whole.put_slice(piece);
            }
            Pin::new(&mut self.stream).poll_write(cx, whole.filled())
        } else {
            Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
        };
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            self.activity.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn activity() -> Arc<Activity> {
        Arc::new(Activity::default())
    }

    fn body() -> Full<Bytes> {
        Full::new(Bytes::from_static(b"text"))
    }

    #[test]
    fn a_call_is_busy_until_both_its_halves_are_done() {
        let activity = activity();
        assert_eq!(activity.phase(), Phase::Head, "the first head is awaited");
        let (call, has_called) = activity.call(Version::HTTP_11);
        assert!(!has_called);
        let request = call.request(body());
        let answer = call.answer(body());
        drop(answer);
        assert_eq!(activity.phase(), Phase::Busy, "the request is read on");
        drop(request);
        assert!(matches!(activity.phase(), Phase::Idle(_)));
        assert!(activity.call(Version::HTTP_11).1);
    }

    #[tokio::test]
    async fn bytes_between_calls_are_a_head_and_bytes_out_are_progress() {
        let activity = activity();
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let mut server = Observed::new(server, &activity);
        drop(activity.call(Version::HTTP_11));
        let before = activity.phase();
        server.write_all(&[0; STEP]).await.unwrap();
        assert!(before != activity.phase() && matches!(activity.phase(), Phase::Idle(_)));
        client.write_all(b"P").await.unwrap();
        server.read_u8().await.unwrap();
        assert_eq!(activity.phase(), Phase::Head);
        drop(activity.call(Version::HTTP_2));
        client.write_all(b"P").await.unwrap();
        server.read_u8().await.unwrap();
        assert!(
            matches!(activity.phase(), Phase::Idle(_)),
            "of HTTP/2 it may be a ping"
        );
    }

    #[tokio::test]
    async fn the_first_bytes_tell_the_protocol_and_stay() {
        for (sent, is_http2) in [
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", true),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", false),
            ("PRI * HTTP/2.0\r\n", false),
            ("POST / HTTP/1.1\r\n\r\n", false),
            ("G", false),
            ("", false),
        ] {
            // In pieces, as networks deliver them.
            let (mut client, server) = tokio::io::duplex(1);
            let mut server = Observed::new(server, &activity());
            let send = async {
                client.write_all(sent.as_bytes()).await.unwrap();
                drop(client);
            };
            let receive = async {
                assert_eq!(server.is_http2().await.unwrap(), is_http2, "{sent:?}");
                let mut all = String::new();
                server.read_to_string(&mut all).await.unwrap();
                assert_eq!(all, sent);
            };
            tokio::join!(send, receive);
        }
    }

    #[test]
    fn calls_that_are_awaited_make_up_for_abandoned_ones() {
        let activity = activity();
        for _ in 0..3 {
            drop(activity.call(Version::HTTP_2));
        }
        assert_eq!(activity.resets(), 3);
        for _ in 0..5 {
            let (call, _) = activity.call(Version::HTTP_2);
            drop(call.answer(body()));
        }
        assert_eq!(activity.resets(), 0);
    }
}
