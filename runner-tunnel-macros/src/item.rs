//! What the macros on types share: their arguments, and the struct or enum below them.

use std::borrow::Cow;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, LitStr, Path, Token, Visibility,
    parse::{ParseStream, Parser},
};

use crate::{
    diag::Diagnostics,
    keys::{Apply, Key, Keys, split_at_commas},
    leading::Leading,
    paths,
};

/// Longest id or name, in characters.
const MAX_CHARS: usize = 256;

/// The arguments as written; `text` is `None` when it was reported.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) text: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

impl Args {
    pub(crate) fn parse(
        leading: &Leading,
        keys: &Keys<Self>,
        tokens: TokenStream,
        diag: &mut Diagnostics,
    ) -> Self {
        let mut args = Self::default();
        let mut elements = split_at_commas(tokens, diag);
        args.text = leading.take(keys, &mut elements, diag);
        keys.read(elements, &mut args, diag);
        args
    }
}

/// The one key of these macros.
pub(crate) const KEYS: &[Key<Args>] = &[Key {
    name: "crate",
    usage: paths::CRATE_USAGE,
    apply: Apply::Value(|args, value| {
        args.krate = Some(paths::parse_crate(&value)?);
        Ok(())
    }),
}];

/// Checks an id or a name that travels in a body or a header, where nearly everything can.
pub(crate) fn check_text(word: &str, text: &str, example: &str) -> Result<(), Cow<'static, str>> {
    let reason = if text.is_empty() {
        format!("the {word} is empty: write one like \"{example}\"")
    } else if text.trim().is_empty() {
        format!("the {word} is blank: write one like \"{example}\"")
    } else if text.chars().any(char::is_control) {
        format!("remove the control character from the {word}: nobody could read it in a message")
    } else if text.chars().count() > MAX_CHARS {
        format!("the {word} is too long: write at most {MAX_CHARS} characters")
    } else {
        return Ok(());
    };
    Err(reason.into())
}

/// A struct or an enum.
pub(crate) struct Item {
    pub(crate) input: DeriveInput,
    /// Everything behind the attributes, as written.
    tokens: TokenStream,
}

impl Item {
    pub(crate) fn parse(
        attribute: &str,
        tokens: TokenStream,
        diag: &mut Diagnostics,
    ) -> Option<Self> {
        let parser = |input: ParseStream| {
            let attrs = input.call(Attribute::parse_outer)?;
            let tokens = input.fork().parse()?;
            require_type(attribute, &input.fork())?;
            let input = DeriveInput {
                attrs,
                ..input.parse()?
            };
            Ok(Self { input, tokens })
        };
        let item: Self = diag.take(parser.parse2(tokens))?;
        for attr in item.repeated(attribute) {
            diag.error(
                attr,
                format!("this type has `#[{attribute}]` already: remove one of them"),
            );
        }
        Some(item)
    }

    /// The compiler expands the first attribute and hands over the others with the item.
    fn repeated(&self, attribute: &str) -> impl Iterator<Item = &Attribute> {
        let is_ours = move |attr: &&Attribute| is_named(attr, attribute);
        self.input.attrs.iter().filter(is_ours)
    }

    /// The item as written, with `added` behind its own attributes.
    pub(crate) fn with(&self, added: &TokenStream) -> TokenStream {
        let (attrs, tokens) = (&self.input.attrs, &self.tokens);
        quote!(#(#attrs)* #added #tokens)
    }

    /// The item without further attributes of the same name, which would report its mistakes again.
    pub(crate) fn without(&self, attribute: &str) -> TokenStream {
        let is_other = |attr: &&Attribute| !is_named(attr, attribute);
        let attrs = self.input.attrs.iter().filter(is_other);
        let tokens = &self.tokens;
        quote!(#(#attrs)* #tokens)
    }

    /// What generated code has to repeat: it exists exactly when the item does, and names it again.
    pub(crate) fn shared_attrs(&self) -> TokenStream {
        let attrs = &self.input.attrs;
        let shared = attrs
            .iter()
            .filter(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("allow"));
        // Not always there: a crate may forbid the lint.
        let allow_deprecated = attrs
            .iter()
            .any(|attr| attr.path().is_ident("deprecated"))
            .then(|| quote!(#[allow(deprecated)]));
        quote!(#allow_deprecated #(#shared)*)
    }
}

fn is_named(attr: &Attribute, name: &str) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|segment| segment.ident == name)
}

/// Refuses other items by their keyword.
fn require_type(attribute: &str, input: ParseStream) -> syn::Result<()> {
    let start = input.fork();
    input.parse::<Visibility>()?;
    if input.peek(Token![struct]) || input.peek(Token![enum]) {
        return Ok(());
    }
    let message = format!("put `#[{attribute}]` on a struct or an enum: it describes a type");
    let union = start.parse::<DeriveInput>().map(|input| input.data);
    Err(match union {
        Ok(Data::Union(data)) => syn::Error::new_spanned(data.union_token, message),
        _ => input.error(message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_short_and_readable() {
        for text in ["Money", "a b", "é漢", "app:v1/Money", &"漢".repeat(256)] {
            assert_eq!(check_text("name", text, "Money"), Ok(()), "{text:?}");
        }
        for text in ["", " ", "\u{a0}", "a\n", "\0", &"x".repeat(257)] {
            assert!(check_text("name", text, "Money").is_err(), "{text:?}");
        }
    }
}
