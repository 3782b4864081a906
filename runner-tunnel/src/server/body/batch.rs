//! The body of a batch: `{"calls": [{"task": id, "input"?: X}, {"event": id, "payload"?: X, "returnPayload"?: true}]}`.

use std::fmt;

use bytes::Bytes;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::event::{EventBody, wants_payload};
use super::fields::{Fields, fields};
use crate::error::TunnelError;
use crate::serializer::{self, DecodeError, Dialect, Mismatch};
use crate::wire::{ErrorCode, MAX_ID_BYTES, Route};

const OF_TASK: &[&str] = &["task", "input"];
const OF_EVENT: &[&str] = &["event", "payload", "returnPayload"];
const OF_CALL: [&str; 5] = ["task", "event", "input", "payload", "returnPayload"];

/// One call of a batch. What it brings is still text, and looked at by nobody: whether it is a value that Runner
/// knows is the call's affair and none of the batch's.
#[derive(Debug)]
pub(in crate::server) enum BatchCall {
    Task {
        id: String,
        /// `None` is undefined.
        input: Option<Bytes>,
    },
    Event {
        id: String,
        body: EventBody,
    },
}

impl BatchCall {
    /// Reads a batch, or says which call is wrong and why; then none of them has begun. Other fields beside `calls`
    /// are ignored. Other fields of a call are not: a misspelt input would be undefined.
    pub(in crate::server) fn parse(
        batch: &Bytes,
        max_calls: usize,
        dialect: Dialect,
    ) -> Result<Vec<Self>, TunnelError> {
        let refuse = |error| TunnelError::from_decode(error, "batch");
        let text = batch.trim_ascii();
        if !text.starts_with(b"{") {
            serializer::validate(batch, dialect).map_err(refuse)?;
            return Err(TunnelError::invalid_input(
                "batch",
                "an object with calls",
                kind(text),
            ));
        }
        let [calls, graph] = fields(text, ["calls", "__graph"]).map_err(refuse)?.values;
        // The parts of a graph are found by going through it.
        if graph.is_some()
            && let Some(tree) = serializer::unfold(batch, dialect).map_err(refuse)?
        {
            return Self::parse(&tree.into(), max_calls, dialect);
        }
        let is_array = |calls: &&RawValue| calls.get().starts_with('[');
        let Some(calls) = calls.filter(is_array) else {
            let found = calls.map_or("undefined", |calls| kind(calls.get().as_bytes()));
            return Err(TunnelError::invalid_input("calls", "an array", found));
        };
        let calls = Calls::read(calls, max_calls).map_err(refuse)?;
        if calls.count > max_calls {
            return Err(TunnelError::refused_with(
                ErrorCode::PayloadTooLarge,
                format!(
                    "Calls limit exceeded: expected at most {max_calls} calls, found {}",
                    calls.count
                ),
            ));
        }
        let calls = calls.first.into_iter().enumerate();
        calls
            .map(|(index, call)| Self::of(call, index, batch, dialect))
            .collect()
    }

    /// What it would ask for alone.
    pub(in crate::server) fn route(&self) -> Route<'_> {
        match self {
            Self::Task { id, .. } => Route::Task(id.into()),
            Self::Event { id, .. } => Route::Event(id.into()),
        }
    }

    fn of(
        call: &RawValue,
        index: usize,
        batch: &Bytes,
        dialect: Dialect,
    ) -> Result<Self, TunnelError> {
        let text = call.get().as_bytes();
        let at = |field: &str| format!("calls[{index}]{field}");
        if !text.starts_with(b"{") {
            let expected = "an object with a task or an event";
            return Err(TunnelError::invalid_input(&at(""), expected, kind(text)));
        }
        let Fields { values, other } =
            fields(text, OF_CALL).map_err(|error| TunnelError::from_decode(error, &at("")))?;
        let only = |names, stray: Option<&str>| match stray {
            None => Ok(()),
            Some(stray) => {
                let unknown = DecodeError::Mismatch(Mismatch::unknown_field(stray, names));
                Err(TunnelError::from_decode(unknown, &at("")))
            }
        };
        let bytes = |value: &RawValue| batch.slice_ref(value.get().as_bytes());
        let [task, event, input, payload, return_payload] = values;
        match (task, event) {
            (Some(task), None) => {
                let payload = payload.map(|_| "payload");
                let stray = payload.or(return_payload.map(|_| "returnPayload"));
                only(OF_TASK, stray.or(other.as_deref()))?;
                Ok(Self::Task {
                    id: id(task, &at(".task"), dialect)?,
                    input: input.map(bytes),
                })
            }
            (None, Some(event)) => {
                only(OF_EVENT, input.map(|_| "input").or(other.as_deref()))?;
                let wanted =
                    return_payload.map_or(Ok(false), |value| wants_payload(value, dialect));
                Ok(Self::Event {
                    id: id(event, &at(".event"), dialect)?,
                    body: EventBody {
                        payload: payload.map(bytes),
                        return_payload: wanted.map_err(|error| {
                            TunnelError::from_decode(error, &at(".returnPayload"))
                        })?,
                    },
                })
            }
            (task, _) => Err(TunnelError::invalid_input(
                &at(""),
                "a task or an event",
                if task.is_some() { "both" } else { "neither" },
            )),
        }
    }
}

fn id(value: &RawValue, place: &str, dialect: Dialect) -> Result<String, TunnelError> {
    let id: String = serializer::from_slice(value.get().as_bytes(), dialect)
        .map_err(|error| TunnelError::from_decode(error, place))?;
    if (1..=MAX_ID_BYTES).contains(&id.len()) {
        return Ok(id);
    }
    Err(TunnelError::invalid_input(
        place,
        &format!("an id of 1 to {MAX_ID_BYTES} bytes"),
        &format!("{} bytes", id.len()),
    ))
}

/// What a JSON text is, by its first byte.
fn kind(text: &[u8]) -> &'static str {
    match text.first() {
        None => "undefined",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
    }
}

/// The calls of a batch up to the most that it may have, and how many it has.
struct Calls<'a> {
    first: Vec<&'a RawValue>,
    count: usize,
}

impl<'a> Calls<'a> {
    /// Keeps no more than `most`, however many there are.
    fn read(array: &'a RawValue, most: usize) -> Result<Self, DecodeError> {
        let calls = array.deserialize_seq(First(most));
        calls.map_err(|error| DecodeError::syntax(error.to_string()))
    }
}

struct First(usize);

impl<'de> Visitor<'de> for First {
    type Value = Calls<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Calls<'de>, A::Error> {
        let mut first = Vec::new();
        while first.len() < self.0
            && let Some(call) = items.next_element()?
        {
            first.push(call);
        }
        let mut count = first.len();
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Calls { first, count })
    }
}

#[cfg(test)]
mod tests;
