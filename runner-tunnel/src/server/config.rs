//! The configuration as plain data, with its defaults in one place.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::serializer::Dialect;

/// Everything about a tunnel that is data. The builder has a setter for each field, the environment a
/// variable for most ([`TunnelConfig::from_env`]).
///
/// New fields may come in any release: end a literal with `..TunnelConfig::default()`.
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(r#"{ "tokens": ["secret"], "tasks": ["app.math.*"] }"#)?;
/// assert_eq!(config.base_path, "/__runner");
/// assert_eq!(config.limits.json_body, 2 * 1024 * 1024);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TunnelConfig {
    /// Where to listen. Default `127.0.0.1:7070`.
    pub addr: SocketAddr,
    /// The path below which the tunnel answers. Default `/__runner`.
    pub base_path: String,
    /// Tokens that let a caller in; any one will do. Default none. Read, but never written out: a
    /// configuration that was saved and loaded again has none, and refuses everybody.
    #[serde(skip_serializing)]
    pub tokens: Vec<Token>,
    /// The header that carries the token. Default `x-runner-token`.
    pub token_header: String,
    /// Lets everybody in when neither a token nor a validator is configured. Default `false`: without either,
    /// every call is refused with 500 `AUTH_NOT_CONFIGURED`.
    pub allow_anonymous: bool,
    /// Narrows the tasks that are exposed, by exact ids and globs (`*` any text, `?` one character). Default
    /// `None`: every task that is not hidden.
    pub tasks: Option<Vec<String>>,
    /// Narrows the events that are exposed, as `tasks` does.
    pub events: Option<Vec<String>>,
    /// The async contexts that are taken from callers, by exact ids and globs. Default `None`: those that the
    /// annotated functions ask for.
    pub contexts: Option<Vec<String>>,
    /// Answers discovery. Default `true`; switched off it is a 404.
    pub discovery: bool,
    /// Starts even without a single task or event. Default `false`, since that mostly means that a crate was
    /// not linked; see [`link!`](crate::link).
    pub allow_empty: bool,
    /// Which pages of other origins may read answers.
    pub cors: CorsConfig,
    /// How values that JSON lacks stand on the wire. Default [`Dialect::Runner`], which Runner 5 and 6 speak.
    pub dialect: Dialect,
    /// How much, how many and how long.
    pub limits: Limits,
    /// How long a task may take that has no `timeout` of its own. Default `None`: as long as it likes.
    #[serde(with = "optional_duration_text")]
    pub task_timeout: Option<Duration>,
    /// After how long without an answer a call is kept alive by blanks, one for each such time. Clients of
    /// Runner give up after 5 s of silence. The answer then has status 200 whatever it says; clients read its
    /// envelope. A task's `heartbeat` overrides it; streams have none. Default `None`: silence.
    #[serde(with = "optional_duration_text")]
    pub heartbeat: Option<Duration>,
    /// How long running calls may take to end after the shutdown has begun. Default 30 s.
    #[serde(with = "duration_text")]
    pub shutdown_timeout: Duration,
}

impl TunnelConfig {
    /// A sentence for each time that no call could keep.
    pub(super) fn problems(&self) -> Vec<String> {
        let times = [
            ("task_timeout", self.task_timeout),
            ("heartbeat", self.heartbeat),
        ];
        let zero = |(name, time): (&str, Option<Duration>)| {
            let is_zero = time.is_some_and(|time| time.is_zero());
            is_zero.then(|| format!("{name} is 0: give it a time, or leave it out"))
        };
        let mut problems: Vec<String> = times.into_iter().filter_map(zero).collect();
        problems.extend(self.limits.problems());
        problems
    }
}

impl Default for TunnelConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 7070)),
            base_path: "/__runner".to_owned(),
            tokens: Vec::new(),
            token_header: crate::wire::headers::TOKEN.as_str().to_owned(),
            allow_anonymous: false,
            tasks: None,
            events: None,
            contexts: None,
            discovery: true,
            allow_empty: false,
            cors: CorsConfig::default(),
            dialect: Dialect::default(),
            limits: Limits::default(),
            task_timeout: None,
            heartbeat: None,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}

