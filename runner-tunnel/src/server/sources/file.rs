//! A configuration file in TOML.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Node, Origin, Value, child};

/// Reads what can be read, and says what is wrong with the rest. The text of the file never shows in a problem.
pub(super) fn parse(path: &Path, text: &str, problems: &mut Vec<String>) -> Node {
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
        problems.push(format!("{}:{line}: {}", path.display(), error.message()));
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
