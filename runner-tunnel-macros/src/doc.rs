//! Doc comments as expressions.

use syn::{Attribute, Expr, Meta};

/// What each doc comment line or `#[doc = ..]` attribute says, in order.
///
/// Values that are no literal, as in `#[doc = include_str!("add.md")]`, stay expressions: the
/// compiler evaluates them where the registration is built.
pub(crate) fn lines(attrs: &[Attribute]) -> Vec<Expr> {
    attrs
        .iter()
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(meta.value.clone()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};
    use syn::parse_quote;

    use super::*;

    #[test]
    fn keeps_expressions_and_skips_other_doc_attributes() {
        let item: syn::ItemFn = parse_quote! {
            /// Adds.
            #[doc = include_str!("add.md")]
            #[doc(hidden)]
            #[inline]
            fn add() {}
        };
        let lines = lines(&item.attrs)
            .iter()
            .map(|line| line.to_token_stream().to_string())
            .collect::<Vec<_>>();
        assert_eq!(
            lines,
            [quote!(r" Adds."), quote!(include_str!("add.md"))].map(|line| line.to_string())
        );
    }
}
