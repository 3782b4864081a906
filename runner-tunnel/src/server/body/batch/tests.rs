use super::*;

fn parse_in(text: &[u8], dialect: Dialect) -> Result<Vec<String>, String> {
    let calls = BatchCall::parse(&Bytes::copy_from_slice(text), 3, dialect);
    let shown = |value: Option<Bytes>| {
        value.map_or("undefined".to_owned(), |value| {
            String::from_utf8(value.to_vec()).unwrap()
        })
    };
    let calls = calls.map_err(|error| format!("{} {error}", error.code().as_str()))?;
    let calls = calls.into_iter().map(|call| match call {
        BatchCall::Task { id, input } => format!("task {id} {}", shown(input)),
        BatchCall::Event { id, body } => {
            let back = if body.return_payload { " back" } else { "" };
            format!("event {id} {}{back}", shown(body.payload))
        }
    });
    Ok(calls.collect())
}

fn parse(text: &str) -> Result<Vec<String>, String> {
    parse_in(text.as_bytes(), Dialect::Runner)
}

#[track_caller]
fn takes(text: &str, calls: &[&str]) {
    let calls = calls.iter().map(|call| (*call).to_owned()).collect();
    assert_eq!(parse(text), Ok(calls), "{text}");
}

#[track_caller]
fn refuses(text: &str, error: &str) {
    assert_eq!(parse(text), Err(error.to_owned()), "{text}");
}

#[test]
fn values_stand_as_they_were_sent() {
    takes(r#"{"calls":[]}"#, &[]);
    takes(
        r#" { "calls" : [ {"task":"a","input": {"x" : 1e400} } , {"event":"b","payload":[1],"returnPayload":true} ] } "#,
        &[r#"task a {"x" : 1e400}"#, "event b [1] back"],
    );
    takes(
        r#"{"calls":[{"task":"a"},{"event":"b"},{"input":null,"task":"c"}]}"#,
        &["task a undefined", "event b undefined", "task c null"],
    );
}

#[test]
fn a_value_is_no_affair_of_the_batch() {
    let record = r#"{"__type":"Nope","value":1}"#;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for value in [record, &deep, r#"{"__graph":true}"#, r#""\ud800""#] {
        takes(
            &format!(r#"{{"calls":[{{"task":"a","input":{value}}}]}}"#),
            &[&format!("task a {value}")],
        );
    }
}

#[test]
fn keys_may_be_escaped_and_the_later_of_two_counts() {
    takes(
        r#"{"calls":1,"calls":[{"t\u0061sk":"a","task":"b","input":1,"input":2}],"other":[]}"#,
        &["task b 2"],
    );
}

#[test]
fn a_batch_may_be_one_graph() {
    let graph = r#"{"__graph":true,"version":1,"root":{"__ref":"b"},"nodes":{
        "b":{"kind":"object","value":{"calls":{"__ref":"c"}}},
        "c":{"kind":"array","value":[{"__ref":"x"},{"__ref":"x"}]},
        "x":{"kind":"object","value":{"task":"a","input":{"__ref":"d"}}},
        "d":{"kind":"type","type":"Date","value":"1970-01-01T00:00:00.000Z"}}}"#;
    let call = r#"task a {"__type":"Date","value":"1970-01-01T00:00:00.000Z"}"#;
    takes(graph, &[call, call]);
    refuses(
        r#"{"__graph":true,"version":1,"root":{"__ref":"b"},"nodes":{"b":{"kind":"array","value":[]}}}"#,
        "INVALID_INPUT batch: expected an object with calls, found an array",
    );
    refuses(
        r#"{"__graph":true,"version":1,"root":{"__ref":"x"},"nodes":{}}"#,
        "INVALID_JSON Invalid JSON body",
    );
}

