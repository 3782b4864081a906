//! A file in the input of a call.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::ReaderStream;

use super::file_name::safe_name;
use super::files::Chunk;
use super::request_stream::read_into;
use super::{BodyError, FormFiles, PartInfo, TempFile, temp_file};
use crate::types::{UnixMillis, Value};

/// The key of a sentinel in the manifest (protocol section 5).
const SENTINEL: &str = "$runnerFile";

/// The key that clients of Runner 4 use.
const SENTINEL_4: &str = "$ejson";

/// What is called a file without a name, as in Node.
const NAMELESS: &str = "upload";

/// What was found where a file should be, if it is one.
const IN_JSON: &str = "a file sentinel, but the body is JSON: send it as multipart/form-data";

/// How much is read of a spilled file at once.
const SPILLED_CHUNK_BYTES: usize = 64 * 1024;

thread_local! {
    /// The form whose manifest is being read: serde has no way to hand it to a type.
    static FORM: RefCell<Option<Arc<FormFiles>>> = const { RefCell::new(None) };
}

/// A file that the caller sends beside the input, anywhere in an input type.
///
/// A [`Stream`] of [`Bytes`] and an [`AsyncRead`], once. The task starts before the files have come: their bytes
/// flow while it reads, no faster than it reads, and no more than a window of them is in memory. Files that are
/// read in another order than they come go through a temporary file that is removed in every case, in
/// [`std::env::temp_dir`]. A file that nobody reads is skipped; it still has to keep the limits.
///
/// What it is called and how large it is stands in the input and is the caller's word. The limits are the tunnel's:
/// `max_file` of the task, and [`MultipartLimits`](crate::MultipartLimits).
///
/// The answer goes out when the whole form has come, since its end can still fail the call: a file that is named and
/// does not come, one that is too large or breaks off. Such a fault wins over what the task has answered, an error of
/// its own too, as in Node. A task that answers with a stream does not wait.
///
/// ```
/// use runner_tunnel::{BodyError, InputFile, JsonSchema, tunnel_task};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Upload {
///     album: u32,
///     photo: InputFile,
///     others: Vec<InputFile>,
/// }
///
/// #[tunnel_task("app.tasks.upload", max_file = "50mb")]
/// async fn upload(input: Upload) -> Result<u64, BodyError> {
///     let target = format!("photos/{}.jpg", input.album); // a name of our own
///     input.photo.save_to(target).await
/// }
/// ```
pub struct InputFile {
    form: Arc<FormFiles>,
    id: Arc<str>,
    name: String,
    meta: Value,
    source: Source,
    /// The bytes are this handle's: no other one gets any.
    is_reader: bool,
    /// What a reader has left of the last bytes.
    rest: Bytes,
}

/// Where the next bytes come from.
enum Source {
    /// Nobody has asked for any.
    Unread,
    Form,
    Spilled(ReaderStream<tokio::fs::File>),
    Ended,
}

impl InputFile {
    /// The name that the caller gives it in the input; `upload` if it gives none.
    ///
    /// It can be one component of a path: folders before it, control characters and those that turn the direction of
    /// writing are taken away, and it is never `.` or `..`. Two files may have one name, and Windows has names that it
    /// keeps for itself: a file of your own is better called by an id of your own.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type that the caller gives it.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.meta.get("type").and_then(Value::as_str)
    }

    /// The size in bytes that the caller gives it. Nothing checks it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        let size = self.meta.get("size").and_then(Value::as_f64)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be whole and in range"
        )]
        (size.fract() == 0.0 && (0.0..9e15).contains(&size)).then_some(size as u64)
    }

    /// When the caller says that it was last changed.
    #[must_use]
    pub fn last_modified(&self) -> Option<UnixMillis> {
        match self.meta.get("lastModified")? {
            Value::Date(moment) => Some(*moment),
            #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
            Value::Number(millis) if millis.abs() <= 8.64e15 => Some(UnixMillis(*millis as i64)),
            _ => None,
        }
    }

    /// What else the caller says about it, with its kinds.
    #[must_use]
    pub fn extra(&self) -> Option<&Value> {
        self.meta.get("extra")
    }

    /// The file name and the media type in the head of the file's part, for callers who say neither in the
    /// input, as `curl -F` does. The name is as safe as [`name`](Self::name). Waits until the part has come.
    ///
    /// # Errors
    /// When it does not come.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn part_names(&self) -> Result<(Option<String>, Option<String>), BodyError> {
        let part = self.form.part(&self.id).await?;
        let PartInfo {
            file_name,
            content_type,
        } = &*part;
        let file_name = file_name.as_deref().and_then(safe_name);
        Ok((file_name, content_type.clone()))
    }

    /// All of it, if it has at most `limit` bytes.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] when there is more, and when the file cannot be read.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(bytes) = self.next().await {
            let bytes = bytes?;
            if first.len() + all.len() + bytes.len() > limit {
                return Err(BodyError::TooLarge(limit as u64));
            }
            if first.is_empty() && all.is_empty() {
                first = bytes;
            } else {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&bytes);
            }
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }

    /// Writes it to a file and returns how many bytes it has. A file that is there is replaced at the end; until then,
    /// and after an error, nothing is to be seen at the path. It gets the mode that any new file gets there.
    ///
    /// Of a file that was read in part, the rest is written.
    ///
    /// # Errors
    /// When the file cannot be read, or not be written.
    ///
    /// # Cancel safety
    /// Safe: what was written is removed.
    pub async fn save_to(self, path: impl AsRef<Path>) -> Result<u64, BodyError> {
        let path = path.as_ref().to_owned();
        let doing = format!("cannot write {}", path.display());
        let failed = |error| BodyError::storage(&doing, &error);
        let target = path.clone();
        let file = TempFile::write(self, move || temp_file::beside(&target), &failed).await?;
        file.rename(path).await.map_err(failed)
    }

    /// Writes it to a temporary file; of a file that was read in part, the rest.
    ///
    /// # Errors
    /// When the file cannot be read, or not be written.
    ///
    /// # Cancel safety
    /// Safe: what was written is removed.
    pub async fn to_temp_file(self) -> Result<TempFile, BodyError> {
        TempFile::write(self, NamedTempFile::new, &BodyError::temporary).await
    }

    /// The file that a sentinel means in a form; `None` for any other value, and for one that the manifest
    /// does not name.
    pub(crate) fn of_sentinel(form: &Arc<FormFiles>, sentinel: &Value) -> Option<Self> {
        let id = sentinel_id(sentinel)?;
        form.open(id)?;
        let meta = sentinel.get("meta").cloned().unwrap_or_default();
        let name = meta.get("name").and_then(Value::as_str);
        Some(Self {
            form: Arc::clone(form),
            id: id.into(),
            name: name
                .and_then(safe_name)
                .unwrap_or_else(|| NAMELESS.to_owned()),
            meta,
            source: Source::Unread,
            is_reader: false,
            rest: Bytes::new(),
        })
    }
}

