//! What serde's derives demand of a type's parameters: implementations beside theirs demand the same.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Field, GenericArgument, Ident, Lifetime, Lit,
    Meta, PathArguments, Token, Type, TypePath, WherePredicate,
    parse::Parser as _,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// One of serde's two derives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Serialize,
    Deserialize,
}

impl Side {
    /// The key in `bound(..)`.
    fn key(self) -> &'static str {
        match self {
            Self::Serialize => "serialize",
            Self::Deserialize => "deserialize",
        }
    }

    /// The keys that take a field or a variant out of this derive's hands.
    fn exempting(self) -> [&'static str; 4] {
        match self {
            Self::Serialize => ["skip", "with", "skip_serializing", "serialize_with"],
            Self::Deserialize => ["skip", "with", "skip_deserializing", "deserialize_with"],
        }
    }
}

/// The predicates of the derive's implementation, beside the type's own. `demanded` is its trait.
pub(super) fn predicates(
    input: &DeriveInput,
    side: Side,
    demanded: &TokenStream,
) -> Vec<TokenStream> {
    let places = places(input);
    let mut predicates: Vec<TokenStream> = places
        .iter()
        .flat_map(|place| [Some(place.attrs), place.variant])
        .flatten()
        .filter_map(|attrs| bound(attrs, side))
        .flatten()
        .collect();
    if let Some(given) = bound(&input.attrs, side) {
        predicates.extend(given);
        return predicates;
    }
    let mut usage = Usage {
        params: input
            .generics
            .type_params()
            .map(|param| &param.ident)
            .collect(),
        used: Vec::new(),
    };
    for place in places.iter().filter(|place| place.is_derived(side)) {
        usage.visit_type(&place.field.ty);
        if let Type::Path(path) = &place.field.ty
            && usage.is_associated(path)
        {
            predicates.push(quote!(#path: #demanded));
        }
    }
    let used = usage.used.drain(..);
    predicates.extend(used.map(|param| quote!(#param: #demanded)));
    if side == Side::Deserialize {
        for place in places.iter().filter(|place| place.is_defaulted()) {
            usage.visit_type(&place.field.ty);
        }
        let used = usage.used.drain(..);
        predicates.extend(used.map(|param| quote!(#param: __tunnel::Default)));
        if has_plain(&input.attrs, "default") && !input.generics.params.is_empty() {
            predicates.push(quote!(Self: __tunnel::Default));
        }
    }
    predicates
}

/// The lifetimes that a value borrows from what it is read from.
pub(super) fn borrowed(input: &DeriveInput) -> Vec<Lifetime> {
    let mut lifetimes = Lifetimes(Vec::new());
    for place in places(input) {
        let skipped = [Some(place.attrs), place.variant]
            .into_iter()
            .flatten()
            .any(|attrs| has(attrs, &["skip", "skip_deserializing"]));
        if skipped {
            continue;
        }
        let asked = [Some(place.attrs), place.variant]
            .into_iter()
            .flatten()
            .flat_map(serde_metas)
            .find(|meta| meta.path().is_ident("borrow"));
        match asked {
            Some(Meta::NameValue(meta)) => {
                let list = Punctuated::<Lifetime, Token![+]>::parse_separated_nonempty;
                let named = text(&meta.value).and_then(|text| list.parse_str(&text).ok());
                named
                    .into_iter()
                    .flatten()
                    .for_each(|lifetime| lifetimes.visit_lifetime(&lifetime));
            }
            Some(_) => lifetimes.visit_type(&place.field.ty),
            None if borrows_by_itself(&place.field.ty) => lifetimes.visit_type(&place.field.ty),
            None => {}
        }
    }
    lifetimes.0
}

/// serde's attributes, item by item. What does not parse is left for serde to report.
pub(super) fn serde_metas(attrs: &[Attribute]) -> impl Iterator<Item = Meta> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        .filter_map(|attr| {
            attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()
        })
        .flatten()
}

/// A field, and what is said about it where it stands.
struct Place<'a> {
    field: &'a Field,
    attrs: &'a [Attribute],
    /// The attributes of the variant around it.
    variant: Option<&'a [Attribute]>,
}

impl Place<'_> {
    /// Whether the derive demands something of the field's type.
    fn is_derived(&self, side: Side) -> bool {
        [Some(self.attrs), self.variant]
            .into_iter()
            .flatten()
            .all(|attrs| !has(attrs, &side.exempting()) && bound(attrs, side).is_none())
    }

    /// Whether a field that is missing takes its type's default.
    fn is_defaulted(&self) -> bool {
        let gives_value =
            |meta: &Meta| meta.path().is_ident("default") && matches!(meta, Meta::NameValue(_));
        has_plain(self.attrs, "default")
            || (has(self.attrs, &["skip", "skip_deserializing"])
                && !serde_metas(self.attrs).any(|meta| gives_value(&meta)))
    }
}

fn places(input: &DeriveInput) -> Vec<Place<'_>> {
    let place = |field, variant| Place {
        field,
        attrs: &field.attrs,
        variant,
    };
    match &input.data {
        Data::Struct(data) => data.fields.iter().map(|field| place(field, None)).collect(),
        Data::Enum(data) => data
            .variants
            .iter()
            .flat_map(|variant| {
                let fields = variant.fields.iter();
                fields.map(move |field| place(field, Some(&*variant.attrs)))
            })
            .collect(),
        Data::Union(_) => Vec::new(),
    }
}

fn has(attrs: &[Attribute], keys: &[&str]) -> bool {
    serde_metas(attrs).any(|meta| keys.iter().any(|key| meta.path().is_ident(key)))
}

/// Whether the key stands there without a value.
fn has_plain(attrs: &[Attribute], key: &str) -> bool {
    serde_metas(attrs).any(|meta| matches!(&meta, Meta::Path(path) if path.is_ident(key)))
}

/// `bound = ".."`, or the side's part of `bound(serialize = "..", deserialize = "..")`.
fn bound(attrs: &[Attribute], side: Side) -> Option<Vec<TokenStream>> {
    let meta = serde_metas(attrs).find(|meta| meta.path().is_ident("bound"))?;
    let value = match meta {
        Meta::NameValue(meta) => meta.value,
        Meta::List(list) => {
            let parts = list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()?;
            let part = parts
                .into_iter()
                .find(|part| part.path().is_ident(side.key()));
            part?.require_name_value().ok()?.value.clone()
        }
        Meta::Path(_) => return None,
    };
    let predicates = Punctuated::<WherePredicate, Token![,]>::parse_terminated
        .parse_str(&text(&value)?)
        .ok()?;
    Some(predicates.iter().map(ToTokens::to_token_stream).collect())
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// Finds the type parameters in a type.
struct Usage<'a> {
    params: Vec<&'a Ident>,
    used: Vec<&'a Ident>,
}

impl Usage<'_> {
    /// `T::Item`, of a parameter `T`.
    fn is_associated(&self, ty: &TypePath) -> bool {
        let segments = &ty.path.segments;
        segments.len() > 1 && self.params.contains(&&segments[0].ident)
    }
}

impl<'ast> Visit<'ast> for Usage<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        // Both traits hold for it whatever its parameter is.
        if path
            .segments
            .last()
            .is_some_and(|last| last.ident == "PhantomData")
        {
            return;
        }
        if let Some(ident) = path.get_ident()
            && let Some(param) = self.params.iter().find(|param| **param == ident)
            && !self.used.contains(param)
        {
            self.used.push(param);
        }
        visit::visit_path(self, path);
    }
}

/// Gathers the lifetimes in a type, each once.
struct Lifetimes(Vec<Lifetime>);

impl<'ast> Visit<'ast> for Lifetimes {
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if !self.0.contains(lifetime) {
            self.0.push(lifetime.clone());
        }
    }

    // The lifetimes of a call, not of the value.
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
}

/// `&str` and `&[u8]`, alone or in an `Option`, borrow without being asked.
fn borrows_by_itself(ty: &Type) -> bool {
    is_borrowed_text(ty) || option_of(ty).is_some_and(is_borrowed_text)
}

fn is_borrowed_text(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else {
        return false;
    };
    reference.mutability.is_none()
        && match &*reference.elem {
            Type::Slice(slice) => is_primitive(&slice.elem, "u8"),
            other => is_primitive(other, "str"),
        }
}

fn is_primitive(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident(name))
}

fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments)
            if last.ident == "Option" && arguments.args.len() == 1 =>
        {
            match &arguments.args[0] {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}