/// How much, how many and how long: sizes in bytes, times as text like `30s`.
///
/// What concerns connections and heads holds for a tunnel that is served on its own; inside an axum app that
/// is the app's affair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections that are open at a time; the next one waits in the kernel until one closes. Default `None`:
    /// as many as the process may have.
    pub connections: Option<usize>,
    /// Streams that a connection of HTTP/2 may have open at a time. Default 200.
    pub http2_streams: u32,
    /// Streams that a client of HTTP/2 may abandon before their answer, beyond those it waits for, until its
    /// connection is closed. Default 500.
    pub http2_resets: usize,
    /// Calls that run at a time, discovery apart; a call that outlives its client counts until it has ended.
    /// Default `None`: as many as come.
    pub concurrent_requests: Option<usize>,
    /// How long a request waits for its turn before it is refused with 503 `OVERLOADED`; `0s` refuses it at
    /// once. Default 1 s.
    #[serde(with = "duration_text")]
    pub queue_timeout: Duration,
    /// Largest head of a request in bytes, request line included; more is a 431. Default 32 KiB.
    pub head_bytes: usize,
    /// Most headers that a request of HTTP/1.1 may have; more is a 431. For HTTP/2 only their size counts.
    /// Default 200.
    pub headers: usize,
    /// Longest path and query of a request in bytes; more is a 414. Default 16 KiB.
    pub uri_length: usize,
    /// How long a client may take to send the head of a request: from its first byte, or, for the first
    /// request, from the connection's beginning. Default 30 s.
    #[serde(with = "duration_text")]
    pub header_read_timeout: Duration,
    /// How long a connection stays open on which no call is running and no answer is being sent. Default 75 s.
    #[serde(with = "duration_text")]
    pub keep_alive_timeout: Duration,
    /// Largest JSON body, the number itself allowed; a task's `max_body` overrides it. Default 2 MiB.
    pub json_body: usize,
    /// How long a client may take to send a JSON body, from its first byte to its last. Default 60 s.
    #[serde(with = "duration_text")]
    pub body_read_timeout: Duration,
    /// The slowest that a client may send a body, in bytes a second; 0 is as slow as it likes. Only time in
    /// which the server waits for the client counts. Default 240.
    pub body_min_rate: u64,
    /// How long a client may send nothing, or too little, before `body_min_rate` counts. Default 10 s.
    #[serde(with = "duration_text")]
    pub body_grace: Duration,
    /// How much of a refused request is still read, so that a client that is sending sees the answer and not
    /// a reset. Default 128 MiB.
    pub drain_body: usize,
    /// How long a refused request is still read. Default 30 s.
    #[serde(with = "duration_text")]
    pub drain_timeout: Duration,
    /// The shortest time that a caller can give a call by `x-runner-timeout`; less counts as this. Default
    /// 100 ms.
    #[serde(with = "duration_text")]
    pub client_timeout_floor: Duration,
    /// The longest such time; more counts as this. Default 1 h.
    #[serde(with = "duration_text")]
    pub client_timeout_cap: Duration,
    /// Forms with files.
    pub multipart: MultipartLimits,
}

/// The limits of one `multipart/form-data` body, in bytes and numbers, each allowing the number itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultipartLimits {
    /// Largest file; a task's `max_file` overrides it. Default 20 MiB.
    pub file_size: u64,
    /// Files in one form, by parts and by what the manifest names. Default 10.
    pub files: usize,
    /// Fields in one form, the manifest among them. Default 100.
    pub fields: usize,
    /// Largest field, the manifest too. Default 1 MiB.
    pub field_size: usize,
    /// Parts of any kind in one form. Default `None`: as many as files and fields allow.
    pub parts: Option<usize>,
    /// How much of one form may go to temporary files, where a task reads files in another order than they
    /// come. Default 256 MiB.
    pub spill: u64,
}

