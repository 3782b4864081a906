//! The annotated function, as far as the macros look at it.
//!
//! Attributes, visibility and signature are parsed; the body stays raw tokens, so that a half-typed
//! body is the compiler's business and editors keep completing in it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Attribute, Error, LitStr, Signature, Token, Visibility,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{diag::Diagnostics, model::Kind};

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) signature: Signature,
    /// Whether something other than a semicolon ends the function.
    pub(crate) has_body: bool,
    /// Everything behind the attributes, as written.
    tokens: TokenStream,
}

impl Function {
    pub(crate) fn parse(kind: Kind, item: TokenStream, diag: &mut Diagnostics) -> Option<Self> {
        let parser = |input: ParseStream| {
            let attrs = input.call(Attribute::parse_outer)?;
            let tokens = input.fork().parse()?;
            input.parse::<Visibility>()?;
            require_function(kind, &input.fork())?;
            let signature = input.parse()?;
            let has_body = !input.peek(Token![;]);
            input.parse::<TokenStream>()?;
            Ok(Self {
                attrs,
                signature,
                has_body,
                tokens,
            })
        };
        diag.take(parser.parse2(item))
    }

    /// The attributes of ours that are left: the compiler expands the first one and hands over
    /// the others with the function.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| is_ours(attr))
    }

    /// The function without those attributes, which would report its mistakes once more.
    pub(crate) fn without_repeated(&self) -> TokenStream {
        let attrs = self.attrs.iter().filter(|attr| !is_ours(attr));
        let tokens = &self.tokens;
        quote!(#(#attrs)* #tokens)
    }
}

/// By name: one that was renamed on import is not seen here, and registers the function twice.
fn is_ours(attr: &Attribute) -> bool {
    let segment = attr.path().segments.last();
    segment.is_some_and(|segment| {
        Kind::ALL
            .iter()
            .any(|kind| segment.ident == kind.attribute())
    })
}

/// Refuses other items by their keyword. Looks ahead over what may stand before `fn`, because
/// `const`, `unsafe` and `extern` begin other items too.
fn require_function(kind: Kind, input: ParseStream) -> syn::Result<()> {
    let mut keyword: Option<Ident> = None;
    while let Ok(word) = Ident::parse_any(input) {
        match word.to_string().as_str() {
            "fn" => return Ok(()),
            "const" | "async" | "unsafe" | "safe" | "gen" | "default" => keyword = Some(word),
            "extern" => {
                input.parse::<Option<LitStr>>()?;
                keyword = Some(word);
            }
            name => {
                if keyword.is_none() || item_name(name).is_some() {
                    keyword = Some(word);
                }
                break;
            }
        }
    }
    let name = keyword
        .as_ref()
        .and_then(|keyword| item_name(&keyword.to_string()));
    let span = keyword.map_or_else(|| input.span(), |keyword| keyword.span());
    let attribute = kind.attribute();
    let name = name.unwrap_or("this");
    Err(Error::new(
        span,
        format!("`#[{attribute}]` goes on a free function, not on {name}"),
    ))
}

fn item_name(keyword: &str) -> Option<&'static str> {
    Some(match keyword {
        "struct" => "a struct",
        "enum" => "an enum",
        "union" => "a union",
        "trait" => "a trait",
        "impl" => "an impl block",
        "mod" => "a module",
        "const" => "a constant",
        "static" => "a static",
        "type" => "a type alias",
        "use" => "an import",
        "crate" => "an extern crate",
        "extern" => "an extern block",
        "macro_rules" | "macro" => "a macro",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(item: TokenStream) -> Result<Function, Vec<String>> {
        let mut diag = Diagnostics::default();
        Function::parse(Kind::Task, item, &mut diag).ok_or_else(|| diag.messages())
    }

    #[test]
    fn every_kind_of_function_is_one() {
        for item in [
            quote!(
                async fn add() {}
            ),
            quote!(
                pub(crate) fn add() {}
            ),
            quote!(
                #[inline]
                pub const unsafe fn add() {}
            ),
            quote!(
                extern "C" fn add() {}
            ),
            quote!(
                unsafe extern "C" fn add();
            ),
        ] {
            assert!(parse(item.clone()).is_ok(), "{item}");
        }
    }

    #[test]
    fn bodies_may_be_half_typed() {
        let function = parse(quote!(async fn add(a: i64) -> i64 { let x = a. })).ok();
        assert_eq!(
            function.map(|function| function.signature.ident.to_string()),
            Some("add".into())
        );
    }

    #[test]
    fn other_items_are_named() {
        for (item, name) in [
            (
                quote!(
                    struct A;
                ),
                "a struct",
            ),
            (
                quote!(
                    pub enum A {}
                ),
                "an enum",
            ),
            (quote!(union A { a: u8 }), "a union"),
            (
                quote!(
                    trait A {}
                ),
                "a trait",
            ),
            (
                quote!(
                    unsafe trait A {}
                ),
                "a trait",
            ),
            (quote!(impl A {}), "an impl block"),
            (
                quote!(
                    unsafe impl A for B {}
                ),
                "an impl block",
            ),
            (
                quote!(
                    mod a {}
                ),
                "a module",
            ),
            (
                quote!(
                    const A: u8 = 1;
                ),
                "a constant",
            ),
            (
                quote!(
                    static A: u8 = 1;
                ),
                "a static",
            ),
            (
                quote!(
                    type A = u8;
                ),
                "a type alias",
            ),
            (
                quote!(
                    use a::b;
                ),
                "an import",
            ),
            (
                quote!(
                    extern crate a;
                ),
                "an extern crate",
            ),
            (
                quote!(
                    extern "C" {}
                ),
                "an extern block",
            ),
            (
                quote!(
                    unsafe extern "C" {}
                ),
                "an extern block",
            ),
            (
                quote!(
                    macro_rules! a {
                        () => {};
                    }
                ),
                "a macro",
            ),
            (quote!(a! {}), "this"),
        ] {
            assert_eq!(
                parse(item.clone()).err(),
                Some(vec![format!(
                    "`#[tunnel_task]` goes on a free function, not on {name}"
                )]),
                "{item}"
            );
        }
    }

    #[test]
    fn finds_and_removes_the_attributes_of_ours() {
        let function = parse(quote! {
            #[inline]
            #[runner_tunnel::tunnel_event("b")]
            #[tunnel_task("c")]
            async fn add() {}
        });
        let function = function.unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(function.repeated().count(), 2);
        assert_eq!(
            function.without_repeated().to_string(),
            quote!(
                #[inline]
                async fn add() {}
            )
            .to_string()
        );
    }
}
