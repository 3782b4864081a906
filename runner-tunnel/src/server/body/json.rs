//! A whole body in memory, within a limit that is checked while reading.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body::Body;

use super::pace::Paced;
use crate::body::BodyError;
use crate::error::{BoxError, TunnelError};
use crate::server::compression::Codings;
use crate::server::config::Limits;
use crate::server::metrics::Metering;
use crate::wire::ErrorCode;

/// Reads at most `limit` bytes, compressed or not, the number itself allowed, at the pace and in the time that the limits ask for.
///
/// A body that came in one piece is handed on without a copy. `body` is taken when it was read to its end;
/// after an error the rest is still in it.
pub(in crate::server) async fn read<B>(
    body: &mut Option<B>,
    codings: Codings,
    limit: usize,
    limits: &Limits,
    meters: &Metering,
) -> Result<Bytes, TunnelError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let Some(unread) = body else {
        return Ok(Bytes::new());
    };
    // What the client declares is refused before a byte of it is stored.
    if unread.size_hint().lower() > limit as u64 {
        return Err(TunnelError::refused(ErrorCode::PayloadTooLarge));
    }
    let paced = Paced::new(unread, limits)
        .within(limits.body_read_timeout)
        .counted(meters);
    let read = collect(&mut codings.expand(paced, limit as u64, None), limit).await?;
    *body = None;
    Ok(read)
}

async fn collect<B>(body: &mut B, limit: usize) -> Result<Bytes, TunnelError>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
        let frame = frame.map_err(broken)?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers
        };
        if first.len() + rest.len() + data.len() > limit {
            return Err(TunnelError::refused(ErrorCode::PayloadTooLarge));
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                let declared = usize::try_from(body.size_hint().lower()).unwrap_or(0);
                rest.reserve((first.len() + data.len() + declared).min(limit));
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() {
        first
    } else {
        rest.freeze()
    })
}

fn broken(error: BodyError) -> TunnelError {
    let code = match error {
        BodyError::TimedOut => ErrorCode::RequestTimeout,
        BodyError::Malformed => ErrorCode::InvalidJson,
        BodyError::TooLarge(_) => ErrorCode::PayloadTooLarge,
        BodyError::Undecodable => ErrorCode::InvalidEncoding,
        _ => ErrorCode::RequestAborted,
    };
    TunnelError::refused(code).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use http_body::Frame;
    use tokio::time::Instant;

    use super::*;

    /// A body of pieces, after which it ends or goes silent.
    struct Pieces(VecDeque<&'static [u8]>, bool);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.pop_front() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(piece))))),
                None if self.1 => Poll::Ready(None),
                None => Poll::Pending,
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what `read` takes")]
    fn pieces(pieces: &[&'static [u8]]) -> Option<Pieces> {
        Some(Pieces(pieces.iter().copied().collect(), true))
    }

    #[tokio::test]
    async fn one_piece_is_not_copied() {
        let text: &'static [u8] = b"0123456789";
        let read = read(
            &mut pieces(&[text]),
            Codings::default(),
            10,
            &Limits::default(),
            &None,
        )
        .await
        .unwrap();
        assert_eq!(read.as_ptr(), text.as_ptr());
    }

    #[tokio::test]
    async fn pieces_are_joined_and_the_limit_itself_is_allowed() {
        let whole = read(
            &mut pieces(&[b"01", b"", b"23", b"4"]),
            Codings::default(),
            5,
            &Limits::default(),
            &None,
        )
        .await
        .unwrap();
        assert_eq!(whole, "01234");
    }

    #[tokio::test]
    async fn one_byte_more_is_refused_while_reading() {
        let mut body = pieces(&[b"01", b"23", b"45", b"67"]);
        let error = read(&mut body, Codings::default(), 5, &Limits::default(), &None)
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::PayloadTooLarge);
        let left = body.unwrap().0.len();
        assert_eq!(left, 1, "the rest was left to the drain");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_times_out() {
        for (limits, seconds) in [
            (Limits::default(), 10),
            (
                Limits {
                    body_min_rate: 0,
                    ..Limits::default()
                },
                60,
            ),
        ] {
            let mut body = Some(Pieces([b"01".as_slice()].into(), false));
            let start = Instant::now();
            let error = read(&mut body, Codings::default(), 5, &limits, &None)
                .await
                .unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestTimeout);
            assert_eq!(start.elapsed().as_secs(), seconds);
        }
    }
}
