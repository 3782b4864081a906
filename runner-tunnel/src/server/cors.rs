//! CORS with Runner's semantics: the browser enforces it, the server only says who may read.

use std::fmt;
use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use wildmatch::WildMatch;

use super::config::{CorsConfig, CorsOrigin};

/// Decides about an origin.
#[derive(Clone)]
pub(super) struct OriginFn(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl OriginFn {
    pub(super) fn new(decide: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }
}

impl fmt::Debug for OriginFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function")
    }
}

const ANY: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const DEFAULT_METHODS: HeaderValue = HeaderValue::from_static("POST, OPTIONS");

/// The headers of every answer, made ready at start-up.
#[derive(Debug)]
pub(super) struct Cors {
    origin: OriginRule,
    credentials: bool,
    methods: HeaderValue,
    allowed_headers: Option<HeaderValue>,
    exposed_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    vary_origin: bool,
}

enum OriginRule {
    /// Sent as it is, whoever asks.
    Fixed(HeaderValue),
    /// Nobody may read.
    Nobody,
    List(Vec<String>),
    Pattern(WildMatch),
    Function(OriginFn),
}

impl Cors {
    /// Fails with a sentence for each thing that is wrong.
    pub(super) fn new(
        config: &CorsConfig,
        function: Option<OriginFn>,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut header = |field: &str, text: &str| match HeaderValue::from_str(text) {
            Ok(value) => Some(value),
            Err(_) => {
                problems.push(format!(
                    "cors.{field} {text:?} has characters that no header can carry"
                ));
                None
            }
        };
        let mut joined = |field: &str, items: &[String]| match items {
            [] => None,
            items => header(field, &items.join(", ")),
        };
        let methods = joined("methods", &config.methods).unwrap_or(DEFAULT_METHODS);
        let allowed_headers = joined("allowed_headers", &config.allowed_headers);
        let exposed_headers = joined("exposed_headers", &config.exposed_headers);
        let origin = match (&config.origin, function) {
            (Some(_), Some(_)) => {
                problems.push(
                    "cors.origin and cors_origin_fn exclude each other: set one of them".to_owned(),
                );
                OriginRule::Nobody
            }
            (None, Some(function)) => OriginRule::Function(function),
            (None, None) if config.credentials => OriginRule::Nobody,
            (None, None) => OriginRule::Fixed(ANY),
            (Some(CorsOrigin::One(origin)), None) => {
                if config.credentials && origin == "*" {
                    problems.push(
                        "cors.origin \"*\" with cors.credentials is refused by browsers: name the origins".to_owned(),
                    );
                }
                if origin != "*" {
                    problems.extend(unsendable(origin));
                }
                match HeaderValue::from_str(origin) {
                    Ok(origin) => OriginRule::Fixed(origin),
                    Err(_) => {
                        problems.push(format!(
                            "cors.origin {origin:?} has characters that no header can carry"
                        ));
                        OriginRule::Nobody
                    }
                }
            }
            (Some(CorsOrigin::List(origins)), None) => {
                problems.extend(origins.iter().filter_map(|origin| unsendable(origin)));
                OriginRule::List(origins.clone())
            }
            (Some(CorsOrigin::Pattern { pattern }), None) => {
                OriginRule::Pattern(WildMatch::new(pattern))
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            origin,
            credentials: config.credentials,
            methods,
            allowed_headers,
            exposed_headers,
            max_age: config.max_age.map(HeaderValue::from),
            vary_origin: config.vary_origin,
        })
    }

