//! `#[tunnel_event]`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{
    Parts, Schemas, assemble, at, bind_arguments, collect_inputs, registration, return_role,
    returned,
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
    let role = return_role(endpoint);
    let [kind, convert] =
        ["__tunnel_kind", "__tunnel_convert"].map(|method| Ident::new(method, role.span()));
    // A handler returns nothing, or a payload in place of the one it took.
    let bind_result = quote_spanned! {span=>
        let #role = (&&__tunnel::ReturnProbe::<#ty>::NEW).__tunnel_role();
        let __tunnel_return = #role.bind_event(
            (&&#role.replacement(__tunnel_inputs)).#kind(),
            (&&&&#role.error()).#convert(),
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
