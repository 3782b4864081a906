//! How much, how many and how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{duration_text, optional_duration_text, size_text};

/// The headers that hyper has room for on its stack.
pub(in crate::server) const USUAL_HEADERS: usize = 100;

/// How much, how many and how long. In data, sizes are numbers of bytes or text like `20mb`, times text like `30s`.
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
    /// Requests that wait at a time, for a place in the tunnel and for one of each task; the next one is refused with 503
    /// `OVERLOADED` at once. Default `None`: as many as come.
    pub queue_length: Option<usize>,
    /// How long the first in line may have waited; while it has waited for longer, no other joins it: it is refused with 503
    /// `OVERLOADED` at once. Below `queue_timeout`, and as long as callers can put up with. Default `None`.
    #[serde(with = "optional_duration_text")]
    pub queue_target: Option<Duration>,
    /// Tasks and events of which fewer calls may run at a time. Default none.
    pub tasks: Vec<TaskLimits>,
    /// Largest head of a request in bytes, request line included; more is a 431. Default 32 KiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub head_bytes: usize,
    /// Most headers that a request of HTTP/1.1 may have; more is a 431. For HTTP/2 only their size counts.
    /// Default 100.
    pub headers: usize,
    /// Longest path and query of a request in bytes; more is a 414. Default 16 KiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub uri_length: usize,
    /// How long a client may take to send the head of a request: from its first byte, or, for the first
    /// request, from the connection's beginning. Default 30 s.
    #[serde(with = "duration_text")]
    pub header_read_timeout: Duration,
    /// How long a connection stays open on which no call is running and no answer is being sent. Default 75 s.
    #[serde(with = "duration_text")]
    pub keep_alive_timeout: Duration,
    /// How long a client may leave an answer waiting, taking less than a KiB of it, until its connection is closed. Over
    /// HTTP/2 only what the connection as a whole cannot take counts. Default 5 min.
    #[serde(with = "duration_text")]
    pub send_timeout: Duration,
    /// Largest JSON body, the number itself allowed; a task's `max_body` overrides it. Forms have limits of their
    /// own, and raw bodies those of their task. Default 2 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
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
    /// How much of a body that nobody reads is still read, so that a client that is sending sees the answer and not
    /// a reset. Default 128 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub drain_body: usize,
    /// How long it is still read. Over HTTP/2 a second at most: there the client is then asked to send no more.
    /// Default 30 s.
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

/// How many calls of certain tasks and events run at a time. What is beyond waits and is refused as under
/// [`Limits::concurrent_requests`], and holds no place that calls of others could have.
///
/// ```
/// use runner_tunnel::{Limits, TaskLimits};
///
/// let limits = Limits {
///     tasks: vec![TaskLimits { ids: vec!["app.reports.*".to_owned()], concurrent_requests: 2 }],
///     ..Limits::default()
/// };
/// # drop(limits);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskLimits {
    /// By exact ids and globs (`*` any text, `?` one character). Of several that name a task the first counts.
    pub ids: Vec<String>,
    /// Calls of each of these that run at a time.
    pub concurrent_requests: usize,
}

/// The limits of one `multipart/form-data` body, in bytes and numbers, each allowing the number itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultipartLimits {
    /// Largest file; a task's `max_file` overrides it. Default 20 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub file_size: u64,
    /// Files in one form, by parts and by what the manifest names. Default 10.
    pub files: usize,
    /// Fields in one form, the manifest among them. Default 100.
    pub fields: usize,
    /// Largest field, the manifest too. Default 1 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
    pub field_size: usize,
    /// Parts of any kind in one form. Default `None`: as many as files and fields allow, and of those that are neither
    /// as many as come. As in Node, nothing limits the size of a part that nobody reads.
    pub parts: Option<usize>,
    /// How much of one form may go to temporary files, where a task reads files in another order than they
    /// come. Default 256 MiB.
    #[serde(deserialize_with = "size_text::deserialize")]
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
            (
                "limits.tasks.concurrent_requests",
                self.tasks.iter().any(|task| task.concurrent_requests == 0),
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
            ("limits.send_timeout", self.send_timeout.is_zero()),
            ("limits.json_body", self.json_body == 0),
            ("limits.body_read_timeout", self.body_read_timeout.is_zero()),
            ("limits.multipart.fields", self.multipart.fields == 0),
            (
                "limits.multipart.field_size",
                self.multipart.field_size == 0,
            ),
            ("limits.multipart.parts", self.multipart.parts == Some(0)),
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
        if let Some(target) = self
            .queue_target
            .filter(|target| *target >= self.queue_timeout)
        {
            problems.push(format!(
                "limits.queue_target is {}, and nobody waits for longer than limits.queue_timeout, {}: give it a shorter \
                 time",
                humantime::format_duration(target),
                humantime::format_duration(self.queue_timeout)
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
            queue_length: None,
            queue_target: None,
            tasks: Vec::new(),
            // Twice what Node takes: whoever reaches Runner's server reaches this one through a proxy, too.
            head_bytes: 32 * 1024,
            headers: USUAL_HEADERS,
            uri_length: 16 * 1024,
            header_read_timeout: Duration::from_secs(30),
            // Longer than the clients keep a connection: the side that sends should be the one that closes.
            keep_alive_timeout: Duration::from_secs(75),
            // Longer than a proxy's minute: who reads a stream may think about a piece of it.
            send_timeout: Duration::from_secs(300),
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
