//! The configuration as plain data, with its defaults in one place.

mod addr_text;
mod admin;
mod batch;
mod cache;
mod compression;
mod duration_list_text;
mod duration_text;
mod health;
mod lane;
mod limits;
mod metrics;
mod optional_duration_text;
mod rate;
mod rate_limit;
mod shutdown;
pub(super) mod size_text;
mod tls;
mod token;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::admin::AdminConfig;
pub use self::batch::BatchConfig;
pub use self::cache::CacheConfig;
pub use self::compression::{CompressionAlgorithm, CompressionConfig, CompressionLevel};
pub use self::health::HealthConfig;
#[cfg(feature = "lane-jwt")]
pub(super) use self::lane::Material;
pub use self::lane::{Lane, LaneAlgorithm, LaneKey};
pub(super) use self::limits::USUAL_HEADERS;
pub use self::limits::{Limits, MultipartLimits, TaskLimits};
pub use self::metrics::MetricsConfig;
pub use self::rate::Rate;
pub use self::rate_limit::{RateLimit, RatePer};
pub use self::shutdown::ShutdownConfig;
pub use self::tls::{ClientAuth, TlsConfig};
pub use self::token::Token;
pub(super) use self::token::{HIDDEN, Secret};
use crate::serializer::Dialect;

/// Everything about a tunnel that is data. The builder has a setter for each field, the environment a variable
/// ([`TunnelConfig::from_env`]), and a file a key ([`TunnelConfig::from_file`]). Each goes over the next: builder,
/// environment, file, defaults.
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
    #[serde(deserialize_with = "addr_text::deserialize")]
    pub addr: SocketAddr,
    /// The path below which the tunnel answers. Default `/__runner`.
    pub base_path: String,
    /// Tokens that let a caller in; any one will do. Default none. Read, each as a text or as a table (see
    /// [`Token`]), but never written out: a configuration that was saved and loaded again has none, and refuses
    /// everybody.
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
    /// What [`init_tracing`](crate::init_tracing) logs, in place of `RUST_LOG` and in its form: `info`, or
    /// `warn,runner_tunnel=debug`. Default `None`: what `RUST_LOG` says, or `info`. Without effect on subscribers of
    /// your own.
    pub log_level: Option<String>,
    /// Which pages of other origins may read answers.
    pub cors: CorsConfig,
    /// How values that JSON lacks stand on the wire. Default [`Dialect::Runner`], which Runner 5 and 6 speak.
    pub dialect: Dialect,
    /// How much, how many and how long.
    pub limits: Limits,
    /// Whether bodies travel compressed. Default off.
    pub compression: CompressionConfig,
    /// Figures for Prometheus.
    pub metrics: MetricsConfig,
    /// Tasks and events whose calls carry a lane token of Runner 6. Default none. Secrets are written out as
    /// `"[hidden]"`, with which no tunnel starts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<Lane>,
    /// How often who may call. Default: as often as they like.
    pub rate_limits: Vec<RateLimit>,
    /// How much is kept of the answers of tasks that have the key `cache`.
    pub cache: CacheConfig,
    /// Several calls in one request. Default off.
    pub batch: BatchConfig,
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
    /// What comes before and after it in a shutdown.
    pub shutdown: ShutdownConfig,
    /// Whether load balancers may ask how it is.
    pub health: HealthConfig,
    /// TLS on `addr`. Default `None`: plain HTTP.
    pub tls: Option<TlsConfig>,
    /// A second address, for those who run the server. Default `None`.
    pub admin: Option<AdminConfig>,
}

impl TunnelConfig {
    /// The defaults with everything there that may be absent as a whole, for whoever lists all settings.
    pub(super) fn complete() -> Self {
        Self {
            tls: Some(TlsConfig::default()),
            admin: Some(AdminConfig::default()),
            ..Self::default()
        }
    }

    /// Makes paths to files begin at `folder`.
    pub(super) fn resolve(&mut self, folder: &Path) {
        for token in &mut self.tokens {
            token.resolve(folder);
        }
        for lane in &mut self.lanes {
            lane.resolve(folder);
        }
        if let Some(tls) = &mut self.tls {
            tls.resolve(folder);
        }
    }

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
        problems.extend(self.health.problems());
        problems.extend(self.tls.iter().flat_map(TlsConfig::problems));
        problems.extend(self.metrics.problems());
        problems.extend(self.compression.problems());
        problems.extend(self.batch.problems());
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
            log_level: None,
            cors: CorsConfig::default(),
            dialect: Dialect::default(),
            limits: Limits::default(),
            compression: CompressionConfig::default(),
            metrics: MetricsConfig::default(),
            lanes: Vec::new(),
            rate_limits: Vec::new(),
            cache: CacheConfig::default(),
            batch: BatchConfig::default(),
            task_timeout: None,
            heartbeat: None,
            shutdown_timeout: Duration::from_secs(30),
            shutdown: ShutdownConfig::default(),
            health: HealthConfig::default(),
            tls: None,
            admin: None,
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
#[serde(
    untagged,
    expecting = "expected an origin, a list of origins or { pattern = \"…\" }"
)]
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

/// Makes a path begin at `folder`. None stays none.
fn resolve(path: &mut PathBuf, folder: &Path) {
    if !path.as_os_str().is_empty() {
        *path = folder.join(&*path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_a_trip_through_json_without_its_tokens() {
        let config = TunnelConfig {
            tokens: vec!["my-secret".into()],
            cors: CorsConfig {
                origin: Some(CorsOrigin::Pattern {
                    pattern: "https://*".into(),
                }),
                ..CorsConfig::default()
            },
            ..TunnelConfig::default()
        };
        let text = serde_json::to_string(&config).unwrap();
        assert!(!text.contains("my-secret"), "{text}");
        assert!(!format!("{config:?}").contains("my-secret"));
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
            multipart: MultipartLimits {
                file_size: 0,
                files: 0,
                fields: 0,
                field_size: 0,
                parts: Some(0),
                spill: 0,
            },
            queue_length: Some(0),
            queue_target: Some(Duration::ZERO),
            tasks: vec![TaskLimits {
                ids: Vec::new(),
                concurrent_requests: 0,
            }],
            ..Limits::default()
        };
        // Resets, the queue, the drain, the rate and files have a sense for 0.
        assert_eq!(nothing.problems().len(), 15, "{:?}", nothing.problems());
        let no_grace = Limits {
            body_grace: Duration::ZERO,
            ..Limits::default()
        };
        assert_eq!(no_grace.problems().len(), 1);
        let target = |queue_target| Limits {
            queue_target: Some(queue_target),
            ..Limits::default()
        };
        assert_eq!(target(Duration::from_millis(999)).problems(), [""; 0]);
        assert_eq!(target(Duration::from_secs(1)).problems().len(), 1);
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