/// The id of a file, if a value stands for one.
pub(crate) fn sentinel_id(value: &Value) -> Option<&str> {
    let is_file = |key| value.get(key).and_then(Value::as_str) == Some("File");
    if is_file(SENTINEL) || is_file(SENTINEL_4) {
        value.get("id").and_then(Value::as_str)
    } else {
        None
    }
}

/// Until it is dropped, the files of inputs are those of a form.
pub(crate) struct Entered(Option<Arc<FormFiles>>);

/// What is read from here on is an input whose files are those of a form.
pub(crate) fn enter_form(form: &Arc<FormFiles>) -> Entered {
    Entered(FORM.replace(Some(Arc::clone(form))))
}

impl Drop for Entered {
    fn drop(&mut self) {
        FORM.replace(self.0.take());
    }
}

impl<'de> Deserialize<'de> for InputFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sentinel = Value::deserialize(deserializer)?;
        let file = FORM.with_borrow(|form| Self::of_sentinel(form.as_ref()?, &sentinel));
        let is_in_form = FORM.with_borrow(Option::is_some);
        let found = match &sentinel {
            sentinel if !is_in_form && sentinel_id(sentinel).is_some() => {
                de::Unexpected::Other(IN_JSON)
            }
            Value::Undefined | Value::Null => de::Unexpected::Unit,
            Value::Bool(value) => de::Unexpected::Bool(*value),
            Value::Number(number) => de::Unexpected::Float(*number),
            Value::String(text) => de::Unexpected::Str(text.as_str().unwrap_or_default()),
            Value::Array(_) => de::Unexpected::Seq,
            _ => de::Unexpected::Map,
        };
        file.ok_or_else(|| de::Error::invalid_type(found, &"a file of a multipart/form-data body"))
    }
}

impl JsonSchema for InputFile {
    fn schema_name() -> Cow<'static, str> {
        "InputFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A file: the sentinel in the manifest stands for the part `file:{id}`.",
            "x-runner-type": "File",
            "type": "object",
            "required": [SENTINEL, "id"],
            "properties": {
                SENTINEL: { "const": "File" },
                "id": { "type": "string" },
                "meta": {
                    "type": "object",
                    "properties": {
                        "name": { "type": "string" },
                        "type": { "type": "string" },
                        "size": { "type": "integer", "minimum": 0 },
                        "lastModified": { "type": "number" },
                        "extra": { "type": "object" },
                    },
                },
            },
        })
    }
}

impl Stream for InputFile {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        let this = &mut *self;
        loop {
            match &mut this.source {
                Source::Unread => {
                    if let Err(error) = this.form.take(&this.id) {
                        this.source = Source::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                    this.is_reader = true;
                    this.source = Source::Form;
                }
                Source::Form => match std::task::ready!(this.form.poll_read(&this.id, cx)) {
                    Ok(Chunk::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                    Ok(Chunk::Spilled(file)) => {
                        let stream = ReaderStream::with_capacity(file, SPILLED_CHUNK_BYTES);
                        this.source = Source::Spilled(stream);
                    }
                    Ok(Chunk::End) => this.source = Source::Ended,
                    Err(error) => {
                        this.source = Source::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Source::Spilled(stream) => {
                    let bytes = std::task::ready!(stream.poll_next_unpin(cx));
                    if bytes.is_none() {
                        this.source = Source::Ended;
                    }
                    return Poll::Ready(bytes.map(|bytes| bytes.map_err(BodyError::temporary)));
                }
                Source::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl AsyncRead for InputFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let next = self.as_mut().poll_next(cx);
        read_into(buffer, &mut self.rest, next)
    }
}

impl Drop for InputFile {
    fn drop(&mut self) {
        self.form.close(&self.id, self.is_reader);
    }
}

impl fmt::Debug for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputFile")
            .field("name", &self.name())
            .field("content_type", &self.content_type())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
