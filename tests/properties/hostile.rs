//! Whatever the bytes are, reading them ends in an answer.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
use runner_tunnel::types::Value;

use crate::values::values;

/// Reads a text in both dialects; what was read can be written, unless it is too deep.
fn is_answered(text: &[u8]) {
    for dialect in [Dialect::Runner, Dialect::Ejson] {
        if let Ok(value) = from_slice::<Value>(text, dialect) {
            let _ = to_vec(&value, dialect);
        }
    }
}

/// One thing that goes wrong with a text.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(Index, u8),
    Remove(Index, Index),
    Repeat(Index, Index),
    Insert(Index, &'static str),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let words = proptest::sample::select(
        &[
            "\"__type\":",
            "\"value\":",
            "{\"__ref\":\"a\"}",
            "\\u005f",
            "\\ud800",
            "1e999",
            "-0",
            "null",
            "[",
            "{",
            "\"__graph\":true,",
            "\"$date\":",
            "$runner.escape::",
            "\"__proto__\":1,",
        ][..],
    );
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Remove(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        (any::<Index>(), words).prop_map(|(at, word)| Mutation::Insert(at, word)),
    ]
}

fn mutate(text: &mut Vec<u8>, mutation: &Mutation) {
    let range = |from: &Index, to: &Index, length: usize| {
        let (from, to) = (from.index(length), to.index(length));
        from.min(to)..from.max(to)
    };
    if text.is_empty() {
        return;
    }
    match mutation {
        Mutation::Replace(at, byte) => {
            let at = at.index(text.len());
            text[at] = *byte;
        }
        Mutation::Remove(from, to) => drop(text.drain(range(from, to, text.len()))),
        Mutation::Repeat(from, to) => text.extend_from_within(range(from, to, text.len())),
        Mutation::Insert(at, word) => {
            let at = at.index(text.len());
            text.splice(at..at, word.bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn arbitrary_bytes_get_an_answer(text in vec(any::<u8>(), 0..256)) {
        is_answered(&text);
    }

    #[test]
    fn arbitrary_json_gets_an_answer(text in r#"([\[\]{},:"0-9a-z_$. \\-]|"__type":|"value":|"Date"|"Map"|null){0,60}"#) {
        is_answered(text.as_bytes());
    }

    #[test]
    fn a_text_gone_wrong_gets_an_answer(
        value in values(Dialect::Runner),
        mutations in vec(mutation(), 1..6),
    ) {
        let mut text = to_vec(&value, Dialect::Runner).unwrap_or_default();
        for mutation in &mutations {
            mutate(&mut text, mutation);
        }
        is_answered(&text);
    }
}
