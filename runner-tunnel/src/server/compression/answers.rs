//! Which answers are compressed, and what their heads say about it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::accept::{self, Choice};
use super::encoded_body::EncodedBody;
use super::encoder::{Encoder, compress};
use crate::context::RequestHead;
use crate::server::answer_body::AnswerBody;
use crate::server::config::{CompressionAlgorithm, CompressionConfig, CompressionLevel};

/// A quarter of a millisecond for gzip and brotli. What takes longer is no work for a thread that serves others.
const INLINE_BYTES: usize = 16 * 1024;

/// How long an answer may wait for a thread.
const PATIENCE: Duration = Duration::from_secs(2);

/// What an answer is compressed with.
#[derive(Debug)]
pub(in crate::server) struct Wanted {
    algorithm: CompressionAlgorithm,
    refuses_plain: bool,
}

/// How answers are compressed.
#[derive(Debug)]
pub(in crate::server) struct Answers {
    algorithms: Vec<CompressionAlgorithm>,
    level: CompressionLevel,
    min_size: usize,
    streams: bool,
}

impl Answers {
    pub(super) fn new(config: &CompressionConfig) -> Self {
        Self {
            algorithms: config.algorithms.clone(),
            level: config.level,
            min_size: config.min_size,
            streams: config.streams,
        }
    }

    /// How the client wants an answer that may be compressed.
    pub(in crate::server) fn wanted(
        &self,
        request: &RequestHead,
        answer: &Response<AnswerBody>,
    ) -> Option<Wanted> {
        let Choice {
            algorithm,
            refuses_plain,
        } = accept::choose(&request.headers, &self.algorithms);
        let algorithm = algorithm?;
        let is_whole =
            request.method != Method::HEAD && answer.status() != StatusCode::PARTIAL_CONTENT;
        (is_whole && may_be_coded(answer.headers())).then_some(Wanted {
            algorithm,
            refuses_plain,
        })
    }

    /// The answer as its client wants it, if it gains by it.
    pub(in crate::server) async fn encode(
        &self,
        wanted: Wanted,
        mut answer: Response<AnswerBody>,
    ) -> Response<AnswerBody> {
        let Wanted {
            algorithm,
            refuses_plain,
        } = wanted;
        let is_large = |length| length > 0 && (length >= self.min_size || refuses_plain);
        let body = answer.body_mut();
        if let Some(plain) = whole(body) {
            if !is_large(plain.len()) {
                return answer;
            }
            match self
                .compress(algorithm, plain.clone(), !refuses_plain)
                .await
            {
                Some(coded) if coded.len() < plain.len() || refuses_plain => *body = coded.into(),
                _ => return answer,
            }
        } else {
            let length = body
                .size_hint()
                .exact()
                .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
            if !self.streams || !length.is_none_or(is_large) {
                return answer;
            }
            let encoder = Encoder::new(algorithm, self.level, None);
            let plain = std::mem::replace(body, Bytes::new().into());
            *body = AnswerBody::Boxed(UnsyncBoxBody::new(EncodedBody::new(plain, encoder)));
        }
        label(answer.headers_mut(), algorithm);
        answer
    }

    async fn compress(
        &self,
        algorithm: CompressionAlgorithm,
        plain: Bytes,
        may_be_plain: bool,
    ) -> Option<Bytes> {
        let level = self.level;
        if plain.len() <= INLINE_BYTES {
            return compress(algorithm, level, &plain).ok();
        }
        let (begins, begun) = oneshot::channel();
        let compressing = tokio::task::spawn_blocking(move || {
            // Nobody hears it who does not wait for a thread.
            let _ = begins.send(());
            compress(algorithm, level, &plain)
        });
        // Dropped in line, it never begins.
        let compressing = AbortOnDropHandle::new(compressing);
        if may_be_plain {
            // Better than an answer that waits for others' blocking work.
            timeout(PATIENCE, begun).await.ok()?.ok()?;
        }
        compressing.await.ok()?.ok()
    }
}

/// The bytes of an answer that is one buffer.
fn whole(body: &AnswerBody) -> Option<Bytes> {
    let AnswerBody::Full(body) = body else {
        return None;
    };
    let frame = body.clone().frame().now_or_never()??;
    frame.ok()?.into_data().ok()
}

/// Text that its author has not marked as final.
fn may_be_coded(head: &HeaderMap) -> bool {
    let says = |value: &HeaderValue, word: &str| {
        value
            .to_str()
            .is_ok_and(|text| text.to_ascii_lowercase().contains(word))
    };
    let is_final = |value: &HeaderValue| says(value, "no-transform");
    !head.contains_key(CONTENT_ENCODING)
        && !head.contains_key(CONTENT_RANGE)
        && !head.get_all(CACHE_CONTROL).iter().any(is_final)
        && head.get(CONTENT_TYPE).is_some_and(is_text)
}

