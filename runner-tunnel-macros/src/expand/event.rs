//! `#[tunnel_event]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::{
    Parts, Schemas, assemble, at, bind_arguments, collect_inputs, method, registration, returned,
};
use crate::model::{Endpoint, Kind};

/// What `#[tunnel_event(args)]` makes of `item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    super::expand(Kind::Event, args, item, register)
}

fn register(endpoint: &Endpoint) -> TokenStream {
    let ty = returned(endpoint);
    let span = at(endpoint.output_span());
    let bind_arguments = bind_arguments(&endpoint.arguments, Schemas::new());
    let inputs = collect_inputs(&endpoint.arguments);
    let [kind, convert] = ["kind", "convert"].map(|name| method(name, endpoint.output_span()));
    // A handler returns nothing, or a payload in place of the one it took.
    let bind_result = quote_spanned! {span=>
        let __tunnel_return_role = (&&__tunnel::ReturnProbe::<#ty>::NEW).role();
        let __tunnel_return = __tunnel_return_role.bind_event(
            (&&__tunnel_return_role.replacement(__tunnel_inputs)).#kind(),
            (&&&&__tunnel_return_role.error()).#convert(),
        );
    };
    let event = assemble(endpoint, "event");
    registration(
        endpoint,
        &Parts {
            constructor: format_ident!("event"),
            bound: format_ident!("BoundEvent"),
            body: quote!(#bind_arguments #inputs #bind_result #event),
        },
    )
}
