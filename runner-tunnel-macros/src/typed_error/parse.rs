//! Reads and checks the type under `#[derive(TypedError)]`.

use proc_macro2::TokenStream;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Fields, Ident, LitInt, LitStr, Meta, Path, Variant,
};

use super::{Case, CaseKind, ErrorType, Typed, data};
use crate::{
    diag::Diagnostics,
    id,
    keys::{Apply, Key, Keys, Value, split_at_commas},
    paths,
};

const EXAMPLE_ID: &str = "app.errors.quota";

/// `None` when not even an empty implementation would make sense.
pub(super) fn error(input: &DeriveInput, diag: &mut Diagnostics) -> Option<ErrorType> {
    if !input.generics.params.is_empty() {
        diag.error(
            &input.generics.params,
            "use concrete types: discovery publishes one schema for each error",
        );
        return None;
    }
    let (krate, cases) = match &input.data {
        Data::Struct(data) => of_struct(input, &data.fields, diag),
        Data::Enum(data) => of_enum(input, data, diag),
        Data::Union(data) => {
            diag.error(
                data.union_token,
                "make this a struct or an enum: clients could not tell what is in a union",
            );
            return None;
        }
    };
    Some(ErrorType {
        krate,
        ident: input.ident.clone(),
        cases,
    })
}

type Parts = (Option<Path>, Vec<Case>);

fn of_struct(input: &DeriveInput, fields: &Fields, diag: &mut Diagnostics) -> Parts {
    refuse_on_fields(fields, diag);
    let name = &input.ident;
    let Some(arguments) = Arguments::read(&input.attrs, &STRUCT_KEYS, diag) else {
        diag.error(
            name,
            format!("give `{name}` an id: write `#[typed_error(id = \"{EXAMPLE_ID}\")]` on it"),
        );
        return (None, Vec::new());
    };
    let rename_all = data::rename_all(&input.attrs, "rename_all");
    let kind = arguments.case(name, fields, rename_all, diag);
    let case = kind.map(|kind| Case {
        variant: None,
        kind,
    });
    (arguments.krate, case.into_iter().collect())
}

fn of_enum(input: &DeriveInput, data: &DataEnum, diag: &mut Diagnostics) -> Parts {
    let arguments = Arguments::read(&input.attrs, &ENUM_KEYS, diag).unwrap_or_default();
    let has_cases = data
        .variants
        .iter()
        .any(|variant| variant.attrs.iter().any(is_typed_error));
    // A key on the enum that belongs on its variants is this very mistake, reported already.
    if !has_cases && !arguments.failed {
        let name = &input.ident;
        diag.error(
            name,
            format!(
                "no variant of `{name}` is for clients: write `#[typed_error(id = \
                 \"{EXAMPLE_ID}\")]` on those that are"
            ),
        );
    }
    let rename_all = data::rename_all(&input.attrs, "rename_all_fields");
    let cases = data
        .variants
        .iter()
        .filter_map(|variant| of_variant(variant, rename_all.clone(), diag))
        .collect();
    (arguments.krate, cases)
}

fn of_variant(
    variant: &Variant,
    rename_all: Option<TokenStream>,
    diag: &mut Diagnostics,
) -> Option<Case> {
    refuse_on_fields(&variant.fields, diag);
    let rename_all = data::rename_all(&variant.attrs, "rename_all").or(rename_all);
    let kind = match Arguments::read(&variant.attrs, &VARIANT_KEYS, diag) {
        Some(arguments) => arguments.case(&variant.ident, &variant.fields, rename_all, diag)?,
        None => CaseKind::Untyped,
    };
    Some(Case {
        variant: Some(variant.ident.clone()),
        kind,
    })
}

fn refuse_on_fields(fields: &Fields, diag: &mut Diagnostics) {
    for attr in fields.iter().flat_map(|field| &field.attrs) {
        if is_typed_error(attr) {
            diag.error(
                attr,
                "move this to the struct or the variant: a field has no id of its own",
            );
        }
    }
}

fn is_typed_error(attr: &Attribute) -> bool {
    attr.path().is_ident("typed_error")
}

/// The arguments of all `#[typed_error(..)]` on one struct, enum or variant.
#[derive(Default)]
struct Arguments {
    krate: Option<Path>,
    id: Option<LitStr>,
    http: Option<u16>,
    transparent: Option<Ident>,
    /// Whether a mistake was reported, so that what is absent may be its consequence.
    failed: bool,
    attribute: Option<Attribute>,
}

