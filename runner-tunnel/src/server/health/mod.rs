//! Whether the server lives, and whether it wants calls.

mod checks;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH};
use http::{HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use self::checks::Checks;
pub(super) use self::checks::{Check, problems};
use super::answer_body::AnswerBody;
use super::config::HealthConfig;
use super::respond::Responder;
use crate::context::RequestHead;
use crate::error::TunnelError;
use crate::serializer::Dialect;
use crate::wire::{BasePath, ErrorCode, Failure};

const UP: &[u8] = br#"{"ok":true,"result":{"status":"up"}}"#;
const READY: &[u8] = br#"{"ok":true,"result":{"status":"ready"}}"#;

/// What is not ready once a shutdown has begun.
const SHUTDOWN: &str = "shutdown";

/// What a load balancer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    Health,
    Ready,
}

impl Probe {
    /// Of a path without its base.
    fn of(path: &str) -> Option<Self> {
        match path {
            "/health" => Some(Self::Health),
            "/ready" => Some(Self::Ready),
            _ => None,
        }
    }
}

/// The state of a tunnel as probes see it.
#[derive(Debug)]
pub(super) struct Health {
    /// Answered below the base path.
    is_public: bool,
    is_leaving: AtomicBool,
    checks: Checks,
}

impl Health {
    pub(super) fn new(config: &HealthConfig, checks: Vec<Check>) -> Self {
        Self {
            is_public: config.enabled,
            is_leaving: AtomicBool::new(false),
            checks: Checks::new(config, checks),
        }
    }

    /// What a path of the tunnel asks for, where probes are answered beside the calls.
    pub(super) fn probe(&self, base: &BasePath, path: &str) -> Option<Probe> {
        if !self.is_public {
            return None;
        }
        Probe::of(base.rest(path)?)
    }

    /// A shutdown has begun: from here on nobody new shall come.
    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Relaxed);
    }

    /// Answers a probe: no authentication, no place, and no trace in the counters or the log.
    pub(super) async fn answer(
        &self,
        probe: Probe,
        dialect: Dialect,
        responder: &Responder,
        head: &RequestHead,
    ) -> Response<AnswerBody> {
        let (status, envelope) = match probe {
            _ if head.method != Method::GET && head.method != Method::HEAD => {
                let error = TunnelError::refused(ErrorCode::MethodNotAllowed);
                (error.status(), error.to_envelope(dialect).into())
            }
            Probe::Health => (StatusCode::OK, Bytes::from_static(UP)),
            Probe::Ready => {
                let missing = self.missing().await;
                if missing.is_empty() {
                    (StatusCode::OK, Bytes::from_static(READY))
                } else {
                    (ErrorCode::NotReady.status(), not_ready(&missing).into())
                }
            }
        };
        let length = envelope.len();
        let is_head = head.method == Method::HEAD;
        let body = if is_head { Bytes::new() } else { envelope };
        let mut answer = responder.envelope(status, body, Some(&head.request_id), &head.headers);
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if is_head {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        answer
    }

    async fn missing(&self) -> Vec<String> {
        let is_leaving = || self.is_leaving.load(Relaxed);
        let failing = if is_leaving() {
            Vec::new()
        } else {
            self.checks.failing().await
        };
        // It may have begun while they ran.
        if is_leaving() {
            vec![SHUTDOWN.to_owned()]
        } else {
            failing
        }
    }
}

/// Names only: why stands in the log.
fn not_ready(missing: &[String]) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        not_ready: &'a [String],
    }
    // Texts in a list: it cannot fail.
    let data = serde_json::value::to_raw_value(&Data { not_ready: missing }).ok();
    let code = ErrorCode::NotReady;
    let message = format!("{}: {}", code.message(), missing.join(", "));
    Failure {
        message: &message,
        code,
        id: None,
        data: data.as_deref(),
        http_code: None,
    }
    .to_bytes()
}
