//! Where generated code finds the library.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{LitStr, Path, parse::Parser};

use crate::keys::Value;

pub(crate) const CRATE_USAGE: &str = "crate = path::to::runner_tunnel";

/// The module that holds everything generated code may name.
///
/// The default is absolute, so that a module of the user called `runner_tunnel` does not shadow it.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    let krate = krate.map_or_else(|| quote!(::runner_tunnel), ToTokens::to_token_stream);
    quote!(#krate::__private)
}

/// The value of `crate = ..`: a path, or a path in quotes as serde writes it.
pub(crate) fn parse_crate(value: &Value) -> syn::Result<Path> {
    parse(value.tokens.clone()).map_err(|_| value.error("takes a path"))
}

fn parse(tokens: TokenStream) -> syn::Result<Path> {
    match syn::parse2::<LitStr>(tokens.clone()) {
        Ok(text) => text.parse_with(Path::parse_mod_style),
        Err(_) => Path::parse_mod_style.parse2(tokens),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_with_and_without_quotes() {
        for tokens in [
            quote!(renamed),
            quote!("renamed"),
            quote!(crate::reexports::tunnel),
            quote!("::a::b"),
            quote!(crate),
        ] {
            assert!(parse(tokens.clone()).is_ok(), "{tokens}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for tokens in [
            quote!(5),
            quote!(""),
            quote!("a b"),
            quote!(a::<b>),
            quote!(a + b),
        ] {
            assert!(parse(tokens.clone()).is_err(), "{tokens}");
        }
    }

    #[test]
    fn default_is_absolute() {
        assert_eq!(
            private(None).to_string(),
            quote!(::runner_tunnel::__private).to_string()
        );
    }
}
