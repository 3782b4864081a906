//! What hostile bodies cost: four times the body is four times the memory, whatever is in it.
//!
//! Bytes are counted, not time. One test alone is in this process, because the count is of all threads.

mod bombs;
mod forms;

use std::alloc::System;
use std::fmt::Write as _;

use bytes::Bytes;
use runner_tunnel::serializer::{Dialect, from_slice};
use runner_tunnel::types::Value;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Growth of four times, and some for buffers that double.
const MOST_GROWTH: usize = 5;

/// Some cost nothing at all.
const FREE_BYTES: usize = 64 * 1024;

type Family = (&'static str, Dialect, fn(usize) -> String);

const RUNNER: Dialect = Dialect::Runner;
const EJSON: Dialect = Dialect::Ejson;

/// A body of about so many bytes.
const FAMILIES: &[Family] = &[
    ("deep arrays", RUNNER, |n| {
        "[".repeat(n / 2) + &"]".repeat(n / 2)
    }),
    ("unclosed arrays", RUNNER, |n| "[".repeat(n)),
    ("deep escapes", EJSON, |n| {
        r#"{"$escape":"#.repeat(n / 12) + "{}" + &"}".repeat(n / 12)
    }),
    ("deep records", RUNNER, |n| {
        r#"{"__type":"Set","value":["#.repeat(n / 28) + &"]}".repeat(n / 28)
    }),
    ("many lists of records at the deepest level", RUNNER, |n| {
        let one = format!(
            "{}{}{}",
            "[".repeat(400),
            r#"{"__type":"Undefined","value":0}"#,
            "]".repeat(400)
        );
        list(n / 840, |_| one.clone())
    }),
    ("many keys", RUNNER, |n| {
        object(n / 14, |at| format!(r#""key{at:06}":"#) + "1")
    }),
    ("many keys and a record", RUNNER, |n| {
        object(n / 14, |at| format!(r#""key{at:06}":"#) + "1").replacen(
            '1',
            r#"{"__type":"Date","value":0}"#,
            1,
        )
    }),
    ("equal keys", RUNNER, |n| {
        object(n / 8, |at| format!(r#""a":{}"#, at % 10)) + " "
    }),
    ("equal keys after unescaping", RUNNER, |n| {
        object(n / 24, |at| format!(r#""$runner.escape::a":{}"#, at % 10))
    }),
    ("keys that collide in pairs", RUNNER, |n| {
        object(n / 14, |at| format!(r#""k{:06}":1"#, at / 2))
    }),
    ("long escapes", RUNNER, |n| {
        format!("\"{}\"", r"\u00e9".repeat(n / 6))
    }),
    ("lone surrogates", RUNNER, |n| {
        format!("\"{}\"", r"\ud800".repeat(n / 6))
    }),
    ("many escaped texts", RUNNER, |n| {
        list(n / 10, |_| r#""\n\ud800""#.to_owned())
    }),
    ("long BigInts", RUNNER, |n| {
        format!(r#"{{"__type":"BigInt","value":"{}"}}"#, "9".repeat(n))
    }),
    ("many BigInts", RUNNER, |n| {
        list(n / 34, |_| r#"{"__type":"BigInt","value":"99"}"#.to_owned())
    }),
    ("long numbers", RUNNER, |n| {
        format!(r#"[{},{{"__type":"Undefined","value":0}}]"#, "9".repeat(n))
    }),
    ("typed arrays", RUNNER, |n| {
        format!(
            r#"{{"__type":"Uint8Array","value":{}}}"#,
            list(n / 4, |at| (at % 256).to_string())
        )
    }),
    ("floats in typed arrays", RUNNER, |n| {
        format!(
            r#"{{"__type":"Float64Array","value":{}}}"#,
            list(n / 8 * 8, |_| "0".to_owned())
        )
    }),
    ("bytes of EJSON", EJSON, |n| {
        format!(
            r#"{{"$binary":"{}"}}"#,
            "MSwx".repeat(n / 16).as_str().to_owned() + "LDEs".repeat(n / 16).as_str()
        )
    }),
    ("patterns", RUNNER, |n| {
        list(n / 64, |_| {
            r#"{"__type":"RegExp","value":{"pattern":"[a-z]+","flags":"v"}}"#.to_owned()
        })
    }),
    ("sets of equal items", RUNNER, |n| {
        format!(
            r#"{{"__type":"Set","value":{}}}"#,
            list(n / 2, |_| "1".to_owned())
        )
    }),
    ("maps of equal keys", RUNNER, |n| {
        format!(
            r#"{{"__type":"Map","value":{}}}"#,
            list(n / 6, |_| "[1,2]".to_owned())
        )
    }),
    ("maps in maps", RUNNER, |n| {
        list(n / 60, |_| {
            r#"{"__type":"Map","value":[[{"__type":"Map","value":[]},1]]}"#.to_owned()
        })
    }),
    ("search parameters", RUNNER, |n| {
        format!(
            r#"{{"__type":"URLSearchParams","value":"{}"}}"#,
            "a=1&".repeat(n / 4)
        )
    }),
    ("a long URL", RUNNER, |n| {
        format!(
            r#"{{"__type":"URL","value":"https://a.example/{}"}}"#,
            "é".repeat(n / 2)
        )
    }),
    ("exponential graph", RUNNER, |n| {
        let node = |at: usize| {
            format!(
                r#""n{at}":{{"kind":"array","value":[{{"__ref":"n{}"}},{{"__ref":"n{}"}}]}}"#,
                at + 1,
                at + 1
            )
        };
        graph(n / 70, node, r#"{"kind":"array","value":[]}"#)
    }),
    ("a node that many refer to", RUNNER, |n| {
        let long = format!(r#"{{"kind":"array","value":["{}"]}}"#, "x".repeat(n / 2));
        format!(
            r#"{{"__graph":true,"root":{},"nodes":{{"a":{long}}}}}"#,
            list(n / 28, |_| r#"{"__ref":"a"}"#.to_owned())
        )
    }),
    ("nodes that nobody refers to", RUNNER, |n| {
        let node = |at: usize| format!(r#""n{at}":{{"kind":"array","value":[{at}]}}"#);
        format!(
            r#"{{"__graph":true,"root":1,"nodes":{}}}"#,
            object(n / 38, node)
        )
    }),
];

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]", joined(count, item))
}

fn object(count: usize, entry: impl Fn(usize) -> String) -> String {
    format!("{{{}}}", joined(count, entry))
}

fn joined(count: usize, item: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{}", item(at));
    }
    text
}

fn graph(count: usize, node: impl Fn(usize) -> String, last: &str) -> String {
    let nodes = joined(count, node);
    format!(r#"{{"__graph":true,"root":{{"__ref":"n0"}},"nodes":{{{nodes},"n{count}":{last}}}}}"#)
}

/// All bytes that reading it asks for, given back or not.
fn allocated(read: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    read();
    region.change().bytes_allocated
}

fn by_text(text: &str, dialect: Dialect) -> usize {
    allocated(|| drop(from_slice::<Value>(text.as_bytes(), dialect)))
}

fn by_form(body: String, chunk_size: usize) -> usize {
    let body = Bytes::from_owner(body);
    allocated(|| forms::read(&body, chunk_size))
}

#[test]
fn memory_grows_with_the_body() {
    const BYTES: usize = 256 * 1024;
    const SIZES: [usize; 2] = [BYTES, 4 * BYTES];
    // What is made once in a program.
    for (_, dialect, family) in FAMILIES {
        by_text(&family(1024), *dialect);
    }
    let mut report = String::new();
    let mut is_linear = true;
    let texts = FAMILIES.iter().map(|(name, dialect, family)| {
        (*name, SIZES.map(|bytes| by_text(&family(bytes), *dialect)))
    });
    let forms = forms::FAMILIES.iter().map(|(name, chunk_size, family)| {
        (
            *name,
            SIZES.map(|bytes| by_form(family(bytes), *chunk_size)),
        )
    });
    for (name, [small, large]) in texts.chain(forms) {
        let fits = large <= small * MOST_GROWTH + FREE_BYTES;
        is_linear &= fits;
        let _ = writeln!(
            report,
            "{name}: {small} bytes, then {large}{}",
            if fits { "" } else { " !" }
        );
    }
    for (name, bytes) in bombs::cost() {
        let fits = bytes <= bombs::MOST_BYTES;
        is_linear &= fits;
        let _ = writeln!(
            report,
            "{name}: {bytes} bytes{}",
            if fits { "" } else { " !" }
        );
    }
    for (name, bytes) in bombs::streams() {
        let fits = bytes <= bombs::MOST_BYTES_A_STREAM;
        is_linear &= fits;
        let _ = writeln!(
            report,
            "{name}: {bytes} bytes{}",
            if fits { "" } else { " !" }
        );
    }
    println!("{report}");
    assert!(is_linear, "{report}");
}
