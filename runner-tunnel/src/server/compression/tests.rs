//! Bodies through both ways.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use compression_codecs::core::Level;
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::zstd::params::CParameter;
use compression_codecs::{EncodeV2, ZlibEncoder, ZstdEncoder};
use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};

use super::encoded_body::EncodedBody;
use super::encoder::{Encoder, compress};
use super::*;
use crate::body::BodyError;
use crate::server::answer_body::AnswerBody;
use crate::server::config::CompressionAlgorithm::{self, Brotli, Gzip, Zstd};
use crate::server::config::{CompressionLevel, Limits};
use crate::server::cut::Cut;

const ALL: [(CompressionAlgorithm, &str); 3] = [(Gzip, "gzip"), (Brotli, "br"), (Zstd, "zstd")];

fn codings(text: &'static str) -> Codings {
    let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(text))]);
    Codings::read(&headers).unwrap()
}

fn refusal(text: &'static str) -> String {
    let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(text))]);
    let error = Codings::read(&headers).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UnsupportedMediaType);
    error.to_string()
}

fn packed(algorithm: CompressionAlgorithm, plain: &[u8]) -> Bytes {
    compress(algorithm, CompressionLevel::Balanced, plain).unwrap()
}

fn driven(mut encoder: impl EncodeV2, plain: &[u8]) -> Bytes {
    let mut room = vec![0; plain.len() + 1024];
    let mut out = WriteBuffer::new_initialized(&mut room);
    encoder
        .encode(&mut PartialBuffer::new(plain), &mut out)
        .unwrap();
    assert!(encoder.finish(&mut out).unwrap());
    Bytes::copy_from_slice(out.written())
}

fn deflated(plain: &[u8]) -> Bytes {
    driven(ZlibEncoder::new(Level::Default.into()), plain)
}

/// Some that repeat, and some that no algorithm makes shorter.
fn sample() -> Vec<u8> {
    let noise = (0_u32..6000).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1]);
    "nineteen characters "
        .bytes()
        .cycle()
        .take(40_000)
        .chain(noise)
        .collect()
}

fn pieces(body: &[u8], size: usize) -> impl Body<Data = Bytes, Error = BodyError> + Unpin + use<> {
    let pieces: VecDeque<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    StreamBody::new(stream::iter(pieces).map(|piece| Ok(Frame::data(piece))))
}

async fn expanded(coding: &'static str, body: &[u8], size: usize) -> Result<Bytes, BodyError> {
    let body = codings(coding).expand(pieces(body, size), u64::MAX, None);
    Ok(body.collect().await?.to_bytes())
}

#[tokio::test]
async fn whatever_was_compressed_expands_to_what_it_was() {
    let plain = sample();
    let bodies = ALL.map(|(algorithm, coding)| (coding, packed(algorithm, &plain)));
    for (coding, body) in bodies.into_iter().chain([
        ("deflate", deflated(&plain)),
        ("x-gzip", packed(Gzip, &plain)),
    ]) {
        assert!(body.len() < plain.len(), "{coding}");
        for size in [1, 2, 3, 7, 100, 4096, usize::MAX] {
            let whole = expanded(coding, &body, size).await.unwrap();
            assert!(whole == plain, "{coding} in pieces of {size}");
        }
    }
}

#[tokio::test]
async fn every_level_and_length_can_be_read() {
    let plain = sample();
    for level in [
        CompressionLevel::Fast,
        CompressionLevel::Balanced,
        CompressionLevel::Best,
    ] {
        for (algorithm, coding) in ALL {
            for length in [0, 1, 2, 1023, 1024, 8191, 8192, 8193, 32_768, plain.len()] {
                let body = compress(algorithm, level, &plain[..length]).unwrap();
                let whole = expanded(coding, &body, usize::MAX).await.unwrap();
                assert!(whole == plain[..length], "{coding} {level:?} {length}");
            }
        }
    }
}

#[tokio::test]
async fn codings_are_taken_off_in_the_order_from_last_to_first() {
    let plain = sample();
    let inner = packed(Gzip, &plain);
    let body = packed(Brotli, &inner);
    for coding in ["gzip, br", "identity,gzip,,BR", "x-gzip ,\tbr"] {
        assert!(
            expanded(coding, &body, 100).await.unwrap() == plain,
            "{coding}"
        );
    }
    assert!(matches!(
        expanded("br, gzip", &body, 100).await,
        Err(BodyError::Undecodable)
    ));
}

