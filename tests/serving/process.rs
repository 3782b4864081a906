//! What only a process of its own shows.

use std::process::Stdio;
use std::time::Duration;

use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::{Answer, TOKEN};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

pub(crate) struct Process {
    child: Child,
    pub(crate) addr: String,
    // Kept open: the server writes its log there.
    pub(crate) log: Lines<BufReader<ChildStderr>>,
}

/// Starts the server and waits until its log says where it listens.
pub(crate) async fn start(variables: &[(&str, &str)]) -> Process {
    start_with(None, variables).await
}

/// As [`start`]; a configuration as data comes on top of the tests' own address and token.
pub(crate) async fn start_with(config: Option<&str>, variables: &[(&str, &str)]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.args(config).env("RUNNER_TUNNEL_TOKEN", TOKEN);
    Process::spawn(command, variables).await
}

/// As [`start`], without a token.
pub(crate) async fn launch(variables: &[(&str, &str)]) -> Process {
    Process::spawn(Command::new(env!("CARGO_BIN_EXE_server")), variables).await
}

impl Process {
    /// Runs a command that becomes the server, and waits until its log says where it listens.
    pub(super) async fn spawn(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let mut child = command
            .env("RUNNER_TUNNEL_ADDR", "127.0.0.1:0")
            .env("RUST_LOG", "info")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let addr = loop {
            let line = timeout(DEADLINE, log.next_line())
                .await
                .unwrap()
                .unwrap()
                .expect("the server has ended");
            if let Some((_, url)) = line.split_once("listens on http") {
                break url.split('/').nth(2).unwrap().to_owned();
            }
        };
        Self { child, addr, log }
    }

    pub(super) async fn task(&self, id: &str, body: &str) -> (u16, String) {
        call(&self.addr, id, body).await.unwrap()
    }

    /// Reads the log up to the line that says this.
    pub(crate) async fn logs(&mut self, text: &str) -> String {
        loop {
            let line = timeout(DEADLINE, self.log.next_line()).await.unwrap();
            let line = line.unwrap().expect("the server has ended");
            if line.contains(text) {
                return line;
            }
        }
    }

    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let status = Command::new("kill")
            .args([name, &pid])
            .status()
            .await
            .unwrap();
        assert!(status.success());
    }

    /// The log up to the end of the process, and its exit code.
    pub(super) async fn end(mut self) -> (String, Option<i32>) {
        let mut log = String::new();
        while let Some(line) = timeout(DEADLINE, self.log.next_line())
            .await
            .unwrap()
            .unwrap()
        {
            log.push_str(&line);
            log.push('\n');
        }
        (
            log,
            timeout(DEADLINE, self.child.wait())
                .await
                .unwrap()
                .unwrap()
                .code(),
        )
    }

    /// Resident memory in bytes.
    fn resident(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            * 1024
    }
}