impl Default for MultipartLimits {
    fn default() -> Self {
        Self {
            file_size: 20 * 1024 * 1024,
            files: 10,
            fields: 100,
            field_size: 1024 * 1024,
            parts: None,
            spill: 256 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// A sentence for each limit that would refuse everything.
    pub(super) fn problems(&self) -> Vec<String> {
        let refuses_all = [
            ("limits.connections", self.connections == Some(0)),
            ("limits.http2_streams", self.http2_streams == 0),
            (
                "limits.concurrent_requests",
                self.concurrent_requests == Some(0),
            ),
            ("limits.head_bytes", self.head_bytes == 0),
            ("limits.headers", self.headers == 0),
            ("limits.uri_length", self.uri_length == 0),
            (
                "limits.header_read_timeout",
                self.header_read_timeout.is_zero(),
            ),
            (
                "limits.keep_alive_timeout",
                self.keep_alive_timeout.is_zero(),
            ),
            ("limits.json_body", self.json_body == 0),
            ("limits.body_read_timeout", self.body_read_timeout.is_zero()),
            (
                "limits.body_grace",
                self.body_grace.is_zero() && self.body_min_rate > 0,
            ),
        ];
        let refusing = refuses_all.into_iter().filter(|(_, is_zero)| *is_zero);
        let mut problems: Vec<String> = refusing
            .map(|(name, _)| {
                format!("{name} is 0, which refuses every call: give it a size, a number or a time")
            })
            .collect();
        let (floor, cap) = (self.client_timeout_floor, self.client_timeout_cap);
        if floor > cap {
            problems.push(format!(
                "limits.client_timeout_floor is {}, above limits.client_timeout_cap, {}: no time lies between them",
                humantime::format_duration(floor),
                humantime::format_duration(cap)
            ));
        }
        problems
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: None,
            http2_streams: 200,
            http2_resets: 500,
            concurrent_requests: None,
            queue_timeout: Duration::from_secs(1),
            // Twice what Node takes: whoever reaches Runner's server reaches this one through a proxy, too.
            head_bytes: 32 * 1024,
            headers: 200,
            uri_length: 16 * 1024,
            header_read_timeout: Duration::from_secs(30),
            // Longer than the clients keep a connection: the side that sends should be the one that closes.
            keep_alive_timeout: Duration::from_secs(75),
            json_body: 2 * 1024 * 1024,
            body_read_timeout: Duration::from_secs(60),
            body_min_rate: 240,
            body_grace: Duration::from_secs(10),
            drain_body: 128 * 1024 * 1024,
            drain_timeout: Duration::from_secs(30),
            client_timeout_floor: Duration::from_millis(100),
            client_timeout_cap: Duration::from_secs(60 * 60),
            multipart: MultipartLimits::default(),
        }
    }
}

/// CORS (protocol section 4). The default answers every origin with `*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// Which origins may read answers. Default `None`: `*`, or no origin at all with `credentials`.
    pub origin: Option<CorsOrigin>,
    /// Browsers may send cookies and see the answers. Default `false`.
    pub credentials: bool,
    /// The methods of a preflight answer. Default `POST, OPTIONS`.
    pub methods: Vec<String>,
    /// The headers that a request may carry. Default: whatever the preflight asks for.
    pub allowed_headers: Vec<String>,
    /// The headers of answers that pages may read. Default none.
    pub exposed_headers: Vec<String>,
    /// How long a browser may keep a preflight answer, in seconds. Default: the browser's choice.
    pub max_age: Option<u32>,
    /// Adds `Vary: Origin` when the answer depends on the origin. Default `true`.
    pub vary_origin: bool,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            origin: None,
            credentials: false,
            methods: Vec::new(),
            allowed_headers: Vec::new(),
            exposed_headers: Vec::new(),
            max_age: None,
            vary_origin: true,
        }
    }
}

/// The origins that may read answers. For a function, see
/// [`Serve::cors_origin_fn`](crate::Serve::cors_origin_fn).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CorsOrigin {
    /// Sent as it is, whoever asks.
    One(String),
    /// The asking origin is echoed when it is one of these.
    List(Vec<String>),
    /// The asking origin is echoed when it matches.
    Pattern {
        /// A glob: `*` stands for any text, `?` for one character, as in `https://*.example.com`.
        pattern: String,
    },
}

