use quote::{ToTokens, quote};

use super::*;

fn parse(kind: Kind, tokens: TokenStream) -> (Args, Vec<String>) {
    let mut diag = Diagnostics::default();
    let args = Args::parse(kind, tokens, &mut diag);
    (args, diag.messages())
}

fn options(tokens: &TokenStream) -> Options {
    let (args, errors) = parse(Kind::Event, quote!("a", #tokens));
    assert_eq!(errors, [""; 0], "{tokens}");
    args.options
}

fn task_errors(tokens: TokenStream) -> Vec<String> {
    parse(Kind::Task, tokens).1
}

fn event_error(tokens: &TokenStream) -> String {
    let mut errors = parse(Kind::Event, quote!("a", #tokens)).1;
    assert_eq!(errors.len(), 1, "{tokens}: {errors:?}");
    errors.remove(0)
}

#[test]
fn reads_the_id_alone() {
    for tokens in [quote!("a.b"), quote!("a.b",), quote!(r"a.b")] {
        let (args, errors) = parse(Kind::Task, tokens);
        assert_eq!(errors, [""; 0]);
        assert_eq!(args.id.map(|id| id.value()).as_deref(), Some("a.b"));
    }
}

#[test]
fn absent_keys_stay_unset() {
    let options = options(&quote!());
    assert!(!options.hidden && !options.blocking && !options.parallel);
    assert_eq!(options.timeout_ms, None);
    assert_eq!(options.max_body, None);
    assert_eq!(options.on_disconnect, None);
    assert_eq!(options.order, None);
    assert!(options.description.is_none() && options.krate.is_none());
}

#[test]
fn reads_each_key() {
    assert!(options(&quote!(hidden)).hidden);
    assert!(options(&quote!(blocking)).blocking);
    assert!(options(&quote!(parallel)).parallel);
    assert_eq!(options(&quote!(timeout = "30s")).timeout_ms, Some(30_000));
    assert_eq!(options(&quote!(max_body = "8mb")).max_body, Some(8 << 20));
    assert_eq!(
        options(&quote!(on_disconnect = "finish")).on_disconnect,
        Some(OnDisconnect::Finish)
    );
    assert_eq!(
        options(&quote!(on_disconnect = "cancel")).on_disconnect,
        Some(OnDisconnect::Cancel)
    );
    let heartbeat = parse(Kind::Task, quote!("a", heartbeat = "3s")).0;
    assert_eq!(heartbeat.options.heartbeat_ms, Some(3000));
    let cache = parse(Kind::Task, quote!("a", cache = "1m", cache_shared)).0;
    let (ms, _) = cache.options.cache_ms.unwrap();
    assert_eq!(ms, 60_000);
    assert!(cache.options.cache_shared.is_some());
    let description = options(&quote!(description = "Adds.")).description;
    assert_eq!(
        description.map(|text| text.value()).as_deref(),
        Some("Adds.")
    );
    for krate in [quote!(a::b), quote!("a::b")] {
        let path = options(&quote!(crate = #krate)).krate;
        assert_eq!(path.to_token_stream().to_string(), quote!(a::b).to_string());
    }
}

#[test]
fn orders_are_whole_numbers_of_either_sign() {
    for order in [0, 5, -5, i32::MAX, i32::MIN] {
        let literal: TokenStream = order.to_string().parse().unwrap();
        assert_eq!(options(&quote!(order = #literal)).order, Some(order));
    }
}

#[test]
fn wrong_values_say_what_to_write() {
    let order = "`order` takes a whole number of 32 bits: write `order = -5`";
    let disconnect = "write `on_disconnect = \"finish\"` or `on_disconnect = \"cancel\"`";
    for (tokens, message) in [
        (
            quote!(timeout = "soon"),
            "`timeout` is not a duration: write `timeout = \"30s\"`",
        ),
        (
            quote!(timeout = 30),
            "`timeout` takes text in quotes: write `timeout = \"30s\"`",
        ),
        (
            quote!(timeout = "0s"),
            "`timeout` must be longer than zero: write `timeout = \"30s\"`",
        ),
        (
            quote!(max_body = "8"),
            "`max_body` needs a unit (b, kb, mb, gb or kib, mib, gib): write `max_body = \"8mb\"`",
        ),
        (
            quote!(max_body = 8_000_000),
            "`max_body` takes text in quotes: write `max_body = \"8mb\"`",
        ),
        (
            quote!(on_disconnect = "stop"),
            &format!("`on_disconnect` has two values: {disconnect}"),
        ),
        (
            quote!(on_disconnect = cancel),
            &format!("`on_disconnect` takes text in quotes: {disconnect}"),
        ),
        (
            quote!(description = 5),
            "`description` takes text in quotes: write `description = \"Adds two numbers.\"`",
        ),
        (
            quote!(crate = 5),
            "`crate` takes a path: write `crate = path::to::runner_tunnel`",
        ),
        (quote!(order = "5"), order),
        (quote!(order = 1.5), order),
        (quote!(order = 2_147_483_648), order),
        (quote!(order = -2_147_483_649), order),
    ] {
        assert_eq!(event_error(&tokens), message, "{tokens}");
    }
}

#[test]
fn unknown_keys_name_the_nearest_or_all() {
    assert_eq!(
        task_errors(quote!("a", timout = "30s")),
        ["unknown key `timout`: did you mean `timeout`?"]
    );
    assert_eq!(
        task_errors(quote!("a", retries = 3)),
        [
            "unknown key `retries`: write one of `cache`, `cache_shared`, `heartbeat`, `max_file`, `hidden`, `timeout`, \
             `max_body`, `on_disconnect`, `blocking`, `description`, `crate`"
        ]
    );
    assert_eq!(
        event_error(&quote!(paralel)),
        "unknown key `paralel`: did you mean `parallel`?"
    );
}

#[test]
fn tasks_do_not_take_the_keys_of_events() {
    assert_eq!(
        task_errors(quote!("a", parallel, order = 1)),
        [
            "only events take `parallel`: remove it, a task has one handler",
            "only events take `order`: remove it, a task has one handler",
        ]
    );
}

#[test]
fn keys_of_tasks_are_refused_on_events() {
    assert_eq!(
        event_error(&quote!(heartbeat = "3s")),
        "only tasks take `heartbeat`: set the tunnel's own, which holds for events too"
    );
    for key in ["cache", "cache_shared"] {
        let name = quote::format_ident!("{key}");
        assert_eq!(
            event_error(&quote!(#name = "30s")),
            format!("only tasks take `{key}`: remove it, an event has no answer to keep")
        );
    }
    assert_eq!(
        event_error(&quote!(max_file = "1mb")),
        "only tasks take `max_file`: remove it, an event has no files"
    );
}

#[test]
fn a_missing_id_is_one_mistake() {
    let usage = "write `#[tunnel_task(\"app.tasks.add\")]`";
    let literal =
        format!("the id of a task is a string literal, which the macro can read: {usage}");
    for (tokens, message) in [
        (quote!(), format!("the id is missing: {usage}")),
        (
            quote!(hidden, timeout = "30s"),
            format!("the id is missing before this: {usage}"),
        ),
        (
            quote!(timeout = "30s"),
            format!("the id is missing before this: {usage}"),
        ),
        (quote!(ADD_ID), literal.clone()),
        (quote!(ids::ADD, hidden), literal.clone()),
        (quote!(concat!("a", "b")), literal.clone()),
        (quote!(42), literal.clone()),
        (quote!(b"a"), literal),
        (
            quote!("a" hidden),
            "unexpected after the id: write a comma between them".into(),
        ),
        (
            quote!(id = "a"),
            "the id has no key: write it as the first argument, in quotes".into(),
        ),
        (
            quote!(hidden, id = "a"),
            "the id has no key: write it as the first argument, in quotes".into(),
        ),
        (
            quote!(hidden, "a"),
            "the id comes first: move it before the keys".into(),
        ),
        (
            quote!("a", "b"),
            "a task has one id: remove this one, or write a second function for it".into(),
        ),
    ] {
        assert_eq!(task_errors(tokens.clone()), [message], "{tokens}");
    }
}

#[test]
fn a_bad_id_is_reported_with_the_other_mistakes() {
    assert_eq!(
        task_errors(quote!("/a", hiden)),
        [
            "remove the leading `/` from the id: empty path segments are dropped on the wire",
            "unknown key `hiden`: did you mean `hidden`?",
        ]
    );
}