#[test]
fn a_graph_is_nothing_in_ejson() {
    let text = br#"{"__graph":1,"calls":[{"task":"a","input":{"$date":0}}]}"#;
    let calls = parse_in(text, Dialect::Ejson);
    assert_eq!(calls, Ok(vec![r#"task a {"$date":0}"#.to_owned()]));
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "{",
        "nope",
        r#"{"calls":[}"#,
        r#"{"calls":[]} {}"#,
        r#"{"calls":[{"task":"a","input":{"x":}}]}"#,
        r#"{"calls":[],"x":nope}"#,
        r#"{"calls":[{"task":"a"},{"task":"a"},{"task":"a"},{"task":"a"},]}"#,
    ] {
        refuses(text, "INVALID_JSON Invalid JSON body");
    }
    let no_text = b"{\"calls\":[],\"x\":\"\xff\"}";
    assert!(parse_in(no_text, Dialect::Runner).is_err());
    let bomb = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    refuses(&bomb, "INVALID_JSON Invalid JSON body");
}

#[test]
fn what_is_no_batch_is_refused() {
    for (text, found) in [
        ("", "undefined"),
        ("[]", "an array"),
        ("5", "a number"),
        (r#""calls""#, "a string"),
        (" true", "a boolean"),
        ("null", "null"),
    ] {
        refuses(
            text,
            &format!("INVALID_INPUT batch: expected an object with calls, found {found}"),
        );
    }
    for (text, found) in [
        ("{}", "undefined"),
        (r#"{"calls":null}"#, "null"),
        (r#"{"calls":{"__type":"Set","value":[]}}"#, "an object"),
    ] {
        refuses(
            text,
            &format!("INVALID_INPUT calls: expected an array, found {found}"),
        );
    }
}

#[test]
fn a_call_that_is_none_is_named() {
    for (call, why) in [
        (
            "5",
            "calls[1]: expected an object with a task or an event, found a number",
        ),
        (
            r#"[[{"task":"a"}]]"#,
            "calls[1]: expected an object with a task or an event, found an array",
        ),
        ("{}", "calls[1]: expected a task or an event, found neither"),
        (
            r#"{"task":"a","event":"b"}"#,
            "calls[1]: expected a task or an event, found both",
        ),
        (
            r#"{"task":5}"#,
            "calls[1].task: expected a string, found a number",
        ),
        (
            r#"{"event":null}"#,
            "calls[1].event: expected a string, found null",
        ),
        (
            r#"{"task":""}"#,
            "calls[1].task: expected an id of 1 to 1024 bytes, found 0 bytes",
        ),
        (
            r#"{"task":"a","inptu":1}"#,
            r#"calls[1].inptu: expected only the fields "task", "input", found an unknown field"#,
        ),
        (
            r#"{"task":"a","payload":1}"#,
            r#"calls[1].payload: expected only the fields "task", "input", found an unknown field"#,
        ),
        (
            r#"{"task":"a","returnPayload":true}"#,
            r#"calls[1].returnPayload: expected only the fields "task", "input", found an unknown field"#,
        ),
        (
            r#"{"event":"a","input":1}"#,
            r#"calls[1].input: expected only the fields "event", "payload", "returnPayload", found an unknown field"#,
        ),
        (
            r#"{"event":"a","returnPayload":1}"#,
            "calls[1].returnPayload: expected a boolean, found a number",
        ),
    ] {
        refuses(
            &format!(r#"{{"calls":[{{"task":"a"}},{call}]}}"#),
            &format!("INVALID_INPUT {why}"),
        );
    }
}

#[test]
fn more_calls_than_there_may_be_are_counted_and_not_looked_at() {
    takes(
        r#"{"calls":[{"task":"a"},{"task":"b"},{"task":"c"}]}"#,
        &["task a undefined", "task b undefined", "task c undefined"],
    );
    refuses(
        r#"{"calls":[1,2,3,4,5]}"#,
        "PAYLOAD_TOO_LARGE Calls limit exceeded: expected at most 3 calls, found 5",
    );
}
