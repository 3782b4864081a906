//! Compressed bodies, both ways, over real sockets.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use bytes::Bytes;
use http::Request;
use runner_tunnel::{CompressionConfig, Limits, MultipartLimits, Serve};
use runner_tunnel_tests::gate::{DEADLINE, gate};
use runner_tunnel_tests::server::{Answer, Server, TOKEN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::connections::read_answer;

const CODINGS: [&str; 3] = ["gzip", "br", "zstd"];

fn on() -> CompressionConfig {
    CompressionConfig {
        answers: true,
        streams: true,
        requests: true,
        ..CompressionConfig::default()
    }
}

async fn server(change: impl FnOnce(&mut CompressionConfig)) -> Server {
    let mut compression = on();
    change(&mut compression);
    let with = |serve: Serve| serve.compression(compression);
    Server::start(with).await.unwrap()
}

fn packed(coding: &str, plain: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut packed = Vec::new();
            brotli::CompressorReader::new(plain, 4096, 5, 20)
                .read_to_end(&mut packed)
                .unwrap();
            packed
        }
        "zstd" => zstd::encode_all(plain, 3).unwrap(),
        _ => plain.to_vec(),
    }
}

/// As a client does it, which may have only the beginning.
fn unpacked(coding: &str, packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let read = match coding {
        "gzip" => flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut plain),
        "br" => brotli::Decompressor::new(packed, 4096).read_to_end(&mut plain),
        "zstd" => zstd::Decoder::new(packed).unwrap().read_to_end(&mut plain),
        coding => panic!("{coding:?}"),
    };
    // How it ends is a matter of who calls.
    let _ = read;
    plain
}

