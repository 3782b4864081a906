use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use http::HeaderValue;
use http_body::Frame;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;
use crate::body::{InputFile, enter_form};

const BOUNDARY: &str = "x";
const MANIFEST: &str =
    r#"{"input":{"a":{"$runnerFile":"File","id":"A"},"b":{"$runnerFile":"File","id":"B"}}}"#;

/// A body whose bytes come when the test sends them. An error is a client that goes away.
struct Fed(mpsc::Receiver<Result<Bytes, BodyError>>);

impl Body for Fed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.0.poll_recv(cx).map_ok(Frame::data)
    }
}

type Sender = mpsc::Sender<Result<Bytes, BodyError>>;

fn feed(sender: &Sender, text: impl Into<Bytes>) {
    sender.try_send(Ok(text.into())).unwrap();
}

fn head(name: &str) -> String {
    let file_name = if name.starts_with("file:") {
        "; filename=\"f\""
    } else {
        ""
    };
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n")
}

fn part(name: &str, bytes: &str) -> String {
    format!("{}{bytes}\r\n", head(name))
}

fn end() -> String {
    format!("--{BOUNDARY}--\r\n")
}

struct Opening {
    sender: Sender,
    form: tokio::task::JoinHandle<Result<Form, TunnelError>>,
    tracker: TaskTracker,
}

fn open_with(form: MultipartLimits, file_bytes: u64) -> Opening {
    let (sender, body) = mpsc::channel(64);
    let tracker = TaskTracker::new();
    let drain = Drain::new(
        usize::MAX,
        std::time::Duration::from_secs(60),
        CancellationToken::new(),
        tracker.clone(),
    );
    let form = tokio::spawn(async move {
        let content_type = HeaderValue::from_static("multipart/form-data; boundary=x");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        let limits = FormLimits {
            file_bytes,
            body_bytes: u64::MAX,
            form,
        };
        Form::open(
            &headers,
            Arc::default(),
            Fed(body),
            limits,
            Dialect::Runner,
            drain,
        )
        .await
    });
    Opening {
        sender,
        form,
        tracker,
    }
}

fn open() -> Opening {
    open_with(MultipartLimits::default(), 64 << 20)
}

