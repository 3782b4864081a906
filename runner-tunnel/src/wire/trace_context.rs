//! Which trace a request belongs to: W3C Trace Context, <https://www.w3.org/TR/trace-context/>.

use std::fmt;

use http::{HeaderMap, HeaderName};

use super::headers::single;

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Length of a header of version `00`: `00-<32 digits>-<16 digits>-<2 digits>`.
const LENGTH: usize = 55;

/// The flags that this version of the standard knows: sampled, and a trace id that is random (level 2).
const KNOWN_FLAGS: u8 = 0b11;

/// Most members of a `tracestate`, and the longest key and value.
const MEMBERS: usize = 32;
const MEMBER_BYTES: usize = 256;

/// The trace that a call belongs to, and the span in it that the call was made from.
///
/// Its `Display` is the `traceparent` to send along with a call of one's own:
///
/// ```
/// use runner_tunnel::{TaskContext, tunnel_task};
///
/// #[tunnel_task("app.tasks.passOn")]
/// async fn pass_on(context: TaskContext) -> Vec<(&'static str, String)> {
///     let Some(trace) = context.traceparent() else { return Vec::new() };
///     let mut headers = vec![("traceparent", trace.to_string())];
///     headers.extend(trace.tracestate().map(|state| ("tracestate", state.to_owned())));
///     headers
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    flags: u8,
    tracestate: Option<String>,
}

impl TraceContext {
    /// What a request says, if it says it once and as the standard asks; a `tracestate` that does not is left out.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = single(headers, &TRACEPARENT)?;
        let mut trace = Self::parse(value.as_bytes())?;
        trace.tracestate = tracestate(headers);
        Some(trace)
    }

    /// The same trace, seen from another span of it.
    #[cfg(feature = "otlp")]
    pub(crate) fn new(
        trace_id: [u8; 16],
        span_id: [u8; 8],
        flags: u8,
        tracestate: Option<String>,
    ) -> Self {
        Self {
            trace_id,
            span_id,
            flags: flags & KNOWN_FLAGS,
            tracestate,
        }
    }

    /// Reads a `traceparent` (section 3.2). Of a version that is yet to come, what `00` has too is read.
    fn parse(text: &[u8]) -> Option<Self> {
        let (known, rest) = text.split_at_checked(LENGTH)?;
        let fields: Vec<&[u8]> = known.split(|byte| *byte == b'-').collect();
        let [version, trace_id, span_id, flags] = fields[..] else {
            return None;
        };
        let [version]: [u8; 1] = digits(version)?;
        let is_whole = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        let (trace_id, span_id) = (digits(trace_id)?, digits(span_id)?);
        let [flags]: [u8; 1] = digits(flags)?;
        let is_valid = is_whole && trace_id != [0; 16] && span_id != [0; 8];
        is_valid.then_some(Self {
            trace_id,
            span_id,
            flags: flags & KNOWN_FLAGS,
            tracestate: None,
        })
    }

    /// The id of the whole trace, in 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.trace_id))
    }

    /// The id of the span that the call was made from, in 16 hexadecimal digits. The standard calls it the parent.
    #[must_use]
    pub fn span_id(&self) -> String {
        format!("{:016x}", u64::from_be_bytes(self.span_id))
    }

    /// Whether who called may have recorded its part.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// What tracing systems have added, members separated by commas.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_deref()
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn parts(&self) -> ([u8; 16], [u8; 8], u8) {
        (self.trace_id, self.span_id, self.flags)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace_id, span_id) = (self.trace_id(), self.span_id());
        write!(f, "00-{trace_id}-{span_id}-{:02x}", self.flags)
    }
}

/// Lower-case hexadecimal digits, exactly as many as there is room for.
fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(text: u8) -> Option<u8> {
    match text {
        b'0'..=b'9' => Some(text - b'0'),
        b'a'..=b'f' => Some(text - b'a' + 10),
        _ => None,
    }
}

/// All lines of `tracestate` as one (section 3.3), if every member is as it should be.
fn tracestate(headers: &HeaderMap) -> Option<String> {
    let mut members: Vec<&str> = Vec::new();
    for line in headers.get_all(TRACESTATE) {
        // Members may be empty, and have blanks around them.
        let parts = line.to_str().ok()?.split(',');
        let parts = parts.map(|part| part.trim_matches([' ', '\t']));
        members.extend(parts.filter(|part| !part.is_empty()));
    }
    let mut keys = Vec::with_capacity(members.len());
    for member in &members {
        let (key, value) = member.split_once('=')?;
        if !is_key(key) || !is_value(value) || keys.contains(&key) {
            return None;
        }
        keys.push(key);
    }
    (1..=MEMBERS)
        .contains(&members.len())
        .then(|| members.join(","))
}

