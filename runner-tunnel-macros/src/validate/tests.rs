use quote::ToTokens;

use super::*;
use crate::testing::tokens;

fn check(kind: Kind, args: &str, item: &str) -> (Option<Endpoint>, Vec<String>) {
    let mut diag = Diagnostics::default();
    let args = Args::parse(kind, tokens(&format!("\"a\", {args}")), &mut diag);
    let endpoint = Function::parse(kind, tokens(item), &mut diag)
        .and_then(|function| endpoint(kind, args, &function, &mut diag));
    (endpoint, diag.messages())
}

/// Each item has one mistake, which is reported once.
fn assert_refusals(cases: &[(&str, &str)]) {
    for (item, message) in cases {
        assert_eq!(check(Kind::Task, "", item).1, [*message], "{item}");
    }
}

const CONCRETE: &str =
    "the registry needs one concrete function: write a wrapper with concrete types";

#[test]
fn takes_what_can_be_served() {
    for item in [
        "async fn add() {}",
        "pub async fn add(input: Add) -> Result<i64, Error> {}",
        "async fn add(State(db): State<Db>, mut input: Add, _: TaskContext) {}",
        "async fn add(name: &'static str, text: Cow<'static, str>) -> &'static str {}",
        "async fn add(f: fn(&str) -> &str, g: Box<dyn Fn(&str)>, h: Box<dyn for<'a> T<'a>>) {}",
        "async fn add(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A) {}",
    ] {
        let (endpoint, errors) = check(Kind::Task, "", item);
        assert!(endpoint.is_some(), "{item}");
        assert_eq!(errors, [""; 0], "{item}");
    }
}

#[test]
fn what_is_shared_has_to_be_kept() {
    let mistakes = |args| check(Kind::Task, args, "async fn add() {}").1;
    assert_eq!(
        mistakes("cache_shared"),
        [
            "`cache_shared` says who shares what `cache` keeps: write `cache = \"30s\", cache_shared`, or remove it"
        ]
    );
    assert_eq!(mistakes("cache_shared, cache = \"30s\""), [""; 0]);
    assert_eq!(mistakes("cache_shared, cache = \"soon\"").len(), 1);
}

#[test]
fn refuses_what_cannot_be_called() {
    let free = "tunnels serve free functions only: move this function out of its impl block or \
                trait, and take shared values as `State<T>`";
    assert_refusals(&[
        (
            "fn add() {}",
            "make `add` an `async fn`, or add `blocking` to run it on the blocking pool",
        ),
        (
            "const async fn add() {}",
            "remove `const`: a task runs when it is called",
        ),
        (
            "async unsafe fn add() {}",
            "remove `unsafe`: clients call `add` with any input, so it must be safe for all",
        ),
        (
            "async extern \"C\" fn add() {}",
            "remove `extern`: `add` is called from Rust",
        ),
        ("async fn add(&self, a: A) {}", free),
        ("async fn add(self: Arc<Self>) -> i64;", free),
        ("async fn add(a: A);", free),
        (
            "async fn add(a: A, ...) {}",
            "remove `...`: the input is one value, take a `Vec` in it",
        ),
        (
            "async fn add(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A) {}",
            "at most 8 arguments: put some into one struct, as the input or as an extractor of \
             your own",
        ),
        (
            "async fn add(#[cfg(a)] a: A) {}",
            "the registry needs one list of arguments: put the condition on the function",
        ),
        (
            "#[tunnel_event(\"b\")] async fn add() {}",
            "this function has `#[tunnel_task]` already: remove this attribute, or put it on a \
             second function that calls `add`",
        ),
    ]);
}

#[test]
fn refuses_generics_once_with_all_that_hangs_on_them() {
    let where_clause = format!("remove the where clause: {CONCRETE}");
    assert_refusals(&[
        (
            "async fn add<T: A, const N: usize>(x: T) where T: B {}",
            CONCRETE,
        ),
        (
            "async fn add<'a>(x: &'a A, y: Cow<'a, A>) -> &'a A {}",
            CONCRETE,
        ),
        ("async fn add() where u8: Copy {}", &where_clause),
    ]);
}

#[test]
fn refuses_types_that_borrow_or_have_no_name() {
    let no_self = "write the type's name: tunnels serve free functions, which have no `Self`";
    assert_refusals(&[
        ("async fn add(a: &A) {}", ARGUMENT.owned),
        ("async fn add(a: &mut Vec<&A>) {}", ARGUMENT.owned),
        ("async fn add(a: Option<&'_ A>) {}", ARGUMENT.owned),
        ("async fn add(a: Cow<'_, str>) {}", ARGUMENT.owned),
        ("async fn add(a: impl A) {}", ARGUMENT.concrete),
        ("async fn add() -> &str {}", OUTPUT.owned),
        ("async fn add() -> Vec<Cow<'_, str>> {}", OUTPUT.owned),
        ("async fn add() -> Result<impl A, B> {}", OUTPUT.concrete),
        ("async fn add(a: Self) {}", no_self),
        ("async fn add() -> Vec<Self::A> {}", no_self),
    ]);
}

#[test]
fn blocking_is_for_plain_functions() {
    let (endpoint, errors) = check(Kind::Event, "blocking", "fn add() {}");
    assert!(endpoint.is_some());
    assert_eq!(errors, [""; 0]);
    assert_eq!(
        check(Kind::Event, "blocking", "async fn add() {}").1,
        ["`blocking` is for plain functions: make `add` a `fn`, or remove `blocking`"]
    );
    // Written wrongly, it still says what was meant.
    assert_eq!(
        check(Kind::Event, "blocking = true", "fn add() {}").1,
        ["`blocking` takes no value: write `blocking` alone"]
    );
}

#[test]
fn reports_all_mistakes_of_attribute_and_signature() {
    let item = "const unsafe fn add<T>(a: &A, b: impl B) -> &C {}";
    let (_, errors) = check(Kind::Task, "hiden, timeout = \"0s\"", item);
    assert_eq!(errors.len(), 9, "{errors:#?}");
}

#[test]
fn reads_the_attributes_of_the_function() {
    let item = r#"
        /// Adds.
        #[deprecated(note = "use `sum`")]
        #[cfg(feature = "math")]
        #[cfg(unix)]
        async fn add() {}
    "#;
    let endpoint = check(Kind::Task, "", item).0.unwrap();
    assert!(endpoint.deprecated);
    assert_eq!(endpoint.shared_attrs.len(), 2);
    assert_eq!(endpoint.docs.len(), 1);

    let endpoint = check(Kind::Task, "description = \"Sums.\"", item)
        .0
        .unwrap();
    let docs: Vec<_> = endpoint
        .docs
        .iter()
        .map(|doc| doc.to_token_stream().to_string())
        .collect();
    assert_eq!(docs, ["\"Sums.\""]);
}