#[tokio::test]
async fn a_body_that_is_cut_anywhere_is_damaged() {
    let plain = &sample()[..3000];
    let bodies = ALL.map(|(algorithm, coding)| (coding, packed(algorithm, plain)));
    for (coding, body) in bodies.into_iter().chain([("deflate", deflated(plain))]) {
        for length in 0..body.len() {
            let error = expanded(coding, &body[..length], 64).await.unwrap_err();
            assert!(
                matches!(error, BodyError::Undecodable),
                "{coding} of {length} bytes: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_with_garbage_behind_it_is_damaged() {
    let plain = &sample()[..3000];
    let bodies = ALL.map(|(algorithm, coding)| (coding, packed(algorithm, plain)));
    for (coding, body) in bodies.into_iter().chain([("deflate", deflated(plain))]) {
        for garbage in [&b"\0"[..], b"garbage", b"\x1f\x8b"] {
            let body = [&body, garbage].concat();
            for size in [1, body.len() - garbage.len(), body.len()] {
                let error = expanded(coding, &body, size).await.unwrap_err();
                assert!(
                    matches!(error, BodyError::Undecodable),
                    "{coding} {garbage:?}: {error:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn gzip_and_zstd_may_be_several_bodies() {
    let bodies = ALL.map(|(algorithm, coding)| (coding, packed(algorithm, b"twice")));
    for (coding, body) in bodies.into_iter().chain([("deflate", deflated(b"twice"))]) {
        let twice = [&body[..], &body].concat();
        for size in [1, body.len(), twice.len()] {
            let read = expanded(coding, &twice, size).await;
            match coding {
                "gzip" | "zstd" => assert_eq!(read.unwrap(), "twicetwice"),
                _ => assert!(matches!(read, Err(BodyError::Undecodable)), "{coding}"),
            }
        }
    }
}

#[tokio::test]
async fn a_window_that_no_browser_takes_is_refused() {
    // The window is asked for before there is a byte to put into it.
    for (window, is_taken) in [(23, true), (24, false), (27, false)] {
        let encoder = ZstdEncoder::new_with_params(3, &[CParameter::window_log(window)]);
        let body = {
            let mut encoder = encoder;
            let mut room = vec![0; 1024];
            let mut out = WriteBuffer::new_initialized(&mut room);
            encoder
                .encode(&mut PartialBuffer::new(b"first".as_slice()), &mut out)
                .unwrap();
            assert!(encoder.flush(&mut out).unwrap());
            assert!(encoder.finish(&mut out).unwrap());
            Bytes::copy_from_slice(out.written())
        };
        assert_eq!(
            expanded("zstd", &body, 100).await.is_ok(),
            is_taken,
            "{window}"
        );
    }
    // An empty body with a window of 1 GiB, which a decoder of large windows takes.
    let large = [0x11, 30, 3];
    assert!(matches!(
        expanded("br", &large, 100).await,
        Err(BodyError::Undecodable)
    ));
}

#[test]
fn what_nobody_knows_is_refused_by_name() {
    assert_eq!(
        refusal("compress"),
        r#"Content-Encoding: "compress" is not supported, gzip, deflate, br, zstd are"#
    );
    assert!(refusal("gzip, rot13").contains("rot13"));
    assert!(refusal("gzip;q=1").contains("gzip;q=1"));
    assert!(refusal("gzip, gzip, gzip").contains("more than 2 codings"));
}

#[test]
fn a_raw_body_that_is_not_expanded_is_the_tasks_own() {
    let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("rot13"))]);
    for (requests, mode, is_taken) in [
        (false, BodyMode::OctetStream, true),
        (false, BodyMode::Json, false),
        (false, BodyMode::Multipart, false),
        (true, BodyMode::OctetStream, false),
    ] {
        let compression = Compression::new(&CompressionConfig {
            requests,
            ..CompressionConfig::default()
        });
        let taken = compression.codings(&headers, mode);
        assert_eq!(taken.is_ok(), is_taken, "{requests} {mode:?}");
    }
}

/// 8 MiB of zeros.
fn bomb(algorithm: CompressionAlgorithm) -> Bytes {
    let (zeros, mut out) = (vec![0; 1 << 20], BytesMut::new());
    let mut encoder = Encoder::new(algorithm, CompressionLevel::Fast, None);
    for _ in 0..8 {
        encoder.write(&zeros, &mut out).unwrap();
    }
    encoder.finish(&mut out).unwrap();
    out.freeze()
}

#[tokio::test]
async fn a_bomb_is_read_as_far_as_the_limit() {
    for (algorithm, coding) in ALL {
        let bomb = bomb(algorithm);
        let mut body = Some(pieces(&bomb, 1000));
        let error = crate::server::body::read(
            &mut body,
            codings(coding),
            100_000,
            &Limits::default(),
            &None,
        )
        .await;
        assert_eq!(
            error.unwrap_err().code(),
            ErrorCode::PayloadTooLarge,
            "{coding}"
        );
        assert!(body.is_some(), "the rest is left to the drain");
    }
}

/// Members without content, as many as one likes: they expand to nothing, for ever.
#[tokio::test]
async fn compressed_bytes_are_bounded_at_every_layer() {
    let nothing = packed(Gzip, b"").repeat(10_000);
    for (coding, body) in [
        ("gzip", Bytes::from(nothing.clone())),
        ("gzip, br", packed(Brotli, &nothing)),
    ] {
        let body = codings(coding).expand(pieces(&body, 1000), 50_000, None);
        let error = body.collect().await.unwrap_err();
        assert!(
            matches!(error, BodyError::TooLarge(50_000)),
            "{coding}: {error:?}"
        );
    }
}

/// A poll does so much only: a few hundred bytes must not keep a thread for itself.
#[tokio::test]
async fn others_have_their_turn_while_a_body_expands_to_nothing() {
    let nothing = packed(Gzip, b"").repeat(200_000);
    let body = packed(Brotli, &nothing);
    assert!(body.len() < 10_000, "{}", body.len());
    let mut body = codings("gzip, br").expand(pieces(&body, usize::MAX), u64::MAX, None);
    assert!(poll_fn(|cx| std::task::Poll::Ready(body.frame().poll_unpin(cx).is_pending())).await);
}

#[tokio::test]
async fn what_is_only_read_on_is_not_expanded() {
    let begun = Arc::new(AtomicBool::new(false));
    let body = packed(Gzip, &sample());
    let mut reading = ExpandedBody::new(
        pieces(&body, 100),
        codings("gzip").0,
        u64::MAX,
        Some(Arc::clone(&begun)),
    );
    assert!(
        reading
            .frame()
            .await
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap()
            .starts_with(b"nineteen")
    );
    begun.store(true, Ordering::Relaxed);
    let rest = reading.collect().await.unwrap().to_bytes();
    assert!(body.ends_with(&rest) && !rest.is_empty());
}

type Chunk = Result<Frame<Bytes>, Cut>;

fn encoded(
    algorithm: CompressionAlgorithm,
) -> (tokio::sync::mpsc::UnboundedSender<Chunk>, EncodedBody) {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let chunks = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let plain = AnswerBody::Boxed(UnsyncBoxBody::new(StreamBody::new(chunks)));
    let encoder = Encoder::new(algorithm, CompressionLevel::Balanced, None);
    (sender, EncodedBody::new(plain, encoder))
}

/// What a client reads of the bytes so far.
fn readable(coding: &str, bytes: Bytes) -> Vec<u8> {
    let mut expander = Expander::new(coding).unwrap();
    expander.feed(bytes);
    let mut read = Vec::new();
    while let expander::Expanded::Piece(piece) = expander.expand().unwrap() {
        read.extend_from_slice(&piece);
    }
    read
}

#[tokio::test]
async fn a_chunk_can_be_read_before_the_next_one_is_there() {
    for (algorithm, coding) in ALL {
        let (sender, mut body) = encoded(algorithm);
        let (mut sent, mut received) = (Vec::new(), BytesMut::new());
        for chunk in ["first", "second", "third"] {
            sender.send(Ok(Frame::data(chunk.into()))).unwrap();
            sent.extend_from_slice(chunk.as_bytes());
            let frame = body.frame().await.unwrap().unwrap();
            received.extend_from_slice(&frame.into_data().unwrap());
            assert_eq!(
                readable(coding, received.clone().freeze()),
                sent,
                "{coding}"
            );
            assert!(
                body.frame().now_or_never().is_none(),
                "{coding}: flushed once"
            );
        }
        drop(sender);
        received.extend_from_slice(&body.collect().await.unwrap().to_bytes());
        assert_eq!(
            expanded(coding, &received, 100).await.unwrap(),
            sent,
            "{coding}"
        );
    }
}

#[tokio::test]
async fn chunks_that_are_there_together_are_one_piece() {
    let (sender, mut body) = encoded(Gzip);
    for _ in 0..100 {
        sender.send(Ok(Frame::data("again ".into()))).unwrap();
    }
    let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(piece.len() < 100, "{}", piece.len());
    assert_eq!(readable("gzip", piece).len(), 600);
}

#[tokio::test]
async fn a_stream_that_fails_fails_behind_what_came_before() {
    for (algorithm, coding) in ALL {
        let (sender, mut body) = encoded(algorithm);
        sender.send(Ok(Frame::data("part".into()))).unwrap();
        sender.send(Err(Cut)).unwrap();
        let part = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(readable(coding, part), b"part");
        assert!(!body.is_end_stream());
        assert!(body.frame().await.unwrap().is_err(), "{coding}");
        assert!(body.is_end_stream());
    }
}
