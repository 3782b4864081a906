//! Which fields of an error clients see, and how.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Field, Fields, Ident, Meta, Token, parse_quote, punctuated::Punctuated};

use super::DataField;
use crate::diag::Diagnostics;

/// The fields that become `error.data` of the error called `name`.
pub(super) fn fields(name: &Ident, fields: &Fields, diag: &mut Diagnostics) -> Vec<DataField> {
    let mut data = Vec::new();
    for field in fields.iter().filter(|field| !is_for_logs(field)) {
        let Some(ident) = &field.ident else {
            diag.error(
                fields,
                format!("name the fields of `{name}`: they become `error.data`"),
            );
            break;
        };
        data.push(DataField {
            ident: ident.clone(),
            ty: field.ty.clone(),
            attrs: wire_attrs(&field.attrs),
        });
    }
    data
}

/// serde's `key`, one of `rename_all` and `rename_all_fields`, as `rename_all` of a data struct.
pub(super) fn rename_all(attrs: &[Attribute], key: &str) -> Option<TokenStream> {
    serde_metas(attrs)
        .find(|meta| meta.path().is_ident(key))
        .and_then(|meta| match meta {
            Meta::NameValue(meta) => {
                let value = &meta.value;
                Some(quote!(rename_all = #value))
            }
            Meta::List(list) => {
                let tokens = &list.tokens;
                Some(quote!(rename_all(#tokens)))
            }
            Meta::Path(_) => None,
        })
}

/// Fields that hold a cause, by thiserror's rules, or that the author keeps from serde.
fn is_for_logs(field: &Field) -> bool {
    let named = field.ident.as_ref();
    named.is_some_and(|name| name == "source" || name == "backtrace")
        || field.attrs.iter().any(|attr| {
            ["source", "from", "backtrace"]
                .iter()
                .any(|name| attr.path().is_ident(name))
        })
        || serde_metas(&field.attrs)
            .any(|meta| meta.path().is_ident("skip") || meta.path().is_ident("skip_serializing"))
}

/// The attributes that count for a field of a data struct, which borrows the error's fields.
fn wire_attrs(attrs: &[Attribute]) -> Vec<Attribute> {
    let mut kept = Vec::new();
    for attr in attrs {
        if attr.path().is_ident("doc") || attr.path().is_ident("schemars") {
            kept.push(attr.clone());
        } else if attr.path().is_ident("serde") {
            match metas(attr) {
                // A default is for reading; as part of a schema it would have to be a reference.
                Some(metas) => {
                    let metas = metas.iter().filter(|meta| !meta.path().is_ident("default"));
                    kept.push(parse_quote!(#[serde(#(#metas),*)]));
                }
                // Left for serde to report.
                None => kept.push(attr.clone()),
            }
        }
    }
    kept
}

fn serde_metas(attrs: &[Attribute]) -> impl Iterator<Item = Meta> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        .filter_map(metas)
        .flatten()
}

fn metas(attr: &Attribute) -> Option<Punctuated<Meta, Token![,]>> {
    attr.parse_args_with(Punctuated::parse_terminated).ok()
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn data(item: &syn::ItemStruct) -> Result<Vec<String>, Vec<String>> {
        let mut diag = Diagnostics::default();
        let fields = fields(&item.ident, &item.fields, &mut diag);
        if !diag.is_empty() {
            return Err(diag.messages());
        }
        let write = |field: DataField| {
            let DataField { ident, ty, attrs } = field;
            quote!(#(#attrs)* #ident: #ty).to_string()
        };
        Ok(fields.into_iter().map(write).collect())
    }

    #[test]
    fn causes_and_skipped_fields_stay_out() {
        let fields = data(&parse_quote! {
            struct Quota {
                limit: u64,
                source: io::Error,
                backtrace: Backtrace,
                #[source] cause: io::Error,
                #[from] origin: io::Error,
                #[backtrace] trace: Trace,
                #[serde(skip)] a: u8,
                #[serde(rename = "c", skip_serializing)] b: u8,
                #[serde(skip_serializing_if = "Option::is_none")] note: Option<String>,
            }
        });
        assert_eq!(
            fields,
            Ok(vec![
                quote!(limit: u64).to_string(),
                quote!(#[serde(skip_serializing_if = "Option::is_none")] note: Option<String>)
                    .to_string(),
            ])
        );
    }

    #[test]
    fn keeps_the_attributes_that_count_on_the_wire() {
        let fields = data(&parse_quote! {
            struct Quota {
                /// How much.
                #[serde(default, rename = "max")]
                #[schemars(range(min = 1))]
                #[allow(unused)]
                limit: u64,
            }
        });
        let expected = quote! {
            #[doc = r" How much."]
            #[serde(rename = "max")]
            #[schemars(range(min = 1))]
            limit: u64
        };
        assert_eq!(fields, Ok(vec![expected.to_string()]));
    }

    #[test]
    fn tuples_have_no_names_for_data() {
        assert_eq!(
            data(&parse_quote!(
                struct Quota(u64, u64);
            )),
            Err(vec![
                "name the fields of `Quota`: they become `error.data`".into()
            ])
        );
        assert_eq!(
            data(&parse_quote!(
                struct Io(#[from] io::Error);
            )),
            Ok(vec![])
        );
        assert_eq!(
            data(&parse_quote!(
                struct Gone;
            )),
            Ok(vec![])
        );
    }

    #[test]
    fn takes_either_form_of_rename_all() {
        for (attr, expected) in [
            (
                parse_quote!(#[serde(deny_unknown_fields, rename_all = "camelCase")]),
                Some(quote!(rename_all = "camelCase")),
            ),
            (
                parse_quote!(#[serde(rename_all(serialize = "camelCase"))]),
                Some(quote!(rename_all(serialize = "camelCase"))),
            ),
            (
                parse_quote!(#[serde(rename_all_fields = "camelCase")]),
                None,
            ),
        ] {
            assert_eq!(
                rename_all(&[attr], "rename_all")
                    .to_token_stream()
                    .to_string(),
                expected.to_token_stream().to_string()
            );
        }
    }
}
