//! Refusals: what a task or an event handler cannot be, why, and what to write instead.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    FnArg, GenericParam, Generics, Lifetime, ParenthesizedGenericArguments, ReturnType, Safety,
    Signature, TraitBound, Type, TypeFnPtr, TypeImplTrait, TypePath, TypeReference,
    visit::{self, Visit},
};

use crate::{
    args::Args,
    diag::Diagnostics,
    doc,
    model::{Endpoint, Kind, Options},
    signature::Function,
};

/// As many as the library has implementations for.
const MAX_ARGUMENTS: usize = 8;

/// The endpoint that arguments and function describe. Mistakes go to `diag`.
pub(crate) fn endpoint(
    kind: Kind,
    args: Args,
    function: &Function,
    diag: &mut Diagnostics,
) -> Option<Endpoint> {
    let signature = &function.signature;
    once(kind, function, diag);
    cache(&args.options, diag);
    free(function, diag);
    qualifiers(kind, args.options.blocking, signature, diag);
    generics(&signature.generics, diag);
    let arguments = arguments(signature, diag);
    let output = output(signature, diag);
    let docs = match &args.options.description {
        Some(description) => vec![syn::parse_quote!(#description)],
        None => doc::lines(&function.attrs),
    };
    let named = |name| move |attr: &&syn::Attribute| attr.path().is_ident(name);
    Some(Endpoint {
        id: args.id?,
        options: args.options,
        ident: signature.ident.clone(),
        arguments,
        output,
        docs,
        deprecated: function.attrs.iter().any(|attr| named("deprecated")(&attr)),
        shared_attrs: function
            .attrs
            .iter()
            .filter(|attr| named("cfg")(attr) || named("allow")(attr))
            .cloned()
            .collect(),
    })
}

/// One function answers to one id.
fn once(kind: Kind, function: &Function, diag: &mut Diagnostics) {
    let attribute = kind.attribute();
    for attr in function.repeated() {
        diag.error(
            attr,
            format!(
                "this function has `#[{attribute}]` already: remove this attribute, or put it on a \
                 second function that calls `{}`",
                function.signature.ident
            ),
        );
    }
}

fn cache(options: &Options, diag: &mut Diagnostics) {
    if let (Some(shared), None) = (&options.cache_shared, &options.cache_ms) {
        diag.error(
            shared,
            "`cache_shared` says who shares what `cache` keeps: write `cache = \"30s\", \
             cache_shared`, or remove it",
        );
    }
}

/// A method, or a function of a trait. That others are in an impl block is not to be seen here.
fn free(function: &Function, diag: &mut Diagnostics) {
    let signature = &function.signature;
    let reason = "tunnels serve free functions only: move this function out of its impl block or \
                  trait, and take shared values as `State<T>`";
    if let Some(receiver) = signature.receiver() {
        diag.error(receiver, reason);
    } else if !function.has_body {
        diag.error(&signature.ident, reason);
    }
}

/// What stands before `fn`.
fn qualifiers(kind: Kind, blocking: bool, signature: &Signature, diag: &mut Diagnostics) {
    let name = &signature.ident;
    if let Some(constness) = signature.constness {
        diag.error(
            constness,
            format!("remove `const`: a {} runs when it is called", kind.noun()),
        );
    }
    match signature.asyncness {
        Some(asyncness) if blocking => diag.error(
            asyncness,
            format!(
                "`blocking` is for plain functions: make `{name}` a `fn`, or remove `blocking`"
            ),
        ),
        None if !blocking => diag.error(
            signature.fn_token,
            format!(
                "make `{name}` an `async fn`, or add `blocking` to run it on the blocking pool"
            ),
        ),
        _ => {}
    }
    if let Safety::Unsafe(unsafety) = signature.safety {
        diag.error(
            unsafety,
            format!(
                "remove `unsafe`: clients call `{name}` with any input, so it must be safe for all"
            ),
        );
    }
    if let Some(abi) = &signature.abi {
        diag.error(
            abi,
            format!("remove `extern`: `{name}` is called from Rust"),
        );
    }
}

/// One mistake for the list and everything that hangs on it.
fn generics(generics: &Generics, diag: &mut Diagnostics) {
    let reason = "the registry needs one concrete function: write a wrapper with concrete types";
    if !generics.params.is_empty() {
        // Without the where clause, which goes away together with the parameters.
        diag.error(angle_brackets(generics), reason);
    } else if let Some(clause) = &generics.where_clause {
        diag.error(clause, format!("remove the where clause: {reason}"));
    }
}

fn angle_brackets(generics: &Generics) -> TokenStream {
    let Generics {
        lt_token,
        params,
        gt_token,
        ..
    } = generics;
    quote!(#lt_token #params #gt_token)
}

fn arguments(signature: &Signature, diag: &mut Diagnostics) -> Vec<Type> {
    let mut types = Vec::new();
    for argument in &signature.inputs {
        // A receiver is reported already.
        let FnArg::Typed(argument) = argument else {
            continue;
        };
        for attr in &argument.attrs {
            if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
                diag.error(
                    attr,
                    "the registry needs one list of arguments: put the condition on the function",
                );
            }
        }
        owned(&argument.ty, signature, &ARGUMENT, diag);
        types.push((*argument.ty).clone());
    }
    if let Some(variadic) = &signature.variadic {
        diag.error(
            variadic,
            "remove `...`: the input is one value, take a `Vec` in it",
        );
    }
    if let Some(surplus) = signature.inputs.iter().nth(MAX_ARGUMENTS) {
        diag.error(
            surplus,
            format!(
                "at most {MAX_ARGUMENTS} arguments: put some into one struct, as the input or as \
                 an extractor of your own"
            ),
        );
    }
    types
}

fn output(signature: &Signature, diag: &mut Diagnostics) -> Option<Type> {
    match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => {
            diag.error(
                ty,
                "remove `-> !`: a call is answered when the function returns",
            );
            None
        }
        ReturnType::Type(_, ty) => {
            owned(ty, signature, &OUTPUT, diag);
            Some((**ty).clone())
        }
    }
}

/// How a place of the signature words its refusals.
struct Place {
    owned: &'static str,
    concrete: &'static str,
}

const ARGUMENT: Place = Place {
    owned: "take an owned type: the input is decoded for the call",
    concrete: "take a concrete type: the input is decoded into it",
};

const OUTPUT: Place = Place {
    owned: "return an owned type: the result is encoded after the call",
    concrete: "return a concrete type: its schema is published",
};

/// Refuses types that borrow or that have no name outside of the function.
fn owned(ty: &Type, signature: &Signature, place: &Place, diag: &mut Diagnostics) {
    let generics = &signature.generics;
    Borrows {
        generics,
        place,
        diag,
    }
    .visit_type(ty);
}

struct Borrows<'a> {
    generics: &'a Generics,
    place: &'a Place,
    diag: &'a mut Diagnostics,
}

