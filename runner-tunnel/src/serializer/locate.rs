//! The place of a mismatch that serde has lost.
//!
//! Tagged, untagged and flattened types are read from a copy that knows no places: their errors stop at the
//! value that was copied. If exactly one value below it is of the kind that was found, that is the place.

use super::Mismatch;
use super::error::Segment;
use super::tree::Tree;

/// Extends the path of `mismatch` in the tree that it comes from.
pub(super) fn locate(tree: &Tree<'_>, mismatch: &mut Mismatch) {
    let place = mismatch
        .segments()
        .try_fold(tree, |tree, segment| step(tree, segment));
    let found = mismatch.found_kind().to_owned();
    let Some(place) = place.filter(|place| place.kind() != found) else {
        return;
    };
    let mut search = Search {
        kind: &found,
        here: Vec::new(),
        places: Vec::new(),
    };
    search.below(place);
    if let [only] = search.places.as_slice() {
        mismatch.further_in(only.clone());
    }
}

fn step<'t, 'a>(tree: &'t Tree<'a>, segment: &Segment) -> Option<&'t Tree<'a>> {
    match (tree, segment) {
        (Tree::Array(items), Segment::Index(index)) => items.get(*index),
        (Tree::Object(entries), Segment::Key(key)) => entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value),
        _ => None,
    }
}

struct Search<'k> {
    kind: &'k str,
    here: Vec<Segment>,
    /// More than two say no more than two.
    places: Vec<Vec<Segment>>,
}

impl Search<'_> {
    fn below(&mut self, tree: &Tree<'_>) {
        match tree {
            Tree::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.at(Segment::Index(index), item);
                }
            }
            Tree::Object(entries) => {
                for (key, value) in entries {
                    self.at(Segment::Key(key.clone().into_owned()), value);
                }
            }
            _ => {}
        }
    }

    fn at(&mut self, segment: Segment, tree: &Tree<'_>) {
        if self.places.len() > 1 {
            return;
        }
        self.here.push(segment);
        if tree.kind() == self.kind {
            self.places.push(self.here.clone());
        }
        self.below(tree);
        self.here.pop();
    }
}
