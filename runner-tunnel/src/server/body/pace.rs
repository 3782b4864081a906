//! The slowest that a client may send.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::body::BodyError;
use crate::error::BoxError;
use crate::server::config::Limits;
use crate::server::metrics::Metering;

/// The most silence that bytes can buy: a client that sent a gigabyte may not be silent for a month after it.
const MOST_CREDIT: Duration = Duration::from_secs(60);

/// How late a task may be woken that waits for its client.
const SLACK: Duration = Duration::from_secs(1);

/// A body whose client may be silent for so long only, and whose errors are told apart.
///
/// Time counts while somebody waits for the client. Whoever does not ask for the next frame stops the clock,
/// and a frame that is there already costs neither a timer nor a look at the clock.
#[derive(Debug)]
pub(in crate::server) struct Paced<B> {
    body: B,
    min_rate: u64,
    grace: Duration,
    total: Option<Duration>,
    /// How long the client may still be silent: the grace, and what its bytes have earned.
    credit: Duration,
    /// When somebody began to wait for the next frame.
    waiting_since: Option<Instant>,
    /// When the whole body has to be there.
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    meters: Metering,
}

impl<B> Paced<B> {
    pub(in crate::server) fn new(body: B, limits: &Limits) -> Self {
        Self {
            body,
            min_rate: limits.body_min_rate,
            grace: limits.body_grace,
            total: None,
            credit: limits.body_grace,
            waiting_since: None,
            deadline: None,
            timer: None,
            meters: None,
        }
    }

    /// For the whole body as well, from the first wait on.
    pub(in crate::server) fn within(mut self, total: Duration) -> Self {
        self.total = Some(total);
        self
    }

    /// Every byte counts.
    pub(in crate::server) fn counted(mut self, meters: &Metering) -> Self {
        self.meters.clone_from(meters);
        self
    }

    fn arrived(&mut self, bytes: usize) {
        if let Some(meters) = &self.meters {
            meters.read(bytes);
        }
        if self.min_rate == 0 {
            return;
        }
        if let Some(since) = self.waiting_since.take() {
            let waited = since.elapsed();
            // Much more than there was means that nobody came back to ask in time: not the client's doing.
            if waited < self.credit.saturating_add(SLACK) {
                self.credit = self.credit.saturating_sub(waited);
            }
        }
        let most = self.grace.max(MOST_CREDIT);
        if self.credit < most {
            self.credit = most.min(self.credit.saturating_add(worth(bytes, self.min_rate)));
        }
    }

    /// Ready when the client has been silent for too long.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.waiting_since.is_none() {
            let now = Instant::now();
            self.waiting_since = Some(now);
            if self.deadline.is_none() {
                self.deadline = self.total.and_then(|total| now.checked_add(total));
            }
            let slow = now.checked_add(self.credit).filter(|_| self.min_rate > 0);
            let until = match (slow, self.deadline) {
                (Some(slow), Some(deadline)) => slow.min(deadline),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return Poll::Pending,
            };
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(until),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(until))),
            }
        }
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

/// The time that so many bytes may take.
fn worth(bytes: usize, min_rate: u64) -> Duration {
    let nanos = (bytes as u128 * 1_000_000_000) / u128::from(min_rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.arrived(frame.data_ref().map_or(0, Buf::remaining));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(told(&*error.into())))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => this
                .poll_patience(cx)
                .map(|()| Some(Err(BodyError::TimedOut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What an error of the connection means for who reads the body: a client whose chunks are malformed is still
/// there.
fn told(error: &(dyn Error + 'static)) -> BodyError {
    if is_malformed(error) {
        BodyError::Malformed
    } else {
        BodyError::Aborted
    }
}

/// hyper keeps what its chunk decoder says as an I/O error.
fn is_malformed(error: &(dyn Error + 'static)) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(
        kind,
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
    ) || error.source().is_some_and(is_malformed)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Sends so many bytes after each pause, as often as told, and goes silent.
    struct Trickle {
        pause: Duration,
        bytes: usize,
        pieces: usize,
        next: Option<Pin<Box<Sleep>>>,
    }

    impl Trickle {
        fn new(pause: Duration, bytes: usize, pieces: usize) -> Self {
            Self {
                pause,
                bytes,
                pieces,
                next: None,
            }
        }
    }

    impl Body for Trickle {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.pieces == 0 {
                return Poll::Pending;
            }
            let pause = self.pause;
            if !pause.is_zero() {
                let next = self
                    .next
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
                std::task::ready!(next.as_mut().poll(cx));
                self.next = None;
            }
            self.pieces -= 1;
            Poll::Ready(Some(Ok(Frame::data(vec![0; self.bytes].into()))))
        }
    }

    fn limits(body_min_rate: u64) -> Limits {
        Limits {
            body_min_rate,
            ..Limits::default()
        }
    }

    async fn next<B>(body: &mut Paced<B>) -> Result<usize, BodyError>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
        frame.expect("it never ends").map(|frame| {
            let data = frame.into_data();
            data.map_or(0, |data| data.len())
        })
    }

    /// How long the body was read until it was too slow, and how many bytes came.
    async fn read(mut body: Paced<Trickle>) -> (Duration, usize) {
        let (start, mut bytes) = (Instant::now(), 0);
        loop {
            match next(&mut body).await {
                Ok(more) => bytes += more,
                Err(error) => {
                    assert!(matches!(error, BodyError::TimedOut), "{error}");
                    return (start.elapsed(), bytes);
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_the_grace() {
        let (took, _) = read(Paced::new(Trickle::new(SECOND, 0, 0), &limits(240))).await;
        assert_eq!(took.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_a_second_ends_soon_after_the_grace() {
        let body = Paced::new(Trickle::new(SECOND, 1, 1000), &limits(240));
        let (took, bytes) = read(body).await;
        assert_eq!((took.as_secs(), bytes), (10, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_fast_enough_is_read_for_hours() {
        let body = Paced::new(Trickle::new(SECOND, 250, 10_000), &limits(240));
        assert_eq!(read(body).await.1, 2_500_000);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_buys_a_minute_of_silence_and_no_more() {
        let body = Paced::new(Trickle::new(Duration::ZERO, 1 << 30, 1), &limits(240));
        assert_eq!(read(body).await.0, MOST_CREDIT);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_only_the_whole_counts() {
        let body = Paced::new(Trickle::new(SECOND, 1, 10_000), &limits(0));
        let (took, _) = read(body.within(100 * SECOND)).await;
        assert_eq!(took.as_secs(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_has_its_time_however_fast_it_comes() {
        let body = Paced::new(Trickle::new(SECOND, 5000, 10_000), &limits(240));
        let (took, _) = read(body.within(100 * SECOND)).await;
        assert_eq!(took.as_secs(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_reads_is_not_the_clients() {
        let mut body = Paced::new(Trickle::new(SECOND, 1, 100), &limits(240));
        for _ in 0..8 {
            next(&mut body).await.unwrap();
            tokio::time::sleep(1000 * SECOND).await;
        }
        // A wait that was begun and left, too: the byte was there long before anybody came back.
        let asked = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await;
        assert!(asked.is_pending());
        tokio::time::sleep(1000 * SECOND).await;
        assert_eq!(next(&mut body).await.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_there_needs_no_timer() {
        let mut body = Paced::new(Trickle::new(Duration::ZERO, 10, 100), &limits(240));
        for _ in 0..100 {
            assert_eq!(next(&mut body).await.unwrap(), 10);
        }
        assert!(body.timer.is_none() && body.waiting_since.is_none());
    }
}
