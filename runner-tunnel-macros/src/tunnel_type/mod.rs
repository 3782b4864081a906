//! `#[tunnel_type("Name")]`: a type that Node knows under a name.

mod bounds;
mod expand;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{Attribute, LitStr, Path, Token, punctuated::Punctuated};

use crate::{
    diag::Diagnostics,
    item::{self, Args, Item, KEYS},
    keys::Keys,
    leading::Leading,
};

const ATTRIBUTE: &str = "tunnel_type";

/// The names that Runner's serializer gives to types of its own.
const BUILT_IN: &[&str] = &[
    "Date",
    "RegExp",
    "Map",
    "Set",
    "Undefined",
    "NonFiniteNumber",
    "BigInt",
    "Symbol",
    "Error",
    "URL",
    "URLSearchParams",
    "ArrayBuffer",
    "DataView",
    "Buffer",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
];

static LEADING: Leading = Leading {
    attribute: ATTRIBUTE,
    noun: "type",
    word: "name",
    example: "Money",
    surplus: "write a second type for it",
    check,
};

static TYPE_KEYS: Keys<Args> = Keys {
    allowed: KEYS,
    misplaced: &[(
        "name",
        "the name has no key: write it as the first argument, in quotes",
    )],
};

fn check(name: &str, example: &str) -> Result<(), Cow<'static, str>> {
    if BUILT_IN.contains(&name) {
        return Err(format!(
            "choose a name other than `{name}`: Runner's serializer has a type of its own under it"
        )
        .into());
    }
    item::check_text("name", name, example)
}

/// What `#[tunnel_type(args)]` makes of `tokens`.
pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diag = Diagnostics::default();
    let args = Args::parse(&LEADING, &TYPE_KEYS, args, &mut diag);
    let Some(item) = Item::parse(ATTRIBUTE, tokens.clone(), &mut diag) else {
        let errors = diag.into_compile_errors();
        return quote!(#tokens #errors);
    };
    let derives = Derives::of(&item.input.attrs, &mut diag);
    refuse_remote(&item.input.attrs, &mut diag);
    match args.text {
        Some(name) if diag.is_empty() => expand::named(&Named {
            item: &item,
            name,
            krate: args.krate,
            derives,
        }),
        _ => {
            let (item, errors) = (item.without(ATTRIBUTE), diag.into_compile_errors());
            quote!(#item #errors)
        }
    }
}

/// A type without mistakes.
struct Named<'a> {
    item: &'a Item,
    name: LitStr,
    krate: Option<Path>,
    derives: Derives,
}

/// The derives below the attribute, which have not run yet.
#[derive(Default)]
struct Derives {
    serialize: bool,
    deserialize: bool,
    schema: bool,
}

impl Derives {
    /// By name: one that was renamed on import is not seen. Conditions are evaluated by the compiler before it
    /// hands the item over.
    fn of(attrs: &[Attribute], diag: &mut Diagnostics) -> Self {
        let mut found = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("derive")) {
            // What is no list of paths is left for the compiler to report.
            let derives = attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
            for derive in derives.into_iter().flatten() {
                found.note(&derive);
            }
        }
        if !found.serialize && !found.deserialize {
            diag.error_at(
                Span::call_site(),
                format!(
                    "write `#[derive(serde::Serialize, serde::Deserialize)]` below `#[{ATTRIBUTE}]`: \
                     there is none, or it stands above and has run already"
                ),
            );
        }
        found
    }

    fn note(&mut self, derive: &Path) {
        let Some(last) = derive.segments.last() else {
            return;
        };
        match last.ident.to_string().as_str() {
            "Serialize" => self.serialize = true,
            "Deserialize" => self.deserialize = true,
            "JsonSchema" => self.schema = true,
            _ => {}
        }
    }
}

/// serde's `remote` is how the plain form stays reachable under the named one.
fn refuse_remote(attrs: &[Attribute], diag: &mut Diagnostics) {
    for meta in bounds::serde_metas(attrs) {
        if meta.path().is_ident("remote") {
            diag.error(
                meta.to_token_stream(),
                format!("remove `remote`: `#[{ATTRIBUTE}]` is for types of your own, and adds it"),
            );
        }
    }
}
