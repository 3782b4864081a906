//! The arguments of `#[tunnel_task(..)]` and `#[tunnel_event(..)]`.

use proc_macro2::TokenStream;
use syn::{
    LitInt, LitStr, Token,
    parse::{ParseStream, Parser},
};

use crate::{
    diag::Diagnostics,
    id,
    keys::{Apply, Key, Keys, Value, split_at_commas},
    leading::Leading,
    model::{Kind, OnDisconnect, Options},
    paths, units,
};

/// The arguments as written; `id` is `None` when it was reported.
pub(crate) struct Args {
    pub(crate) id: Option<LitStr>,
    pub(crate) options: Options,
}

impl Args {
    pub(crate) fn parse(kind: Kind, tokens: TokenStream, diag: &mut Diagnostics) -> Self {
        let mut options = Options::default();
        let mut elements = split_at_commas(tokens, diag);
        let id = leading(kind).take(keys(kind), &mut elements, diag);
        keys(kind).read(elements, &mut options, diag);
        Self { id, options }
    }
}

fn keys(kind: Kind) -> &'static Keys<Options> {
    match kind {
        Kind::Task => &TASK_KEYS,
        Kind::Event => &EVENT_KEYS,
    }
}

fn leading(kind: Kind) -> Leading {
    Leading {
        attribute: kind.attribute(),
        noun: kind.noun(),
        word: WITHOUT_KEY.0,
        example: kind.example_id(),
        surplus: "write a second function for it",
        check: id::check,
    }
}

static TASK_KEYS: Keys<Options> = Keys {
    allowed: KEYS.split_at(KEYS.len() - ONLY_EVENTS.len()).0,
    misplaced: &[WITHOUT_KEY, ONLY_EVENTS[0], ONLY_EVENTS[1]],
};

static EVENT_KEYS: Keys<Options> = Keys {
    allowed: KEYS.split_at(ONLY_TASKS.len()).1,
    misplaced: &[
        WITHOUT_KEY,
        ONLY_TASKS[0],
        ONLY_TASKS[1],
        ONLY_TASKS[2],
        ONLY_TASKS[3],
    ],
};

const WITHOUT_KEY: (&str, &str) = (
    "id",
    "the id has no key: write it as the first argument, in quotes",
);

const ONLY_TASKS: [(&str, &str); 4] = [
    (
        "cache",
        "only tasks take `cache`: remove it, an event has no answer to keep",
    ),
    (
        "cache_shared",
        "only tasks take `cache_shared`: remove it, an event has no answer to keep",
    ),
    (
        "heartbeat",
        "only tasks take `heartbeat`: set the tunnel's own, which holds for events too",
    ),
    (
        "max_file",
        "only tasks take `max_file`: remove it, an event has no files",
    ),
];

const ONLY_EVENTS: [(&str, &str); 2] = [
    (
        "parallel",
        "only events take `parallel`: remove it, a task has one handler",
    ),
    (
        "order",
        "only events take `order`: remove it, a task has one handler",
    ),
];

/// All keys, those that only tasks take first, those that only events take last.
const KEYS: &[Key<Options>] = &[
    Key {
        name: "cache",
        usage: "cache = \"30s\"",
        apply: Apply::Value(|options, value| {
            let ms = read(&value, units::milliseconds);
            // Set even when it is written wrongly, so that `cache_shared` is no mistake as well.
            options.cache_ms = Some((*ms.as_ref().unwrap_or(&0), value.key.span()));
            ms.map(drop)
        }),
    },
    Key {
        name: "cache_shared",
        usage: "cache_shared",
        apply: Apply::Flag(|options, key| options.cache_shared = Some(key)),
    },
    Key {
        name: "heartbeat",
        usage: "heartbeat = \"3s\"",
        apply: Apply::Value(|options, value| {
            options.heartbeat_ms = Some(read(&value, units::milliseconds)?);
            Ok(())
        }),
    },
    Key {
        name: "max_file",
        usage: "max_file = \"50mb\"",
        apply: Apply::Value(|options, value| {
            options.max_file = Some(read(&value, units::bytes)?);
            Ok(())
        }),
    },
    Key {
        name: "hidden",
        usage: "hidden",
        apply: Apply::Flag(|options, _| options.hidden = true),
    },
    Key {
        name: "timeout",
        usage: "timeout = \"30s\"",
        apply: Apply::Value(|options, value| {
            options.timeout_ms = Some(read(&value, units::milliseconds)?);
            Ok(())
        }),
    },
    Key {
        name: "max_body",
        usage: "max_body = \"8mb\"",
        apply: Apply::Value(|options, value| {
            options.max_body = Some(read(&value, units::bytes)?);
            Ok(())
        }),
    },
    Key {
        name: "on_disconnect",
        usage: "on_disconnect = \"finish\"` or `on_disconnect = \"cancel\"",
        apply: Apply::Value(|options, value| {
            options.on_disconnect = Some(read(&value, on_disconnect)?);
            Ok(())
        }),
    },
    Key {
        name: "blocking",
        usage: "blocking",
        apply: Apply::Flag(|options, _| options.blocking = true),
    },
    Key {
        name: "description",
        usage: "description = \"Adds two numbers.\"",
        apply: Apply::Value(|options, value| {
            options.description = Some(value.text()?);
            Ok(())
        }),
    },
    Key {
        name: "crate",
        usage: paths::CRATE_USAGE,
        apply: Apply::Value(|options, value| {
            options.krate = Some(paths::parse_crate(&value)?);
            Ok(())
        }),
    },
    Key {
        name: "parallel",
        usage: "parallel",
        apply: Apply::Flag(|options, _| options.parallel = true),
    },
    Key {
        name: "order",
        usage: "order = -5",
        apply: Apply::Value(|options, value| {
            options.order = Some(order(&value)?);
            Ok(())
        }),
    },
];

/// A value in quotes, read by `reader`, whose error says what is wrong with it.
fn read<T>(value: &Value, reader: fn(&str) -> Result<T, &'static str>) -> syn::Result<T> {
    reader(&value.text()?.value()).map_err(|what| value.error(what))
}

fn on_disconnect(text: &str) -> Result<OnDisconnect, &'static str> {
    match text {
        "finish" => Ok(OnDisconnect::Finish),
        "cancel" => Ok(OnDisconnect::Cancel),
        _ => Err("has two values"),
    }
}

fn order(value: &Value) -> syn::Result<i32> {
    let number = |input: ParseStream| -> syn::Result<i32> {
        let minus: Option<Token![-]> = input.parse()?;
        let number: LitInt = input.parse()?;
        // Parsed with its sign, because the smallest number has no positive counterpart.
        let sign = if minus.is_some() { "-" } else { "" };
        format!("{sign}{}", number.base10_digits())
            .parse()
            .map_err(|_| input.error("out of range"))
    };
    number
        .parse2(value.tokens.clone())
        .map_err(|_| value.error("takes a whole number of 32 bits"))
}

#[cfg(test)]
mod tests;