impl Arguments {
    fn read(attrs: &[Attribute], keys: &Keys<Self>, diag: &mut Diagnostics) -> Option<Self> {
        let mut own = Diagnostics::default();
        let mut arguments = Self::default();
        let mut elements = Vec::new();
        for attr in attrs.iter().filter(|attr| is_typed_error(attr)) {
            match &attr.meta {
                Meta::List(list) => {
                    elements.extend(split_at_commas(list.tokens.clone(), &mut own));
                }
                Meta::Path(_) | Meta::NameValue(_) => own.error(
                    attr,
                    format!(
                        "say which error this is: write `#[typed_error(id = \"{EXAMPLE_ID}\")]`"
                    ),
                ),
            }
            arguments.attribute = Some(attr.clone());
        }
        arguments.attribute.as_ref()?;
        keys.read(elements, &mut arguments, &mut own);
        arguments.failed = !own.is_empty();
        diag.append(own);
        Some(arguments)
    }

    fn case(
        &self,
        name: &Ident,
        fields: &Fields,
        rename_all: Option<TokenStream>,
        diag: &mut Diagnostics,
    ) -> Option<CaseKind> {
        if let Some(transparent) = &self.transparent {
            return self.transparent(transparent, name, fields, diag);
        }
        if self.failed {
            // The fields may be fine: a misspelled `transparent` takes a tuple.
            return None;
        }
        let fields = data::fields(name, fields, diag);
        let Some(id) = &self.id else {
            diag.error(
                &self.attribute,
                format!("the id of `{name}` is missing: write `id = \"{EXAMPLE_ID}\"`"),
            );
            return None;
        };
        Some(CaseKind::Typed(Typed {
            id: id.clone(),
            http: self.http,
            fields,
            rename_all,
        }))
    }

    fn transparent(
        &self,
        transparent: &Ident,
        name: &Ident,
        fields: &Fields,
        diag: &mut Diagnostics,
    ) -> Option<CaseKind> {
        if self.id.is_some() || self.http.is_some() {
            diag.error(
                transparent,
                "remove `transparent`, or `id` and `http`: a transparent error has those of the \
                 error inside",
            );
        }
        let mut members = fields.members().zip(fields);
        let (Some((member, field)), None) = (members.next(), members.next()) else {
            diag.error(
                transparent,
                format!(
                    "give `{name}` exactly one field, the error inside, or remove `transparent`"
                ),
            );
            return None;
        };
        Some(CaseKind::Transparent {
            member,
            ty: field.ty.clone(),
        })
    }
}

static STRUCT_KEYS: Keys<Arguments> = Keys {
    allowed: KEYS,
    misplaced: &[],
};

static VARIANT_KEYS: Keys<Arguments> = Keys {
    allowed: KEYS.split_at(CASE_KEYS).0,
    misplaced: &[(
        "crate",
        "move `crate` to the enum: it holds for all variants",
    )],
};

static ENUM_KEYS: Keys<Arguments> = Keys {
    allowed: KEYS.split_at(CASE_KEYS).1,
    misplaced: &[
        ("id", "move `id` to a variant: each has an id of its own"),
        (
            "http",
            "move `http` to a variant: each has a status of its own",
        ),
        (
            "transparent",
            "move `transparent` to the variants that hold a typed error",
        ),
    ],
};

/// How many of the keys belong to one error; those behind them belong to the whole type.
const CASE_KEYS: usize = 3;

const KEYS: &[Key<Arguments>] = &[
    Key {
        name: "id",
        usage: "id = \"app.errors.quota\"",
        apply: Apply::Value(|arguments, value| {
            arguments.id = Some(id(&value)?);
            Ok(())
        }),
    },
    Key {
        name: "http",
        usage: "http = 429",
        apply: Apply::Value(|arguments, value| {
            arguments.http = Some(status(&value)?);
            Ok(())
        }),
    },
    Key {
        name: "transparent",
        usage: "transparent",
        apply: Apply::Flag(|arguments, key| arguments.transparent = Some(key)),
    },
    Key {
        name: "crate",
        usage: paths::CRATE_USAGE,
        apply: Apply::Value(|arguments, value| {
            arguments.krate = Some(paths::parse_crate(&value)?);
            Ok(())
        }),
    },
];

fn id(value: &Value) -> syn::Result<LitStr> {
    let id = value.text()?;
    match id::check(&id.value(), EXAMPLE_ID) {
        Ok(()) => Ok(id),
        Err(reason) => Err(syn::Error::new_spanned(id, reason)),
    }
}

fn status(value: &Value) -> syn::Result<u16> {
    syn::parse2::<LitInt>(value.tokens.clone())
        .and_then(|number| number.base10_parse())
        .ok()
        .filter(|status| (400..=599).contains(status))
        .ok_or_else(|| value.error("is the status of an error, 400 to 599"))
}
