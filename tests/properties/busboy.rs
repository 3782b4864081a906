//! What Runner's own server reads of a form with busboy, well-formed or not, is what is read here.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use runner_tunnel_tests::node;
use serde::Deserialize;

use crate::forms::{Part, parts, read, write};

const FORMS: usize = 400;

/// What busboy says to one body.
#[derive(Debug, Deserialize)]
struct Answer {
    fault: Option<String>,
    parts: Vec<NodePart>,
}

#[derive(Debug, Deserialize)]
struct NodePart {
    name: Option<String>,
    filename: Option<String>,
    #[serde(rename = "type")]
    content_type: String,
    data: String,
}

#[test]
fn busboy_reads_the_same() -> Result<(), Box<dyn std::error::Error>> {
    if !node::is_wanted() {
        return Ok(());
    }
    let bodies = bodies()?;
    let mut lines = String::new();
    for body in &bodies {
        writeln!(lines, "{}", hex(body))?;
    }
    let mut node = Command::new("node")
        .arg("forms.js")
        .current_dir(node::peers())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = node.stdin.take().ok_or("a pipe")?;
    // It answers while it reads.
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = node.wait_with_output()?;
    writer.join().map_err(|_| "the writer ends")??;
    let answers: Vec<Answer> = String::from_utf8(output.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    assert_eq!(answers.len(), bodies.len());
    let mut differences = Vec::new();
    let mut known = 0;
    for (body, answer) in bodies.iter().zip(&answers) {
        let ours = read([&body[..]]);
        let is_same = match (&ours, &answer.fault) {
            (Err(_), Some(_)) => true,
            (Ok(ours), None) => is_same(ours, &answer.parts),
            _ => false,
        };
        if is_same {
            continue;
        }
        match reason(body, ours.as_ref().err()) {
            Some(_) => known += 1,
            None => differences.push(format!(
                "{:?}\n  {ours:?}\n  {answer:?}",
                String::from_utf8_lossy(body)
            )),
        }
    }
    println!(
        "{} of {} bodies differ for a known reason",
        known,
        bodies.len()
    );
    assert!(
        differences.is_empty(),
        "{}:\n{}",
        differences.len(),
        differences.join("\n")
    );
    Ok(())
}

/// Why the two differ, where they do so on purpose.
fn reason(body: &[u8], fault: Option<&String>) -> Option<&'static str> {
    let text = String::from_utf8_lossy(body);
    let lines: Vec<&str> = text.split("\r\n").collect();
    let is_head = |line: &&&str| line.to_ascii_lowercase().starts_with("content-");
    if fault.is_some_and(|fault| fault.contains("delimiter is not followed")) {
        return Some("busboy ignores a part after a delimiter that does not end its line");
    }
    if lines
        .iter()
        .any(|line| line.trim_end() != *line && line.trim_end() == "--xYz")
    {
        return Some("busboy ignores a part after a delimiter with transport padding");
    }
    if text.contains("--xYz\r\n\r\n") {
        return Some("busboy refuses a part without headers");
    }
    if text.contains("\r\n\r\n--xYz") {
        return Some("busboy has no rule for a part that lacks the second line break");
    }
    if lines
        .iter()
        .filter(is_head)
        .any(|line| line.contains(['\n', '\r']))
    {
        return Some("busboy refuses line breaks in a file name");
    }
    if text.matches("Content-Disposition").count() > text.matches("--xYz").count() {
        return Some("busboy takes a delimiter among the headers out and goes on");
    }
    if lines.iter().filter(is_head).any(|line| !is_strict(line)) {
        return Some(
            "busboy ignores a part whose disposition has a mistake, and a media type with one",
        );
    }
    None
}

/// Whether a header has parameters as they are written here, and nothing else.
fn is_strict(line: &str) -> bool {
    let parameter = r#"; (name|filename)="([^"\\\x00-\x1f\x7f]|\\")*""#;
    regex::Regex::new(&format!(
        "(?i)^(Content-Disposition: form-data({parameter})*|Content-Type: [a-z]+/[a-z-]+)$"
    ))
    .is_ok_and(|regex| regex.is_match(line))
}

fn is_same(ours: &[Part], theirs: &[NodePart]) -> bool {
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| {
            ours.name == theirs.name.clone().unwrap_or_default()
                && ours.filename == theirs.filename
                && ours.content_type.as_deref().unwrap_or("text/plain") == theirs.content_type
                && hex(&ours.data) == theirs.data
        })
}

/// Well-formed ones, and ones with a mistake or two.
fn bodies() -> Result<Vec<Vec<u8>>, String> {
    let mut runner = TestRunner::deterministic();
    let mut bodies = Vec::new();
    let well_formed = parts().prop_map(|parts| write(&parts));
    let words = select(
        &[
            "\r\n",
            "\n",
            "\r",
            "--",
            "-",
            "--xYz",
            "\r\n--xYz",
            "\r\n--xYz\r\n",
            "\r\n--xYz--",
            " ",
            "\"",
            ";",
            ":",
            "\\",
            "x",
        ][..],
    );
    let mutation = (any::<Index>(), any::<Index>(), 0..3, words);
    let mutated = (well_formed, vec(mutation, 0..3)).prop_map(|(mut body, mutations)| {
        for (from, to, kind, word) in mutations {
            let (from, to) = (from.index(body.len()), to.index(body.len()));
            let (from, to) = (from.min(to), from.max(to));
            match kind {
                0 => drop(body.splice(from..from, word.bytes())),
                1 => drop(body.drain(from..(from + 4).min(to))),
                _ => body.extend_from_within(from..to),
            }
        }
        body
    });
    for _ in 0..FORMS {
        let body = mutated
            .new_tree(&mut runner)
            .map_err(|reason| reason.to_string())?;
        bodies.push(body.current());
    }
    Ok(bodies)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
