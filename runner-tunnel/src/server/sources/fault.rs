//! What is wrong with a setting.

use std::fmt;
use std::path::Path;

use serde::de::{self, Expected, Unexpected};

use super::tree::{Node, Origin};
use super::variables;

/// How alike two names must be for one to be meant by the other.
const ALIKE: f64 = 0.6;

/// Why a setting could not be read. Where it stands is known when it leaves the node that it is about.
#[derive(Debug)]
pub(super) struct Fault {
    kind: Kind,
    pub(super) path: Option<String>,
}

#[derive(Debug)]
enum Kind {
    Mismatch {
        expected: String,
        found: String,
        /// The same without the value.
        found_kind: &'static str,
    },
    UnknownField(&'static [&'static str]),
    UnknownVariant(String, &'static [&'static str]),
    Other(String),
}

impl Fault {
    fn of(kind: Kind) -> Self {
        Self { kind, path: None }
    }

    pub(super) fn at(mut self, node: &Node) -> Self {
        self.path.get_or_insert_with(|| node.path.clone());
        self
    }

    /// The sentence for people: where, what, and what was expected.
    pub(super) fn tell(&self, node: &Node, file: Option<&Path>) -> String {
        let path = &node.path;
        let what = match &self.kind {
            Kind::UnknownField(known) => return unknown(node, known, file),
            Kind::Mismatch {
                expected,
                found,
                found_kind,
            } => {
                let found = if node.is_secret() {
                    found_kind
                } else {
                    found.as_str()
                };
                format!("expected {expected}, found {found}")
            }
            Kind::UnknownVariant(found, known) => {
                let nearest = nearest(found, known.iter().copied());
                let hint = nearest.map(|name| format!("; did you mean {name:?}?"));
                let (known, hint) = (known.join(", "), hint.unwrap_or_default());
                format!("expected one of {known}, found {found:?}{hint}")
            }
            Kind::Other(message) => message.clone(),
        };
        match &node.origin {
            Origin::Line(line) => format!("{}: {path}: {what}", place(file, *line)),
            // One that stands for no setting.
            Origin::Variable(name) if path.is_empty() => format!("{name}: {what}"),
            Origin::Variable(name) => format!("{name} ({path}): {what}"),
        }
    }
}

fn unknown(node: &Node, siblings: &[&str], file: Option<&Path>) -> String {
    let (parent, key) = match node.path.rsplit_once('.') {
        Some((parent, key)) => (format!("{parent}."), key),
        None => (String::new(), node.path.as_str()),
    };
    let settings = variables::settings();
    let elsewhere = || {
        let is_same = |path: &&str| path.rsplit('.').next() == Some(key);
        settings.iter().map(|(path, _)| path.as_str()).find(is_same)
    };
    match &node.origin {
        Origin::Line(line) => {
            let nearest =
                nearest(key, siblings.iter().copied()).map(|name| format!("{parent}{name}"));
            let nearest = nearest.or_else(|| elsewhere().map(str::to_owned));
            let hint = match nearest {
                Some(name) => format!("did you mean {name}?"),
                None => format!("there are {}", siblings.join(", ")),
            };
            format!(
                "{}: {} is no setting: {hint}",
                place(file, *line),
                node.path
            )
        }
        Origin::Variable(name) => {
            let names: Vec<String> = settings
                .iter()
                .map(|(path, _)| variables::name(path))
                .collect();
            let same = elsewhere().map(variables::name);
            let nearest =
                same.or_else(|| nearest(name, names.iter().map(String::as_str)).map(str::to_owned));
            let hint = nearest.map(|name| format!(": did you mean {name}?"));
            format!("{name} is no setting{}", hint.unwrap_or_default())
        }
    }
}

fn place(file: Option<&Path>, line: usize) -> String {
    file.map_or_else(
        || format!("line {line}"),
        |file| format!("{}:{line}", file.display()),
    )
}

fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let alike = known.map(|known| (strsim::normalized_damerau_levenshtein(name, known), known));
    let nearest = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest
        .filter(|(alike, _)| *alike >= ALIKE)
        .map(|(_, known)| known)
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::of(Kind::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (kind, text) = match found {
            Unexpected::Bool(value) => ("a boolean", value.to_string()),
            Unexpected::Signed(value) => ("a number", value.to_string()),
            Unexpected::Unsigned(value) => ("a number", value.to_string()),
            Unexpected::Float(value) => ("a number", value.to_string()),
            Unexpected::Str(text) => ("a text", format!("{text:?}")),
            Unexpected::Seq => ("a list", "a list".to_owned()),
            Unexpected::Map => ("a table", "a table".to_owned()),
            other => ("something else", other.to_string()),
        };
        Self::of(Kind::Mismatch {
            expected: expected.to_string(),
            found: text,
            found_kind: kind,
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::of(Kind::UnknownField(known))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::of(Kind::UnknownVariant(found.to_owned(), known))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Fault {}
