use quote::quote;

use super::*;
use crate::testing::{pretty, tokens};

/// Compares the pretty-printed expansion of the derive with its snapshot.
macro_rules! snapshot {
    ($name:ident, $item:tt) => {
        #[test]
        fn $name() {
            let expansion = expand(quote! $item);
            insta::assert_snapshot!(pretty(&expansion));
        }
    };
}

snapshot!(struct_with_data, {
    #[typed_error(id = "app.errors.quota", http = 429)]
    #[serde(rename_all = "camelCase")]
    pub struct Quota {
        /// At most this many.
        #[schemars(range(min = 1))]
        limit: u64,
        #[serde(rename = "count", default)]
        used: u64,
        #[source]
        cause: io::Error,
        #[serde(skip)]
        secret: String,
    }
});

snapshot!(struct_without_data, {
    #[typed_error(id = "app.errors.gone")]
    struct Gone;
});

snapshot!(enum_with_all_kinds_of_variants, {
    #[serde(rename_all_fields = "camelCase")]
    #[typed_error(crate = renamed::tunnel)]
    enum OrderError {
        #[typed_error(id = "app.errors.sold_out", http = 409)]
        SoldOut {
            item_name: String,
        },
        #[typed_error(id = "app.errors.closed")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        Closed {
            opens_at: Date,
            source: io::Error,
        },
        #[typed_error(id = "app.errors.bank", http = 502)]
        Bank(#[from] BankError),
        #[typed_error(transparent)]
        Quota(#[from] Quota),
        #[typed_error(transparent)]
        Gone {
            inner: Gone,
        },
        Internal(String),
    }
});

snapshot!(transparent_struct, {
    #[typed_error(transparent)]
    struct Wrapper(Inner);
});

snapshot!(mistakes_leave_an_empty_implementation, {
    #[typed_error(crate = renamed)]
    enum OrderError {
        #[typed_error(id = "app.errors.sold_out", http = 200)]
        SoldOut,
        #[typed_error(id = "")]
        Closed,
    }
});

/// The mistakes that the derive finds, in order.
fn messages(item: &str) -> Vec<String> {
    let mut diag = Diagnostics::default();
    if let Some(input) = diag.take(syn::parse2::<DeriveInput>(tokens(item))) {
        parse::error(&input, &mut diag);
    }
    diag.messages()
}

/// Each item has one mistake, which is reported once.
fn assert_messages(cases: &[(&str, &str)]) {
    for (item, message) in cases {
        assert_eq!(messages(item), [*message], "{item}");
    }
}

#[test]
fn an_error_has_one_good_id_and_status() {
    let status = "`http` is the status of an error, 400 to 599: write `http = 429`";
    assert_messages(&[
        (
            "struct Quota;",
            "give `Quota` an id: write `#[typed_error(id = \"app.errors.quota\")]` on it",
        ),
        (
            "#[typed_error] struct Quota;",
            "say which error this is: write `#[typed_error(id = \"app.errors.quota\")]`",
        ),
        (
            "#[typed_error(http = 429)] struct Quota;",
            "the id of `Quota` is missing: write `id = \"app.errors.quota\"`",
        ),
        (
            "#[typed_error(id = \"..\")] struct Quota;",
            "clients resolve `..` in a URL: write an id like \"app.errors.quota\"",
        ),
        (
            "#[typed_error(id = QUOTA)] struct Quota;",
            "`id` takes text in quotes: write `id = \"app.errors.quota\"`",
        ),
        (
            "#[typed_error(id = \"a\")] #[typed_error(id = \"b\")] struct Quota;",
            "`id` is given twice: remove one",
        ),
        (
            "#[typed_error(id = \"a\", http = 399)] struct Quota;",
            status,
        ),
        (
            "#[typed_error(id = \"a\", http = 600)] struct Quota;",
            status,
        ),
        (
            "#[typed_error(id = \"a\", http = \"429\")] struct Quota;",
            status,
        ),
    ]);
}

#[test]
fn a_typed_error_has_a_definite_shape() {
    let one_field = "give `Quota` exactly one field, the error inside, or remove `transparent`";
    assert_messages(&[
        (
            "#[typed_error(id = \"a\")] struct Quota(u64);",
            "name the fields of `Quota`: they become `error.data`",
        ),
        (
            "#[typed_error(id = \"a\", transparant)] struct Quota(Inner);",
            "unknown key `transparant`: did you mean `transparent`?",
        ),
        (
            "#[typed_error(transparent, http = 429)] struct Quota(Inner);",
            "remove `transparent`, or `id` and `http`: a transparent error has those of the error \
             inside",
        ),
        (
            "#[typed_error(transparent)] struct Quota(Inner, u8);",
            one_field,
        ),
        ("#[typed_error(transparent)] struct Quota;", one_field),
        (
            "#[typed_error(id = \"a\")] struct Quota<T> { limit: T }",
            "use concrete types: discovery publishes one schema for each error",
        ),
        (
            "#[typed_error(id = \"a\")] union Quota { limit: u64 }",
            "make this a struct or an enum: clients could not tell what is in a union",
        ),
    ]);
}

#[test]
fn arguments_stand_where_they_belong() {
    assert_messages(&[
        (
            "#[typed_error(id = \"a\")] struct Quota { #[typed_error(transparent)] limit: u64 }",
            "move this to the struct or the variant: a field has no id of its own",
        ),
        (
            "enum Error { Gone }",
            "no variant of `Error` is for clients: write `#[typed_error(id = \
             \"app.errors.quota\")]` on those that are",
        ),
        (
            "#[typed_error(id = \"a\")] enum Error { Gone }",
            "move `id` to a variant: each has an id of its own",
        ),
        (
            "enum Error { #[typed_error(id = \"a\", crate = b)] Gone }",
            "move `crate` to the enum: it holds for all variants",
        ),
    ]);
}

#[test]
fn statuses_at_the_bounds_are_fine() {
    for status in [400, 599] {
        let item = format!("#[typed_error(id = \"a\", http = {status})] struct Quota;");
        assert_eq!(messages(&item), [""; 0], "{status}");
    }
}

#[test]
fn mistakes_in_several_variants_are_reported_together() {
    let item = r#"
        enum Error {
            #[typed_error(id = "", http = 1)]
            A,
            #[typed_error(idd = "b")]
            B,
            #[typed_error(id = "c")]
            C(u8),
        }
    "#;
    assert_eq!(messages(item).len(), 4);
}

#[test]
fn the_default_path_is_absent_when_the_crate_is_renamed() {
    let expansion = expand(quote! {
        #[typed_error(id = "a", crate = renamed)]
        struct Quota {
            limit: u64,
        }
    });
    assert!(!expansion.to_string().contains("runner_tunnel"));
}
