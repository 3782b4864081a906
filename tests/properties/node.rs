//! What is written here is the same to the real packages: read and written by them, it is still that value.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use runner_tunnel::serializer::{Dialect, from_slice, to_vec};
use runner_tunnel::types::Value;
use runner_tunnel_tests::node;

use crate::values::values;

const VALUES: usize = 400;

#[test]
fn the_real_packages_give_back_what_they_got() -> Result<(), Box<dyn std::error::Error>> {
    if !node::is_wanted() {
        return Ok(());
    }
    let folder = node::installed(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
    let mut runner = TestRunner::deterministic();
    let mut sent = vec![(Dialect::Runner, Value::Number(f64::INFINITY))];
    for (dialect, name) in [(Dialect::Runner, "runner"), (Dialect::Ejson, "ejson")] {
        let values = values(dialect);
        for _ in 0..VALUES {
            let value = values
                .new_tree(&mut runner)
                .map_err(|reason| format!("{name}: {reason}"))?;
            sent.push((dialect, value.current()));
        }
    }
    let mut lines = Vec::new();
    for (dialect, value) in &sent {
        lines.extend_from_slice(if *dialect == Dialect::Runner {
            b"runner "
        } else {
            b"ejson "
        });
        lines.extend(to_vec(value, *dialect)?);
        lines.push(b'\n');
    }
    let mut node = Command::new("node")
        .arg("echo.js")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = node.stdin.take().ok_or("a pipe")?;
    let written = lines.clone();
    // It answers while it reads.
    let writer = std::thread::spawn(move || stdin.write_all(&written));
    let output = node.wait_with_output()?;
    writer.join().map_err(|_| "the writer ends")??;
    let answers = String::from_utf8(output.stdout)?;
    let (answers, lines) = (
        answers.lines().collect::<Vec<_>>(),
        String::from_utf8(lines)?,
    );
    assert_eq!(answers.len(), sent.len());
    let mut differences = Vec::new();
    for (((dialect, value), answer), line) in sent.iter().zip(answers).zip(lines.lines()) {
        let back = from_slice::<Value>(answer.as_bytes(), *dialect);
        if back.as_ref().ok() != Some(value) {
            differences.push(format!("{line}\n    came back as {answer}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{}:\n{}",
        differences.len(),
        differences.join("\n")
    );
    Ok(())
}
