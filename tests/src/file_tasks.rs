//! Tasks that take files and raw bodies. `tests/node/reference.js` serves those of the same ids on Runner's own
//! server.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "their ids say what they do"
)]

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use runner_tunnel::{
    BodyError, InputFile, JsonSchema, RequestStream, StreamResponse, TaskContext, TunnelError,
    tunnel_task, types,
};
use serde::{Deserialize, Serialize};

use crate::gate::gate;

/// The largest file that these tasks keep in memory.
const MAX_BYTES: usize = 1 << 20;

/// What a task saw of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    pub name: String,
    #[serde(rename = "type")]
    pub content_type: Option<String>,
    pub size: Option<u64>,
    pub last_modified: Option<f64>,
    pub extra: Option<types::Value>,
    pub text: String,
}

impl Seen {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    async fn of(file: InputFile) -> Result<Self, BodyError> {
        Ok(Self {
            name: file.name().to_owned(),
            content_type: file.content_type().map(str::to_owned),
            size: file.size(),
            last_modified: file.last_modified().map(|moment| moment.0 as f64),
            extra: file.extra().cloned(),
            text: String::from_utf8_lossy(&file.bytes(MAX_BYTES).await?).into_owned(),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct One {
    pub file: InputFile,
    #[serde(default)]
    pub note: String,
}

/// Reads one file.
#[tunnel_task("test.files.one")]
pub async fn one(input: One) -> Result<Seen, BodyError> {
    Seen::of(input.file).await
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Many {
    pub files: Vec<InputFile>,
}

/// Reads files in the order of the input.
#[tunnel_task("test.files.many")]
pub async fn many(input: Many) -> Result<Vec<Seen>, BodyError> {
    let mut seen = Vec::new();
    for file in input.files {
        seen.push(Seen::of(file).await?);
    }
    Ok(seen)
}

/// Reads files from the last to the first.
#[tunnel_task("test.files.reversed", max_file = "64mb")]
pub async fn reversed(input: Many) -> Result<Vec<u64>, BodyError> {
    let mut lengths = Vec::new();
    for file in input.files.into_iter().rev() {
        lengths.push(count(file).await?);
    }
    Ok(lengths)
}

/// Reads all files at once.
#[tunnel_task("test.files.atOnce", max_file = "64mb")]
pub async fn at_once(input: Many) -> Result<Vec<u64>, BodyError> {
    futures_util::future::try_join_all(input.files.into_iter().map(count)).await
}

/// Never reads its files.
#[tunnel_task("test.files.ignored")]
pub async fn ignored(input: Many) -> usize {
    input.files.len()
}

/// Reads the beginning of a file, and no more.
#[tunnel_task("test.files.beginning")]
pub async fn beginning(mut input: One) -> Result<bool, BodyError> {
    Ok(matches!(input.file.next().await, Some(Ok(_))))
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Maybe {
    pub file: Option<InputFile>,
}

/// Takes a file or none.
#[tunnel_task("test.files.maybe")]
pub async fn maybe(input: Maybe) -> Result<Option<Seen>, BodyError> {
    match input.file {
        Some(file) => Seen::of(file).await.map(Some),
        None => Ok(None),
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Deep {
    pub folders: BTreeMap<String, Vec<Option<InputFile>>>,
    pub when: Option<types::Date>,
}

/// Finds files anywhere.
#[tunnel_task("test.files.deep")]
pub async fn deep(input: Deep) -> Result<BTreeMap<String, Vec<String>>, BodyError> {
    let mut found = BTreeMap::new();
    for (folder, files) in input.folders {
        let mut texts = Vec::new();
        for file in files.into_iter().flatten() {
            texts.push(Seen::of(file).await?.text);
        }
        found.insert(folder, texts);
    }
    Ok(found)
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct When {
    pub when: types::Value,
    pub file: InputFile,
}

/// Gives back what stands beside a file, with its kinds.
#[tunnel_task("test.files.when")]
pub async fn when(input: When) -> Result<types::Value, BodyError> {
    count(input.file).await?;
    Ok(input.when)
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Twice {
    pub first: InputFile,
    pub second: InputFile,
}

/// Reads two files, which may be one.
#[tunnel_task("test.files.twice")]
pub async fn twice(input: Twice) -> Result<(String, String), BodyError> {
    Ok((
        Seen::of(input.first).await?.text,
        Seen::of(input.second).await?.text,
    ))
}

/// What the head of the part says, for callers whose manifest says nothing.
#[tunnel_task("test.files.part")]
pub async fn part(input: One) -> Result<(Option<String>, Option<String>), BodyError> {
    input.file.part_names().await
}

/// Fails with an error of its own, without reading.
#[tunnel_task("test.files.fails")]
pub async fn fails(_input: Many) -> Result<(), TunnelError> {
    Err(TunnelError::new("test.errors.files", "no files today").with_http(409))
}

/// Panics after the first bytes.
#[tunnel_task("test.files.panics")]
pub async fn panics(mut input: One) -> bool {
    let first = input.file.next().await;
    assert!(first.is_none(), "the panic of a test");
    true
}

/// How many bytes a file has, read to its end.
#[tunnel_task("test.files.count", max_file = "2gb")]
pub async fn count_file(input: One) -> Result<u64, BodyError> {
    count(input.file).await
}

/// What is in files, without keeping it.
#[tunnel_task("test.files.hash", max_file = "128mb")]
pub async fn hash(input: Many) -> Result<Vec<u32>, BodyError> {
    let mut digests = Vec::new();
    for file in input.files {
        digests.push(digest_of(file).await?);
    }
    Ok(digests)
}

/// A file as it comes.
#[tunnel_task("test.files.stream", max_file = "2gb")]
pub async fn stream_file(input: One) -> StreamResponse {
    StreamResponse::new(input.file)
}

/// Writes a file next to nothing, and tells its length and whether it was gone afterwards.
#[tunnel_task("test.files.saved", max_file = "64mb")]
pub async fn saved(input: One) -> Result<(u64, bool), BodyError> {
    let file = input.file.to_temp_file().await?;
    let (path, length) = (file.path().to_owned(), file.len());
    drop(file);
    Ok((length, !path.exists()))
}

/// Waits at the gate of its note before it reads.
#[tunnel_task("test.files.gated", max_file = "64mb")]
pub async fn gated(context: TaskContext, input: One) -> Result<u64, BodyError> {
    gate(&input.note).pass(&context).await;
    count(input.file).await
}

/// Lets whoever watches know when a file has begun, and when it has broken off.
#[tunnel_task("test.files.watched")]
pub async fn watched(mut input: One) -> Result<(), BodyError> {
    while let Some(bytes) = input.file.next().await {
        let is_broken = bytes.is_err();
        let what = if is_broken { "broken" } else { "begun" };
        gate(&format!("{what} {}", input.note)).open();
        bytes?;
    }
    Ok(())
}

/// Waits for that.
#[tunnel_task("test.files.watch")]
pub async fn watch(context: TaskContext, what: String) -> bool {
    gate(&what).pass(&context).await;
    true
}

/// How many bytes the body has.
#[tunnel_task("test.streams.count")]
pub async fn count_body(body: RequestStream) -> Result<u64, BodyError> {
    count(body).await
}

/// As `count`, up to a limit.
#[tunnel_task("test.streams.limited", max_body = "1kb")]
pub async fn limited(body: RequestStream) -> Result<u64, BodyError> {
    count(body).await
}

/// Answers without reading.
#[tunnel_task("test.streams.unread")]
pub async fn unread(_body: RequestStream) -> bool {
    true
}

/// Tells of which kind the body is.
#[tunnel_task("test.streams.either")]
pub async fn either(
    context: TaskContext,
    input: Option<String>,
    body: Option<RequestStream>,
) -> Result<String, BodyError> {
    Ok(match body {
        Some(body) => format!("{} raw bytes of {}", count(body).await?, context.task_id()),
        None => format!("{input:?}"),
    })
}

/// The body as it comes.
#[tunnel_task("test.streams.echo")]
pub async fn echo(body: RequestStream) -> StreamResponse {
    StreamResponse::new(body)
}

/// Speaks before it has read anything, and tells the digest at the end.
#[tunnel_task("test.streams.digest")]
pub async fn digest(body: RequestStream) -> StreamResponse {
    let end = stream::once(async { digest_of(body).await.map(|digest| digest.to_string()) });
    StreamResponse::new(stream::iter([Ok("reading ".to_owned())]).chain(end))
}

/// FNV-1a of 32 bits, as in `tests/node/digest.js`.
async fn digest_of(
    mut bytes: impl futures_util::Stream<Item = Result<bytes::Bytes, BodyError>> + Unpin,
) -> Result<u32, BodyError> {
    let mut digest: u32 = 0x811c_9dc5;
    while let Some(bytes) = bytes.next().await {
        for byte in bytes? {
            digest = (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    Ok(digest)
}

async fn count(
    mut bytes: impl futures_util::Stream<Item = Result<bytes::Bytes, BodyError>> + Unpin,
) -> Result<u64, BodyError> {
    let mut length = 0;
    while let Some(bytes) = bytes.next().await {
        length += bytes?.len() as u64;
    }
    Ok(length)
}
