//! TLS: handshakes, ALPN, certificates of clients and new ones of the server's.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use runner_tunnel::{AuthRequest, ClientAuth, MetricsConfig, TlsConfig, TunnelConfig};
use runner_tunnel_tests::certificates::{Authority, Issued};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::open_metrics::Scrape;
use runner_tunnel_tests::server::{Server, TOKEN};
use runner_tunnel_tests::tls_client::{self, Client, TlsStream, shown};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;

/// A server with a certificate, and whatever else `change` asks for.
async fn start(authority: &Authority, change: impl FnOnce(&mut TlsConfig)) -> Server {
    let Issued { cert, key } = authority.issue("server");
    let mut tls = TlsConfig::new(cert, key);
    change(&mut tls);
    Server::start(|serve| serve.tls(tls)).await.unwrap()
}

async fn connect(client: &Client, server: &Server) -> io::Result<TlsStream<TcpStream>> {
    client.connect(server.addr()).await
}

/// Calls a task over HTTP/1.1 on a connection of its own.
async fn call_once(
    client: &Client,
    server: &Server,
    id: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    call(connect(client, server).await?, id, body).await
}

async fn call(stream: TlsStream<TcpStream>, id: &str, body: &str) -> io::Result<(u16, String)> {
    tls_client::call(stream, TOKEN, id, body).await
}

const ADD: &str = r#"{"input":{"a":1,"b":2}}"#;
const THREE: &str = r#"{"ok":true,"result":3}"#;

#[tokio::test(flavor = "multi_thread")]
async fn alpn_says_the_protocol_and_without_it_the_first_bytes_do() {
    let authority = Authority::new();
    let server = start(&authority, |_| {}).await;
    for (protocols, agreed) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["http/1.1"][..], Some("http/1.1")),
        (&[][..], None),
    ] {
        let client = Client {
            protocols,
            ..Client::of(authority.root())
        };
        let stream = connect(&client, &server).await.unwrap();
        let told = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        assert_eq!(told.as_deref(), agreed.map(str::as_bytes));
        if agreed == Some("h2") {
            assert_eq!(call_http2(stream).await, (200, THREE.to_owned()));
        } else {
            let answer = call(stream, "test.tasks.add", ADD).await.unwrap();
            assert_eq!(answer, (200, THREE.to_owned()));
        }
    }
    server.stop().await.unwrap();
}

