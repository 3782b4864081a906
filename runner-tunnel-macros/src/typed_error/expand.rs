//! The implementation that `#[derive(TypedError)]` writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{Case, CaseKind, DataField, ErrorType, Typed};
use crate::paths;

/// The implementation for a type without mistakes.
pub(super) fn implementation(error: &ErrorType) -> TokenStream {
    let cases = error.cases.iter().enumerate();
    let parts: Vec<_> = cases
        .map(|(index, case)| case_parts(&error.ident, &data_name(index), case))
        .collect();
    let data = parts.iter().map(|part| &part.data);
    let specs = parts.iter().map(|part| &part.specs);
    let bodies = parts.iter().map(|part| &part.body);
    wrap(
        error,
        &quote!(#(#data)*),
        &quote! {
            let mut __tunnel_specs = __tunnel::Vec::new();
            #(#specs)*
            __tunnel_specs
        },
        &quote!(match self { #(#bodies)* }),
    )
}

/// An implementation that says nothing, for a type with mistakes.
pub(super) fn fallback(error: &ErrorType) -> TokenStream {
    wrap(
        error,
        &TokenStream::new(),
        &quote!(__tunnel::Vec::new()),
        &quote!(__tunnel::Option::None),
    )
}

fn wrap(
    error: &ErrorType,
    data: &TokenStream,
    specs: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let private = paths::private(error.krate.as_ref());
    let ident = &error.ident;
    // Spanned at the name: the trait demands that the type is an error, which may be missing.
    let span = Span::call_site().located_at(ident.span());
    // `Into` for schemars' derive, which takes it from the prelude.
    quote_spanned! {span=>
        #[allow(deprecated)]
        const _: () = {
            use #private as __tunnel;
            use ::core::convert::Into as _;

            #data

            #[automatically_derived]
            impl __tunnel::TypedError for #ident {
                fn specs() -> __tunnel::Vec<__tunnel::TypedErrorSpec> {
                    #specs
                }

                fn body(&self) -> __tunnel::Option<__tunnel::TypedErrorBody> {
                    #body
                }

                fn causes(&self) -> __tunnel::Vec<__tunnel::String> {
                    use __tunnel::probe::*;
                    (&&__tunnel::CauseProbe(self)).__tunnel_causes()
                }
            }

            #[automatically_derived]
            impl __tunnel::From<#ident> for __tunnel::TunnelError {
                fn from(error: #ident) -> Self {
                    __tunnel::TunnelError::typed(error)
                }
            }
        };
    }
}

/// What one case adds to the implementation.
#[derive(Default)]
struct Parts {
    /// The struct that is serialised as `error.data`.
    data: TokenStream,
    /// Statements that push onto `__tunnel_specs`.
    specs: TokenStream,
    /// The arm of the match on `self`.
    body: TokenStream,
}

fn case_parts(error: &Ident, data: &Ident, case: &Case) -> Parts {
    let variant = case.variant.as_ref();
    let pattern = variant.map_or_else(|| quote!(Self), |variant| quote!(Self::#variant));
    match &case.kind {
        CaseKind::Typed(typed) => {
            let name =
                variant.map_or_else(|| error.to_string(), |variant| format!("{error}{variant}"));
            typed_parts(&pattern, &name, data, typed)
        }
        CaseKind::Transparent { member, ty } => Parts {
            data: TokenStream::new(),
            specs: quote! {
                __tunnel_specs.append(&mut <#ty as __tunnel::TypedError>::specs());
            },
            body: quote! {
                #pattern { #member: __tunnel_error } => {
                    <#ty as __tunnel::TypedError>::body(__tunnel_error)
                }
            },
        },
        CaseKind::Untyped => Parts {
            // Nothing, unless a body could not be read.
            body: quote! {
                #pattern { .. } => {
                    use __tunnel::probe::*;
                    (&&__tunnel::CauseProbe(self)).__tunnel_untyped()
                }
            },
            ..Parts::default()
        },
    }
}

fn typed_parts(pattern: &TokenStream, name: &str, data: &Ident, typed: &Typed) -> Parts {
    let Typed {
        id,
        http,
        fields,
        rename_all,
    } = typed;
    let http = http.map_or_else(
        || quote!(__tunnel::Option::None),
        |status| quote!(__tunnel::Option::Some(#status)),
    );
    // Without a field there is nothing to borrow, and an unused lifetime would be an error.
    let (parameters, arguments) = if fields.is_empty() {
        (None, None)
    } else {
        (Some(quote!(<'a>)), Some(quote!(<'static>)))
    };
    let names: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let borrowed = fields.iter().map(|DataField { ident, ty, attrs }| {
        // All of it at the type, where a missing derive is to be shown.
        let reference = quote_spanned!(ty.span()=> &'a #ty);
        quote!(#(#attrs)* #ident: #reference)
    });
    let rename_all = rename_all.as_ref().map(|rename_all| quote!(, #rename_all));
    Parts {
        data: quote! {
            #[::core::prelude::v1::derive(__tunnel::serde::Serialize, __tunnel::schemars::JsonSchema)]
            #[serde(crate = "__tunnel::serde" #rename_all)]
            #[schemars(crate = "__tunnel::schemars", rename = #name)]
            struct #data #parameters {
                #(#borrowed,)*
            }
        },
        specs: quote! {
            __tunnel_specs.push(__tunnel::TypedErrorSpec::new::<#data #arguments>(#id, #http));
        },
        body: quote! {
            #pattern { #(#names,)* .. } => __tunnel::Option::Some(
                __tunnel::TypedErrorBody::new(#id, #http, &#data { #(#names),* }),
            ),
        },
    }
}

fn data_name(index: usize) -> Ident {
    format_ident!("__TunnelData{index}")
}