pub(super) async fn call(addr: &str, id: &str, body: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(addr).await?;
    let request = format!(
        "POST /__runner/task/{id} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = Answer::parse(&answer)?;
    Ok((
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_during_a_hundred_calls_loses_none_and_exits_with_0() {
    for signal in ["-TERM", "-INT"] {
        let process = start(&[]).await;
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let addr = process.addr.clone();
                tokio::spawn(async move { call(&addr, "serving.tasks.wait", "\"sigterm\"").await })
            })
            .collect();
        while process.task("serving.tasks.entered", "\"sigterm\"").await.1
            != r#"{"ok":true,"result":100}"#
        {
            tokio::task::yield_now().await;
        }
        // A call under way that opens the gate, since nobody gets in after the signal. The server asks for
        // its body, so it has been taken on.
        let mut opener = TcpStream::connect(&process.addr).await.unwrap();
        let head = format!(
            "POST /__runner/task/serving.tasks.open HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n\
             expect: 100-continue\r\ncontent-length: 9\r\n\r\n"
        );
        opener.write_all(head.as_bytes()).await.unwrap();
        let mut goes_on = [0; 25];
        opener.read_exact(&mut goes_on).await.unwrap();
        assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        process.signal(signal).await;
        while TcpStream::connect(&process.addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
        opener.write_all(b"\"sigterm\"").await.unwrap();
        for call in calls {
            assert_eq!(
                call.await.unwrap().unwrap(),
                (200, r#"{"ok":true,"result":"sigterm"}"#.to_owned())
            );
        }
        let (log, code) = process.end().await;
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("all calls have ended"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_never_ends_is_cut_and_the_exit_code_says_so() {
    let process = start(&[("RUNNER_TUNNEL_SHUTDOWN_TIMEOUT", "100ms")]).await;
    let addr = process.addr.clone();
    let endless =
        tokio::spawn(async move { call(&addr, "serving.tasks.wait", "\"endless\"").await });
    while process.task("serving.tasks.entered", "\"endless\"").await.1
        != r#"{"ok":true,"result":1}"#
    {
        tokio::task::yield_now().await;
    }
    process.signal("-TERM").await;
    let (log, code) = process.end().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("1 call was cut"), "{log}");
    assert!(endless.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn causes_are_logged_with_request_and_task_id_and_never_sent() {
    let process = start(&[]).await;
    for id in ["test.tasks.fails", "test.tasks.panics"] {
        let (status, body) = process.task(id, "").await;
        assert_eq!(
            (status, body.as_str()),
            (
                500,
                r#"{"ok":false,"error":{"message":"Internal Error","code":"INTERNAL_ERROR"}}"#
            )
        );
    }
    process.signal("-TERM").await;
    let (log, _) = process.end().await;
    for (id, outcome, cause) in [
        ("test.tasks.fails", "error", "Internal Error: secret detail"),
        (
            "test.tasks.panics",
            "panic",
            "Internal Error: panicked: secret detail",
        ),
    ] {
        let line = log
            .lines()
            .find(|line| line.contains(id) && line.contains("call ended"))
            .unwrap_or_else(|| panic!("{id} is not in\n{log}"));
        for part in [
            "ERROR",
            "request_id=",
            &format!("outcome=\"{outcome}\""),
            &format!("error=\"{cause}\""),
        ] {
            assert!(line.contains(part), "no {part} in {line}");
        }
    }
}

/// Its connection is still there, since the rest of its body is read on for a moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_cuts_no_call_that_has_its_answer() {
    let mut process = start(&[]).await;
    let mut refused = TcpStream::connect(&process.addr).await.unwrap();
    refused
        .write_all(
            b"POST /__runner/task/test.tasks.add HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n",
        )
        .await
        .unwrap();
    let mut answer = [0; 12];
    refused.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    process.signal("-TERM").await;
    let line = process.logs("shutting down").await;
    assert!(line.contains("running=0"), "{line}");
    process.signal("-TERM").await;
    let (log, code) = process.end().await;
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_cuts_what_runs() {
    let mut process = start(&[]).await;
    let addr = process.addr.clone();
    let call = tokio::spawn(async move { call(&addr, "serving.tasks.wait", "\"second\"").await });
    process
        .task("serving.tasks.untilEntered", "\"second\"")
        .await;
    process.signal("-TERM").await;
    let line = process.logs("shutting down").await;
    assert!(line.contains("running=1"), "{line}");
    process.signal("-TERM").await;
    let (log, code) = process.end().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains("1 call was cut: a second signal came while it was running"),
        "{log}"
    );
    assert!(call.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_is_logged_with_request_and_task_id() {
    let process = start(&[]).await;
    for how in ["error", "panic", "short", "long"] {
        let (status, body) = process
            .task("serving.streams.breaks", &format!("\"{how}\""))
            .await;
        assert_eq!(status, 200);
        assert!(!body.contains("secret"), "{body}");
    }
    process.signal("-TERM").await;
    let (log, _) = process.end().await;
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("the answer was broken off"))
        .collect();
    for (line, cause) in lines.iter().zip([
        "Internal Error: secret detail",
        "Internal Error: panicked: secret detail",
        "Internal Error: the stream ended 1 bytes short of its content length",
        "Internal Error: the stream has more bytes than its content length",
    ]) {
        for part in ["ERROR", "request_id=", "serving.streams.breaks", cause] {
            assert!(line.contains(part), "no {part:?} in {line}");
        }
    }
    assert_eq!(lines.len(), 4, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_its_upload_is_no_error_of_the_server() {
    let mut process = start(&[]).await;
    for (id, content_type, body) in [
        ("test.streams.echo", "application/octet-stream", ""),
        (
            "test.files.stream",
            "multipart/form-data; boundary=b",
            BEGUN_FORM,
        ),
    ] {
        let mut stream = TcpStream::connect(&process.addr).await.unwrap();
        let request = format!(
            "POST /__runner/task/{id} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n\
             content-type: {content_type}\r\ncontent-length: 1000\r\n\r\n{body}the first bytes"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"the first bytes\r\n") {
            timeout(DEADLINE, stream.read_buf(&mut answer))
                .await
                .unwrap()
                .unwrap();
        }
        drop(stream);
        let line = loop {
            let line = timeout(DEADLINE, process.log.next_line()).await.unwrap();
            let line = line.unwrap().unwrap();
            if line.contains(id) && line.contains("outcome=") {
                break line;
            }
        };
        assert!(
            line.contains("INFO") && line.contains("outcome=\"aborted\""),
            "{line}"
        );
    }
}

const BEGUN_FORM: &str = "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n\
    {\"input\":{\"file\":{\"$runnerFile\":\"File\",\"id\":\"F1\"}}}\r\n\
    --b\r\ncontent-disposition: form-data; name=\"file:F1\"; filename=\"f\"\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_form_that_fails_a_call_is_logged_once_with_all_that_failed() {
    let process = start(&[]).await;
    let form = "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n\
        {\"input\":{\"file\":{\"$runnerFile\":\"File\",\"id\":\"F1\"}}}\r\n--b--\r\n";
    let request = format!(
        "POST /__runner/task/test.files.panics HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(&process.addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer).contains("MISSING_FILE_PART"));
    process.signal("-TERM").await;
    let (log, _) = process.end().await;
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("outcome="))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    for part in ["outcome=\"refused\"", "F1", "panicked: the panic of a test"] {
        assert!(lines[0].contains(part), "no {part:?} in {}", lines[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_address_tasks_and_crates_and_hides_the_token() {
    let token = "a token that nobody must see";
    let mut process = start(&[
        ("RUNNER_TUNNEL_TOKEN", token),
        ("RUNNER_TUNNEL_TASKS", "test.*,misspelt"),
        ("RUST_LOG", "trace"),
    ])
    .await;
    let mut log = String::new();
    while !log.contains("misspelt") {
        log += &timeout(DEADLINE, process.log.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        log.push('\n');
    }
    for part in [
        "runner-tunnel-tests: ",
        "test.files.one",
        "test.events.hidden (not exposed)",
        "events: ",
        "auth: one token in x-runner-token",
        r#"the allow-list names "misspelt", which matches nothing that is registered"#,
    ] {
        assert!(log.contains(part), "no {part:?} in\n{log}");
    }
    assert_eq!(process.task("test.tasks.nothing", "").await.0, 401);
    process.signal("-TERM").await;
    log += &process.end().await.0;
    assert!(!log.contains(token), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_environment_is_reported_whole() {
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .env("RUNNER_TUNNEL_ADDR", "here")
        .env("RUNNER_TUNNEL_BASE_PATH", "/a b")
        .env("RUNNER_TUNNEL_TOKEN", "")
        .output()
        .await
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        report.contains("RUNNER_TUNNEL_ADDR (addr): expected an IP address and a port"),
        "{report}"
    );
}

/// The allocator keeps what it once had, so the first rounds grow; what leaks grows in all of them. One arena, since
/// several would each have their own highest mark.
#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn connections_that_vanish_leave_no_memory_behind() {
    let process = start(&[("MALLOC_ARENA_MAX", "1")]).await;
    // A connection that lives holds a hundred times as much.
    let bound = 4000 * 128;
    let mut least = vec![least_of_four_rounds(&process).await];
    while least.len() < 10 {
        let (before, after) = (least[least.len() - 1], least_of_four_rounds(&process).await);
        least.push(after);
        if after.saturating_sub(before) < bound {
            return;
        }
    }
    panic!("resident memory grows and grows: {least:?}");
}

/// The resident memory after a thousand connections, four times.
#[cfg(target_os = "linux")]
async fn least_of_four_rounds(process: &Process) -> u64 {
    let half = b"POST /__runner/task/test.tasks.add HTTP/1.1\r\nhost: x\r\nx-runner-token: secret\r\ncontent-length: 100\r\n\r\n{\"input\":";
    let mut least = u64::MAX;
    for _ in 0..4 {
        let mut streams = Vec::new();
        for n in 0..1000 {
            let mut stream = TcpStream::connect(&process.addr).await.unwrap();
            stream
                .write_all(&half[..[0, 30, half.len()][n % 3]])
                .await
                .unwrap();
            streams.push(stream);
        }
        drop(streams);
        // Answered after all that came before it was accepted.
        assert_eq!(process.task("test.tasks.nothing", "").await.0, 200);
        let closed = async {
            while open_sockets(process) > 16 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(DEADLINE, closed)
            .await
            .expect("connections are still open");
        least = least.min(process.resident());
    }
    least
}

#[cfg(target_os = "linux")]
fn open_sockets(process: &Process) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", process.child.id().unwrap()))
        .unwrap()
        .count()
}
