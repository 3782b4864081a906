//! A configuration file in TOML.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problems;
use super::tree::{Node, Origin, Value, child};

/// A file as it was read, once: whoever asks twice may see two.
pub(in crate::server) struct File {
    pub(super) path: PathBuf,
    text: io::Result<String>,
}

impl File {
    pub(in crate::server) fn read(path: PathBuf) -> Self {
        let text = read_text(&path);
        Self { path, text }
    }

    /// Whether it is there, and nothing in it.
    pub(in crate::server) fn is_blank(&self) -> bool {
        matches!(&self.text, Ok(text) if text.trim().is_empty())
    }

    /// Takes what can be read, and says what is wrong with the rest.
    pub(super) fn parse(&self, problems: &mut Problems) -> Node {
        match &self.text {
            Ok(text) => parse(&self.path, text, problems),
            Err(error) => {
                let why = if self.path.as_os_str().is_empty() {
                    "the path of the configuration file is empty".to_owned()
                } else {
                    format!("cannot read {}: {error}", self.path.display())
                };
                problems.push((Origin::Line(0), why));
                Node::root()
            }
        }
    }
}

/// More is no configuration, and a device may have no end.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is larger than 4 MiB",
        ));
    }
    Ok(text)
}

/// The text of the file never shows in a problem.
fn parse(path: &Path, text: &str, problems: &mut Problems) -> Node {
    let (table, errors) = DeTable::parse_recoverable(text);
    let line = |offset: usize| {
        1 + text
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
    };
    for error in errors {
        let line = error.span().map_or(1, |span| line(span.start));
        let why = format!("{}:{line}: {}", path.display(), error.message());
        problems.push((Origin::Line(line), why));
    }
    let mut root = Node::root();
    root.value = self::table(table.get_ref(), "", &line);
    root
}

fn table(table: &DeTable<'_>, path: &str, line: &dyn Fn(usize) -> usize) -> Value {
    let entries = table.iter().map(|(key, value)| {
        let path = child(path, key.get_ref());
        let node = node(value, path, line(key.span().start), line);
        (key.get_ref().to_string(), node)
    });
    Value::Table(entries.collect())
}

fn node(
    value: &Spanned<DeValue<'_>>,
    path: String,
    number: usize,
    line: &dyn Fn(usize) -> usize,
) -> Node {
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(integer) => Value::Integer(integer),
            // As TOML allows, and no field takes.
            Err(_) => Value::Text(digits.to_string()),
        },
        DeValue::Float(digits) => match digits.as_str().parse() {
            Ok(float) => Value::Float(float),
            Err(_) => Value::Text(digits.to_string()),
        },
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let path = format!("{path}[{index}]");
                node(item, path, line(item.span().start), line)
            });
            Value::List(items.collect())
        }
        DeValue::Table(entries) => table(entries, &path, line),
    };
    Node {
        value,
        origin: Origin::Line(number),
        path,
    }
}
