//! Whether the value of a record fits its kind.

use crate::js;
use crate::serializer::DecodeError;
use crate::serializer::kind::Kind;
use crate::serializer::tape::{Place, Tape};
use crate::types::BytesKind;

/// Every pattern is compiled once to see whether JavaScript would take it. A body that holds so much of them is no
/// body that a program sends.
const MAX_PATTERNS_COST: usize = 64 * 1024;

/// Judges the record at a place, whose value has been revived already.
pub(super) fn check(tape: &mut Tape<'_>, at: usize) -> Result<(), DecodeError> {
    if let Some((pattern, flags)) = tape.place(at).reg_exp() {
        let cost = js::regexp::cost(&pattern.lossy(), &flags.lossy());
        tape.patterns_cost = tape.patterns_cost.saturating_add(cost);
        if tape.patterns_cost > MAX_PATTERNS_COST {
            return Err(DecodeError::syntax("more patterns than a body may hold"));
        }
    }
    match tape.place(at) {
        place if is_valid(place) => Ok(()),
        place => Err(place
            .record()
            .map_or_else(not_a_record, |record| malformed(record.kind))),
    }
}

fn not_a_record() -> DecodeError {
    DecodeError::syntax("a malformed record")
}

/// A record whose value does not fit its kind.
pub(super) fn malformed(kind: Kind) -> DecodeError {
    match kind {
        Kind::RegExp => DecodeError::syntax(
            "a RegExp that is malformed, or whose pattern is unsafe or too long",
        ),
        kind => DecodeError::syntax(format!("a malformed {} record", kind.name())),
    }
}

fn is_valid(place: Place<'_, '_>) -> bool {
    let Some(record) = place.record() else {
        return false;
    };
    let value = record.value;
    match record.kind {
        Kind::Undefined | Kind::Custom => true,
        Kind::NonFinite => place.non_finite().is_some(),
        Kind::BigInt => value
            .as_str()
            .is_some_and(|text| js::bigint::parse(text).is_some()),
        Kind::Date => place.millis().is_some(),
        Kind::RegExp => is_reg_exp(place),
        Kind::Map => value.is_nothing() || is_iterable(value) && value.iterate().all(is_entry),
        Kind::Set => value.is_nothing() || is_iterable(value),
        Kind::Symbol => is_symbol(value),
        Kind::Error => is_error(value),
        Kind::Url => value
            .as_str()
            .is_some_and(|text| url::Url::parse(text).is_ok()),
        Kind::UrlSearchParams => value.text().is_some(),
        Kind::Bytes(kind) => is_bytes(value, kind),
        Kind::ObjectId => value.as_str().is_some_and(is_object_id),
    }
}

/// What JavaScript could go through, of what a record can hold: a list, or a Set or Map of a list. It takes
/// deeper ones too, but they would be gone through once a level.
fn is_iterable(value: Place<'_, '_>) -> bool {
    let is_collection = |kind| matches!(kind, Kind::Set | Kind::Map);
    value.is_array()
        || value
            .record()
            .is_some_and(|record| is_collection(record.kind) && record.value.is_array())
}

/// The constructor of `Map` takes the first two items of each entry.
fn is_entry(entry: Place<'_, '_>) -> bool {
    entry.is_array() || entry.is_object()
}

fn is_reg_exp(place: Place<'_, '_>) -> bool {
    let Some((pattern, flags)) = place.reg_exp() else {
        return false;
    };
    js::regexp::is_accepted(&pattern.lossy(), &flags.lossy())
}

fn is_symbol(value: Place<'_, '_>) -> bool {
    const WELL_KNOWN: [&str; 13] = [
        "asyncIterator",
        "hasInstance",
        "isConcatSpreadable",
        "iterator",
        "match",
        "matchAll",
        "replace",
        "search",
        "species",
        "split",
        "toPrimitive",
        "toStringTag",
        "unscopables",
    ];
    let (Some(kind), Some(key)) = (value.get("kind"), value.get("key")) else {
        return false;
    };
    match kind.as_str() {
        Some("For") => key.text().is_some(),
        Some("WellKnown") => key.as_str().is_some_and(|key| WELL_KNOWN.contains(&key)),
        _ => false,
    }
}

fn is_error(value: Place<'_, '_>) -> bool {
    let is_text = |key| {
        value
            .get(key)
            .is_some_and(|text: Place<'_, '_>| text.text().is_some())
    };
    let is_undefined = |place: Place<'_, '_>| place.is_nothing() && place.record().is_some();
    value.is_object()
        && is_text("name")
        && is_text("message")
        && value
            .get("stack")
            .is_none_or(|stack| stack.text().is_some() || is_undefined(stack))
        && value
            .get("customFields")
            .is_none_or(|fields| fields.is_object() || is_undefined(fields))
}

/// Whole numbers from 0 to 255, as many as make whole elements.
fn is_bytes(value: Place<'_, '_>, kind: BytesKind) -> bool {
    let mut length = 0;
    value.is_array()
        && value.items().all(|item| {
            length += 1;
            item.byte().is_some()
        })
        && length % kind.element_size() == 0
}

fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