/// As level 2 has it (section 3.3.1.3.1, "Key"), which takes every key of level 1, and those that begin with a digit.
fn is_key(key: &str) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |byte: u8| is_first(byte) || b"_-*/@".contains(&byte);
    key.len() <= MEMBER_BYTES
        && key.bytes().next().is_some_and(is_first)
        && key.bytes().all(is_part)
}

/// Printable ASCII without commas and equals signs; blanks at its end were none of it.
fn is_value(value: &str) -> bool {
    (1..=MEMBER_BYTES).contains(&value.len())
        && value
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && byte != b'=')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(sent: &[(HeaderName, &str)]) -> HeaderMap {
        let value = |text: &&str| HeaderValue::from_str(text).unwrap();
        sent.iter()
            .map(|(name, text)| (name.clone(), value(text)))
            .collect()
    }

    fn parsed(traceparent: &str) -> Option<String> {
        TraceContext::of(&headers(&[(TRACEPARENT, traceparent)])).map(|trace| trace.to_string())
    }

    fn state(lines: &[&str]) -> Option<String> {
        let mut sent = vec![(TRACEPARENT, TRACE)];
        sent.extend(lines.iter().map(|line| (TRACESTATE, *line)));
        TraceContext::of(&headers(&sent)).unwrap().tracestate
    }

    #[test]
    fn a_header_of_version_00_comes_back_as_it_was() {
        let trace = TraceContext::of(&headers(&[(TRACEPARENT, TRACE)])).unwrap();
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.span_id(), "00f067aa0ba902b7");
        assert!(trace.is_sampled());
        assert_eq!(trace.to_string(), TRACE);
        assert_eq!(trace.tracestate(), None);
    }

    #[test]
    fn flags_that_nobody_knows_are_not_passed_on() {
        let text = TRACE.replace("-01", "-fe");
        assert_eq!(parsed(&text), Some(TRACE.replace("-01", "-02")));
    }

    #[test]
    fn of_a_later_version_the_known_fields_are_read() {
        for text in [
            TRACE.replacen("00", "01", 1),
            TRACE.replacen("00", "cc", 1) + "-what the future brings",
            TRACE.replacen("00", "fe", 1) + "-",
        ] {
            assert_eq!(parsed(&text).as_deref(), Some(TRACE), "{text}");
        }
        for text in [
            TRACE.replacen("00", "ff", 1),
            TRACE.replacen("00", "cc", 1) + ".",
            TRACE.replacen("00", "cc", 1) + "1-x",
        ] {
            assert_eq!(parsed(&text), None, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_trace() {
        for text in [
            "",
            "00",
            &TRACE[..54],
            &format!("{TRACE}-"),
            &format!("{TRACE}1"),
            &TRACE.to_uppercase(),
            &TRACE.replace('f', "g"),
            &TRACE.replace('-', "_"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "0-04bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1 ",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7--1",
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
        let twice = headers(&[(TRACEPARENT, TRACE), (TRACEPARENT, TRACE)]);
        assert_eq!(TraceContext::of(&twice), None);
        assert_eq!(TraceContext::of(&headers(&[(TRACESTATE, "a=1")])), None);
    }

    #[test]
    fn tracestate_is_one_list_whatever_its_lines() {
        for (lines, joined) in [
            (&["a=1"][..], "a=1"),
            (&["a=1 ,\tb=2", "", " , c=3"], "a=1,b=2,c=3"),
            (
                &["0tenant@system=x y", "k_-*/0=!\"~"],
                "0tenant@system=x y,k_-*/0=!\"~",
            ),
            (&["1a=1,2=2", "t@1s@=3"], "1a=1,2=2,t@1s@=3"),
        ] {
            assert_eq!(state(lines).as_deref(), Some(joined), "{lines:?}");
        }
    }

    #[test]
    fn a_tracestate_with_one_bad_member_is_dropped_and_the_trace_stays() {
        let many: Vec<String> = (0..33).map(|number| format!("k{number}=v")).collect();
        assert!(state(&[&many[1..].join(",")]).is_some());
        for line in [
            "",
            " , ",
            "a",
            "=1",
            "a=",
            "a=1,a=2",
            "A=1",
            "_a=1",
            "a b=1",
            "a =1",
            "a=1=2",
            "@s=1",
            &format!("{}=1", "k".repeat(257)),
            &format!("a={}", "v".repeat(257)),
            &many.join(","),
        ] {
            assert_eq!(state(&[line]), None, "{line:?}");
        }
    }
}
