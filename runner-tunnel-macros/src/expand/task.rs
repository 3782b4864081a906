//! `#[tunnel_task]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::{
    Parts, Schemas, assemble, at, bind_arguments, collect_inputs, key, method, registration,
    returned,
};
use crate::model::{Endpoint, Kind};

/// What `#[tunnel_task(args)]` makes of `item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    super::expand(Kind::Task, args, item, register)
}

fn register(endpoint: &Endpoint) -> TokenStream {
    let ty = returned(endpoint);
    let span = at(endpoint.output_span());
    let schema = format_ident!("__tunnel_return_schema", span = span);
    let schemas = Schemas::from([(key(&ty), schema.clone())]);
    let [ask_schema, ask_encoder, convert] =
        ["schema", "encoder", "convert"].map(|name| method(name, endpoint.output_span()));

    // The result's schema comes first: unlike an argument, which may be an extractor, a result
    // always has one.
    let open_result = quote_spanned! {span=>
        let __tunnel_return_role = (&&__tunnel::ReturnProbe::<#ty>::NEW).role();
        let #schema = __tunnel_return_role.#ask_schema();
    };
    let bind_arguments = bind_arguments(&endpoint.arguments, schemas);
    let one_input = (endpoint.arguments.len() > 1).then(|| collect_inputs(&endpoint.arguments));
    let bind_result = quote_spanned! {span=>
        let __tunnel_return = __tunnel_return_role.bind(
            __tunnel_return_role.#ask_encoder(),
            #schema,
            (&&&&__tunnel_return_role.error()).#convert(),
        );
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
