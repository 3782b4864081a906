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
use tokio::io::{AsyncRead, AsyncWriteExt as _, BufWriter, ReadBuf};
use tokio_util::io::ReaderStream;

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

/// How much is read of a spilled file at once, and written to one: each is a trip to another thread.
const FILE_CHUNK_BYTES: usize = 64 * 1024;

thread_local! {
    /// The form whose manifest is being read: serde has no way to hand it to a type.
    static FORM: RefCell<Option<Arc<FormFiles>>> = const { RefCell::new(None) };
}

/// A file that the caller sends beside the input, anywhere in an input type.
///
/// A [`Stream`] of [`Bytes`] and an [`AsyncRead`], once. The task starts before the files have come: their bytes
/// flow while it reads, no faster than it reads, and no more than a window of them is in memory. Files that are
/// read in another order than they come go through a temporary file that is removed in every case. A file that
/// nobody reads is skipped.
///
/// What it is called and how large it is stands in the input and is the caller's word.
///
/// ```
/// use runner_tunnel::{BodyError, InputFile, JsonSchema, tunnel_task};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Upload {
///     title: String,
///     photo: InputFile,
///     others: Vec<InputFile>,
/// }
///
/// #[tunnel_task("app.tasks.upload", max_file = "50mb")]
/// async fn upload(input: Upload) -> Result<u64, BodyError> {
///     let target = std::env::temp_dir().join(input.photo.name());
///     Ok(input.photo.save_to(target).await?)
/// }
/// ```
pub struct InputFile {
    form: Arc<FormFiles>,
    id: String,
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
    /// The name that the caller gives it, without any folder; `upload` if it gives none.
    ///
    /// It is the caller's word: look at it before you use it as the name of a file of your own.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.meta.get("name").and_then(Value::as_str);
        name.and_then(last_segment).unwrap_or(NAMELESS)
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
    /// input. Waits until the part has come.
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
        Ok((file_name.clone(), content_type.clone()))
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

    /// Writes it to a file, which has the permissions of any new file, and returns how many bytes it has. A file that
    /// is there is replaced at the end; until then, and after an error, nothing is to be seen at the path.
    ///
    /// # Errors
    /// When the file cannot be read, or not be written.
    ///
    /// # Cancel safety
    /// Safe: what was written is removed.
    pub async fn save_to(self, path: impl AsRef<Path>) -> Result<u64, BodyError> {
        let path = path.as_ref().to_owned();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => ".".into(),
        };
        let file = self.write_to(move || temp_file::in_folder(&folder)).await?;
        let length = file.len();
        let persist = tokio::task::spawn_blocking(move || file.persist(path)).await;
        persist
            .map_err(io::Error::from)
            .and_then(|persisted| persisted)
            .map_err(BodyError::storage)?;
        Ok(length)
    }

    /// Writes it to a temporary file.
    ///
    /// # Errors
    /// When the file cannot be read, or not be written.
    ///
    /// # Cancel safety
    /// Safe: what was written is removed.
    pub async fn to_temp_file(self) -> Result<TempFile, BodyError> {
        self.write_to(NamedTempFile::new).await
    }

    async fn write_to(
        mut self,
        create: impl FnOnce() -> io::Result<NamedTempFile> + Send + 'static,
    ) -> Result<TempFile, BodyError> {
        let created = tokio::task::spawn_blocking(move || {
            let file = create()?;
            let handle = file.as_file().try_clone()?;
            Ok::<_, io::Error>((file, handle))
        });
        let (file, handle) = created
            .await
            .map_err(io::Error::from)
            .and_then(|created| created)
            .map_err(BodyError::storage)?;
        let writer = tokio::fs::File::from_std(handle);
        let mut writer = BufWriter::with_capacity(FILE_CHUNK_BYTES, writer);
        let mut length = 0;
        while let Some(bytes) = self.next().await {
            let bytes = bytes?;
            length += bytes.len() as u64;
            writer.write_all(&bytes).await.map_err(BodyError::storage)?;
        }
        writer.flush().await.map_err(BodyError::storage)?;
        Ok(TempFile::new(file, length))
    }

    /// The file that a sentinel means in a form; `None` for any other value, and for one that the manifest
    /// does not name.
    pub(crate) fn of_sentinel(form: &Arc<FormFiles>, sentinel: &Value) -> Option<Self> {
        let id = sentinel_id(sentinel)?;
        form.open(id)?;
        Some(Self {
            form: Arc::clone(form),
            id: id.to_owned(),
            meta: sentinel.get("meta").cloned().unwrap_or_default(),
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

/// Reads an input whose files are those of a form.
pub(crate) fn with_files<T>(form: &Arc<FormFiles>, read: impl FnOnce() -> T) -> T {
    /// A type's own code may panic.
    struct Before(Option<Arc<FormFiles>>);

    impl Drop for Before {
        fn drop(&mut self) {
            FORM.replace(self.0.take());
        }
    }

    let _before = Before(FORM.replace(Some(Arc::clone(form))));
    read()
}

fn last_segment(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next()?;
    Some(name).filter(|name| !matches!(*name, "" | "." | ".."))
}

impl<'de> Deserialize<'de> for InputFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sentinel = Value::deserialize(deserializer)?;
        let file = FORM.with_borrow(|form| Self::of_sentinel(form.as_ref()?, &sentinel));
        let found = match &sentinel {
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
                        let stream = ReaderStream::with_capacity(file, FILE_CHUNK_BYTES);
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
                    return Poll::Ready(bytes.map(|bytes| bytes.map_err(BodyError::storage)));
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