fn call(target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /__runner/{target} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// On a connection of its own.
async fn ask(server: &Server, target: &str, headers: &str, body: &[u8]) -> Answer {
    let request = call(target, &format!("connection: close\r\n{headers}"), body);
    let answer = timeout(DEADLINE, server.raw(&request))
        .await
        .unwrap()
        .unwrap();
    Answer::parse(&answer).unwrap()
}

/// A task that answers with what it was asked.
async fn echo(server: &Server, headers: &str, length: usize) -> Answer {
    let body = format!("{{\"input\":\"{}\"}}", "x".repeat(length));
    ask(server, "task/test.tasks.echo", headers, body.as_bytes()).await
}

fn echoed(length: usize) -> Vec<u8> {
    format!("{{\"ok\":true,\"result\":\"{}\"}}", "x".repeat(length)).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_compressed_as_its_client_asks() {
    let server = server(|_| {}).await;
    for (accepted, coding) in [
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("br;q=0.5, gzip", "gzip"),
    ] {
        // The longest one is compressed on another thread.
        for length in [2000, 500_000] {
            let answer = echo(&server, &format!("accept-encoding: {accepted}\r\n"), length).await;
            assert_eq!(answer.status, 200);
            assert_eq!(
                answer.header("content-encoding").as_deref(),
                Some(coding),
                "{accepted}"
            );
            assert_eq!(answer.header("vary").as_deref(), Some("Accept-Encoding"));
            let body = answer.whole_body().unwrap();
            assert_eq!(
                answer.header("content-length"),
                Some(body.len().to_string())
            );
            assert!(body.len() < length / 10, "{}", body.len());
            assert!(
                unpacked(coding, &body) == echoed(length),
                "{coding} {length}"
            );
        }
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_asked_for_or_gains_by_goes_out_as_it_is() {
    let server = server(|_| {}).await;
    let overhead = echoed(0).len();
    for (headers, length, is_plain) in [
        ("", 2000, true),
        ("accept-encoding: deflate, compress\r\n", 2000, true),
        ("accept-encoding: gzip;q=0\r\n", 2000, true),
        ("accept-encoding: identity;q=0\r\n", 2000, true),
        ("accept-encoding: gzip\r\n", 1023 - overhead, true),
        ("accept-encoding: gzip\r\n", 1024 - overhead, false),
        // Who does not want it plain gets the smallest compressed.
        ("accept-encoding: gzip, identity;q=0\r\n", 1, false),
    ] {
        let answer = echo(&server, headers, length).await;
        let is_same = answer.body == echoed(length);
        assert_eq!(
            (answer.header("content-encoding").is_none(), is_same),
            (is_plain, is_plain),
            "{headers}"
        );
        assert_eq!(answer.header("vary").as_deref(), Some("Accept-Encoding"));
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_and_parts_are_untouched() {
    let server = server(|compression| compression.min_size = 0).await;
    let all = "accept-encoding: gzip, identity;q=0\r\n";
    let head = format!(
        "HEAD /__runner/discovery HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n{all}\r\n"
    );
    let preflight = format!(
        "OPTIONS /__runner/discovery HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{all}\r\n"
    );
    for (request, status) in [(head, 405), (preflight, 204)] {
        let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
        assert_eq!((answer.status, answer.body.len()), (status, 0));
        assert_eq!(answer.header("content-encoding"), None, "{status}");
    }
    // One that is nothing, one that is empty, and a part of something.
    for (task, body) in [
        ("golden.streams.nothing", ""),
        ("golden.streams.empty", ""),
        ("golden.streams.head", "a,b"),
    ] {
        let answer = ask(&server, &format!("task/{task}"), all, b"").await;
        assert_eq!(answer.whole_body().unwrap(), body.as_bytes(), "{task}");
        assert_eq!(answer.header("content-encoding"), None, "{task}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_answers_too() {
    let server = server(|compression| compression.min_size = 1).await;
    let all = "accept-encoding: gzip\r\n";
    let refused = ask(
        &server,
        "task/test.tasks.add",
        all,
        br#"{"input":{"a":{"a":{"a":{"a":{"a":1}}}}}}"#,
    )
    .await;
    assert_eq!(refused.status, 400);
    assert!(
        String::from_utf8(unpacked("gzip", &refused.body))
            .unwrap()
            .contains("INVALID_INPUT")
    );
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_nothing_is_compressed_and_nothing_expanded() {
    let server = Server::start(|serve| serve).await.unwrap();
    let answer = echo(&server, "accept-encoding: gzip\r\n", 2000).await;
    assert!(answer.body == echoed(2000));
    assert_eq!(
        (answer.header("content-encoding"), answer.header("vary")),
        (None, None)
    );
    let body = packed("gzip", br#"{"input":1}"#);
    let refused = ask(
        &server,
        "task/test.tasks.echo",
        "content-encoding: gzip\r\n",
        &body,
    )
    .await;
    assert_eq!(refused.status, 415);
    assert_eq!(
        refused.header("accept-encoding").as_deref(),
        Some("identity")
    );
    // A raw body is the task's own.
    let raw = "content-type: application/octet-stream\r\ncontent-encoding: gzip\r\n";
    let counted = ask(&server, "task/test.streams.count", raw, &body).await;
    assert_eq!(
        counted.body,
        format!("{{\"ok\":true,\"result\":{}}}", body.len()).into_bytes()
    );
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_text_are_compressed_where_that_is_switched_on() {
    for (streams, content_type, bytes, is_coded) in [
        (true, "text/csv", 2000, true),
        (true, "text/csv", 1000, false),
        (true, "application/octet-stream", 2000, false),
        (true, "image/png", 2000, false),
        (true, "application/gzip", 2000, false),
        (false, "text/csv", 2000, false),
    ] {
        let server = server(|compression| compression.streams = streams).await;
        let body = format!("{{\"input\":[\"{content_type}\",{bytes}]}}");
        let answer = ask(
            &server,
            "task/serving.streams.text",
            "accept-encoding: br\r\n",
            body.as_bytes(),
        )
        .await;
        let sent = answer.whole_body().unwrap();
        let coding = answer.header("content-encoding");
        assert_eq!(coding.is_some(), is_coded, "{content_type} {bytes}");
        assert_eq!(
            answer.header("vary").as_deref(),
            Some("Accept-Encoding, accept")
        );
        let plain = "x".repeat(bytes).into_bytes();
        if is_coded {
            assert_eq!(answer.header("content-length"), None);
            assert_eq!(answer.header("etag").as_deref(), Some("W/\"one\""));
            assert_eq!(answer.header("accept-ranges"), None);
            assert!(sent.len() < 100 && unpacked("br", &sent) == plain);
        } else {
            assert_eq!(answer.header("content-length"), Some(bytes.to_string()));
            assert_eq!(answer.header("etag").as_deref(), Some("\"one\""));
            assert!(sent == plain);
        }
        server.stop().await.unwrap();
    }
}

/// The second one waits at a gate that opens when the first one has been read.
#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_stream_arrives_piece_by_piece() {
    let server = server(|_| {}).await;
    for coding in CODINGS {
        for (task, first, both) in [
            ("twoEvents", "data: 1\n\n", "data: 1\n\ndata: 2\n\n"),
            ("twoRows", "1\n", "1\n2\n"),
        ] {
            let name = format!("{coding} {task}");
            let body = format!("{{\"input\":\"{name}\"}}");
            let headers = format!("connection: close\r\naccept-encoding: {coding}\r\n");
            let request = call(
                &format!("task/serving.streams.{task}"),
                &headers,
                body.as_bytes(),
            );
            let mut stream = TcpStream::connect(server.addr()).await.unwrap();
            stream.write_all(&request).await.unwrap();
            let mut read = Vec::new();
            let reading = async {
                while unpacked_so_far(coding, &read) != first.as_bytes() {
                    assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "{name}");
                }
            };
            timeout(DEADLINE, reading).await.unwrap();
            gate(&name).open();
            stream.read_to_end(&mut read).await.unwrap();
            let answer = Answer::parse(&read).unwrap();
            assert_eq!(answer.header("content-encoding").as_deref(), Some(coding));
            assert_eq!(
                unpacked(coding, &answer.whole_body().unwrap()),
                both.as_bytes(),
                "{name}"
            );
        }
    }
    server.stop().await.unwrap();
}

/// What can be read of an answer in chunks that has not ended.
fn unpacked_so_far(coding: &str, read: &[u8]) -> Vec<u8> {
    let ended = [read, b"0\r\n\r\n"].concat();
    let body = Answer::parse(&ended)
        .ok()
        .and_then(|answer| answer.whole_body().ok());
    body.map_or_else(Vec::new, |body| unpacked(coding, &body))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_stream_that_fails_is_cut_behind_what_came_before() {
    let server = server(|_| {}).await;
    let headers = "accept-encoding: gzip\r\n";
    let answer = ask(&server, "task/serving.streams.brokenText", headers, b"").await;
    assert_eq!(answer.header("content-encoding").as_deref(), Some("gzip"));
    assert!(answer.whole_body().is_err());
    assert_eq!(unpacked_so_far("gzip", &raw_of(&answer)), b"part,");
    server.stop().await.unwrap();
}

fn raw_of(answer: &Answer) -> Vec<u8> {
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice(),
        &answer.body,
    ]
    .concat()
}

/// A form with a file of zeros.
fn form(zeros: usize) -> Vec<u8> {
    let manifest = r#"{"input":{"file":{"$runnerFile":"File","id":"F1"},"note":""}}"#;
    let head = format!(
        "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n{manifest}\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file:F1\"; filename=\"f\"\r\n\r\n"
    );
    [head.as_bytes(), &vec![0; zeros], b"\r\n--b--"].concat()
}

const FORM: &str = "content-type: multipart/form-data; boundary=b\r\n";
const RAW: &str = "content-type: application/octet-stream\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_expanded_in_every_mode_and_coding() {
    let server = server(|_| {}).await;
    for coding in [
        "gzip",
        "x-gzip",
        "deflate",
        "br",
        "zstd",
        "identity",
        "GZIP",
        "gzip, br",
        "zstd,deflate",
    ] {
        let pack = |plain: &[u8]| {
            let names = coding.to_ascii_lowercase().replace("x-", "");
            names
                .split(',')
                .fold(plain.to_vec(), |body, name| packed(name.trim(), &body))
        };
        for (target, headers, plain, expected) in [
            (
                "task/test.tasks.add",
                "",
                br#"{"input":{"a":1,"b":2}}"#.to_vec(),
                "3",
            ),
            ("task/test.files.count", FORM, form(100_000), "100000"),
            ("task/test.streams.count", RAW, vec![7; 100_000], "100000"),
            (
                "event/test.events.any",
                "",
                br#"{"payload":5,"returnPayload":true}"#.to_vec(),
                "5",
            ),
        ] {
            let headers = format!("{headers}content-encoding: {coding}\r\n");
            let answer = ask(&server, target, &headers, &pack(&plain)).await;
            let expected = format!("{{\"ok\":true,\"result\":{expected}}}");
            assert_eq!(
                String::from_utf8_lossy(&answer.body),
                expected,
                "{coding} {target}"
            );
        }
    }
    server.stop().await.unwrap();
}

/// A gibibyte of zeros in about a megabyte: 64 members of 16 MiB.
fn bomb() -> Vec<u8> {
    packed("gzip", &vec![0; 16 << 20]).repeat(64)
}

/// Its envelope, and the next answer on the same connection.
async fn refused_and_next(
    server: &Server,
    target: &str,
    headers: &str,
    body: &[u8],
) -> (u16, String) {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream
        .write_all(&call(target, headers, body))
        .await
        .unwrap();
    let refused = read_answer(&mut stream).await;
    stream
        .write_all(&call(
            "task/test.tasks.add",
            "",
            br#"{"input":{"a":1,"b":2}}"#,
        ))
        .await
        .unwrap();
    let next = read_answer(&mut stream).await;
    assert_eq!(
        (next.status, next.body.as_slice()),
        (200, br#"{"ok":true,"result":3}"#.as_slice()),
        "{target}"
    );
    (refused.status, String::from_utf8(refused.body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_is_a_413_and_its_connection_lives_on() {
    let server = server(|_| {}).await;
    let bomb = bomb();
    assert!((1 << 19..2 << 20).contains(&bomb.len()), "{}", bomb.len());
    let form = packed("gzip", &form(21 << 20));
    for (target, headers, body, message) in [
        ("task/test.tasks.echo", "", &bomb, "Payload too large"),
        ("event/test.events.any", "", &bomb, "Payload too large"),
        ("task/test.streams.limited", RAW, &bomb, "Payload too large"),
        (
            "task/test.files.ignored",
            FORM,
            &form,
            "File size limit exceeded",
        ),
    ] {
        let headers = format!("{headers}content-encoding: gzip\r\n");
        let (status, envelope) = refused_and_next(&server, target, &headers, body).await;
        assert_eq!(status, 413, "{target}: {envelope}");
        assert!(
            envelope.contains(message) && envelope.contains("PAYLOAD_TOO_LARGE"),
            "{envelope}"
        );
    }
    server.stop().await.unwrap();
}

/// Parts that no file and no field stands for are skipped; expanded, they cost their client nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_parts_that_nobody_wants_is_bounded_too() {
    let limits = Limits {
        drain_body: 1 << 20,
        multipart: MultipartLimits {
            file_size: 1 << 20,
            files: 1,
            field_size: 1 << 20,
            fields: 1,
            ..MultipartLimits::default()
        },
        ..Limits::default()
    };
    let compression = on();
    let with = |serve: Serve| serve.compression(compression).limits(limits);
    let server = Server::start(with).await.unwrap();
    let junk = "--b\r\ncontent-disposition: form-data; name=\"j\"; filename=\"j\"\r\n\r\n";
    let form = [junk.as_bytes(), &vec![0; 8 << 20], b"\r\n--b--"].concat();
    let form = packed("gzip", &form);
    let headers = format!("{FORM}content-encoding: gzip\r\n");
    let target = "task/test.files.ignored";
    let (status, envelope) = refused_and_next(&server, target, &headers, &form).await;
    assert_eq!(status, 413, "{envelope}");
    server.stop().await.unwrap();
}

/// Headers and boundaries count towards no limit of a part.
#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_form_may_be_as_large_as_its_parts_may() {
    let limits = Limits {
        drain_body: 0,
        multipart: MultipartLimits {
            file_size: 1 << 20,
            files: 1,
            field_size: 61,
            fields: 1,
            ..MultipartLimits::default()
        },
        ..Limits::default()
    };
    let server = Server::start(|serve| serve.compression(on()).limits(limits))
        .await
        .unwrap();
    let headers = format!("{FORM}content-encoding: gzip\r\n");
    for (bytes, status) in [(1 << 20, 200), ((1 << 20) + 1, 413)] {
        let form = packed("gzip", &form(bytes));
        let answer = ask(&server, "task/test.files.one", &headers, &form).await;
        assert_eq!(answer.status, status, "{bytes}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_count_expanded_bytes_and_allow_the_number_itself() {
    let limits = Limits {
        json_body: 1000,
        ..Limits::default()
    };
    let server = Server::start(|serve| serve.compression(on()).limits(limits))
        .await
        .unwrap();
    for (length, status) in [(1000, 200), (1001, 413)] {
        let plain = format!("{{\"input\":\"{}\"}}", "x".repeat(length - 12));
        assert_eq!(plain.len(), length);
        for coding in CODINGS {
            let headers = format!("content-encoding: {coding}\r\n");
            let answer = ask(
                &server,
                "task/test.tasks.echo",
                &headers,
                &packed(coding, plain.as_bytes()),
            )
            .await;
            assert_eq!(answer.status, status, "{coding} {length}");
        }
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_body_is_a_400_in_every_mode() {
    let server = server(|_| {}).await;
    for (target, headers, plain) in [
        (
            "task/test.tasks.add",
            "",
            br#"{"input":{"a":1,"b":2}}"#.to_vec(),
        ),
        ("task/test.files.count", FORM, form(100_000)),
        ("task/test.streams.count", RAW, vec![7; 100_000]),
    ] {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let whole = packed(coding, &plain);
            let mut all = vec![vec![0xff; 100], whole[..whole.len() / 2].to_vec()];
            // What stands behind the end of a form is not looked at.
            if headers != FORM {
                all.push(whole[..whole.len() - 1].to_vec());
                all.push([&whole, b"garbage".as_slice()].concat());
            }
            for damaged in all {
                let headers = format!("{headers}content-encoding: {coding}\r\n");
                let (status, envelope) =
                    refused_and_next(&server, target, &headers, &damaged).await;
                let expected = r#"{"ok":false,"error":{"message":"Invalid content encoding","code":"INVALID_ENCODING"}}"#;
                assert_eq!(
                    (status, envelope.as_str()),
                    (400, expected),
                    "{target} {coding}"
                );
            }
        }
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_coding_is_a_415_that_names_the_known_ones() {
    let server = server(|_| {}).await;
    let answer = ask(
        &server,
        "task/test.tasks.add",
        "content-encoding: gzip, rot13\r\n",
        b"x",
    )
    .await;
    assert_eq!(answer.status, 415);
    assert_eq!(
        answer.header("accept-encoding").as_deref(),
        Some("gzip, deflate, br, zstd")
    );
    let text = String::from_utf8(answer.body).unwrap();
    assert!(
        text.contains("rot13") && text.contains("UNSUPPORTED_MEDIA_TYPE"),
        "{text}"
    );
    // Who may not call is told nothing of bodies.
    let request = "POST /__runner/task/test.tasks.add HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-encoding: rot13\r\ncontent-length: 0\r\n\r\n";
    let answer = Answer::parse(&server.raw(request.as_bytes()).await.unwrap()).unwrap();
    assert_eq!(answer.status, 401);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_compressed_over_http2_as_well() {
    let server = server(|_| {}).await;
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    for coding in CODINGS {
        let request = Request::post("http://localhost/__runner/task/test.tasks.echo")
            .header("x-runner-token", TOKEN)
            .header("accept-encoding", coding)
            .header("content-encoding", coding)
            .body(())
            .unwrap();
        let (answer, mut body) = send
            .clone()
            .ready()
            .await
            .unwrap()
            .send_request(request, false)
            .unwrap();
        let plain = format!("{{\"input\":\"{}\"}}", "x".repeat(5000));
        body.send_data(Bytes::from(packed(coding, plain.as_bytes())), true)
            .unwrap();
        let (head, mut pieces) = answer.await.unwrap().into_parts();
        assert_eq!(head.headers["content-encoding"], coding);
        let mut received = Vec::new();
        while let Some(piece) = pieces.data().await {
            received.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(head.headers["content-length"], received.len().to_string());
        assert!(unpacked(coding, &received) == echoed(5000), "{coding}");
    }
    drop(send);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_compressed_inside_an_axum_app_as_well() {
    let tunnel = runner_tunnel::serve()
        .token(TOKEN)
        .compression(on())
        .build()
        .unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr: SocketAddr = listener.local_addr().unwrap();
    let app = Router::new().merge(tunnel.router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let plain = format!("{{\"input\":\"{}\"}}", "x".repeat(5000));
    let headers = "connection: close\r\naccept-encoding: zstd\r\ncontent-encoding: br\r\n";
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = call(
        "task/test.tasks.echo",
        headers,
        &packed("br", plain.as_bytes()),
    );
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = Answer::parse(&answer).unwrap();
    assert_eq!(answer.header("content-encoding").as_deref(), Some("zstd"));
    assert!(unpacked("zstd", &answer.whole_body().unwrap()) == echoed(5000));
}

/// Both count what is on the wire.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_compressed_bytes() {
    let metrics = runner_tunnel::MetricsConfig {
        enabled: true,
        ..runner_tunnel::MetricsConfig::default()
    };
    let server = Server::start(|serve| serve.compression(on()).metrics(metrics))
        .await
        .unwrap();
    let plain = format!("{{\"input\":\"{}\"}}", "x".repeat(50_000));
    let body = packed("gzip", plain.as_bytes());
    let headers = "accept-encoding: gzip\r\ncontent-encoding: gzip\r\n";
    let answer = ask(&server, "task/test.tasks.echo", headers, &body).await;
    assert!(answer.status == 200 && answer.body.len() < 1_000);
    let request = format!(
        "GET /__runner/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\n\r\n"
    );
    let document = server.raw(request.as_bytes()).await.unwrap();
    let document = String::from_utf8(document).unwrap();
    for (name, bytes) in [("request", body.len()), ("response", answer.body.len())] {
        let line = format!("runner_tunnel_{name}_body_bytes_total {bytes}\n");
        assert!(document.contains(&line), "no {line} in {document}");
    }
    server.stop().await.unwrap();
}
