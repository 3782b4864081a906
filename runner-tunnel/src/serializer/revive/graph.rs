//! The graph form: values that are used more than once stand in a table and are named by id.
//!
//! A Rust value is a tree, so that a shared node becomes as many copies as there are references to it. That
//! can be exponentially many, and a cycle would be infinitely many: both are known before anything is copied.

use std::collections::HashMap;

use super::size::Size;
use super::tree::{Found, drop_entry, is_unsafe, kind, record};
use super::{MAX_DEPTH, UNSAFE_KEYS};
use crate::serializer::DecodeError;
use crate::serializer::tape::{Node, Place, Tape, index};

/// Where the two parts of a graph stand.
pub(super) struct Graph {
    root: usize,
    nodes: usize,
}

impl Graph {
    /// A text is a graph when its root says so and has both parts. Deeper in, the same keys are plain data.
    pub(super) fn of(tape: &Tape<'_>) -> Option<Self> {
        let whole = tape.root();
        if whole.get("__graph")?.node() != Node::Bool(true) {
            return None;
        }
        let nodes = whole.get("nodes")?;
        (nodes.is_object() || nodes.is_array()).then_some(Self {
            root: whole.get("root")?.at(),
            nodes: nodes.at(),
        })
    }

    pub(super) fn revive(self, tape: &mut Tape<'_>) -> Result<(), DecodeError> {
        let length = tape.length;
        let mut reviver = Reviver {
            ids: ids(tape.place(self.nodes)),
            tape,
            resolved: HashMap::new(),
            judged: 0,
            budget: Size::budget(length),
        };
        let size = reviver.value(self.root, 0)?;
        if !size.is_within_budget(length) {
            return Err(over_budget());
        }
        tape.height = tape.height.max(size.height());
        tape.length = length.max(usize::try_from(size.bytes()).unwrap_or(usize::MAX));
        tape.root = self.root;
        Ok(())
    }
}

fn over_budget() -> DecodeError {
    DecodeError::syntax("a graph that unfolds to more than a body may mean")
}

/// Every node by its id. A list of nodes has its indices for ids.
fn ids(nodes: Place<'_, '_>) -> HashMap<String, usize> {
    if nodes.is_array() {
        let numbered = nodes.items().enumerate();
        return numbered
            .map(|(number, node)| (number.to_string(), node.at()))
            .collect();
    }
    let named = nodes.entries();
    named
        .filter_map(|(id, node)| Some((id.as_str()?.to_owned(), node.at())))
        .collect()
}

struct Reviver<'t, 'a> {
    tape: &'t mut Tape<'a>,
    ids: HashMap<String, usize>,
    /// By the place of the node; `None` while its own value is being revived.
    resolved: HashMap<usize, Option<(usize, Size)>>,
    /// The sizes of all values that a record was judged by: a shared one is looked at for each.
    judged: u64,
    budget: u64,
}

