use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::testing::{count, pretty};

/// Compares the pretty-printed expansion with its snapshot.
macro_rules! snapshot {
    ($name:ident, $args:tt, $item:tt) => {
        #[test]
        fn $name() {
            let expansion = expand(quote! $args, &quote! $item);
            insta::assert_snapshot!(pretty(&expansion));
        }
    };
}

snapshot!(struct_both_ways, { "Money" }, {
    /// What it costs.
    #[derive(Debug, serde::Serialize, serde::Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub struct Money {
        amount: i64,
    }
});

snapshot!(only_written, { "Money", crate = renamed::tunnel }, {
    #[derive(Serialize)]
    #[deprecated]
    #[cfg(unix)]
    struct Money(i64);
});

snapshot!(parameters, { "Pair" }, {
    #[derive(Serialize, Deserialize)]
    #[serde(default)]
    struct Pair<'a, 'b, A: Clone, B, C, D = u8, const N: usize = 1>
    where
        B: Iterator,
    {
        text: Option<&'a str>,
        #[serde(borrow)]
        cow: Cow<'b, str>,
        a: Vec<A>,
        item: B::Item,
        marker: PhantomData<C>,
        #[serde(skip)]
        d: D,
    }
});

snapshot!(bounds_of_ones_own, { "Either" }, {
    #[derive(Serialize, Deserialize)]
    #[serde(bound(serialize = "A: Show"))]
    enum Either<A, B> {
        A(A),
        #[serde(bound(deserialize = "B: Read<'de>"))]
        B {
            b: B,
        },
    }
});

snapshot!(borrowed_for_ever, { "Label" }, {
    #[derive(Deserialize)]
    struct Label(&'static str);
});

fn messages(args: &TokenStream, item: &TokenStream) -> String {
    expand(args.clone(), item).to_string()
}

#[test]
fn each_mistake_is_reported_once_and_the_item_stays() {
    let fine = quote! {
        #[derive(Serialize)]
        struct Money;
    };
    for (args, item, message) in [
        (quote!(), &fine, "the name is missing: write"),
        (quote!(""), &fine, "the name is empty"),
        (quote!("  "), &fine, "the name is blank"),
        (quote!("a\tb"), &fine, "control character"),
        (quote!("BigInt"), &fine, "choose a name other than `BigInt`"),
        (quote!(MONEY), &fine, "is a string literal"),
        (quote!(name = "Money"), &fine, "the name has no key"),
        (
            quote!("A", "B"),
            &fine,
            "a type has one name: remove this one",
        ),
        (quote!("A", hidden), &fine, "unknown key `hidden`"),
        (
            quote!("A"),
            &quote!(
                struct Money;
            ),
            "below `#[tunnel_type]`",
        ),
        (
            quote!("A"),
            &quote!(
                #[derive(Clone, JsonSchema)]
                struct Money;
            ),
            "below `#[tunnel_type]`",
        ),
        (
            quote!("A"),
            &quote!(
                #[derive(Serialize)]
                #[serde(remote = "Other")]
                struct Money;
            ),
            "remove `remote`",
        ),
        (
            quote!("A"),
            &quote!(
                fn money() {}
            ),
            "on a struct or an enum",
        ),
    ] {
        let text = messages(&args, item);
        assert_eq!(text.matches("compile_error").count(), 1, "{text}");
        assert!(text.contains(message), "{message}: {text}");
        assert!(text.starts_with(&item.to_string()), "{text}");
    }
}

#[test]
fn mistakes_do_not_hide_each_other() {
    let expansion = expand(
        quote!("Date", hidden),
        &quote!(
            #[tunnel_type("again")]
            struct Money;
        ),
    );
    assert_eq!(count(&expansion, "compile_error"), 4);
    assert_eq!(count(&expansion, "tunnel_type"), 0, "{expansion}");
}

/// What would stop working under `#![no_implicit_prelude]`, or with the crate renamed.
#[test]
fn nothing_comes_from_elsewhere() {
    let item = quote! {
        #[derive(Serialize, Deserialize)]
        #[serde(default)]
        struct Money<T>(T);
    };
    let expansion = expand(quote!("Money"), &item);
    for name in ["Some", "None", "Err", "String", "std", "core"] {
        assert_eq!(count(&expansion, name), 0, "{name}");
    }
    assert_eq!(count(&expansion, "runner_tunnel"), 1);
    let renamed = expand(quote!("Money", crate = renamed), &item);
    assert_eq!(count(&renamed, "runner_tunnel"), 0);
}
