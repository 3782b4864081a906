//! A parsed body as one flat list of nodes, in the order of the text.
//!
//! Not serde_json's `Value`: that loses the order of keys and the digits of numbers, and refuses numbers and
//! strings that JavaScript takes. Strings and numbers stay slices of the text where they can, and the whole
//! body is one allocation.

mod keys;
mod parse;
mod place;

pub(super) use keys::Text;
pub(super) use parse::parse;
pub(super) use place::{Entries, Items, Place, Record};

use super::Dialect;
use super::kind::Kind;
use crate::types::JsString;

/// A whole body.
#[derive(Debug)]
pub(super) struct Tape<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Strings that are no slice of the body: unescaped ones.
    pub(super) texts: Vec<JsString>,
    /// The bytes of the body; of a graph, about those that it unfolds to once that is known.
    pub(super) length: usize,
    /// What checking the patterns so far has cost.
    pub(super) patterns_cost: usize,
    /// Where the value of the whole body stands.
    pub(super) root: usize,
    /// How deep the deepest value stands; the root is at 0.
    pub(super) height: usize,
    pub(super) dialect: Dialect,
}

/// One value, or one key, which comes right before its value. What is inside a container follows it; `end` is
/// the place after that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    /// As it was written.
    Number(&'a str),
    /// An item of bytes that did not stand in the text as numbers.
    Byte(u8),
    Text(&'a str),
    /// Index into the tape's texts.
    OwnText(u32),
    Array {
        end: u32,
    },
    Object {
        end: u32,
    },
    /// A typed record: an object that means the value at `value`.
    Record {
        kind: Kind,
        /// Where the name of a custom type stands, and the pattern of a RegExp, whose flags are the value.
        name: u32,
        value: u32,
        end: u32,
    },
    /// What stands at `target` stands here.
    Alias {
        target: u32,
        end: u32,
    },
    /// In place of a key: neither it nor its value is there.
    Dropped {
        end: u32,
    },
}

impl<'a> Tape<'a> {
    /// A body that holds undefined.
    pub(super) fn undefined() -> Self {
        let record = Node::Record {
            kind: Kind::Undefined,
            name: 1,
            value: 1,
            end: 2,
        };
        Self {
            nodes: vec![record, Node::Null],
            texts: Vec::new(),
            length: 0,
            patterns_cost: 0,
            root: 0,
            height: 0,
            dialect: Dialect::Runner,
        }
    }

    pub(super) fn root(&self) -> Place<'_, 'a> {
        self.place(self.root)
    }

    pub(super) fn place(&self, at: usize) -> Place<'_, 'a> {
        Place::new(self, at)
    }

    /// The place after everything that belongs to the node.
    pub(super) fn end_of(&self, at: usize) -> usize {
        match self.nodes[at] {
            Node::Array { end }
            | Node::Object { end }
            | Node::Record { end, .. }
            | Node::Alias { end, .. }
            | Node::Dropped { end } => end as usize,
            _ => at + 1,
        }
    }

    /// Makes a record of the object at `at`.
    pub(super) fn write_record(&mut self, at: usize, kind: Kind, name: usize, value: usize) {
        self.nodes[at] = Node::Record {
            kind,
            name: index(name),
            value: index(value),
            end: index(self.end_of(at)),
        };
    }

    /// Adds a text that is no slice of the body.
    pub(super) fn own_text(&mut self, text: JsString) -> Node<'a> {
        self.texts.push(text);
        Node::OwnText(index(self.texts.len() - 1))
    }
}

/// Bodies of 4 GiB are refused before they are parsed.
pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
