//! Files for calls in process.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

use crate::types::{UnixMillis, Value};

/// Makes ids that are new in the process.
static NEXT: AtomicU64 = AtomicU64::new(1);

const BOUNDARY: &str = "----runner-tunnel-test";

/// A file to send with a call: it stands in the input where the task has an
/// [`InputFile`](crate::InputFile), and goes along with [`TestCall::file`](super::TestCall::file).
///
/// ```standalone_crate
/// use runner_tunnel::testing::{TestFile, TestTunnel};
/// use runner_tunnel::{BodyError, InputFile, tunnel_task};
///
/// #[tunnel_task("app.tasks.length")]
/// async fn length(file: InputFile) -> Result<usize, BodyError> {
///     Ok(file.bytes(1024).await?.len())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tunnel = TestTunnel::new()?;
/// let file = TestFile::new("hello.txt", "Hello!");
/// let length: usize = tunnel.task("app.tasks.length", &file).file(&file).await?;
/// assert_eq!(length, 6);
/// # Ok(())
/// # }
/// ```
///
/// A file that stands in an input and is not sent along is missing; if none is, the body is JSON, and a task that
/// expects a file says so.
#[derive(Debug, Clone)]
pub struct TestFile {
    id: String,
    name: Option<String>,
    content_type: Option<String>,
    size: u64,
    last_modified: Option<i64>,
    extra: Option<Value>,
    bytes: Bytes,
}

impl TestFile {
    /// A file with this name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::nameless(bytes)
        }
    }

    /// A file of which the caller does not say what it is called.
    pub fn nameless(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            id: format!("T{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            name: None,
            content_type: None,
            size: bytes.len() as u64,
            last_modified: None,
            extra: None,
            bytes,
        }
    }

    /// Says what is in it, as a media type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Says how many bytes it has, in place of the truth.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = bytes;
        self
    }

    /// Says when it was last changed.
    #[must_use]
    pub fn last_modified(mut self, moment: UnixMillis) -> Self {
        self.last_modified = Some(moment.0);
        self
    }

    /// Says something else about it.
    #[must_use]
    pub fn extra(mut self, extra: impl Into<Value>) -> Self {
        self.extra = Some(extra.into());
        self
    }
}

/// The sentinel of Runner's clients (protocol section 5).
impl Serialize for TestFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Meta<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'a str>,
            #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
            content_type: Option<&'a str>,
            size: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            last_modified: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            extra: Option<&'a Value>,
        }
        let mut sentinel = serializer.serialize_struct("TestFile", 3)?;
        sentinel.serialize_field("$runnerFile", "File")?;
        sentinel.serialize_field("id", &self.id)?;
        let meta = Meta {
            name: self.name.as_deref(),
            content_type: self.content_type.as_deref(),
            size: self.size,
            last_modified: self.last_modified,
            extra: self.extra.as_ref(),
        };
        sentinel.serialize_field("meta", &meta)?;
        sentinel.end()
    }
}

/// A form with a manifest and files, and its content type.
pub(super) fn form(manifest: &[u8], files: &[TestFile]) -> (String, Bytes) {
    let mut body = BytesMut::new();
    let mut part = |head: String, bytes: &[u8]| {
        body.put_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.put_slice(bytes);
        body.put_slice(b"\r\n");
    };
    part("name=\"__manifest\"".to_owned(), manifest);
    for file in files {
        let id = &file.id;
        part(
            format!("name=\"file:{id}\"; filename=\"{id}\""),
            &file.bytes,
        );
    }
    body.put_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    (content_type, body.freeze())
}
