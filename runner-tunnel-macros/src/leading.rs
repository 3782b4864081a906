//! The text that stands first in a macro's arguments: an id, or a name.

use std::borrow::Cow;

use proc_macro2::{Span, TokenStream};
use syn::LitStr;

use crate::{
    diag::Diagnostics,
    keys::{Element, Given, Keys},
};

/// How one macro calls its first argument, and what that may be.
pub(crate) struct Leading {
    /// The name of the macro.
    pub(crate) attribute: &'static str,
    /// What the macro declares.
    pub(crate) noun: &'static str,
    /// What the text is to it: its id, its name.
    pub(crate) word: &'static str,
    /// One to show in messages.
    pub(crate) example: &'static str,
    /// What to do with a second one instead.
    pub(crate) surplus: &'static str,
    /// Takes the text and the example.
    pub(crate) check: fn(&str, &str) -> Result<(), Cow<'static, str>>,
}

impl Leading {
    /// Takes the text out of the list. Whatever is wrong with it is reported here, once.
    pub(crate) fn take<T>(
        &self,
        keys: &Keys<T>,
        elements: &mut Vec<TokenStream>,
        diag: &mut Diagnostics,
    ) -> Option<LitStr> {
        let Self {
            noun,
            word,
            surplus,
            ..
        } = self;
        let literal = |element: &TokenStream| syn::parse2::<LitStr>(element.clone()).ok();
        let literals: Vec<_> = elements
            .iter()
            .enumerate()
            .filter_map(|(position, element)| Some((position, literal(element)?)))
            .collect();
        elements.retain(|element| literal(element).is_none());
        let mut literals = literals.into_iter();
        let Some((position, text)) = literals.next() else {
            self.report_missing(keys, elements, diag);
            return None;
        };
        for (_, other) in literals {
            diag.error(
                other,
                format!("a {noun} has one {word}: remove this one, or {surplus}"),
            );
        }
        if position > 0 {
            diag.error(
                &text,
                format!("the {word} comes first: move it before the keys"),
            );
        }
        if let Err(reason) = (self.check)(&text.value(), self.example) {
            diag.error(&text, reason);
            return None;
        }
        Some(text)
    }

    /// Says why no element of the list is the text, and takes out the one that was meant as such.
    fn report_missing<T>(
        &self,
        keys: &Keys<T>,
        elements: &mut Vec<TokenStream>,
        diag: &mut Diagnostics,
    ) {
        let Self {
            attribute,
            noun,
            word,
            example,
            ..
        } = self;
        let usage = format!("write `#[{attribute}(\"{example}\")]`");
        match elements.first().map(|first| meaning(keys, first)) {
            None => diag.error_at(Span::call_site(), format!("the {word} is missing: {usage}")),
            Some(Meaning::Key) if self.has_key(elements) => {}
            Some(Meaning::Key) => {
                diag.error(
                    &elements[0],
                    format!("the {word} is missing before this: {usage}"),
                );
            }
            Some(Meaning::TextAndMore(rest)) => {
                elements.remove(0);
                diag.error(
                    rest,
                    format!("unexpected after the {word}: write a comma between them"),
                );
            }
            Some(Meaning::Text) => {
                diag.error(
                    elements.remove(0),
                    format!(
                        "the {word} of a {noun} is a string literal, which the macro can read: \
                         {usage}"
                    ),
                );
            }
        }
    }

    /// Whether someone wrote `id = ..`, which is reported as a misplaced key.
    fn has_key(&self, elements: &[TokenStream]) -> bool {
        elements
            .iter()
            .filter_map(|element| syn::parse2::<Element>(element.clone()).ok())
            .any(|element| element.key == self.word)
    }
}

/// What the first element of a list without the text probably is.
enum Meaning {
    Key,
    Text,
    /// A string literal with something behind it.
    TextAndMore(TokenStream),
}

fn meaning<T>(keys: &Keys<T>, element: &TokenStream) -> Meaning {
    if let Ok(Element { key, given }) = syn::parse2(element.clone()) {
        let is_key = matches!(given, Given::Value(_)) || keys.resembles(&key);
        return if is_key { Meaning::Key } else { Meaning::Text };
    }
    let mut tokens = element.clone().into_iter();
    let first = tokens.next().map(TokenStream::from).unwrap_or_default();
    if syn::parse2::<LitStr>(first).is_ok() {
        Meaning::TextAndMore(tokens.collect())
    } else {
        Meaning::Text
    }
}
