//! The implementations that `#[tunnel_type]` writes around those of serde's derives.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Generics, Lifetime, WherePredicate, parse_quote};

use super::{
    Named,
    bounds::{self, Side},
};
use crate::paths;

/// In front of a name, where a serializer sees it: other newtypes cannot be meant.
const PREFIX: &str = "$runner.type:";

/// The type, whose derives now write inherent functions, and the traits' implementations.
pub(super) fn named(named: &Named<'_>) -> TokenStream {
    let Named {
        item,
        name,
        krate,
        derives,
    } = named;
    let schema = derives
        .schema
        .then(|| quote!(#[schemars(extend("x-runner-type" = #name))]));
    let ty = item.with(&quote!(#[serde(remote = "Self")] #schema));
    let private = paths::private(krate.as_ref());
    let shared_attrs = item.shared_attrs();
    let full_name = format!("{PREFIX}{}", name.value());
    let serialize = derives.serialize.then(|| serialize(named, &full_name));
    let deserialize = derives.deserialize.then(|| deserialize(named, &full_name));
    let span = Span::call_site().located_at(item.input.ident.span());
    quote_spanned! {span=>
        #ty

        #shared_attrs
        const _: () = {
            use #private as __tunnel;

            #serialize
            #deserialize

            __tunnel::inventory::submit! {
                __tunnel::type_name!(#name)
            }
        };
    }
}

fn serialize(named: &Named<'_>, full_name: &str) -> TokenStream {
    let input = &named.item.input;
    let ident = &input.ident;
    let demanded = quote!(__tunnel::serde::Serialize);
    let predicates = bounds::predicates(input, Side::Serialize, &demanded);
    let generics = with_predicates(input.generics.clone(), &predicates);
    let (parameters, arguments, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters __tunnel::WritePlain for #ident #arguments #where_clause {
            fn write_plain<__S: __tunnel::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> __tunnel::Result<__S::Ok, __S::Error> {
                Self::serialize(self, serializer)
            }
        }

        #[automatically_derived]
        impl #parameters __tunnel::serde::Serialize for #ident #arguments #where_clause {
            fn serialize<__S: __tunnel::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> __tunnel::Result<__S::Ok, __S::Error> {
                __tunnel::write_named(#full_name, self, serializer)
            }
        }
    }
}

fn deserialize(named: &Named<'_>, full_name: &str) -> TokenStream {
    let input = &named.item.input;
    let ident = &input.ident;
    let borrowed = bounds::borrowed(input);
    // A value that borrows for ever is read from what lives for ever.
    let is_static = borrowed.iter().any(|lifetime| lifetime.ident == "static");
    let de: Lifetime = if is_static {
        parse_quote!('static)
    } else {
        parse_quote!('de)
    };
    let demanded = quote!(__tunnel::serde::Deserialize<#de>);
    let predicates = bounds::predicates(input, Side::Deserialize, &demanded);
    let (_, arguments, _) = input.generics.split_for_impl();
    let mut generics = with_predicates(input.generics.clone(), &predicates);
    if !is_static {
        let outlives = (!borrowed.is_empty()).then(|| quote!(: #(#borrowed)+*));
        generics.params.insert(0, parse_quote!(#de #outlives));
    }
    let (parameters, _, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters __tunnel::ReadPlain<#de> for #ident #arguments #where_clause {
            fn read_plain<__D: __tunnel::serde::Deserializer<#de>>(
                deserializer: __D,
            ) -> __tunnel::Result<Self, __D::Error> {
                Self::deserialize(deserializer)
            }
        }

        #[automatically_derived]
        impl #parameters __tunnel::serde::Deserialize<#de> for #ident #arguments #where_clause {
            fn deserialize<__D: __tunnel::serde::Deserializer<#de>>(
                deserializer: __D,
            ) -> __tunnel::Result<Self, __D::Error> {
                __tunnel::read_named(#full_name, deserializer)
            }
        }
    }
}

fn with_predicates(mut generics: Generics, predicates: &[TokenStream]) -> Generics {
    if !predicates.is_empty() {
        let clause = generics.make_where_clause();
        clause.predicates.extend(
            predicates
                .iter()
                .map(|predicate| -> WherePredicate { parse_quote!(#predicate) }),
        );
    }
    generics
}