/// Of `application/`, beside those that end in `+json` or `+xml`.
const TEXTS: [&str; 6] = [
    "json",
    "x-ndjson",
    "jsonl",
    "xml",
    "javascript",
    "openmetrics-text",
];

/// Bytes that nobody says to be text may be compressed already.
fn is_text(content_type: &HeaderValue) -> bool {
    let Ok(text) = content_type.to_str() else {
        return false;
    };
    let media_type = text
        .split(';')
        .next()
        .unwrap_or(text)
        .trim()
        .to_ascii_lowercase();
    let Some((group, subtype)) = media_type.split_once('/') else {
        return false;
    };
    let by_suffix = subtype.ends_with("+json") || subtype.ends_with("+xml");
    group == "text" || by_suffix || group == "application" && TEXTS.contains(&subtype)
}

/// What was true of the bytes as they were is not true of these (RFC 9110, sections 8.8.3 and 14.3).
fn label(head: &mut HeaderMap, algorithm: CompressionAlgorithm) {
    let coding = match algorithm {
        CompressionAlgorithm::Gzip => "gzip",
        CompressionAlgorithm::Brotli => "br",
        CompressionAlgorithm::Zstd => "zstd",
    };
    head.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    head.remove(ACCEPT_RANGES);
    if let Some(tag) = head.get(ETAG)
        && !tag.as_bytes().starts_with(b"W/")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        head.insert(ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use futures_util::poll;

    use super::*;

    #[test]
    fn only_what_is_said_to_be_text_is_text() {
        for (content_type, expected) in [
            ("application/json; charset=utf-8", true),
            ("application/x-ndjson", true),
            ("text/event-stream", true),
            ("TEXT/csv;header=present", true),
            ("image/svg+xml", true),
            ("application/problem+json", true),
            ("application/octet-stream", false),
            ("application/gzip", false),
            ("application/zip", false),
            ("application/pdf", false),
            ("image/png", false),
            ("video/mp4", false),
            ("text", false),
            ("", false),
        ] {
            assert_eq!(
                is_text(&HeaderValue::from_static(content_type)),
                expected,
                "{content_type}"
            );
        }
    }

    #[test]
    fn what_an_author_has_made_final_is_left_alone() {
        for (name, value, expected) in [
            ("x-other", "1", true),
            ("content-encoding", "gzip", false),
            ("content-range", "bytes 0-1/2", false),
            ("cache-control", "max-age=1, No-Transform", false),
            ("cache-control", "no-store", true),
        ] {
            let mut head = HeaderMap::new();
            head.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            head.insert(name, HeaderValue::from_static(value));
            assert_eq!(may_be_coded(&head), expected, "{name}: {value}");
        }
        assert!(!may_be_coded(&HeaderMap::new()), "of no type");
    }

    #[test]
    fn a_strong_tag_becomes_a_weak_one() {
        for (tag, expected) in [(r#""a""#, r#"W/"a""#), (r#"W/"a""#, r#"W/"a""#)] {
            let mut head = HeaderMap::new();
            head.insert(ETAG, HeaderValue::from_static(tag));
            head.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            label(&mut head, CompressionAlgorithm::Brotli);
            assert_eq!(head[ETAG], expected);
            assert_eq!(head[CONTENT_ENCODING], "br");
            assert!(!head.contains_key(ACCEPT_RANGES));
        }
    }

    /// The only thread for blocking work is taken until `done` is dropped.
    #[test]
    fn an_answer_that_finds_no_thread_goes_as_it_is_unless_its_client_refuses_that() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .max_blocking_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            let (done, waits) = std::sync::mpsc::channel::<()>();
            let other = tokio::task::spawn_blocking(move || waits.recv().is_err());
            let answers = Answers::new(&CompressionConfig::default());
            let plain = Bytes::from(vec![b' '; INLINE_BYTES + 1]);
            let gzip = CompressionAlgorithm::Gzip;
            let mut patient = pin!(answers.compress(gzip, plain.clone(), false));
            let mut impatient = pin!(answers.compress(gzip, plain, true));
            for wait in [PATIENCE / 2, PATIENCE / 2] {
                assert!(poll!(patient.as_mut()).is_pending());
                assert!(poll!(impatient.as_mut()).is_pending());
                tokio::time::advance(wait).await;
            }
            assert_eq!(poll!(impatient), Poll::Ready(None));
            assert!(poll!(patient.as_mut()).is_pending());
            drop(done);
            assert!(other.await.unwrap());
            assert!(patient.await.is_some());
        });
    }
}
