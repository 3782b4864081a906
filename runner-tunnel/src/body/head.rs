//! The head of a streamed answer: what a task says of it, and what of that goes out.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CONNECTION, CONTENT_LENGTH,
    CONTENT_TYPE, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::wire::headers;

/// Headers that are the tunnel's own (protocol section 6), and those that say where a message ends, which only
/// the connection knows.
const NOT_THE_TASKS: [HeaderName; 14] = [
    SET_COOKIE,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
    headers::REQUEST_ID,
    CONNECTION,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    UPGRADE,
    TE,
    TRAILER,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Clients take what begins so for an envelope, whatever follows.
const TAKEN_FOR_AN_ENVELOPE: &[u8] = b"application/json";

/// Status, headers, length.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) content_length: Option<u64>,
    /// The head goes out before the first byte is there.
    pub(crate) is_early: bool,
    /// The stream ends when the server shuts down: its readers connect again.
    pub(crate) is_feed: bool,
    /// The first thing that cannot be sent: setters do not fail.
    problem: Option<String>,
}

impl Head {
    pub(super) fn new(content_type: HeaderValue) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type);
        Self {
            status: StatusCode::OK,
            headers,
            content_length: None,
            is_early: false,
            is_feed: false,
            problem: None,
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &[u8]) {
        let parsed = HeaderName::try_from(name).ok();
        match parsed.zip(HeaderValue::from_bytes(value).ok()) {
            Some((name, value)) => {
                self.headers.insert(name, value);
            }
            None => {
                let value = String::from_utf8_lossy(value);
                self.problem(format!("no HTTP header can be {name:?}: {value:?}"));
            }
        }
    }

    fn problem(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// Whether clients can take the answer for what it is. An error names the fix, for the author.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        if self.status.is_informational() {
            return Err(format!(
                "a stream cannot have the status {}: it would not end the call; take one from 200 up",
                self.status.as_u16()
            ));
        }
        let content_type = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let start = content_type.and_then(|text| text.get(..TAKEN_FOR_AN_ENVELOPE.len()));
        if start.is_some_and(|start| start.eq_ignore_ascii_case(TAKEN_FOR_AN_ENVELOPE)) {
            return Err(
                "clients take a stream whose content type begins with application/json for an envelope: label it \
                 otherwise (application/x-ndjson, application/octet-stream), or return the value itself"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Puts the task's headers over those of every answer, but for those that are not the task's to set.
    pub(crate) fn apply(self, answer: &mut HeaderMap) {
        for (name, value) in self.headers {
            let Some(name) = name.filter(|name| !NOT_THE_TASKS.contains(name)) else {
                continue;
            };
            let value = match answer.get(&name) {
                // Ours stays: a cache that does not see it gives one origin's answer to another.
                Some(ours) if name == VARY => joined(ours, &value),
                _ => value,
            };
            answer.insert(name, value);
        }
    }
}

fn joined(ours: &HeaderValue, theirs: &HeaderValue) -> HeaderValue {
    let mut names = theirs.as_bytes().split(|byte| *byte == b',');
    if names.any(|name| name.trim_ascii().eq_ignore_ascii_case(ours.as_bytes())) {
        return theirs.clone();
    }
    let both = [ours.as_bytes(), theirs.as_bytes()].join(b", ".as_slice());
    HeaderValue::from_bytes(&both).unwrap_or_else(|_| ours.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head::new(HeaderValue::from_static("text/csv"))
    }

    fn applied(task: &[(&str, &str)], ours: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut head = head();
        for (name, value) in task {
            head.set(name, value.as_bytes());
        }
        head.check().unwrap();
        let mut answer = HeaderMap::new();
        for (name, value) in ours {
            answer.insert(*name, HeaderValue::from_static(value));
        }
        head.apply(&mut answer);
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().unwrap())
        };
        let mut lines: Vec<String> = answer.iter().map(line).collect();
        lines.sort();
        lines
    }

    #[test]
    fn a_tasks_headers_override_ours_but_for_those_that_are_not_its_own() {
        let ours = [
            ("x-runner-request-id", "1"),
            ("x-frame-options", "DENY"),
            ("access-control-expose-headers", "x-a"),
        ];
        let task = [
            ("X-Frame-Options", "SAMEORIGIN"),
            ("x-runner-request-id", "2"),
            ("Set-Cookie", "a=b"),
            ("transfer-encoding", "gzip"),
            ("content-length", "7"),
            ("keep-alive", "timeout=1"),
            ("access-control-expose-headers", "x-b"),
            ("x-custom", "yes"),
        ];
        assert_eq!(
            applied(&task, &ours),
            [
                "access-control-expose-headers: x-b",
                "content-type: text/csv",
                "x-custom: yes",
                "x-frame-options: DENY",
                "x-runner-request-id: 1",
            ]
        );
    }

    #[test]
    fn vary_is_joined() {
        for (theirs, all) in [
            ("Accept", "vary: Origin, Accept"),
            ("Accept, origin", "vary: Accept, origin"),
        ] {
            assert_eq!(
                applied(&[("vary", theirs)], &[("vary", "Origin")])
                    .last()
                    .unwrap(),
                all
            );
        }
        assert!(applied(&[("vary", "Accept")], &[]).contains(&"vary: Accept".to_owned()));
    }

    #[test]
    fn a_stream_that_looks_like_an_envelope_is_refused() {
        for text in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/jsonl",
        ] {
            let mut head = head();
            head.set("content-type", text.as_bytes());
            assert!(head.check().unwrap_err().contains("application/x-ndjson"));
        }
        let mut head = head();
        head.set("content-type", b"application/x-ndjson");
        head.check().unwrap();
    }

    #[test]
    fn what_no_header_can_carry_is_named() {
        let mut head = head();
        head.set("x-a", b"one\ntwo");
        head.set("not a name", b"");
        assert!(head.check().unwrap_err().contains("x-a"));
        let mut head = self::head();
        head.status = StatusCode::PROCESSING;
        assert!(head.check().unwrap_err().contains("102"));
    }
}
