use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::testing::{count, pretty};

fn message(args: &TokenStream, item: &TokenStream) -> String {
    let expansion = expand(args.clone(), item);
    assert_eq!(count(&expansion, "compile_error"), 1, "{expansion}");
    expansion.to_string()
}

#[test]
fn context() {
    let expansion = expand(
        quote!("app.contexts.trace"),
        &quote! {
            /// Kept.
            #[derive(serde::Deserialize)]
            #[cfg(feature = "trace")]
            pub struct Trace {
                user: String,
            }
        },
    );
    insta::assert_snapshot!(pretty(&expansion));
}

#[test]
fn context_of_a_renamed_crate() {
    let args = quote!("trace", crate = renamed);
    let expansion = expand(
        args,
        &quote!(
            #[deprecated]
            enum Trace {
                A,
            }
        ),
    );
    assert_eq!(count(&expansion, "runner_tunnel"), 0);
    insta::assert_snapshot!(pretty(&expansion));
}

#[test]
fn an_id_with_a_mistake_still_makes_a_context() {
    for args in [quote!(), quote!(""), quote!(id = "a"), quote!(ID)] {
        let text = message(
            &args,
            &quote!(
                struct Trace;
            ),
        );
        assert!(text.contains("TunnelContext for Trace"), "{text}");
    }
}

#[test]
fn other_items_are_passed_on_with_one_error() {
    for item in [
        quote!(
            fn trace() {}
        ),
        quote!(
            pub union Trace {
                a: u8,
            }
        ),
        quote!(
            pub type Trace = String;
        ),
        quote!(
            struct Trace<T>(T);
        ),
        quote!(
            struct Trace<'a>(&'a str);
        ),
    ] {
        let text = message(&quote!("a"), &item);
        assert!(text.starts_with(&item.to_string()), "{text}");
    }
}