fn file(form: &Form, id: &str) -> InputFile {
    let text = format!(r#"{{"$runnerFile":"File","id":"{id}"}}"#);
    let _form = enter_form(&form.files);
    serde_json::from_str(&text).unwrap()
}

async fn text(file: InputFile) -> String {
    let bytes = file.bytes(usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

const MEBIBYTE: usize = 1 << 20;

fn megabyte(byte: u8) -> Bytes {
    vec![byte; MEBIBYTE].into()
}

#[tokio::test]
async fn the_task_starts_before_the_files_have_come() {
    let opening = open();
    feed(&opening.sender, part("__manifest", MANIFEST));
    feed(&opening.sender, format!("{}he", head("file:A")));
    let form = opening.form.await.unwrap().unwrap();
    assert_eq!(form.input.as_deref(), Some(MANIFEST.as_bytes()));
    let (mut a, b) = (file(&form, "A"), file(&form, "B"));
    form.files.seal();
    assert_eq!(a.next().await.unwrap().unwrap(), "he");
    feed(&opening.sender, "llo\r\n");
    feed(&opening.sender, part("file:B", "world") + &end());
    drop(opening.sender);
    assert_eq!(
        (text(a).await, text(b).await),
        ("llo".into(), "world".into())
    );
    form.settle(None).await.unwrap();
}

#[tokio::test]
async fn files_are_read_in_any_order_wherever_the_manifest_is() {
    for order in [
        ["__manifest", "A", "B"],
        ["A", "__manifest", "B"],
        ["B", "A", "__manifest"],
    ] {
        for reversed in [false, true] {
            let opening = open();
            for name in order {
                if name == "__manifest" {
                    feed(&opening.sender, part(name, MANIFEST));
                } else {
                    feed(&opening.sender, head(&format!("file:{name}")));
                    feed(&opening.sender, megabyte(name.as_bytes()[0]));
                    feed(&opening.sender, megabyte(b'-'));
                    feed(&opening.sender, "\r\n");
                }
            }
            feed(&opening.sender, end());
            drop(opening.sender);
            let form = opening.form.await.unwrap().unwrap();
            let mut files = [("A", file(&form, "A")), ("B", file(&form, "B"))];
            form.files.seal();
            if reversed {
                files.reverse();
            }
            for (name, file) in files {
                let expected = format!("{}{}", name.repeat(MEBIBYTE), "-".repeat(MEBIBYTE));
                assert!(text(file).await == expected, "{name} of {order:?}");
            }
            form.settle(None).await.unwrap();
            opening.tracker.close();
            opening.tracker.wait().await;
        }
    }
}

#[tokio::test]
async fn nobody_reads_ahead_of_a_file_that_is_not_read() {
    let opening = open();
    feed(
        &opening.sender,
        part("__manifest", MANIFEST) + &head("file:A"),
    );
    let form = opening.form.await.unwrap().unwrap();
    let (a, b) = (file(&form, "A"), file(&form, "B"));
    form.files.seal();
    for _ in 0..8 {
        feed(&opening.sender, megabyte(b'a'));
    }
    feed(
        &opening.sender,
        "\r\n".to_owned() + &part("file:B", "b") + &end(),
    );
    tokio::task::yield_now().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    // One waits in the window, one outside of it.
    assert_eq!(opening.sender.max_capacity() - opening.sender.capacity(), 7);
    assert_eq!(text(a).await.len(), 8 * MEBIBYTE);
    assert_eq!(text(b).await, "b");
    form.settle(None).await.unwrap();
}

#[tokio::test]
async fn files_that_nobody_reads_are_skipped() {
    let opening = open();
    feed(&opening.sender, part("__manifest", MANIFEST));
    for name in ["file:A", "file:B", "file:C", "other"] {
        feed(
            &opening.sender,
            head(name).replace("\r\n\r\n", "; filename=\"f\"\r\n\r\n"),
        );
        feed(&opening.sender, megabyte(b'a'));
        feed(&opening.sender, megabyte(b'a'));
        feed(&opening.sender, "\r\n");
    }
    feed(&opening.sender, end());
    drop(opening.sender);
    let form = opening.form.await.unwrap().unwrap();
    let (mut a, b) = (file(&form, "A"), file(&form, "B"));
    form.files.seal();
    assert!(a.next().await.is_some());
    drop((a, b));
    form.settle(None).await.unwrap();
}

#[tokio::test]
async fn a_handle_that_outlives_the_task_does_not_hold_the_form_up() {
    let opening = open();
    feed(
        &opening.sender,
        part("__manifest", MANIFEST) + &head("file:A"),
    );
    for _ in 0..8 {
        feed(&opening.sender, megabyte(b'a'));
    }
    feed(
        &opening.sender,
        "\r\n".to_owned() + &part("file:B", "b") + &end(),
    );
    let form = opening.form.await.unwrap().unwrap();
    let a = file(&form, "A");
    form.files.seal();
    form.settle(None).await.unwrap();
    assert_eq!(text(a).await.len(), 8 * MEBIBYTE);
}

#[tokio::test]
async fn one_file_is_read_once() {
    let opening = open();
    let manifest = r#"{"input":[{"$runnerFile":"File","id":"A"},{"$runnerFile":"File","id":"A"}]}"#;
    feed(&opening.sender, part("__manifest", manifest));
    feed(
        &opening.sender,
        part("file:A", "first") + &part("file:A", "second") + &end(),
    );
    let form = opening.form.await.unwrap().unwrap();
    let (one, other) = (file(&form, "A"), file(&form, "A"));
    form.files.seal();
    assert_eq!(text(one).await, "first");
    let refused = other.bytes(9).await.unwrap_err();
    assert!(matches!(refused, BodyError::AlreadyRead(_)));
    form.settle(None).await.unwrap();
}

/// The fault of a form whose task reads both files, and what reading the first one ended with.
async fn fault(opening: Opening) -> (ErrorCode, String, Option<BodyError>) {
    drop(opening.sender);
    let told = |error: &TunnelError| (error.code(), error.to_string());
    match opening.form.await.unwrap() {
        Err(error) => {
            let (code, message) = told(&error);
            (code, message, None)
        }
        Ok(form) => {
            let (a, b) = (file(&form, "A"), file(&form, "B"));
            form.files.seal();
            let read = a.bytes(usize::MAX).await;
            drop(b);
            let (code, message) = told(&form.settle(None).await.unwrap_err());
            (code, message, read.err())
        }
    }
}

#[tokio::test]
async fn what_is_missing_or_broken_has_the_codes_of_the_protocol() {
    let whole = || part("__manifest", MANIFEST);
    for (body, code, message) in [
        (end(), ErrorCode::MissingManifest, "Missing manifest"),
        (
            part("other", "x") + &end(),
            ErrorCode::MissingManifest,
            "Missing manifest",
        ),
        (
            part("__manifest", "{") + &end(),
            ErrorCode::InvalidMultipart,
            "Invalid manifest",
        ),
        (
            whole() + &whole() + &part("file:A", "a") + &part("file:B", "b") + &end(),
            ErrorCode::InvalidMultipart,
            "Invalid manifest",
        ),
        (
            String::new(),
            ErrorCode::InvalidMultipart,
            "Invalid multipart payload",
        ),
        (
            "nonsense".into(),
            ErrorCode::InvalidMultipart,
            "Invalid multipart payload",
        ),
        (
            whole() + "--x",
            ErrorCode::InvalidMultipart,
            "Invalid multipart payload",
        ),
        (
            whole() + &part("file:A", "a") + "--x\r\nbroken",
            ErrorCode::InvalidMultipart,
            "Invalid multipart payload",
        ),
        (
            whole() + &head("file:A") + "a",
            ErrorCode::StreamError,
            "Internal Error",
        ),
        (
            whole() + &head("file:C") + "a",
            ErrorCode::StreamError,
            "Internal Error",
        ),
        (
            whole() + &end(),
            ErrorCode::MissingFilePart,
            "Internal Error",
        ),
        (
            whole() + &part("file:A", "a") + &end(),
            ErrorCode::MissingFilePart,
            "Internal Error",
        ),
    ] {
        let opening = open();
        feed(&opening.sender, body.clone());
        let (found, text, _) = fault(opening).await;
        assert_eq!((found, text.as_str()), (code, message), "{body}");
    }
}

#[tokio::test]
async fn every_limit_allows_the_number_itself() {
    let files = |length| {
        let bytes = "a".repeat(length);
        part("__manifest", MANIFEST) + &part("file:A", &bytes) + &part("file:B", "") + &end()
    };
    let limits = MultipartLimits {
        files: 2,
        fields: 1,
        field_size: MANIFEST.len(),
        parts: Some(3),
        ..MultipartLimits::default()
    };
    let opening = open_with(limits, 5);
    feed(&opening.sender, files(5));
    let form = opening.form.await.unwrap().unwrap();
    assert_eq!(text(file(&form, "A")).await, "aaaaa");
    form.settle(None).await.unwrap();

    for (limits, body, message) in [
        (limits, files(6), "File size limit exceeded"),
        (
            MultipartLimits { files: 1, ..limits },
            files(5),
            "Files limit exceeded",
        ),
        (
            MultipartLimits {
                fields: 0,
                ..limits
            },
            files(5),
            "Fields limit exceeded",
        ),
        (
            MultipartLimits {
                field_size: MANIFEST.len() - 1,
                ..limits
            },
            files(5),
            "Field limit exceeded",
        ),
        (
            MultipartLimits {
                parts: Some(2),
                ..limits
            },
            files(5),
            "Parts limit exceeded",
        ),
    ] {
        let opening = open_with(limits, 5);
        feed(&opening.sender, body);
        let (code, found, _) = fault(opening).await;
        assert_eq!(
            (code, found.as_str()),
            (ErrorCode::PayloadTooLarge, message)
        );
    }
}

#[tokio::test]
async fn what_goes_to_a_temporary_file_is_bounded() {
    let limits = MultipartLimits {
        spill: 3 << 20,
        ..MultipartLimits::default()
    };
    let opening = open_with(limits, u64::MAX);
    feed(
        &opening.sender,
        part("__manifest", MANIFEST) + &head("file:A"),
    );
    let form = opening.form.await.unwrap().unwrap();
    let (a, b) = (file(&form, "A"), file(&form, "B"));
    form.files.seal();
    let reading = tokio::spawn(b.bytes(9));
    for _ in 0..5 {
        feed(&opening.sender, megabyte(b'a'));
    }
    let refused = reading.await.unwrap().unwrap_err();
    assert!(matches!(refused, BodyError::TooLarge(_)), "{refused:?}");
    drop(a);
    let fault = form.settle(None).await.unwrap_err();
    assert_eq!(fault.code(), ErrorCode::PayloadTooLarge);
}

#[tokio::test]
async fn a_client_that_goes_away_fails_the_reader() {
    let opening = open();
    feed(
        &opening.sender,
        part("__manifest", MANIFEST) + &head("file:A") + "a",
    );
    let form = opening.form.await.unwrap().unwrap();
    let (mut a, b) = (file(&form, "A"), file(&form, "B"));
    form.files.seal();
    assert_eq!(a.next().await.unwrap().unwrap(), "a");
    opening.sender.try_send(Err(BodyError::Aborted)).unwrap();
    let gone = a.next().await.unwrap().unwrap_err();
    assert!(matches!(gone, BodyError::Aborted));
    assert!(a.next().await.is_none());
    let gone = b.part_names().await.unwrap_err();
    assert!(matches!(gone, BodyError::Aborted));
    assert_eq!(
        form.settle(None).await.unwrap_err().code(),
        ErrorCode::RequestAborted
    );
}

#[tokio::test]
async fn the_names_of_a_part_are_waited_for() {
    let opening = open();
    let begun = part("__manifest", MANIFEST) + &head("file:A");
    feed(&opening.sender, begun);
    let form = opening.form.await.unwrap().unwrap();
    let (a, b) = (file(&form, "A"), file(&form, "B"));
    form.files.seal();
    let asking = tokio::spawn(async move { b.part_names().await });
    for _ in 0..4 {
        feed(&opening.sender, megabyte(b'a'));
    }
    feed(
        &opening.sender,
        "\r\n".to_owned() + &part("file:B", "b") + &end(),
    );
    assert_eq!(asking.await.unwrap().unwrap(), (Some("f".into()), None));
    assert_eq!(text(a).await.len(), 4 * MEBIBYTE);
    form.settle(None).await.unwrap();
}
