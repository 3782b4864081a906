//! `key` and `key = value` lists, read in one place for all macros: a key that is unknown, given
//! twice or in the wrong form is caught here and nowhere else.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    LitStr, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::diag::Diagnostics;

/// A key that a macro takes, and what it does to the target `T`.
pub(crate) struct Key<T> {
    pub(crate) name: &'static str,
    /// The key as an author writes it, with a value that would be right.
    pub(crate) usage: &'static str,
    pub(crate) apply: Apply<T>,
}

pub(crate) enum Apply<T> {
    Flag(fn(&mut T, Ident)),
    Value(fn(&mut T, Value) -> syn::Result<()>),
}

/// The keys of one macro.
pub(crate) struct Keys<T: 'static> {
    pub(crate) allowed: &'static [Key<T>],
    /// Keys that belong elsewhere, each with the sentence that says where.
    pub(crate) misplaced: &'static [(&'static str, &'static str)],
}

/// What stands after the `=` of a key.
pub(crate) struct Value {
    pub(crate) key: Ident,
    pub(crate) tokens: TokenStream,
    usage: &'static str,
}

impl Value {
    /// The value as a string literal.
    pub(crate) fn text(&self) -> syn::Result<LitStr> {
        syn::parse2(self.tokens.clone()).map_err(|_| self.error("takes text in quotes"))
    }

    /// An error at the value: `what` is wrong with it, and how to write it instead.
    pub(crate) fn error(&self, what: &str) -> syn::Error {
        let Self { key, usage, .. } = self;
        syn::Error::new_spanned(&self.tokens, format!("`{key}` {what}: write `{usage}`"))
    }
}

/// One element of the list, not yet looked up.
pub(crate) struct Element {
    pub(crate) key: Ident,
    pub(crate) given: Given,
}

pub(crate) enum Given {
    Nothing,
    Value(TokenStream),
    /// Something other than `= value` follows the key.
    Other(TokenStream),
}

impl Parse for Element {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        // `crate` is a keyword, and a mistaken key may be one too.
        let key = input.call(Ident::parse_any)?;
        let given = if input.is_empty() {
            Given::Nothing
        } else if input.peek(Token![=]) && !input.peek(Token![==]) {
            input.parse::<Token![=]>()?;
            Given::Value(input.parse()?)
        } else {
            Given::Other(input.parse()?)
        };
        Ok(Self { key, given })
    }
}

impl<T> Keys<T> {
    /// Applies each element of the list to `target`.
    pub(crate) fn read(&self, elements: Vec<TokenStream>, target: &mut T, diag: &mut Diagnostics) {
        let mut seen = Vec::new();
        for tokens in elements {
            let Ok(element) = syn::parse2::<Element>(tokens.clone()) else {
                let list = self.list();
                diag.error(tokens, format!("this is no key: write one of {list}"));
                continue;
            };
            let Some(key) = self.find(&element.key, diag) else {
                continue;
            };
            if seen.contains(&key.name) {
                let name = key.name;
                diag.error(&element.key, format!("`{name}` is given twice: remove one"));
                continue;
            }
            seen.push(key.name);
            diag.take(key.apply(element, target));
        }
    }

    /// Whether `name` is, or was probably meant to be, one of the keys.
    pub(crate) fn resembles(&self, name: &Ident) -> bool {
        let name = name.to_string();
        self.misplaced.iter().any(|(key, _)| *key == name) || self.nearest(&name).is_some()
    }

    fn find(&self, ident: &Ident, diag: &mut Diagnostics) -> Option<&Key<T>> {
        let name = ident.to_string();
        let found = self.allowed.iter().find(|key| key.name == name);
        if found.is_none() {
            let misplaced = self.misplaced.iter().find(|(key, _)| *key == name);
            if let Some((_, reason)) = misplaced {
                diag.error(ident, reason);
            } else if let Some(nearest) = self.nearest(&name) {
                diag.error(
                    ident,
                    format!("unknown key `{name}`: did you mean `{nearest}`?"),
                );
            } else {
                let list = self.list();
                diag.error(ident, format!("unknown key `{name}`: write one of {list}"));
            }
        }
        found
    }

    fn nearest(&self, name: &str) -> Option<&'static str> {
        self.allowed
            .iter()
            .map(|key| (edit_distance(name, key.name), key.name))
            .min()
            .filter(|(distance, key)| *distance <= key.len() / 3)
            .map(|(_, key)| key)
    }

    fn list(&self) -> String {
        let names: Vec<_> = self
            .allowed
            .iter()
            .map(|key| format!("`{}`", key.name))
            .collect();
        names.join(", ")
    }
}

