//! `#[tunnel_task]`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{
    Parts, Schemas, assemble, at, bind_arguments, collect_inputs, demand, key, registration,
    return_role, returned,
};
use crate::model::{Endpoint, Kind};

/// What `#[tunnel_task(args)]` makes of `item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    super::expand(Kind::Task, args, item, register)
}

fn register(endpoint: &Endpoint) -> TokenStream {
    let ty = returned(endpoint);
    let span = at(endpoint.output_span());
    let role = return_role(endpoint);
    let (role_schema, encoder) = (demand(&role, "schema"), demand(&role, "encoder"));
    let convert = Ident::new("__tunnel_convert", role.span());
    let schema = Ident::new("__tunnel_return_schema", span);
    let schemas = Schemas::from([(key(&ty), schema.clone())]);

    // The result's schema comes first: unlike an argument, which may be an extractor, a result
    // always has one.
    let open_result = quote_spanned! {span=>
        let #role = (&&__tunnel::ReturnProbe::<#ty>::NEW).__tunnel_role();
        let #schema = #role_schema;
    };
    let bind_arguments = bind_arguments(&endpoint.arguments, schemas);
    let one_input = (endpoint.arguments.len() > 1).then(|| collect_inputs(&endpoint.arguments));
    let bind_result = quote_spanned! {span=>
        let __tunnel_return = #role.bind(#encoder, #schema, (&&&&#role.error()).#convert());
    };
    let task = assemble(endpoint, "task");
    registration(
        endpoint,
        &Parts {
            constructor: format_ident!("task"),
            bound: format_ident!("BoundTask"),
            body: quote!(#open_result #bind_arguments #one_input #bind_result #task),
        },
    )
}
