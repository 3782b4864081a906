//! The place of a mismatch that serde has lost.
//!
//! Tagged, untagged and flattened types are read from a copy that knows no places: their errors stop at the
//! value that was copied. If exactly one value below it is of the kind that was found, that is the place; where a
//! key may have been meant as well, there is none.

use super::Mismatch;
use super::de::words;
use super::error::Segment;
use super::tape::Place;

/// Extends the path of `mismatch` in the tree that it comes from.
pub(super) fn locate(root: Place<'_, '_>, mismatch: &mut Mismatch) {
    let place = mismatch.segments().try_fold(root, step);
    let found = mismatch.found().to_owned();
    let Some(place) = place.filter(|place| words(*place) != found) else {
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

fn step<'t, 'a>(place: Place<'t, 'a>, segment: &Segment) -> Option<Place<'t, 'a>> {
    match segment {
        Segment::Index(index) => place.items().nth(*index),
        Segment::Key(key) => place.get(key),
    }
}

struct Search<'k> {
    kind: &'k str,
    here: Vec<Segment>,
    /// More than two say no more than two. A key is where its object is.
    places: Vec<Vec<Segment>>,
}

impl Search<'_> {
    fn below(&mut self, place: Place<'_, '_>) {
        for (index, item) in place.items().enumerate() {
            self.at(|| Segment::Index(index), item);
        }
        for (key, value) in place.entries() {
            // Fields of the copied struct have names; what is deeper, or a number, may be the key of a map.
            let may_be_refused = !self.here.is_empty() || key.lossy().parse::<f64>().is_ok();
            if self.kind == "a string" && may_be_refused && self.places.len() < 2 {
                self.places.push(self.here.clone());
            }
            self.at(|| Segment::Key(key.lossy().into_owned()), value);
        }
    }

    fn at(&mut self, segment: impl FnOnce() -> Segment, place: Place<'_, '_>) {
        if self.places.len() > 1 {
            return;
        }
        self.here.push(segment());
        if words(place) == self.kind {
            self.places.push(self.here.clone());
        }
        self.below(place);
        self.here.pop();
    }
}
