//! What happens to a call whose client goes away.

use std::time::Duration;

use runner_tunnel_tests::gate::gate;
use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends a call and goes away once it runs.
async fn call_and_leave(server: &Server, target: &str, name: &str) {
    let key = if target.starts_with("event") {
        "payload"
    } else {
        "input"
    };
    let body = format!("{{\"{key}\":\"{name}\"}}");
    let request = format!(
        "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    gate(name).entered(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_runs_to_its_end_and_sees_its_cancellation() {
    let server = Server::start(|serve| serve).await.unwrap();
    for target in ["task/serving.tasks.wait", "event/serving.events.wait"] {
        let name = format!("finish {target}");
        call_and_leave(&server, target, &name).await;
        gate(&name).cancelled(1).await;
        gate(&name).open();
        gate(&name).finished(1).await;
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_says_cancel_is_dropped() {
    let server = Server::start(|serve| serve).await.unwrap();
    call_and_leave(&server, "task/serving.tasks.waitOrCancel", "cancel").await;
    gate("cancel").dropped(1).await;
    server.stop().await.unwrap();
}

/// Long enough for a shutdown that waits for nobody to have ended.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_waits_for_tasks_whose_clients_have_gone() {
    let server = Server::start(|serve| serve).await.unwrap();
    call_and_leave(&server, "task/serving.tasks.wait", "left").await;
    gate("left").cancelled(1).await;
    let mut stopping = tokio::spawn(server.begin_stop());
    assert!(
        timeout(A_WHILE, &mut stopping).await.is_err(),
        "it did not wait"
    );
    gate("left").open();
    stopping.await.unwrap().unwrap();
    gate("left").finished(1).await;
}

/// One handler of the event says cancel, the other does not.
#[tokio::test(flavor = "multi_thread")]
async fn an_emission_goes_on_unless_all_handlers_say_cancel() {
    let server = Server::start(|serve| serve).await.unwrap();
    call_and_leave(&server, "event/serving.events.mixed", "mixed").await;
    gate("mixed").cancelled(1).await;
    gate("mixed").open();
    gate("mixed").finished(2).await;
    call_and_leave(&server, "event/serving.events.cancel", "both").await;
    gate("both").dropped(1).await;
    server.stop().await.unwrap();
}
