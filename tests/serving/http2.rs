//! HTTP/2 with prior knowledge, on the same port.

use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderValue, Request};
use runner_tunnel::Limits;
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// One connection.
struct Client {
    send: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

fn request(target: &str) -> Request<()> {
    Request::post(format!("http://localhost/__runner/{target}"))
        .header("x-runner-token", TOKEN)
        .body(())
        .unwrap()
}

impl Client {
    async fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.addr()).await.unwrap();
        let (send, connection) = h2::client::handshake(stream).await.unwrap();
        Self {
            send,
            connection: tokio::spawn(connection),
        }
    }

    /// Sends a request whose body is still to come.
    async fn begin(&self, target: &str) -> Result<SendStream<Bytes>, h2::Error> {
        let mut send = self.send.clone().ready().await?;
        Ok(send.send_request(request(target), false)?.1)
    }

    fn call(
        &self,
        request: Request<()>,
        body: &str,
    ) -> impl Future<Output = Result<Answer, h2::Error>> + use<> {
        let (send, body) = (self.send.clone(), Bytes::copy_from_slice(body.as_bytes()));
        async {
            let mut send = send.ready().await?;
            let (answer, mut stream) = send.send_request(request, false)?;
            stream.send_data(body, true)?;
            let (head, mut pieces) = answer.await?.into_parts();
            let mut body = Vec::new();
            while let Some(piece) = pieces.data().await {
                let piece = piece?;
                pieces.flow_control().release_capacity(piece.len())?;
                body.extend_from_slice(&piece);
            }
            Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: String::from_utf8(body).unwrap(),
            })
        }
    }

    /// Waits until the server has closed the connection.
    async fn closed(self) {
        // With a handle open the client would close it itself no sooner.
        let ended = timeout(DEADLINE, self.connection).await;
        // How it was closed is not the matter.
        let _ = ended.expect("still open").unwrap();
    }
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_events_and_errors_are_answered_as_over_http1() {
    let server = Server::start(|serve| serve).await.unwrap();
    let client = Client::connect(&server).await;
    for (target, body, status, answer) in [
        (
            "task/test.tasks.add",
            r#"{"input":{"a":1,"b":2}}"#,
            200,
            r#"{"ok":true,"result":3}"#,
        ),
        (
            "event/test.events.plain",
            r#"{"payload":{"text":"x"}}"#,
            200,
            r#"{"ok":true}"#,
        ),
        (
            "task/test.tasks.quota",
            r#"{"input":{"used":5,"limit":5}}"#,
            429,
            r#"{"ok":false,"error":{"message":"quota: 5 of 5","code":"INTERNAL_ERROR","id":"test.errors.quota","data":{"limit":5,"used":5},"httpCode":429}}"#,
        ),
        (
            "task/test.tasks.add",
            "{",
            400,
            r#"{"ok":false,"error":{"message":"Invalid JSON body","code":"INVALID_JSON"}}"#,
        ),
        (
            "task/nope",
            "",
            403,
            r#"{"ok":false,"error":{"message":"Task nope not exposed","code":"FORBIDDEN"}}"#,
        ),
        (
            "task/test.tasks.panics",
            "",
            500,
            r#"{"ok":false,"error":{"message":"Internal Error","code":"INTERNAL_ERROR"}}"#,
        ),
    ] {
        let found = client.call(request(target), body).await.unwrap();
        assert_eq!((found.status, found.body.as_str()), (status, answer));
        assert_eq!(
            found.headers["content-type"],
            "application/json; charset=utf-8"
        );
        assert_eq!(
            found.headers["content-length"],
            answer.len().to_string().as_str()
        );
    }
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_runs_many_calls_at_a_time() {
    let server = Server::start(|serve| serve).await.unwrap();
    let client = Client::connect(&server).await;
    let calls: Vec<_> = (0..150)
        .map(|_| tokio::spawn(client.call(request("task/serving.tasks.wait"), "\"h2 many\"")))
        .collect();
    gate("h2 many").entered(150).await;
    gate("h2 many").open();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status, 200);
    }
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_larger_than_the_windows_go_both_ways() {
    let server = Server::start(|serve| serve).await.unwrap();
    let client = Client::connect(&server).await;
    let text = format!("\"{}\"", "x".repeat(2_000_000));
    let answer = client
        .call(request("task/test.tasks.echo"), &text)
        .await
        .unwrap();
    assert_eq!(answer.body, format!("{{\"ok\":true,\"result\":{text}}}"));
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_stream_is_a_client_that_has_gone() {
    let server = Server::start(|serve| serve).await.unwrap();
    let client = Client::connect(&server).await;
    let mut stream = client
        .begin("task/serving.tasks.waitOrCancel")
        .await
        .unwrap();
    stream
        .send_data(Bytes::from_static(b"\"h2 gone\""), true)
        .unwrap();
    gate("h2 gone").entered(1).await;
    stream.send_reset(Reason::CANCEL);
    gate("h2 gone").dropped(1).await;
    let answer = client.call(request("task/test.tasks.nothing"), "").await;
    assert_eq!(answer.unwrap().status, 200, "the others go on");
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_abandoned_streams_is_cut_off_and_disturbs_nobody() {
    let few = limits(|limits| limits.http2_resets = 50);
    let server = Server::start(|serve| serve.limits(few)).await.unwrap();
    let bystander = Client::connect(&server).await;
    let call = bystander.call(request("task/serving.tasks.wait"), "\"h2 flood\"");
    let call = tokio::spawn(call);
    gate("h2 flood").entered(1).await;
    for target in ["task/test.tasks.echo", "task/unknown"] {
        let flooding = Client::connect(&server).await;
        let flood = async {
            while let Ok(mut stream) = flooding.begin(target).await {
                stream.send_reset(Reason::CANCEL);
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, flood).await.expect("not cut off");
        flooding.closed().await;
    }
    gate("h2 flood").open();
    assert_eq!(call.await.unwrap().unwrap().status, 200);
    drop(bystander);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_waits_for_most_of_its_calls_may_abandon_some() {
    let few = limits(|limits| limits.http2_resets = 5);
    let server = Server::start(|serve| serve.limits(few)).await.unwrap();
    let client = Client::connect(&server).await;
    for _ in 0..50 {
        let mut stream = client.begin("task/test.tasks.echo").await.unwrap();
        stream.send_reset(Reason::CANCEL);
        let answer = client.call(request("task/test.tasks.nothing"), "").await;
        assert_eq!(answer.unwrap().status, 200);
    }
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preface_that_stops_is_cut_off() {
    let quick = limits(|limits| limits.header_read_timeout = Duration::from_millis(100));
    let server = Server::start(|serve| serve.limits(quick)).await.unwrap();
    for start in [
        "P",
        "PRI * HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        // Settings, and not a request.
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0",
    ] {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        // A reset is a close, too.
        let _ = closed.unwrap_or_else(|_| panic!("still open after {start:?}"));
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let quick = limits(|limits| limits.keep_alive_timeout = Duration::from_millis(100));
    let server = Server::start(|serve| serve.limits(quick)).await.unwrap();
    let busy = Client::connect(&server).await;
    let call = tokio::spawn(busy.call(request("task/serving.tasks.wait"), "\"h2 busy\""));
    gate("h2 busy").entered(1).await;
    // Each of them is closed when the time has passed once more for the busy one.
    for _ in 0..3 {
        let idle = Client::connect(&server).await;
        let answer = idle.call(request("task/test.tasks.nothing"), "").await;
        assert_eq!(answer.unwrap().status, 200);
        idle.closed().await;
    }
    gate("h2 busy").open();
    assert_eq!(call.await.unwrap().unwrap().status, 200);
    busy.closed().await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_a_head_and_too_long_a_target_are_refused() {
    let server = Server::start(|serve| serve).await.unwrap();
    let client = Client::connect(&server).await;
    let mut large = request("task/test.tasks.nothing");
    large
        .headers_mut()
        .insert("x-large", "x".repeat(40_000).parse().unwrap());
    assert_eq!(client.call(large, "").await.unwrap().status, 431);
    let long = format!("task/test.tasks.nothing?{}", "x".repeat(20_000));
    let answer = client.call(request(&long), "").await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            414,
            r#"{"ok":false,"error":{"message":"URI too long","code":"URI_TOO_LONG"}}"#
        )
    );
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_finishes_what_runs_and_takes_nothing_new() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_secs(600)))
        .await
        .unwrap();
    let (client, idle) = (
        Client::connect(&server).await,
        Client::connect(&server).await,
    );
    let calls: Vec<_> = (0..50)
        .map(|_| tokio::spawn(client.call(request("task/serving.tasks.wait"), "\"h2 stop\"")))
        .collect();
    gate("h2 stop").entered(50).await;
    let stopping = server.begin_stop();
    idle.closed().await;
    // Refused by the protocol, or by the tunnel when the client did not know yet.
    while let Ok(answer) = client.call(request("task/test.tasks.nothing"), "").await {
        if answer.status == 503 {
            assert_eq!(answer.headers["retry-after"], "1");
            break;
        }
    }
    gate("h2 stop").open();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().status, 200);
    }
    timeout(DEADLINE, stopping).await.unwrap().unwrap();
}

/// It is a task of its own, beside that of its connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_cut_is_counted_once() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_millis(50)))
        .await
        .unwrap();
    let client = Client::connect(&server).await;
    let call = client.call(request("task/serving.tasks.wait"), "\"h2 cut\"");
    let call = tokio::spawn(call);
    gate("h2 cut").entered(1).await;
    let stopped = timeout(DEADLINE, server.begin_stop()).await.unwrap();
    let error = stopped.unwrap_err().to_string();
    assert!(error.starts_with("1 call was cut"), "{error}");
    assert!(call.await.unwrap().is_err());
}