impl Reviver<'_, '_> {
    fn value(&mut self, at: usize, depth: usize) -> Result<Size, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::too_deep());
        }
        match self.tape.nodes[at] {
            Node::Array { .. } => self.items(at, depth),
            Node::Object { .. } => self.object(at, depth),
            Node::Alias { target, .. } => self.value(target as usize, depth),
            Node::Number(text) | Node::Text(text) => Ok(Size::of_scalar(text)),
            Node::OwnText(own) => {
                let text = &self.tape.texts[own as usize];
                Ok(Size::of_scalar(&text.to_string_lossy()))
            }
            _ => Ok(Size::of_scalar("null")),
        }
    }

    fn object(&mut self, at: usize, depth: usize) -> Result<Size, DecodeError> {
        if let Some(id) = self.reference(at)? {
            let (target, size) = self.resolve(&id, depth + 1)?;
            self.tape.nodes[at] = Node::Alias {
                target: index(target),
                end: index(self.tape.end_of(at)),
            };
            return Ok(size);
        }
        match record(self.tape, at)? {
            Some(found) => self.record(found, at, depth),
            None => self.fields(at, depth),
        }
    }

    /// The id in `{"__ref": id}`, which has nothing beside it.
    fn reference(&self, at: usize) -> Result<Option<String>, DecodeError> {
        let place = self.tape.place(at);
        let Some(id) = place.get("__ref") else {
            return Ok(None);
        };
        let id = id.as_str();
        let id = id.ok_or_else(|| DecodeError::syntax("a reference whose id is no text"))?;
        if place.entries().count() > 1 || UNSAFE_KEYS.contains(&id) {
            return Err(DecodeError::syntax("a malformed reference"));
        }
        Ok(Some(id.to_owned()))
    }

    /// Where the value of a node stands, and its size.
    fn resolve(&mut self, id: &str, depth: usize) -> Result<(usize, Size), DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::too_deep());
        }
        let missing = || DecodeError::syntax("a reference to a node that is not there");
        let node = *self.ids.get(id).ok_or_else(missing)?;
        match self.resolved.get(&node) {
            Some(Some(known)) => return Ok(*known),
            // The node stands in itself.
            Some(None) => return Err(DecodeError::syntax("a graph with a cycle")),
            None => self.resolved.insert(node, None),
        };
        let resolved = self.node(node, depth)?;
        self.resolved.insert(node, Some(resolved));
        Ok(resolved)
    }

    fn node(&mut self, at: usize, depth: usize) -> Result<(usize, Size), DecodeError> {
        let node = self.tape.place(at);
        let value = node.get("value");
        let (has_items, has_fields) = value.map_or((false, false), |value| {
            (value.is_array(), value.is_object())
        });
        let target = value.map(Place::at);
        match (node.get("kind").and_then(Place::as_str), target) {
            (Some("array"), Some(value)) if has_items => Ok((value, self.items(value, depth)?)),
            // Not asked whether it is a reference or a record: it is data.
            (Some("object"), Some(value)) if has_fields => Ok((value, self.fields(value, depth)?)),
            (Some("type"), value) => {
                let unnamed = || DecodeError::unknown_type(None);
                let name = node.get("type").ok_or_else(unnamed)?;
                let unknown = || DecodeError::unknown_type(name.as_str());
                let kind = kind(name.as_str()).ok_or_else(unknown)?;
                let name = name.at();
                let value = value.unwrap_or_else(|| self.undefined());
                let found = Found { kind, name, value };
                Ok((at, self.record(found, at, depth)?))
            }
            _ => Err(DecodeError::syntax("a graph with a malformed node")),
        }
    }

    /// A place with nothing in it, for a record without a value.
    fn undefined(&mut self) -> usize {
        self.tape.nodes.push(Node::Null);
        let at = self.tape.nodes.len() - 1;
        self.tape.nodes.push(Node::Record {
            kind: crate::serializer::kind::Kind::Undefined,
            name: index(at),
            value: index(at),
            end: index(at + 2),
        });
        at + 1
    }

    fn record(&mut self, found: Found, at: usize, depth: usize) -> Result<Size, DecodeError> {
        let mut size = Size::of_scalar("{}");
        let value = self.value(found.value, depth + 1)?;
        size.add("__type".len(), value);
        self.judged = self.judged.saturating_add(value.bytes());
        if self.judged > self.budget {
            return Err(over_budget());
        }
        found.write(self.tape, at)?;
        Ok(size)
    }

    fn items(&mut self, at: usize, depth: usize) -> Result<Size, DecodeError> {
        let end = self.tape.end_of(at);
        let mut size = Size::of_scalar("[]");
        let mut item = at + 1;
        while item < end {
            size.add(0, self.value(item, depth + 1)?);
            item = self.tape.end_of(item);
        }
        Ok(size)
    }

    fn fields(&mut self, at: usize, depth: usize) -> Result<Size, DecodeError> {
        let end = self.tape.end_of(at);
        let mut size = Size::of_scalar("{}");
        let mut key = at + 1;
        while key < end {
            if let Node::Dropped { end } = self.tape.nodes[key] {
                key = end as usize;
                continue;
            }
            if is_unsafe(self.tape, key) {
                drop_entry(self.tape, key);
                key = self.tape.end_of(key);
                continue;
            }
            let length = self.tape.text(key).map_or(0, |key| key.lossy().len());
            size.add(length, self.value(key + 1, depth + 1)?);
            key = self.tape.end_of(key + 1);
        }
        Ok(size)
    }
}
