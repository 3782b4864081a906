//! `#[tunnel_context("id")]`: the type of one of Runner's async contexts.

use std::borrow::Cow;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::LitStr;

use crate::{
    diag::Diagnostics,
    item::{self, Args, Item, KEYS},
    keys::Keys,
    leading::Leading,
    paths,
};

const ATTRIBUTE: &str = "tunnel_context";

static LEADING: Leading = Leading {
    attribute: ATTRIBUTE,
    noun: "context",
    word: "id",
    example: "app.contexts.trace",
    surplus: "write a second type for it",
    check,
};

static CONTEXT_KEYS: Keys<Args> = Keys {
    allowed: KEYS,
    misplaced: &[(
        "id",
        "the id has no key: write it as the first argument, in quotes",
    )],
};

fn check(id: &str, example: &str) -> Result<(), Cow<'static, str>> {
    item::check_text("id", id, example)
}

/// What `#[tunnel_context(args)]` makes of `tokens`.
pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut diag = Diagnostics::default();
    let args = Args::parse(&LEADING, &CONTEXT_KEYS, args, &mut diag);
    let item = Item::parse(ATTRIBUTE, tokens.clone(), &mut diag);
    let Some(item) = item else {
        let errors = diag.into_compile_errors();
        return quote!(#tokens #errors);
    };
    let generics = &item.input.generics;
    if !generics.params.is_empty() {
        diag.error(
            &generics.params,
            "use concrete, owned types: a context has one id, and is read for each call",
        );
        let (item, errors) = (item.without(ATTRIBUTE), diag.into_compile_errors());
        return quote!(#item #errors);
    }
    let implementation = implementation(&item, &args);
    let item = item.without(ATTRIBUTE);
    let errors = diag.into_compile_errors();
    quote!(#item #implementation #errors)
}

/// Also for an id with mistakes, so that code that asks for the context does not fail as well.
fn implementation(item: &Item, args: &Args) -> TokenStream {
    let private = paths::private(args.krate.as_ref());
    let ident = &item.input.ident;
    let shared_attrs = item.shared_attrs();
    let placeholder = || LitStr::new("", Span::call_site());
    let id = args.text.clone().unwrap_or_else(placeholder);
    // Spanned at the name: the trait demands that the type can be read, which may be missing.
    let span = Span::call_site().located_at(ident.span());
    quote_spanned! {span=>
        #shared_attrs
        const _: () = {
            use #private as __tunnel;

            #[automatically_derived]
            impl __tunnel::TunnelContext for #ident {
                const ID: &'static str = #id;
            }
        };
    }
}

#[cfg(test)]
mod tests;
