//! The arguments of `#[tunnel_task(..)]` and `#[tunnel_event(..)]`.

use proc_macro2::{Span, TokenStream};
use syn::{
    LitInt, LitStr, Token,
    parse::{ParseStream, Parser},
};

use crate::{
    diag::Diagnostics,
    id,
    keys::{Apply, Element, Given, Key, Keys, Value, split_at_commas},
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
        let id = take_id(kind, &mut elements, diag);
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

static TASK_KEYS: Keys<Options> = Keys {
    allowed: KEYS.split_at(KEYS.len() - ONLY_EVENTS.len()).0,
    misplaced: &[WITHOUT_KEY, ONLY_EVENTS[0], ONLY_EVENTS[1]],
};

static EVENT_KEYS: Keys<Options> = Keys {
    allowed: KEYS,
    misplaced: &[WITHOUT_KEY],
};

const WITHOUT_KEY: (&str, &str) = (
    "id",
    "the id has no key: write it as the first argument, in quotes",
);

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

/// All keys, those that only events take last.
const KEYS: &[Key<Options>] = &[
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

/// Takes the id out of the list. Whatever is wrong with it is reported here, once.
fn take_id(kind: Kind, elements: &mut Vec<TokenStream>, diag: &mut Diagnostics) -> Option<LitStr> {
    let noun = kind.noun();
    let literal = |element: &TokenStream| syn::parse2::<LitStr>(element.clone()).ok();
    let literals: Vec<_> = elements
        .iter()
        .enumerate()
        .filter_map(|(position, element)| Some((position, literal(element)?)))
        .collect();
    elements.retain(|element| literal(element).is_none());
    let mut literals = literals.into_iter();
    let Some((position, id)) = literals.next() else {
        report_missing_id(kind, elements, diag);
        return None;
    };
    for (_, other) in literals {
        diag.error(
            other,
            format!("a {noun} has one id: remove this one, or write a second function for it"),
        );
    }
    if position > 0 {
        diag.error(&id, "the id comes first: move it before the keys");
    }
    if let Err(reason) = id::check(&id.value(), kind.example_id()) {
        diag.error(&id, reason);
        return None;
    }
    Some(id)
}

/// Says why no element of the list is an id, and takes out the one that was meant as such.
fn report_missing_id(kind: Kind, elements: &mut Vec<TokenStream>, diag: &mut Diagnostics) {
    let (attribute, example) = (kind.attribute(), kind.example_id());
    let usage = format!("write `#[{attribute}(\"{example}\")]`");
    match elements.first().map(|first| meant_as_id(kind, first)) {
        None => diag.error_at(Span::call_site(), format!("the id is missing: {usage}")),
        Some(Meaning::Key) if has_id_key(elements) => {}
        Some(Meaning::Key) => {
            diag.error(
                &elements[0],
                format!("the id is missing before this: {usage}"),
            );
        }
        Some(Meaning::IdAndMore(rest)) => {
            elements.remove(0);
            diag.error(rest, "unexpected after the id: write a comma between them");
        }
        Some(Meaning::Id) => {
            let id = elements.remove(0);
            let noun = kind.noun();
            diag.error(
                id,
                format!(
                    "the id of a {noun} is a string literal, which the macro can read: {usage}"
                ),
            );
        }
    }
}

/// What the first element of a list without an id probably is.
enum Meaning {
    Key,
    Id,
    /// A string literal with something behind it.
    IdAndMore(TokenStream),
}

fn meant_as_id(kind: Kind, element: &TokenStream) -> Meaning {
    if let Ok(Element { key, given }) = syn::parse2(element.clone()) {
        let is_key = matches!(given, Given::Value(_)) || keys(kind).resembles(&key);
        return if is_key { Meaning::Key } else { Meaning::Id };
    }
    let mut tokens = element.clone().into_iter();
    let first = tokens.next().map(TokenStream::from).unwrap_or_default();
    if syn::parse2::<LitStr>(first).is_ok() {
        Meaning::IdAndMore(tokens.collect())
    } else {
        Meaning::Id
    }
}

/// Whether someone wrote `id = ..`, which is reported as a misplaced key.
fn has_id_key(elements: &[TokenStream]) -> bool {
    elements
        .iter()
        .filter_map(|element| syn::parse2::<Element>(element.clone()).ok())
        .any(|element| element.key == WITHOUT_KEY.0)
}

#[cfg(test)]
mod tests;
