use std::time::Duration;

use http::HeaderValue;

use super::*;

const NAME: HeaderName = HeaderName::from_static("x-runner-token");

fn headers(sent: &[&str]) -> HeaderMap {
    let values = sent
        .iter()
        .map(|value| HeaderValue::from_str(value).unwrap());
    values.map(|value| (NAME, value)).collect()
}

fn accepts(tokens: &[Token], sent: &[&str]) -> bool {
    let tokens = Tokens::new(tokens).unwrap();
    tokens.find(&headers(sent), &NAME).is_some()
}

fn digest_of(text: &str) -> String {
    let digest: Sha = Sha256::digest(text).into();
    let mut digits = [0; 64];
    hex::encode_to_slice(digest, &mut digits).unwrap();
    String::from_utf8(digits.to_vec()).unwrap()
}

fn problems(tokens: &[Token]) -> Vec<String> {
    Tokens::new(tokens).unwrap_err()
}

#[test]
fn any_token_lets_in() {
    let tokens = [
        "one".into(),
        "another".into(),
        Token::from_sha256(digest_of("hashed")),
    ];
    for sent in ["one", "another", "hashed"] {
        assert!(accepts(&tokens, &[sent]), "{sent}");
        assert!(!accepts(&[], &[sent]), "{sent}");
    }
}

#[test]
fn anything_else_stays_out() {
    let digest = digest_of("hashed");
    let tokens = ["one".into(), "another".into(), Token::from_sha256(&digest)];
    for sent in [
        &[][..],
        &[""],
        &["One"],
        &["on"],
        &["onee"],
        &["one, another"],
        &["one", "one"],
        &["hashed", "hashed"],
        &[&digest],
    ] {
        assert!(!accepts(&tokens, sent), "{sent:?}");
    }
}

#[test]
fn a_token_lets_in_within_its_times() {
    let now = SystemTime::now();
    let (hour, token) = (Duration::from_secs(3600), || Token::new("one"));
    for (token, lets_in) in [
        (token().not_before(now - hour), true),
        (token().not_before(now + hour), false),
        (token().not_after(now + hour), true),
        (token().not_after(now - hour), false),
        (token().not_before(now - hour).not_after(now + hour), true),
    ] {
        assert_eq!(
            accepts(std::slice::from_ref(&token), &["one"]),
            lets_in,
            "{token:?}"
        );
        // The clock that this one asks for is no affair of the others.
        assert!(accepts(&[token, "another".into()], &["another"]));
    }
}

#[test]
fn tokens_with_one_secret_add_up() {
    let past = SystemTime::now() - Duration::from_secs(3600);
    let tokens = Tokens::new(&[
        Token::new("one").named("math").scopes(["app.math.*"]),
        Token::from_sha256(digest_of("one"))
            .named("mail")
            .scopes(["app.mail"]),
        Token::new("one")
            .named("old")
            .scopes(["app.old"])
            .not_after(past),
        Token::new("other"),
    ])
    .unwrap();
    let headers = headers(&["one"]);
    let caller = tokens.find(&headers, &NAME).unwrap();
    for (id, name) in [
        ("app.math.add", Some("math")),
        ("app.mail", Some("mail")),
        ("app.old", None),
        ("app.other", None),
    ] {
        assert_eq!(caller.permits(id), name.is_some(), "{id}");
        let granted = caller.grant(id).and_then(|grant| grant.name.as_deref());
        assert_eq!(granted, name, "{id}");
    }
    assert_eq!(tokens.len(), 4);
}

#[test]
fn a_token_stands_in_a_file_but_for_the_newline_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["one", "one\n", "one\r\n"] {
        let path = folder.path().join("token");
        std::fs::write(&path, text).unwrap();
        assert!(accepts(&[Token::from_file(&path)], &["one"]), "{text:?}");
    }
    let missing = problems(&[Token::from_file(folder.path().join("missing")).named("ci")]);
    assert!(
        missing[0].starts_with("token \"ci\" cannot be read from "),
        "{missing:?}"
    );
}

#[test]
fn tokens_that_cannot_be_meant_are_problems() {
    let now = SystemTime::now();
    for (token, named) in [
        (Token::new(""), "is empty"),
        (Token::from_sha256(digest_of("")), "is empty"),
        (Token::new(" one"), "blank"),
        (Token::new("tökén"), "printable ASCII"),
        (Token::new("[hidden]"), "hides secrets"),
        (Token::from_sha256("abc"), "64 hexadecimal digits"),
        (Token::new("one").named(""), "empty name"),
        (
            Token::new("one")
                .not_before(now)
                .not_after(now - Duration::from_secs(1)),
            "later than its not_after",
        ),
    ] {
        let problems = problems(std::slice::from_ref(&token));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with("token ") && problems[0].contains(named),
            "{problems:?}"
        );
    }
    let twice = problems(&[Token::new("one").named("ci"), Token::new("two").named("ci")]);
    assert_eq!(twice, ["token \"ci\" is there twice: names are unique"]);
}

#[test]
fn tokens_are_the_same_when_they_let_in_the_same_callers() {
    let tokens = |tokens: &[Token]| Tokens::new(tokens).unwrap();
    let text = tokens(&["one".into()]);
    assert_eq!(text, tokens(&["one".into()]));
    for other in [
        Token::new("two"),
        Token::new("one").scopes(["a"]),
        Token::new("one").named("ci"),
    ] {
        assert_ne!(text, tokens(&[other]));
    }
}

#[test]
fn a_token_that_can_let_nobody_in_is_told() {
    let past = SystemTime::now() - Duration::from_secs(60);
    let none: [&str; 0] = [];
    let tokens = Tokens::new(&[
        Token::new("old").named("ci").not_after(past),
        Token::new("nowhere").scopes(none),
        "new".into(),
    ]);
    assert_eq!(
        tokens.unwrap().idle(&[]),
        [
            "token \"ci\" has expired: it lets nobody in",
            "a token has no scopes: it reaches nothing",
        ]
    );
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one\ntwo\n").unwrap();
    let problems = problems(&[Token::from_file(&path).named("ci")]);
    let expected = format!("token \"ci\" in {} has characters", path.display());
    assert!(problems[0].starts_with(&expected), "{problems:?}");
}

#[test]
fn why_nobody_was_let_in_is_told_without_what_was_sent() {
    let minute = Duration::from_secs(60);
    let past = SystemTime::now() - minute;
    let tokens = Tokens::new(&[
        Token::new("old").not_after(past),
        Token::new("early").not_before(SystemTime::now() + minute),
        Token::new("shared").named("ci").not_after(past),
        Token::new("shared").named("deploy").not_after(past),
        "new".into(),
    ])
    .unwrap();
    for (sent, why) in [
        (&[][..], "no token"),
        (&["guess"], "a wrong token"),
        (&["new", "new"], "several tokens"),
        (&["old"], "a token out of its time"),
        (&["early"], "a token out of its time"),
        (&["shared"], r#"a token out of its time: "ci", "deploy""#),
    ] {
        assert_eq!(tokens.why_not(&headers(sent), &NAME), why);
    }
}
