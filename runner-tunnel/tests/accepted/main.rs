//! What the macros take: it compiles, under the lints of each file. What they refuse is in `ui/`.
//!
//! The ids are never served, so that they may repeat.

#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "what authors write, in every style"
)]

pub mod event {
    pub mod every_key;
    pub mod plain;
    pub mod replaces_its_payload;
}

pub mod task {
    pub mod blocking;
    pub mod conditional;
    pub mod every_key;
    pub mod extractor_of_ones_own;
    pub mod extractors_in_any_order;
    pub mod forbidden_deprecated;
    pub mod from_macro_rules;
    pub mod inside_modules_and_functions;
    pub mod names_that_look_like_ours;
    pub mod no_implicit_prelude;
    pub mod plain;
    pub mod renamed_crate;
    pub mod results_and_aliases;
    pub mod streams;
    pub mod strict_crate;
    pub mod traits_for_every_type;
}

pub mod tunnel_context {
    pub mod plain;
}

pub mod tunnel_type {
    pub mod every_shape;
    pub mod no_implicit_prelude;
    pub mod strict_crate;
}

pub mod typed_error {
    pub mod enum_with_untyped_variants;
    pub mod no_implicit_prelude;
    pub mod struct_with_data;
    pub mod transparent;
}
