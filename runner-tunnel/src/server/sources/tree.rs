//! Settings before anybody knows their types, each with the place where it was written.

use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
    /// As people write it: `limits.json_body`, `tokens[0].name`.
    pub(super) path: String,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A text of the environment: whatever its field makes of it, or several such with commas in between.
    Loose(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

/// In the order in which people look for what is wrong: down the file, then through the environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Line(usize),
    Variable(String),
}

impl Node {
    pub(super) fn root() -> Self {
        Self {
            value: Value::Table(BTreeMap::new()),
            origin: Origin::Line(1),
            path: String::new(),
        }
    }

    /// Puts a node where its keys lead, in place of what is there and is no table.
    pub(super) fn insert(&mut self, keys: &[&str], value: Value, origin: Origin) {
        let Some((key, rest)) = keys.split_first() else {
            (self.value, self.origin) = (value, origin);
            return;
        };
        if !matches!(self.value, Value::Table(_)) {
            self.value = Value::Table(BTreeMap::new());
        }
        let path = child(&self.path, key);
        if let Value::Table(table) = &mut self.value {
            let node = table.entry((*key).to_owned()).or_insert_with(|| Self {
                value: Value::Table(BTreeMap::new()),
                origin: origin.clone(),
                path,
            });
            node.insert(rest, value, origin);
        }
    }

    /// Takes the node with this path out.
    pub(super) fn remove(&mut self, path: &str) -> Option<Self> {
        match &mut self.value {
            Value::Table(table) => {
                let key = table.iter().find(|(_, node)| node.path == path);
                if let Some(key) = key.map(|(key, _)| key.clone()) {
                    return table.remove(&key);
                }
                table.values_mut().find_map(|node| node.remove(path))
            }
            Value::List(list) => match list.iter().position(|node| node.path == path) {
                Some(position) => Some(list.remove(position)),
                None => list.iter_mut().find_map(|node| node.remove(path)),
            },
            _ => None,
        }
    }

    /// Whether what stands here must not be repeated.
    pub(super) fn is_secret(&self) -> bool {
        let names = ["token", "secret", "password", "keys"];
        let mut parts = self.path.split(['.', '[']);
        // A list of tables that was given as a text holds what its tables would.
        self.path == "lanes"
            || parts
                .any(|part| part != "token_header" && names.iter().any(|name| part.contains(name)))
    }
}

/// The path of what stands under this key.
pub(super) fn child(path: &str, key: &str) -> String {
    let is_bare = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    let key = if !key.is_empty() && key.chars().all(is_bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    };
    match path {
        "" => key,
        path => format!("{path}.{key}"),
    }
}

/// Whether a path lies below another.
pub(super) fn is_inside(path: &str, other: &str) -> bool {
    let rest = path.strip_prefix(other);
    rest.is_some_and(|rest| rest.starts_with(['.', '[']))
}
