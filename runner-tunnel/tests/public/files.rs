use runner_tunnel::testing::TestFile;
use runner_tunnel::{
    BodyError, ErrorCode, InputFile, JsonSchema, TunnelError, TypedError, tunnel_task,
};
use serde::Deserialize;

use crate::tunnel;

#[derive(Deserialize, JsonSchema)]
struct Upload {
    file: InputFile,
    #[serde(default)]
    other: Option<InputFile>,
}

#[tunnel_task("files.ignored", max_file = "1kb")]
async fn ignored(input: Upload) -> bool {
    drop(input.file);
    input.other.is_some()
}

#[tunnel_task("files.fails", max_file = "1kb")]
async fn fails(_input: Upload) -> Result<(), TunnelError> {
    Err(TunnelError::new("files.errors.own", "of its own").with_http(409))
}

#[tunnel_task("files.both")]
async fn both(input: Upload) -> Result<usize, BodyError> {
    let first = input.file.bytes(9).await?.len();
    match input.other {
        Some(other) => Ok(first + other.bytes(9).await?.len()),
        None => Ok(first),
    }
}

#[derive(Debug, thiserror::Error, TypedError)]
enum Mixed {
    #[error("empty")]
    #[typed_error(id = "files.errors.empty")]
    Empty,
    #[error("reading the file")]
    Body(#[from] BodyError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

#[tunnel_task("files.mixed")]
async fn mixed(input: Upload) -> Result<usize, Mixed> {
    match input.file.bytes(3).await?.len() {
        0 => Err(Mixed::Empty),
        length => Ok(length),
    }
}

#[tunnel_task("files.copied", max_file = "3b")]
async fn copied(mut input: Upload) -> Result<u64, Mixed> {
    Ok(tokio::io::copy(&mut input.file, &mut tokio::io::sink()).await?)
}

#[tunnel_task("files.saved")]
async fn saved(input: Upload) -> Result<u64, BodyError> {
    input.file.save_to("no such folder/photo.jpg").await
}

fn two() -> (TestFile, TestFile) {
    (TestFile::new("one", "1"), TestFile::new("other", "2"))
}

/// What the caller gets is what is counted, once.
#[tokio::test]
async fn a_form_that_fails_at_its_end_is_counted_as_its_caller_sees_it() {
    let (file, other) = two();
    let large = TestFile::new("large", vec![0; 2000]);
    for (task, named, sent, code) in [
        ("files.ignored", &file, &other, ErrorCode::MissingFilePart),
        ("files.fails", &file, &other, ErrorCode::MissingFilePart),
        ("files.ignored", &large, &large, ErrorCode::PayloadTooLarge),
        ("files.fails", &large, &large, ErrorCode::PayloadTooLarge),
    ] {
        let tunnel = tunnel();
        let input = serde_json::json!({ "file": named });
        let error = tunnel
            .task::<bool>(task, &input)
            .file(sent)
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(code), "{task}");
        let outcomes = tunnel.tunnel().outcomes();
        let all = [
            outcomes.done,
            outcomes.typed_error,
            outcomes.error,
            outcomes.refused,
        ];
        assert_eq!(all, [0, 0, 0, 1], "{task}: {outcomes:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_task_and_no_fault_of_the_form_is_the_tasks() {
    let (file, _) = two();
    let input = serde_json::json!({ "file": &file });
    let tunnel = tunnel();
    let call = tunnel.task::<()>("files.fails", &input).file(&file);
    assert_eq!(call.await.unwrap_err().id(), Some("files.errors.own"));
    assert_eq!(tunnel.tunnel().outcomes().typed_error, 1);
}

#[tokio::test]
async fn two_files_of_one_id_are_the_callers_mistake_and_it_says_which() {
    let (file, _) = two();
    let input = serde_json::json!({ "file": &file, "other": &file });
    let tunnel = tunnel();
    let error = tunnel
        .task::<u8>("files.both", &input)
        .file(&file)
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (400, Some(ErrorCode::InvalidInput))
    );
    let id = serde_json::to_value(&file).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        error.message(),
        format!("file id {id} stands twice in the input: give each file an id of its own")
    );
}

#[tokio::test]
async fn a_file_in_a_json_body_is_told_what_it_needs() {
    let (file, _) = two();
    let input = serde_json::json!({ "file": &file });
    let error = tunnel().task::<u8>("files.both", &input).await.unwrap_err();
    assert!(
        error.message().ends_with("send it as multipart/form-data"),
        "{error}"
    );
}

#[tokio::test]
async fn a_body_that_could_not_be_read_keeps_its_code_inside_an_untyped_variant() {
    let file = TestFile::new("a", "12345");
    let input = serde_json::json!({ "file": &file });
    for task in ["files.mixed", "files.copied"] {
        let error = tunnel()
            .task::<u8>(task, &input)
            .file(&file)
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::PayloadTooLarge), "{task}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named_once() {
    let storage = |text: &str| {
        BodyError::Storage(std::sync::Arc::new(std::io::Error::other(text.to_owned())))
    };
    let error = TunnelError::from(storage("cannot write a: no space"));
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "cannot write a: no space");
    assert!(cause.source().is_none());
}

#[tokio::test]
async fn saving_into_no_folder_is_an_internal_error() {
    let (file, _) = two();
    let input = serde_json::json!({ "file": &file });
    let error = tunnel()
        .task::<u64>("files.saved", &input)
        .file(&file)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::InternalError));
}

#[tunnel_task("files.described")]
async fn described(file: InputFile) -> (String, Option<u64>, Option<f64>, Option<String>) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    let last_modified = file.last_modified().map(|moment| moment.0 as f64);
    let extra = file
        .extra()
        .and_then(|extra| extra.as_str())
        .map(str::to_owned);
    (file.name().to_owned(), file.size(), last_modified, extra)
}

#[tokio::test]
async fn a_test_says_of_a_file_what_a_caller_could() {
    let said = TestFile::nameless("1")
        .size(500)
        .last_modified(runner_tunnel::types::UnixMillis(1000))
        .extra("more");
    let seen: (String, Option<u64>, Option<f64>, Option<String>) = tunnel()
        .task("files.described", &said)
        .file(&said)
        .await
        .unwrap();
    assert_eq!(
        seen,
        (
            "upload".to_owned(),
            Some(500),
            Some(1000.0),
            Some("more".to_owned())
        )
    );
}