/// It is with the HTTP library as a whole, and most of it waits for room that its client does not give.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_client_has_only_its_begin_is_cut_and_counted() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_millis(50)))
        .await
        .unwrap();
    let client = Client::connect(&server).await;
    let mut send = client.send.clone().ready().await.unwrap();
    let (answer, mut stream) = send
        .send_request(request("task/serving.tasks.large"), false)
        .unwrap();
    stream.send_data(Bytes::from_static(b"{}"), true).unwrap();
    let mut pieces = answer.await.unwrap().into_body();
    assert!(pieces.data().await.unwrap().is_ok());
    let stopped = timeout(DEADLINE, server.begin_stop()).await.unwrap();
    let error = stopped.unwrap_err().to_string();
    assert!(error.starts_with("1 call was cut"), "{error}");
}

/// RFC 9113, section 8.1: behind a whole answer the client is asked to send no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_reads_is_refused_soon_behind_the_answer() {
    // A drain would go on for longer than the test.
    let limits = limits(|limits| limits.drain_timeout = DEADLINE * 10);
    let server = Server::start(|serve| serve.limits(limits)).await.unwrap();
    let client = Client::connect(&server).await;
    let unread = || {
        let request = request("task/test.streams.unread");
        let (mut parts, ()) = request.into_parts();
        let octets = HeaderValue::from_static("application/octet-stream");
        parts.headers.insert("content-type", octets);
        parts
    };
    let mut stranger = unread();
    stranger.headers.remove("x-runner-token");
    for (parts, status) in [(unread(), 200), (stranger, 401)] {
        let mut send = client.send.clone().ready().await.unwrap();
        let request = Request::from_parts(parts, ());
        let (answer, mut stream) = send.send_request(request, false).unwrap();
        stream
            .send_data(Bytes::from_static(&[0; 1000]), false)
            .unwrap();
        let (head, mut pieces) = timeout(DEADLINE, answer)
            .await
            .unwrap()
            .unwrap()
            .into_parts();
        assert_eq!(head.status.as_u16(), status);
        let mut body = Vec::new();
        while let Some(piece) = pieces.data().await {
            body.extend_from_slice(&piece.unwrap());
        }
        assert!(body.ends_with(b"}"), "{body:?}");
        let reset = std::future::poll_fn(|cx| stream.poll_reset(cx));
        let reason = timeout(DEADLINE, reset).await.unwrap().unwrap();
        assert_eq!(reason, Reason::NO_ERROR);
    }
    let answer = client.call(request("task/test.tasks.add"), r#"{"a":1,"b":2}"#);
    assert_eq!(answer.await.unwrap().status, 200);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn four_bodies_that_nobody_reads_leave_room_for_others() {
    let server = Server::start(|serve| serve).await.unwrap();
    let client = Client::connect(&server).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut raw = request("task/serving.streams.holdBody");
        let content_type = "application/octet-stream".parse().unwrap();
        raw.headers_mut().insert("content-type", content_type);
        let mut send = client.send.clone().ready().await.unwrap();
        let (answer, mut stream) = send.send_request(raw, false).unwrap();
        stream.send_data(vec![0; 600 << 10].into(), false).unwrap();
        streams.push((answer, stream));
    }
    gate("h2 unread").entered(4).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let call = client.call(request("task/test.tasks.add"), r#"{"a":1,"b":2}"#);
    let answer = timeout(Duration::from_secs(5), call)
        .await
        .expect("no room");
    assert_eq!(answer.unwrap().status, 200);
    gate("h2 unread").open();
    drop((streams, client));
    server.stop().await.unwrap();
}

/// Has a body and does not read it.
#[runner_tunnel::tunnel_task("serving.streams.holdBody")]
async fn hold_body(body: runner_tunnel::RequestStream) {
    let held = gate("h2 unread").hold();
    gate("h2 unread").opened().await;
    drop((body, held));
}

/// An argument that takes its time.
struct Slow;

impl runner_tunnel::Extract for Slow {
    async fn extract(_: &runner_tunnel::TaskContext) -> Result<Self, runner_tunnel::TunnelError> {
        let held = gate("slow argument").hold();
        std::future::pending::<()>().await;
        drop(held);
        Ok(Self)
    }
}

/// Its input is read only after its other argument.
#[runner_tunnel::tunnel_task("serving.files.slowArgument", on_disconnect = "cancel")]
async fn slow_argument(_slow: Slow, input: runner_tunnel_tests::file_tasks::One) -> String {
    input.file.name().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_abandoned_before_its_input_was_read_leaves_nothing_behind() {
    let server = Server::start(|serve| serve.shutdown_timeout(Duration::from_secs(600)))
        .await
        .unwrap();
    let client = Client::connect(&server).await;
    let mut upload = request("task/serving.files.slowArgument");
    let content_type = "multipart/form-data; boundary=b".parse().unwrap();
    upload.headers_mut().insert("content-type", content_type);
    let mut send = client.send.clone().ready().await.unwrap();
    let (_answer, mut stream) = send.send_request(upload, false).unwrap();
    let manifest = r#"{"input":{"file":{"$runnerFile":"File","id":"F1"}}}"#;
    let mut form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n{manifest}\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file:F1\"; filename=\"f\"\r\n\r\n"
    );
    // More than anybody keeps for a file that nobody reads.
    form += &"x".repeat(500 << 10);
    stream.send_data(form.into(), false).unwrap();
    gate("slow argument").entered(1).await;
    // Time for the bytes to arrive: nothing tells how far they have come.
    tokio::time::sleep(Duration::from_millis(300)).await;
    stream.send_reset(Reason::CANCEL);
    gate("slow argument").dropped(1).await;
    drop(client);
    let stopped = timeout(Duration::from_secs(10), server.stop()).await;
    stopped.expect("held up").unwrap();
}

/// hyper takes such a reset for an end: half a body must not be taken for a whole one.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_reset_without_an_error_is_no_whole_body() {
    let server = Server::start(|serve| serve).await.unwrap();
    let tunnel = server.tunnel().clone();
    let client = Client::connect(&server).await;
    for body in [r#"{"input":{"a":1,"b":2}}"#, ""] {
        let mut stream = client.begin("task/test.tasks.add").await.unwrap();
        if !body.is_empty() {
            stream
                .send_data(Bytes::from_static(body.as_bytes()), false)
                .unwrap();
        }
        stream.send_reset(Reason::NO_ERROR);
    }
    let whole = client.call(request("task/test.tasks.add"), r#"{"input":{"a":1,"b":2}}"#);
    assert_eq!(whole.await.unwrap().status, 200);
    server.stop().await.unwrap();
    let outcomes = tunnel.outcomes();
    assert_eq!((outcomes.done, outcomes.refused), (1, 0), "{outcomes:?}");
}
