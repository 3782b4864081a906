use quote::ToTokens;

use super::*;

fn check(kind: Kind, args: TokenStream, item: TokenStream) -> (Option<Endpoint>, Vec<String>) {
    let mut diag = Diagnostics::default();
    let args = Args::parse(kind, quote!("a", #args), &mut diag);
    let endpoint = Function::parse(kind, item, &mut diag)
        .and_then(|function| endpoint(kind, args, &function, &mut diag));
    (endpoint, diag.messages())
}

fn errors(item: TokenStream) -> Vec<String> {
    check(Kind::Task, TokenStream::new(), item).1
}

const CONCRETE: &str =
    "the registry needs one concrete function: write a wrapper with concrete types";

#[test]
fn takes_what_can_be_served() {
    for item in [
        quote!(
            async fn add() {}
        ),
        quote!(
            pub async fn add(input: Add) -> Result<i64, Error> {}
        ),
        quote!(
            async fn add(State(db): State<Db>, mut input: Add, _: TaskContext) {}
        ),
        quote!(
            async fn add(name: &'static str, text: Cow<'static, str>) -> &'static str {}
        ),
        quote!(
            async fn add(f: fn(&str) -> &str, g: Box<dyn Fn(&str)>, h: Box<dyn for<'a> T<'a>>) {}
        ),
        quote!(
            async fn add(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A) {}
        ),
    ] {
        let (endpoint, errors) = check(Kind::Task, TokenStream::new(), item.clone());
        assert!(endpoint.is_some(), "{item}");
        assert_eq!(errors, [""; 0], "{item}");
    }
}

#[test]
fn each_refusal_is_one_error_with_a_way_out() {
    for (item, message) in [
        (
            quote!(
                fn add() {}
            ),
            "make `add` an `async fn`, or add `blocking` to run it on the blocking pool",
        ),
        (
            quote!(
                const async fn add() {}
            ),
            "remove `const`: a task runs when it is called",
        ),
        (
            quote!(
                async unsafe fn add() {}
            ),
            "remove `unsafe`: clients call `add` with any input, so it must be safe for all",
        ),
        (
            quote!(
                async extern "C" fn add() {}
            ),
            "remove `extern`: `add` is called from Rust",
        ),
        (
            quote!(
                async fn add<T: A, const N: usize>(x: T)
                where
                    T: B,
                {
                }
            ),
            CONCRETE,
        ),
        (
            quote!(
                async fn add<'a>(x: &'a str, y: Cow<'a, str>) -> &'a str {}
            ),
            CONCRETE,
        ),
        (
            quote!(
                async fn add()
                where
                    u8: Copy,
                {
                }
            ),
            &format!("remove the where clause: {CONCRETE}"),
        ),
        (
            quote!(
                async fn add(a: A, ...) {}
            ),
            "remove `...`: the input is one value, take a `Vec` in it",
        ),
        (
            quote!(
                async fn add(&self, a: A) {}
            ),
            "tunnels serve free functions only: move this function out of the impl block and take \
             shared values as `State<T>`",
        ),
        (
            quote!(
                async fn add(a: &A) {}
            ),
            ARGUMENT.owned,
        ),
        (
            quote!(
                async fn add(a: &mut Vec<&A>) {}
            ),
            ARGUMENT.owned,
        ),
        (
            quote!(
                async fn add(a: Option<&'_ A>) {}
            ),
            ARGUMENT.owned,
        ),
        (
            quote!(
                async fn add(a: Cow<'_, str>) {}
            ),
            ARGUMENT.owned,
        ),
        (
            quote!(
                async fn add(a: impl A) {}
            ),
            ARGUMENT.concrete,
        ),
        (
            quote!(
                async fn add() -> &str {}
            ),
            OUTPUT.owned,
        ),
        (
            quote!(
                async fn add() -> Vec<Cow<'_, str>> {}
            ),
            OUTPUT.owned,
        ),
        (
            quote!(
                async fn add() -> Result<impl A, B> {}
            ),
            OUTPUT.concrete,
        ),
        (
            quote!(
                async fn add(a: Self) {}
            ),
            "write the type's name: tunnels serve free functions, which have no `Self`",
        ),
        (
            quote!(
                async fn add() -> Vec<Self::A> {}
            ),
            "write the type's name: tunnels serve free functions, which have no `Self`",
        ),
        (
            quote!(
                async fn add(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A) {}
            ),
            "at most 8 arguments: put some into one struct, as the input or as an extractor of \
             your own",
        ),
        (
            quote!(
                async fn add(#[cfg(a)] a: A) {}
            ),
            "the registry needs one list of arguments: put the condition on the function",
        ),
        (
            quote!(
                #[tunnel_event("b")]
                async fn add() {}
            ),
            "this function has `#[tunnel_task]` already: remove this attribute, or put it on a \
             second function that calls `add`",
        ),
    ] {
        assert_eq!(errors(item.clone()), [message], "{item}");
    }
}

#[test]
fn blocking_is_for_plain_functions() {
    let (endpoint, errors) = check(
        Kind::Event,
        quote!(blocking),
        quote!(
            fn add() {}
        ),
    );
    assert!(endpoint.is_some());
    assert_eq!(errors, [""; 0]);
    assert_eq!(
        check(
            Kind::Event,
            quote!(blocking),
            quote!(
                async fn add() {}
            )
        )
        .1,
        ["`blocking` is for plain functions: make `add` a `fn`, or remove `blocking`"]
    );
}

#[test]
fn reports_all_mistakes_of_attribute_and_signature() {
    let item = quote!(
        const unsafe fn add<T>(a: &A, b: impl B) -> &C {}
    );
    let (_, errors) = check(Kind::Task, quote!(hiden, timeout = "0s"), item);
    assert_eq!(errors.len(), 9, "{errors:#?}");
}

#[test]
fn reads_the_attributes_of_the_function() {
    let item = quote! {
        /// Adds.
        #[deprecated(note = "use `sum`")]
        #[cfg(feature = "math")]
        #[cfg(unix)]
        async fn add() {}
    };
    let (endpoint, _) = check(Kind::Task, TokenStream::new(), item.clone());
    let endpoint = endpoint.unwrap_or_else(|| panic!("no endpoint"));
    assert!(endpoint.deprecated);
    assert_eq!(endpoint.cfgs.len(), 2);
    assert_eq!(endpoint.docs.len(), 1);

    let (endpoint, _) = check(Kind::Task, quote!(description = "Sums."), item);
    let docs = endpoint.map(|endpoint| endpoint.docs).unwrap_or_default();
    let docs: Vec<_> = docs
        .iter()
        .map(|doc| doc.to_token_stream().to_string())
        .collect();
    assert_eq!(docs, ["\"Sums.\""]);
}