/// A secret that lets callers in. It never shows in logs, and is never serialised.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl<T: Into<String>> From<T> for Token {
    fn from(token: T) -> Self {
        Self(SecretString::from(token.into()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Durations as people write them: `30s`, `1m 30s`.
mod duration_text {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map_err(|error| {
            de::Error::custom(format!("{text:?} is not a duration like \"30s\": {error}"))
        })
    }
}

/// As [`duration_text`], or null.
mod optional_duration_text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::duration_text;

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "duration_text")] Duration);

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(Text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<Text>::deserialize(deserializer)?;
        Ok(text.map(|Text(duration)| duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_a_trip_through_json_without_its_tokens() {
        let config = TunnelConfig {
            tokens: vec!["secret".into()],
            cors: CorsConfig {
                origin: Some(CorsOrigin::Pattern {
                    pattern: "https://*".into(),
                }),
                ..CorsConfig::default()
            },
            ..TunnelConfig::default()
        };
        let text = serde_json::to_string(&config).unwrap();
        assert!(!text.contains("secret"), "{text}");
        assert!(!format!("{config:?}").contains("secret"));
        let back: TunnelConfig = serde_json::from_str(&text).unwrap();
        assert!(back.tokens.is_empty());
        assert_eq!(back.cors, config.cors);
        assert_eq!(back.limits, config.limits);
        assert_eq!(back.shutdown_timeout, Duration::from_secs(30));
    }

    #[test]
    fn optional_times_are_text_or_null() {
        let read = |text: &str| serde_json::from_str::<TunnelConfig>(text);
        let config = read(r#"{"task_timeout":"1m 5s","heartbeat":null}"#).unwrap();
        assert_eq!(
            (config.task_timeout, config.heartbeat),
            (Some(Duration::from_secs(65)), None)
        );
        let text = serde_json::to_string(&config).unwrap();
        assert!(
            text.contains(r#""task_timeout":"1m 5s","heartbeat":null"#),
            "{text}"
        );
        assert_eq!(read(&text).unwrap().task_timeout, config.task_timeout);
        assert!(read(r#"{"heartbeat":3}"#).is_err());
    }

    #[test]
    fn times_that_nobody_can_keep_are_named() {
        let limits = Limits {
            client_timeout_floor: Duration::from_secs(2),
            client_timeout_cap: Duration::from_secs(1),
            ..Limits::default()
        };
        let problems = TunnelConfig {
            task_timeout: Some(Duration::ZERO),
            heartbeat: Some(Duration::ZERO),
            limits,
            ..TunnelConfig::default()
        }
        .problems();
        assert_eq!(problems.len(), 3, "{problems:?}");
        for (problem, named) in problems.iter().zip(["task_timeout", "heartbeat", "2s"]) {
            assert!(problem.contains(named), "{problem}");
        }
        assert_eq!(TunnelConfig::default().problems(), [""; 0]);
    }

    #[test]
    fn limits_that_refuse_everything_are_problems() {
        assert_eq!(Limits::default().problems(), [""; 0]);
        let nothing = Limits {
            connections: Some(0),
            http2_streams: 0,
            http2_resets: 0,
            concurrent_requests: Some(0),
            queue_timeout: Duration::ZERO,
            head_bytes: 0,
            headers: 0,
            uri_length: 0,
            header_read_timeout: Duration::ZERO,
            keep_alive_timeout: Duration::ZERO,
            json_body: 0,
            body_read_timeout: Duration::ZERO,
            body_min_rate: 0,
            body_grace: Duration::ZERO,
            drain_body: 0,
            drain_timeout: Duration::ZERO,
            ..Limits::default()
        };
        // Resets, the queue, the drain and the rate have a sense for 0.
        assert_eq!(nothing.problems().len(), 10, "{:?}", nothing.problems());
        let no_grace = Limits {
            body_grace: Duration::ZERO,
            ..Limits::default()
        };
        assert_eq!(no_grace.problems().len(), 1);
    }

    #[test]
    fn unknown_fields_and_bad_durations_are_refused() {
        for (text, named) in [
            (r#"{"token":"x"}"#, "token"),
            (r#"{"limits":{"body_read_timeout":"soon"}}"#, "soon"),
            (r#"{"limits":{"json_bodies":1}}"#, "json_bodies"),
        ] {
            let error = serde_json::from_str::<TunnelConfig>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