impl Borrows<'_> {
    /// A lifetime that the function declares is reported at its declaration.
    fn is_declared(&self, lifetime: &Lifetime) -> bool {
        self.generics.params.iter().any(
            |param| matches!(param, GenericParam::Lifetime(param) if param.lifetime == *lifetime),
        )
    }

    fn is_fine(&self, lifetime: &Lifetime) -> bool {
        lifetime.ident == "static" || self.is_declared(lifetime)
    }
}

impl<'ast> Visit<'ast> for Borrows<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        match &reference.lifetime {
            Some(lifetime) if self.is_fine(lifetime) => {
                visit::visit_type(self, &reference.elem);
            }
            // One mistake, however many references are inside.
            _ => self.diag.error(reference, self.place.owned),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if !self.is_fine(lifetime) {
            self.diag.error(lifetime, self.place.owned);
        }
    }

    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        self.diag.error(ty, self.place.concrete);
    }

    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        let first = ty.path.segments.first();
        match first.filter(|first| first.ident == "Self" && ty.qself.is_none()) {
            Some(first) => self.diag.error(
                &first.ident,
                "write the type's name: tunnels serve free functions, which have no `Self`",
            ),
            None => visit::visit_type_path(self, ty),
        }
    }

    // The lifetimes in these belong to calls of what is behind the type, not to the value.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        if bound.lifetimes.is_none() {
            visit::visit_trait_bound(self, bound);
        }
    }
}

#[cfg(test)]
mod tests;