async fn call_http2(stream: TlsStream<TcpStream>) -> (u16, String) {
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = Request::post("https://localhost/__runner/task/test.tasks.add")
        .header("x-runner-token", TOKEN)
        .body(())
        .unwrap();
    let (answer, mut body) = client.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(ADD.as_bytes()), true)
        .unwrap();
    let (head, mut body) = answer.await.unwrap().into_parts();
    let mut text = Vec::new();
    while let Some(piece) = body.data().await {
        text.extend_from_slice(&piece.unwrap());
    }
    (head.status.as_u16(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_speaks_http2_and_http1_with_it() {
    let authority = Authority::new();
    let server = start(&authority, |_| {}).await;
    let url = format!(
        "https://localhost:{}/__runner/task/test.tasks.add",
        server.addr().port()
    );
    for (version, told) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let output = Command::new("curl")
            .args(["-sS", version, "-w", " %{http_version}", "--cacert"])
            .arg(authority.root())
            .args(["-H", &format!("x-runner-token: {TOKEN}"), "-d", ADD, &url])
            .output()
            .await
            .expect("curl is installed");
        let (text, problem) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(text, format!("{THREE} {told}"), "{problem}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_silent_in_the_handshake_is_cut() {
    let authority = Authority::new();
    let quick = |tls: &mut TlsConfig| tls.handshake_timeout = Duration::from_millis(100);
    let server = start(&authority, quick).await;
    let mut silent = TcpStream::connect(server.addr()).await.unwrap();
    let mut rest = Vec::new();
    let closed = silent.read_to_end(&mut rest);
    timeout(DEADLINE, closed)
        .await
        .expect("still open")
        .unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_refused_and_hurts_nobody() {
    let authority = Authority::new();
    let server = start(&authority, |_| {}).await;
    // An alert, or nothing; and then the end.
    let answer = server.raw(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = answer.unwrap_or_default();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let client = Client::of(authority.root());
    let answer = call_once(&client, &server, "test.tasks.add", ADD)
        .await
        .unwrap();
    assert_eq!(answer, (200, THREE.to_owned()));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_count_against_the_connections() {
    let authority = Authority::new();
    let Issued { cert, key } = authority.issue("server");
    let tls = TlsConfig::new(cert, key);
    let one = super::connections::limits(|limits| limits.connections = Some(1));
    let server = Server::start(|serve| serve.tls(tls).limits(one));
    let server = server.await.unwrap();
    let silent = TcpStream::connect(server.addr()).await.unwrap();
    let client = Client::of(authority.root());
    let mut waiting = Box::pin(call_once(&client, &server, "test.tasks.add", ADD));
    // Nobody else can be served as long as the first one has the only seat.
    assert!(
        timeout(Duration::from_millis(200), &mut waiting)
            .await
            .is_err()
    );
    drop(silent);
    let answer = timeout(DEADLINE, waiting).await.unwrap().unwrap();
    assert_eq!(answer, (200, THREE.to_owned()));
    server.stop().await.unwrap();
}

/// Or a flood of them would be seen by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_before_their_handshake_and_when_it_fails() {
    let authority = Authority::new();
    let Issued { cert, key } = authority.issue("server");
    let tls = TlsConfig::new(cert, key);
    let metrics = MetricsConfig {
        enabled: true,
        ..MetricsConfig::default()
    };
    let server = Server::start(|serve| serve.tls(tls).metrics(metrics));
    let server = server.await.unwrap();
    let counted = async |accepted: f64, open: f64, failed: f64| {
        let count = |name| {
            let metrics = Scrape::parse(&server.tunnel().metrics());
            metrics.value(&format!("runner_tunnel_{name}"), &[])
        };
        let all = || {
            (
                count("connections_accepted_total"),
                count("connections_open"),
                count("tls_handshakes_failed_total"),
            )
        };
        while all() != (accepted, open, failed) {
            tokio::task::yield_now().await;
        }
    };
    let mut plain = TcpStream::connect(server.addr()).await.unwrap();
    timeout(DEADLINE, counted(1., 1., 0.))
        .await
        .expect("not counted");
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    timeout(DEADLINE, counted(1., 0., 1.))
        .await
        .expect("not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_to_new_connections_and_old_ones_live_on() {
    let authority = Authority::new();
    let server = start(&authority, |_| {}).await;
    let client = Client::of(authority.root());
    let old = connect(&client, &server).await.unwrap();
    let before = shown(&old);
    let calling = call(old, "serving.tasks.wait", "\"renewed\"");
    let calling = tokio::spawn(calling);
    gate("renewed").entered(1).await;

    let renewed = authority.issue("server");
    server.tunnel().reload_certificates().unwrap();
    let new = connect(&client, &server).await.unwrap();
    let expected = renewed.der();
    assert_eq!(shown(&new), expected);
    assert_ne!(before, expected);
    gate("renewed").open();
    assert_eq!(calling.await.unwrap().unwrap().0, 200);

    // A key that is another's, and half a file: each is named, and changes nothing.
    std::fs::copy(authority.issue("other").key, &renewed.key).unwrap();
    let error = server.tunnel().reload_certificates().unwrap_err();
    assert!(error.to_string().contains("server.key"), "{error}");
    std::fs::write(&renewed.cert, "half a file").unwrap();
    let error = server.tunnel().reload_certificates().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the certificates are not replaced")
            && error.problems()[0].contains("server.pem"),
        "{error}"
    );
    let after = connect(&client, &server).await.unwrap();
    assert_eq!(shown(&after), expected);
    drop((new, after));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_replaces_the_certificate_with_everything_else_or_nothing() {
    let authority = Authority::new();
    let server = start(&authority, |_| {}).await;
    let client = Client::of(authority.root());
    let other = authority.issue("other");
    let mut config = TunnelConfig::clone(&server.tunnel().config());
    config.tls = Some(TlsConfig::new(&other.cert, &other.key));
    config.tokens = vec!["new".into()];
    let status = async || {
        let stream = connect(&client, &server).await.unwrap();
        call(stream, "test.tasks.nothing", "").await.unwrap().0
    };

    std::fs::write(&other.cert, "half a file").unwrap();
    let error = server.tunnel().reload(&config).unwrap_err().to_string();
    assert!(error.contains("other.pem"), "{error}");
    assert_eq!(status().await, 200, "the token is the old one");

    let renewed = authority.issue("other");
    server.tunnel().reload(&config).unwrap();
    let shown = shown(&connect(&client, &server).await.unwrap());
    assert_eq!(shown, renewed.der());
    assert_eq!(status().await, 401, "the token is the new one");

    config.tls = None;
    let error = server.tunnel().reload(&config).unwrap_err().to_string();
    assert!(error.contains("without a restart"), "{error}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_certificate_is_let_in_only_where_it_is_optional() {
    let authority = Authority::new();
    let stranger = Authority::new();
    for (client_auth, is_let_in) in [(ClientAuth::Optional, true), (ClientAuth::Required, false)] {
        let server = start(&authority, |tls| {
            tls.client_auth = client_auth;
            tls.client_ca = Some(authority.root());
        })
        .await;
        let mut client = Client::of(authority.root());
        let answer = call_once(&client, &server, "serving.tasks.subject", "").await;
        match answer {
            Ok(answer) => assert!(is_let_in && answer.0 == 200, "{client_auth:?}: {answer:?}"),
            Err(_) => assert!(!is_let_in, "{client_auth:?}"),
        }
        client.identity = Some(authority.issue("worker-7"));
        let answer = call_once(&client, &server, "serving.tasks.subject", "").await;
        let subject = r#"{"ok":true,"result":"CN=worker-7,O=Tests"}"#;
        assert_eq!(answer.unwrap(), (200, subject.to_owned()));
        client.identity = Some(stranger.issue("worker-7"));
        let answer = call_once(&client, &server, "serving.tasks.subject", "").await;
        assert!(answer.is_err(), "{client_auth:?}: {answer:?}");
        server.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_can_let_in_by_the_certificate() {
    let authority = Authority::new();
    let Issued { cert, key } = authority.issue("server");
    let tls = TlsConfig {
        client_auth: ClientAuth::Optional,
        client_ca: Some(authority.root()),
        ..TlsConfig::new(cert, key)
    };
    let is_worker = |request: AuthRequest| async move {
        let certificate = request.client_certificate();
        certificate.is_some_and(|certificate| certificate.subject() == "CN=worker-7,O=Tests")
    };
    let no_token = TunnelConfig::default();
    let server = Server::with_config(no_token, |serve| serve.tls(tls).auth(is_worker));
    let server = server.await.unwrap();
    let mut client = Client::of(authority.root());
    for (name, status) in [
        (None, 401),
        (Some("worker-8"), 401),
        (Some("worker-7"), 200),
    ] {
        client.identity = name.map(|name| authority.issue(name));
        let answer = call_once(&client, &server, "serving.tasks.subject", "").await;
        assert_eq!(answer.unwrap().0, status, "{name:?}");
    }
    server.stop().await.unwrap();
}

#[tokio::test]
async fn files_that_are_no_good_stop_the_start_and_are_named() {
    let authority = Authority::new();
    let Issued { cert, key } = authority.issue("server");
    let empty = authority.folder().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let missing = authority.folder().join("missing.pem");
    let other = authority.issue("other").key;
    let good = TlsConfig::new(&cert, &key);
    for (tls, named) in [
        (TlsConfig::new(&missing, &key), "missing.pem"),
        (TlsConfig::new(&empty, &key), "empty.pem"),
        (TlsConfig::new(&key, &key), "server.key"),
        (TlsConfig::new(&cert, &empty), "empty.pem"),
        (TlsConfig::new(&cert, &cert), "server.pem"),
        (TlsConfig::new(&cert, other), "other.key"),
        (TlsConfig::new(&cert, ""), "tls.key is missing: name"),
        (TlsConfig::new("", &key), "tls.cert is missing: name"),
        (TlsConfig::new("/dev/null", &key), "no regular file"),
        (
            TlsConfig {
                client_auth: ClientAuth::Required,
                client_ca: Some(empty.clone()),
                ..good
            },
            "empty.pem",
        ),
    ] {
        let error = runner_tunnel::serve().tls(tls).build().unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.to_string().contains(named), "{error}");
    }
}
