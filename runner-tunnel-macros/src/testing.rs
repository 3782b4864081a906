//! What the tests share.

use proc_macro2::{TokenStream, TokenTree};

/// Source text as tokens.
pub(crate) fn tokens(source: &str) -> TokenStream {
    source
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{source}"))
}

/// The code as a person would write it.
pub(crate) fn pretty(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("generated code does not parse: {error}\n{tokens}"),
    }
}

/// How often an identifier occurs.
pub(crate) fn count(tokens: &TokenStream, ident: &str) -> usize {
    let tokens = tokens.clone().into_iter();
    tokens
        .map(|token| match token {
            TokenTree::Group(group) => count(&group.stream(), ident),
            TokenTree::Ident(found) => usize::from(found == ident),
            TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
        })
        .sum()
}
