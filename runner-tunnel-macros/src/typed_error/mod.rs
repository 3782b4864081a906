//! `#[derive(TypedError)]`: an error with an id, a status and data, told apart by clients.

mod data;
mod expand;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, DeriveInput, Ident, LitStr, Member, Path, Type};

use crate::diag::Diagnostics;

/// What the derive makes of `item`. Mistakes come with an empty implementation, so that code that
/// uses the error does not fail as well.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let mut diag = Diagnostics::default();
    let parsed = diag.take(syn::parse2::<DeriveInput>(item));
    let error = parsed.and_then(|input| parse::error(&input, &mut diag));
    let implementation = error.as_ref().map(|error| {
        if diag.is_empty() {
            expand::implementation(error)
        } else {
            expand::fallback(error)
        }
    });
    let errors = diag.into_compile_errors();
    quote!(#implementation #errors)
}

/// The type under the derive.
struct ErrorType {
    krate: Option<Path>,
    ident: Ident,
    /// A struct is one case, an enum has one for each variant.
    cases: Vec<Case>,
}

struct Case {
    /// `None` for a struct.
    variant: Option<Ident>,
    kind: CaseKind,
}

enum CaseKind {
    Typed(Typed),
    /// Delegates to the error inside.
    Transparent {
        member: Member,
        ty: Type,
    },
    /// Not for clients: answered as an internal error.
    Untyped,
}

struct Typed {
    id: LitStr,
    http: Option<u16>,
    /// The fields that clients see.
    fields: Vec<DataField>,
    /// serde's `rename_all`, when there is one.
    rename_all: Option<TokenStream>,
}

struct DataField {
    ident: Ident,
    ty: Type,
    /// Those that say how the field is serialised and described.
    attrs: Vec<Attribute>,
}
