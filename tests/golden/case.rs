//! One wire case: what is sent, and what must come back.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use runner_tunnel::TunnelConfig;
use runner_tunnel_tests::server::Answer;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What every answer below the base path carries unless a case says otherwise.
const USUAL_HEADERS: [(&str, &str); 5] = [
    ("access-control-allow-origin", r"^\*$"),
    ("content-type", r"^application/json; charset=utf-8$"),
    ("x-content-type-options", "^nosniff$"),
    ("x-frame-options", "^DENY$"),
    ("x-runner-request-id", "^[A-Za-z0-9._:-]{1,128}$"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFile {
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(rename = "about")]
    _about: String,
    config: Option<Map<String, Value>>,
    pub(crate) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    #[serde(rename = "protocol")]
    _protocol: String,
    pub(crate) request: Request,
    response: Response,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Option<Vec<(String, String)>>,
    body: Option<Body>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Body {
    Text(String),
    Repeat { repeat: String, times: usize },
    Hex { hex: String },
    Parts { parts: Vec<Body> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Response {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Option<Expected>>,
    body: Option<Value>,
    body_text: Option<Expected>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Expected {
    Exactly(String),
    Pattern { pattern: String },
}

impl Expected {
    fn fits(&self, found: &str) -> bool {
        match self {
            Self::Exactly(expected) => expected == found,
            Self::Pattern { pattern } => Regex::new(pattern).unwrap().is_match(found),
        }
    }
}

/// All files, in the order of their names.
pub(crate) fn files() -> Vec<CaseFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &Path| -> CaseFile {
        let text = std::fs::read_to_string(path).unwrap();
        let file: CaseFile = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        CaseFile {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            ..file
        }
    };
    paths.iter().map(|path| read(path)).collect()
}

impl CaseFile {
    /// The file's configuration over that of every test server.
    pub(crate) fn config(&self) -> TunnelConfig {
        let mut config = json!({ "tokens": ["secret"] });
        for (key, value) in self.config.iter().flatten() {
            config[key] = value.clone();
        }
        serde_json::from_value(config)
            .unwrap_or_else(|error| panic!("{}: config: {error}", self.name))
    }
}

impl Request {
    /// The request as it goes over the wire. The connection closes after the answer.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n",
            self.method, self.target
        )
        .into_bytes();
        let usual = || vec![("x-runner-token".to_owned(), "secret".to_owned())];
        for (name, value) in self.headers.clone().unwrap_or_else(usual) {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        let body = self.body.as_ref().map(Body::bytes);
        if let Some(body) = &body {
            bytes.extend(format!("content-length: {}\r\n", body.len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(body.unwrap_or_default());
        bytes
    }
}

impl Body {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Repeat { repeat, times } => repeat.repeat(*times).into_bytes(),
            Self::Hex { hex } => hex
                .split(' ')
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect(),
            Self::Parts { parts } => parts.iter().flat_map(Self::bytes).collect(),
        }
    }
}

impl Case {
    /// Says what differs, with the whole answer.
    pub(crate) fn compare(&self, base_path: &str, answer: &[u8]) -> Result<(), String> {
        let parsed = Answer::parse(answer).map_err(|error| error.to_string())?;
        let differences = self.differences(base_path, &parsed);
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!(
            "  {}\n  in: {}",
            differences.join("\n  "),
            String::from_utf8_lossy(answer).replace("\r\n", "\n      ")
        ))
    }

    fn differences(&self, base_path: &str, answer: &Answer) -> Vec<String> {
        let Response {
            status,
            headers,
            body,
            body_text,
        } = &self.response;
        let is_bodiless = self.request.method == "HEAD";
        let mut differences = Vec::new();
        if answer.status != *status {
            differences.push(format!(
                "status: expected {status}, found {}",
                answer.status
            ));
        }
        for (name, expected) in headers {
            differences.extend(difference(name, expected.as_ref(), answer));
        }
        for (name, pattern) in USUAL_HEADERS {
            if self.is_usual(base_path) && !headers.contains_key(name) {
                let expected = Expected::Pattern {
                    pattern: pattern.to_owned(),
                };
                differences.extend(difference(name, Some(&expected), answer));
            }
        }
        let length = answer.header("content-length");
        let is_chunked = answer.header("transfer-encoding").is_some();
        if !is_bodiless
            && !is_chunked
            && length.as_deref() != Some(answer.body.len().to_string().as_str())
            && *status != 204
        {
            differences.push(format!(
                "content-length: {length:?} with {} bytes",
                answer.body.len()
            ));
        }
        // Chunks put together; what is wrong with a length is said above.
        let body_bytes = if is_chunked {
            answer.whole_body()
        } else {
            Ok(answer.body.clone())
        };
        let text = match &body_bytes {
            Ok(bytes) => String::from_utf8_lossy(bytes),
            Err(error) => {
                differences.push(format!("body: {error}"));
                String::from_utf8_lossy(&answer.body)
            }
        };
        if let Some(expected) = body_text
            && !expected.fits(&text)
        {
            differences.push(format!(
                "body: expected {expected:?}\n        found    {text:?}"
            ));
        }
        if let Some(expected) = body
            && serde_json::from_str::<Value>(&text).ok().as_ref() != Some(expected)
        {
            differences.push(format!(
                "body: expected {expected}\n        found    {text}"
            ));
        }
        differences
    }

    /// Whether the answer is an ordinary one: below the base path, and no preflight.
    fn is_usual(&self, base_path: &str) -> bool {
        let target = self
            .request
            .target
            .split(['?', '#'])
            .next()
            .unwrap_or_default();
        let below = target
            .strip_prefix('/')
            .and_then(|path| path.strip_prefix(base_path));
        self.request.method != "OPTIONS"
            && (base_path.is_empty()
                || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

fn difference(name: &str, expected: Option<&Expected>, answer: &Answer) -> Option<String> {
    let found = answer.header(&name.to_ascii_lowercase());
    let fits = match (expected, &found) {
        (None, None) => true,
        (Some(expected), Some(found)) => expected.fits(found),
        _ => false,
    };
    (!fits).then(|| format!("{name}: expected {expected:?}, found {found:?}"))
}
