//! Files of forms while the client is still sending.

use std::fmt::Write as _;
use std::time::Duration;

use runner_tunnel::testing::{TestFile, TestTunnel};
use runner_tunnel::{BodyError, TaskContext, tunnel_task};
use runner_tunnel_tests::file_tasks::One;
use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::connections::{limits, read_answer};

/// The head of a call, and its form up to the first bytes of a file.
fn beginning_of_an_upload(task: &str) -> String {
    let manifest =
        r#"{"input":{"file":{"$runnerFile":"File","id":"F1"},"note":"never opened, never ended"}}"#;
    let form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n{manifest}\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file:F1\"; filename=\"f\"\r\n\r\nthe first bytes"
    );
    format!(
        "POST /__runner/task/{task} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\nx-runner-timeout: 100\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: 1000000\r\n\r\n{form}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_does_not_come_after_its_time_though_the_client_still_sends() {
    let server = Server::start(|serve| serve).await.unwrap();
    for (task, status) in [
        ("test.files.count", 504),
        ("test.files.gated", 504),
        // It has ended long before.
        ("test.files.part", 200),
    ] {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream
            .write_all(beginning_of_an_upload(task).as_bytes())
            .await
            .unwrap();
        assert_eq!(read_answer(&mut stream).await.status, status, "{task}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_waits_for_does_not_hold_up_a_shutdown() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_secs(600)))
        .await
        .unwrap();
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let beginning = beginning_of_an_upload("test.files.count");
    stream.write_all(beginning.as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut stream).await.status, 504);
    let trickle = tokio::spawn(async move {
        while stream.write_all(&[b'x'; 100]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let stopped = tokio::time::timeout(Duration::from_secs(10), server.stop()).await;
    stopped.expect("held up").unwrap();
    trickle.await.unwrap();
}

/// Asks for a file in another way than by its type.
#[tunnel_task("serving.files.byContext")]
async fn by_context(
    context: TaskContext,
    input: serde_json::Value,
) -> Result<Option<usize>, BodyError> {
    let Some(file) = context.input_file(&input["file"]) else {
        return Ok(None);
    };
    Ok(Some(file.bytes(1 << 20).await?.len()))
}

#[tokio::test]
async fn a_file_that_is_asked_for_too_late_is_not_an_empty_one() {
    let tunnel = TestTunnel::new().unwrap();
    let file = TestFile::new("f", "the bytes");
    let input = serde_json::json!({ "file": file });
    let call = tunnel.task::<Option<usize>>("serving.files.byContext", &input);
    assert_eq!(call.file(&file).await.unwrap(), None);
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_told_and_counted_as_such() {
    let limits = limits(|limits| limits.multipart.file_size = 3);
    let tunnel = TestTunnel::with(|serve| serve.limits(limits)).unwrap();
    let file = TestFile::new("f", "the bytes");
    let input = serde_json::json!({ "files": [file] });
    // The task itself ends well.
    let call = tunnel.task::<usize>("test.files.ignored", &input);
    assert_eq!(call.file(&file).await.unwrap_err().status(), 413);
    let outcomes = tunnel.tunnel().outcomes();
    assert_eq!((outcomes.done, outcomes.refused), (0, 1));
}

/// Saves a file, and tells who may read it.
#[cfg(unix)]
#[tunnel_task("serving.files.mode")]
async fn mode(input: One) -> Result<(u32, u32), BodyError> {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let (saved, usual) = (folder.path().join("saved"), folder.path().join("usual"));
    input.file.save_to(&saved).await?;
    std::fs::write(&usual, "").unwrap();
    Ok((mode(&saved), mode(&usual)))
}

#[cfg(unix)]
#[tokio::test]
async fn a_saved_file_is_as_readable_as_any_other() {
    let tunnel = TestTunnel::new().unwrap();
    let file = TestFile::new("f", "the bytes");
    let input = serde_json::json!({ "file": file });
    let call = tunnel.task::<(u32, u32)>("serving.files.mode", &input);
    let (saved, usual) = call.file(&file).await.unwrap();
    assert_eq!(saved, usual, "{saved:o}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tiny_pieces_are_not_written_one_by_one() {
    let server = Server::start(|serve| serve).await.unwrap();
    let manifest =
        r#"{"input":{"files":[{"$runnerFile":"File","id":"A"},{"$runnerFile":"File","id":"B"}]}}"#;
    let mut text = format!(
        "POST /__runner/task/test.files.reversed HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n\
         content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut chunk = |bytes: &str| write!(text, "{:x}\r\n{bytes}\r\n", bytes.len()).unwrap();
    chunk(&format!(
        "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n{manifest}\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file:A\"; filename=\"f\"\r\n\r\n"
    ));
    for _ in 0..300_000 {
        chunk("x");
    }
    chunk(
        "\r\n--b\r\ncontent-disposition: form-data; name=\"file:B\"; filename=\"f\"\r\n\r\nb\r\n--b--\r\n",
    );
    text += "0\r\n\r\n";
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert_eq!(
        String::from_utf8_lossy(&answer.body),
        r#"{"ok":true,"result":[1,300000]}"#
    );
    drop(stream);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_name_that_is_a_folder_is_none() {
    let tunnel = TestTunnel::new().unwrap();
    for (given, name) in [
        ("..", "upload"),
        ("a/..", "upload"),
        ("../a", "a"),
        ("a..", "a.."),
    ] {
        let file = TestFile::new(given, "");
        let input = serde_json::json!({ "file": file });
        let call = tunnel.task::<serde_json::Value>("test.files.one", &input);
        assert_eq!(call.file(&file).await.unwrap()["name"], name, "{given}");
    }
}