    /// Adds what every answer carries, whoever asks.
    pub(super) fn decorate_always(&self, answer: &mut HeaderMap) {
        if let OriginRule::Fixed(origin) = &self.origin {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        } else if self.vary_origin {
            answer.insert(VARY, BY_ORIGIN);
        }
        if self.credentials && matches!(self.origin, OriginRule::Fixed(_) | OriginRule::Nobody) {
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
    }

    /// Adds what an answer needs to be read, be it an error; a preflight is not read.
    pub(super) fn decorate_exposed(&self, answer: &mut HeaderMap) {
        if let Some(exposed) = &self.exposed_headers {
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
    }

    /// Adds what depends on who asks.
    pub(super) fn decorate(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let rule = match &self.origin {
            OriginRule::Fixed(_) | OriginRule::Nobody => return,
            rule => rule,
        };
        let origin = request.get(ORIGIN);
        let is_allowed =
            |origin: &&HeaderValue| origin.to_str().is_ok_and(|origin| rule.matches(origin));
        if let Some(origin) = origin.filter(is_allowed) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            // Node sends it to refused origins as well; here they get nothing that could be taken for a yes.
            if self.credentials {
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
        }
    }

    /// Adds what only answers a preflight.
    pub(super) fn decorate_preflight(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        let headers = self
            .allowed_headers
            .clone()
            .or_else(|| joined(request, ACCESS_CONTROL_REQUEST_HEADERS));
        if let Some(headers) = headers {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
        if let Some(max_age) = &self.max_age {
            answer.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
    }
}

/// The lines of a header as one value; a single line as it was written.
fn joined(headers: &HeaderMap, name: HeaderName) -> Option<HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    let rest: Vec<&[u8]> = lines.map(HeaderValue::as_bytes).collect();
    if rest.is_empty() {
        return Some(first.clone());
    }
    let all = [&[first.as_bytes()], rest.as_slice()]
        .concat()
        .join(b", ".as_slice());
    HeaderValue::from_bytes(&all).ok()
}

impl OriginRule {
    fn matches(&self, origin: &str) -> bool {
        match self {
            Self::Fixed(_) | Self::Nobody => false,
            Self::List(origins) => origins.iter().any(|allowed| allowed == origin),
            Self::Pattern(pattern) => pattern.matches(origin),
            Self::Function(decide) => (decide.0)(origin),
        }
    }
}

impl fmt::Debug for OriginRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(origin) => write!(f, "{origin:?}"),
            Self::Nobody => f.write_str("nobody"),
            Self::List(origins) => write!(f, "{origins:?}"),
            Self::Pattern(pattern) => write!(f, "{pattern}"),
            Self::Function(function) => write!(f, "{function:?}"),
        }
    }
}

/// Why no page comes from there: browsers send the serialisation of RFC 6454, section 6.2.
fn unsendable(origin: &str) -> Option<String> {
    let is_host = |host: &str| {
        !host.is_empty()
            && !host.contains(['/', '?', '#', '@', ' '])
            && *host == host.to_ascii_lowercase()
    };
    let is_origin = origin.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && *scheme == scheme.to_ascii_lowercase() && is_host(host)
    });
    (!is_origin && origin != "null").then(|| {
        format!(
            "cors.origin {origin:?} matches no page: browsers send scheme, host and port alone, in lower case, like \"https://shop.example.com\""
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_that_no_browser_sends_is_refused_at_the_start() {
        for origin in [
            "https://shop.example.com",
            "http://localhost:5173",
            "http://[::1]:80",
            "capacitor://localhost",
            "null",
        ] {
            assert_eq!(unsendable(origin), None, "{origin}");
        }
        for origin in [
            "https://shop.example.com/",
            "shop.example.com",
            "https://Shop.example.com",
            "https://shop.example.com?x",
            "https://",
            "://shop",
            "",
        ] {
            let one = CorsOrigin::One(origin.to_owned());
            for rule in [one, CorsOrigin::List(vec![origin.to_owned()])] {
                let config = CorsConfig {
                    origin: Some(rule),
                    ..CorsConfig::default()
                };
                let problems = Cors::new(&config, None).unwrap_err();
                assert!(problems[0].contains("matches no page"), "{problems:?}");
            }
        }
    }
}
