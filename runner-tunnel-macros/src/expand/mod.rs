//! From a checked function to its registration: what tasks and events have in common.
//!
//! Generated code names nothing but the library's `__private` module, and asks the type system
//! what an argument or a result is: method calls on probe values find the most specific
//! implementation, also behind type aliases. Each bound is demanded by one call, spanned at the
//! type that has to change, so that one missing derive is one error.

pub(crate) mod event;
pub(crate) mod task;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, iter};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, parse_quote_spanned, spanned::Spanned};

use crate::{
    args::Args,
    diag::Diagnostics,
    model::{Endpoint, Kind, OnDisconnect},
    paths,
    signature::Function,
    validate,
};

/// The function as written, and behind it what `register` makes of it, or else its mistakes.
fn expand(
    kind: Kind,
    args: TokenStream,
    item: TokenStream,
    register: fn(&Endpoint) -> TokenStream,
) -> TokenStream {
    let mut diag = Diagnostics::default();
    let args = Args::parse(kind, args, &mut diag);
    let function = Function::parse(kind, item.clone(), &mut diag);
    let endpoint = function
        .as_ref()
        .and_then(|function| validate::endpoint(kind, args, function, &mut diag));
    if diag.is_empty() {
        let registration = endpoint.as_ref().map(register);
        return quote!(#item #registration);
    }
    let item = function.map_or(item, |function| function.without_repeated());
    let errors = diag.into_compile_errors();
    quote!(#item #errors)
}

/// Places generated code at `span`, with names of its own: a local of ours never meets one of the
/// user's, not even when the function comes out of a `macro_rules!`.
fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The constant that holds everything generated for one function.
fn registration(endpoint: &Endpoint, parts: &Parts) -> TokenStream {
    let Endpoint {
        id,
        ident,
        docs,
        deprecated,
        shared_attrs,
        options,
        ..
    } = endpoint;
    let Parts {
        constructor,
        bound,
        body,
    } = parts;
    let private = paths::private(options.krate.as_ref());
    let setters = setters(endpoint);
    let span = at(ident.span());
    // The function is called here. Not always there: a crate may forbid the lint.
    let allow_deprecated = deprecated.then(|| quote!(#[allow(deprecated)]));
    quote_spanned! {span=>
        #allow_deprecated
        #(#shared_attrs)*
        const _: () = {
            use #private as __tunnel;
            use __tunnel::probe::*;

            fn __tunnel_bind() -> __tunnel::#bound {
                #body
            }

            __tunnel::inventory::submit! {
                __tunnel::Entry::#constructor(
                    #id,
                    __tunnel::origin!(#ident),
                    &[#(#docs),*],
                    __tunnel_bind,
                )
                #setters
            }
        };
    }
}

/// What differs between a task and an event.
struct Parts {
    /// The constructor of `Entry`.
    constructor: Ident,
    /// The type that the function and its probes are bound into.
    bound: Ident,
    body: TokenStream,
}

/// Only what the attribute says: defaults are the library's.
fn setters(endpoint: &Endpoint) -> TokenStream {
    let options = &endpoint.options;
    let hidden = options.hidden.then(|| quote!(.hidden()));
    let timeout = options.timeout_ms.map(|ms| quote!(.timeout_ms(#ms)));
    let heartbeat = options.heartbeat_ms.map(|ms| quote!(.heartbeat_ms(#ms)));
    let cache = options.cache_ms.map(|(ms, span)| {
        let shared = options.cache_shared.is_some();
        // Answered by the library, which knows whether it was built with a cache.
        let time = quote_spanned!(at(span)=> __tunnel::cache_time!(#ms));
        quote!(.cache(#time, #shared))
    });
    let max_body = options.max_body.map(|bytes| quote!(.max_body(#bytes)));
    let max_file = options.max_file.map(|bytes| quote!(.max_file(#bytes)));
    let on_disconnect = options.on_disconnect.map(|policy| match policy {
        OnDisconnect::Finish => quote!(.finish_on_disconnect()),
        OnDisconnect::Cancel => quote!(.cancel_on_disconnect()),
    });
    let deprecated = endpoint.deprecated.then(|| quote!(.deprecated()));
    let parallel = options.parallel.then(|| quote!(.parallel()));
    let order = options.order.map(|order| quote!(.order(#order)));
    quote!(#hidden #timeout #heartbeat #cache #max_body #max_file #on_disconnect #deprecated #parallel #order)
}

/// Schemas that are taken already, by the tokens of their type: one that is missing for a type
/// which stands twice in a signature is one mistake.
type Schemas = HashMap<String, Ident>;

fn key(ty: &Type) -> String {
    ty.to_token_stream().to_string()
}

/// Leaves what each argument is in the local of [`argument`].
fn bind_arguments(types: &[Type], mut schemas: Schemas) -> TokenStream {
    let bind = types.iter().enumerate().map(|(index, ty)| {
        let span = at(ty.span());
        let role = local("role", index, ty.span());
        let argument = argument(index, span);
        let known = schemas.get(&key(ty)).cloned();
        let is_new = known.is_none();
        let schema = known.unwrap_or_else(|| local("schema", index, span));
        schemas.insert(key(ty), schema.clone());

        let take_schema = is_new.then(|| {
            let role_schema = demand(&role, "schema");
            quote_spanned!(span=> let #schema = #role_schema;)
        });
        let decoder = demand(&role, "decoder");
        quote_spanned! {span=>
            let #role = (&&&__tunnel::ArgProbe::<#ty>::NEW).__tunnel_role();
            #take_schema
            let #argument = #role.bind(#decoder, #schema);
        }
    });
    bind.collect()
}

/// Leaves what the inputs are in `__tunnel_inputs`. The bound "at most one" is on `and`, so that it
/// is shown at the surplus argument.
fn collect_inputs(types: &[Type]) -> TokenStream {
    let span = at(Span::call_site());
    let first = quote_spanned!(span=> let __tunnel_inputs = __tunnel::NO_INPUT;);
    let rest = types.iter().enumerate().map(|(index, ty)| {
        let span = at(ty.span());
        let argument = argument(index, span);
        quote_spanned!(span=> let __tunnel_inputs = __tunnel_inputs.and(&#argument);)
    });
    iter::once(first).chain(rest).collect()
}

/// The call that puts arguments, result and function together, spanned at the function's name:
/// what can still be wrong here is the function's future.
fn assemble(endpoint: &Endpoint, constructor: &str) -> TokenStream {
    let ident = &endpoint.ident;
    let span = at(ident.span());
    let indices = 0..endpoint.arguments.len();
    let arguments: Vec<_> = indices.clone().map(|index| argument(index, span)).collect();
    let values: Vec<_> = indices.map(|index| local("value", index, span)).collect();
    let constructor = if endpoint.options.blocking {
        format_ident!("blocking_{constructor}", span = span)
    } else {
        format_ident!("{constructor}", span = span)
    };
    // Named as a value, the function is async because someone demands it, even when it awaits
    // nothing: `clippy::unused_async` goes by that.
    quote_spanned! {span=>
        let __tunnel_function = #ident;
        __tunnel::#constructor(
            (#(#arguments,)*),
            __tunnel_return,
            move |(#(#values,)*)| __tunnel_function(#(#values),*),
        )
    }
}

/// The local that holds what an argument is.
fn argument(index: usize, span: Span) -> Ident {
    local("arg", index, span)
}

/// A local. Its span comes from [`at`], unless it is defined and used in one place.
fn local(name: &str, index: usize, span: Span) -> Ident {
    format_ident!("__tunnel_{name}{index}", span = span)
}

/// The role of the result.
fn return_role(endpoint: &Endpoint) -> Ident {
    Ident::new("__tunnel_return_role", endpoint.output_span())
}

/// A call that has a bound on the type behind `role`. It has the plain span of the type, as the
/// role has: the error then shows the type, and nothing of an expansion around it.
fn demand(role: &Ident, method: &str) -> TokenStream {
    let method = Ident::new(method, role.span());
    quote_spanned!(role.span()=> #role.#method())
}

/// The type that the function returns, `()` when it says nothing.
fn returned(endpoint: &Endpoint) -> Type {
    let span = endpoint.output_span();
    endpoint
        .output
        .clone()
        .unwrap_or_else(|| parse_quote_spanned!(span=> ()))
}