impl<T> Key<T> {
    fn apply(&self, element: Element, target: &mut T) -> syn::Result<()> {
        let Self { name, usage, apply } = self;
        let Element { key, given } = element;
        match (apply, given) {
            // Set even when it is written wrongly, so that what it allows is no mistake as well.
            (Apply::Flag(set), given) => {
                set(target, key.clone());
                match given {
                    Given::Nothing => Ok(()),
                    Given::Value(_) => Err(syn::Error::new(
                        key.span(),
                        format!("`{name}` takes no value: write `{usage}` alone"),
                    )),
                    Given::Other(tokens) => Err(syn::Error::new_spanned(
                        tokens,
                        format!(
                            "unexpected after `{name}`: write `{usage}` and a comma before the \
                             next key"
                        ),
                    )),
                }
            }
            (Apply::Value(set), Given::Value(tokens)) if !tokens.is_empty() => {
                let usage = *usage;
                set(target, Value { key, tokens, usage })
            }
            (Apply::Value(_), Given::Nothing | Given::Value(_)) => Err(syn::Error::new(
                key.span(),
                format!("`{name}` needs a value: write `{usage}`"),
            )),
            (Apply::Value(_), Given::Other(tokens)) => Err(syn::Error::new_spanned(
                tokens,
                format!("the value of `{name}` comes after `=`: write `{usage}`"),
            )),
        }
    }
}

/// Cuts a list at its commas. Each element is parsed alone, so that a mistake in one of them does
/// not hide those in the others.
pub(crate) fn split_at_commas(list: TokenStream, diag: &mut Diagnostics) -> Vec<TokenStream> {
    let mut elements = Vec::new();
    let mut element = TokenStream::new();
    for token in list {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if element.is_empty() {
                    diag.error(comma, "remove this comma: nothing stands before it");
                } else {
                    elements.push(std::mem::take(&mut element));
                }
            }
            token => token.to_tokens(&mut element),
        }
    }
    if !element.is_empty() {
        elements.push(element);
    }
    elements
}

/// How many characters have to be added, removed or replaced to turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[derive(Default)]
    struct Target {
        loud: bool,
        name: Option<String>,
    }

    const KEYS: Keys<Target> = Keys {
        allowed: &[
            Key {
                name: "loud",
                usage: "loud",
                apply: Apply::Flag(|target, _| target.loud = true),
            },
            Key {
                name: "called",
                usage: "called = \"Ann\"",
                apply: Apply::Value(|target, value| {
                    target.name = Some(value.text()?.value());
                    Ok(())
                }),
            },
        ],
        misplaced: &[("age", "`age` goes elsewhere")],
    };

    fn read(list: TokenStream) -> (Target, Vec<String>) {
        let mut diag = Diagnostics::default();
        let mut target = Target::default();
        let elements = split_at_commas(list, &mut diag);
        KEYS.read(elements, &mut target, &mut diag);
        (target, diag.messages())
    }

    #[test]
    fn applies_flags_and_values() {
        for list in [quote!(loud, called = "Bo"), quote!(called = r"Bo", loud,)] {
            let (target, errors) = read(list);
            assert_eq!(errors, [""; 0]);
            assert!(target.loud);
            assert_eq!(target.name.as_deref(), Some("Bo"));
        }
    }

    #[test]
    fn each_mistake_is_reported_once_and_says_what_to_write() {
        for (list, message) in [
            (quote!(lod), "unknown key `lod`: did you mean `loud`?"),
            (
                quote!(zebra = 5),
                "unknown key `zebra`: write one of `loud`, `called`",
            ),
            (quote!(age = 5), "`age` goes elsewhere"),
            (quote!(loud, loud), "`loud` is given twice: remove one"),
            (
                quote!(loud = true),
                "`loud` takes no value: write `loud` alone",
            ),
            (
                quote!(loud called),
                "unexpected after `loud`: write `loud` and a comma before the next key",
            ),
            (
                quote!(called),
                "`called` needs a value: write `called = \"Ann\"`",
            ),
            (
                quote!(called =),
                "`called` needs a value: write `called = \"Ann\"`",
            ),
            (
                quote!(called("Bo")),
                "the value of `called` comes after `=`: write `called = \"Ann\"`",
            ),
            (
                quote!(called = 5),
                "`called` takes text in quotes: write `called = \"Ann\"`",
            ),
            (quote!(5), "this is no key: write one of `loud`, `called`"),
            (
                quote!(loud,, called = "Bo"),
                "remove this comma: nothing stands before it",
            ),
        ] {
            assert_eq!(read(list.clone()).1, [message], "{list}");
        }
    }

    #[test]
    fn a_mistake_does_not_hide_the_next_one() {
        assert_eq!(read(quote!(lod, called, zebra)).1.len(), 3);
    }

    #[test]
    fn distances() {
        for (a, b, distance) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("timout", "timeout", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }
}
