//! A form: its manifest starts the task, its files flow while the task runs.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body::Body;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::Drain;
use super::manifest::{self, Manifest};
use crate::body::{BodyError, FormFiles, Offer, PartInfo, spill_file};
use crate::error::TunnelError;
use crate::multipart::{self, Event, Malformed, Parser, PartHeader};
use crate::serializer::Dialect;
use crate::server::config::MultipartLimits;
use crate::wire::ErrorCode;

/// What stands before the id in the name of a file's part.
const FILE_PREFIX: &str = "file:";

/// A form whose manifest has been read.
#[derive(Debug)]
pub(in crate::server) struct Form {
    /// The manifest's text; `None` if it has no input.
    pub(in crate::server) input: Option<Bytes>,
    pub(in crate::server) files: Arc<FormFiles>,
    end: oneshot::Receiver<Result<(), TunnelError>>,
}

impl Form {
    /// Reads up to the manifest. From then on the form is read in a task of its own, as fast as its files are.
    pub(in crate::server) async fn open<B>(
        headers: &HeaderMap,
        body: B,
        limits: FormLimits,
        dialect: Dialect,
        drain: Drain,
    ) -> Result<Self, TunnelError>
    where
        B: Body<Data = Bytes, Error = BodyError> + Send + Unpin + 'static,
    {
        let content_type = headers.get(CONTENT_TYPE);
        let Some(boundary) = content_type.and_then(|value| multipart::boundary(value.as_bytes()))
        else {
            drain.spawn(body);
            return Err(TunnelError::refused(ErrorCode::InvalidMultipart));
        };
        let files = Arc::new(FormFiles::default());
        let (manifest, has_manifest) = oneshot::channel();
        let (ended, end) = oneshot::channel();
        let reader = Reader {
            body,
            parser: Parser::new(&boundary),
            files: Arc::clone(&files),
            limits,
            dialect,
            manifest: Some(manifest),
            counts: Counts::default(),
        };
        let tracker = drain.tracker().clone();
        tracker.spawn(reader.run(ended, drain));
        match has_manifest.await {
            Ok(input) => Ok(Self { input, files, end }),
            // It has ended without one.
            Err(_) => match end.await {
                Ok(Err(fault)) => Err(fault),
                _ => Err(TunnelError::refused(ErrorCode::MissingManifest)),
            },
        }
    }

    /// The call is answered with a stream, which may go on reading its files. It opens no other ones.
    pub(in crate::server) fn leave_to_stream(&self) {
        self.files.seal();
    }

    /// Nobody waits for the form any more: it is read on and thrown away. A fault that has been found wins over
    /// what the task has answered.
    pub(in crate::server) fn abandon(mut self) -> Result<(), TunnelError> {
        self.files.answered();
        self.end.try_recv().unwrap_or(Ok(()))
    }

    /// Waits for the end of the form; what nobody has read of it is skipped. A fault of the form wins over what
    /// the task has answered.
    pub(in crate::server) async fn finish(self) -> Result<(), TunnelError> {
        self.files.answered();
        // The reader is gone only with the runtime.
        self.end
            .await
            .unwrap_or_else(|_| Err(TunnelError::aborted()))
    }
}

/// The limits of one form, in bytes and numbers.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct FormLimits {
    pub(in crate::server) file_bytes: u64,
    pub(in crate::server) form: MultipartLimits,
}

#[derive(Debug, Default)]
struct Counts {
    parts: usize,
    fields: usize,
    files: usize,
    spilled: u64,
}

/// Why a form cannot be read on: for the caller, and for who reads a file.
#[derive(Debug)]
struct Fault(TunnelError, BodyError);

impl Fault {
    fn too_large(message: &'static str, limit: u64) -> Self {
        let error = TunnelError::refused_with(ErrorCode::PayloadTooLarge, message);
        Self(error, BodyError::TooLarge(limit))
    }

    fn malformed() -> Self {
        let error = TunnelError::refused(ErrorCode::InvalidMultipart);
        Self(error, BodyError::Malformed)
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        let Self(refused, body_error) = Self::malformed();
        Self(refused.with_source(error), body_error)
    }
}

impl From<TunnelError> for Fault {
    fn from(error: TunnelError) -> Self {
        Self(error, BodyError::Malformed)
    }
}

impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        Self(error.clone().into(), error)
    }
}

struct Reader<B> {
    body: B,
    parser: Parser,
    files: Arc<FormFiles>,
    limits: FormLimits,
    dialect: Dialect,
    /// Some until there is a manifest.
    manifest: Option<oneshot::Sender<Option<Bytes>>>,
    counts: Counts,
}

impl<B> Reader<B>
where
    B: Body<Data = Bytes, Error = BodyError> + Send + Unpin + 'static,
{
    async fn run(mut self, ended: oneshot::Sender<Result<(), TunnelError>>, drain: Drain) {
        let result = match self.read_form().await {
            Ok(()) => self.finish(),
            Err(Fault(error, body_error)) => {
                self.files.fail(body_error);
                Err(error)
            }
        };
        drop(self.manifest);
        // Nobody waits if the client has gone, or if the answer is a stream.
        let _ = ended.send(result);
        drain.spawn(self.body);
    }

    fn finish(&self) -> Result<(), TunnelError> {
        if self.manifest.is_some() {
            return Err(TunnelError::refused(ErrorCode::MissingManifest));
        }
        let missing = self.files.finish();
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!("no part came for the file ids {missing:?} of the manifest");
        Err(TunnelError::refused(ErrorCode::MissingFilePart).with_source(text))
    }

    async fn read_form(&mut self) -> Result<(), Fault> {
        loop {
            match self.next_event().await? {
                Event::Part(part) => self.read_part(part).await?,
                Event::End => return Ok(()),
                // Only a part has them.
                Event::Data(_) | Event::PartEnd => return Err(Fault::malformed()),
            }
        }
    }

    async fn read_part(&mut self, part: PartHeader) -> Result<(), Fault> {
        self.counts.parts += 1;
        let limits = self.limits.form;
        if limits.parts.is_some_and(|limit| self.counts.parts > limit) {
            return Err(Fault::too_large("Parts limit exceeded", 0));
        }
        let Some(name) = part.name.filter(|_| part.is_form_data) else {
            return self.skip().await;
        };
        let is_bytes =
            |content_type: &String| content_type.eq_ignore_ascii_case("application/octet-stream");
        if part.filename.is_some() || part.content_type.as_ref().is_some_and(is_bytes) {
            self.counts.files += 1;
            if self.counts.files > limits.files {
                return Err(Fault::too_large("Files limit exceeded", 0));
            }
            let info = PartInfo {
                file_name: part.filename,
                content_type: part.content_type,
            };
            return match name.strip_prefix(FILE_PREFIX) {
                Some(id) if self.files.begin(id, info) => self.read_file(id).await,
                Some(_) => self.skip().await.map_err(broken_off),
                None => self.skip().await,
            };
        }
        self.counts.fields += 1;
        if self.counts.fields > limits.fields {
            return Err(Fault::too_large("Fields limit exceeded", 0));
        }
        let is_manifest = name == manifest::FIELD;
        let text = self.read_field(is_manifest).await?;
        if is_manifest {
            self.take_manifest(text)?;
        }
        Ok(())
    }

    fn take_manifest(&mut self, text: Bytes) -> Result<(), Fault> {
        let Some(waiting) = self.manifest.take() else {
            return Err(manifest::invalid().into());
        };
        let Manifest { input, files } = Manifest::parse(text, self.dialect)?;
        if files.len() > self.limits.form.files {
            return Err(Fault::too_large("Files limit exceeded", 0));
        }
        self.files.name(&files);
        // The client may have gone meanwhile: the body will say so.
        let _ = waiting.send(input);
        Ok(())
    }

    /// The bytes of a field; of one that nobody looks at only their number counts.
    async fn read_field(&mut self, is_kept: bool) -> Result<Bytes, Fault> {
        let limit = self.limits.form.field_size;
        let (mut length, mut text) = (0, BytesMut::new());
        loop {
            match self.next_event().await? {
                Event::Data(bytes) => {
                    length += bytes.len();
                    if length > limit {
                        return Err(Fault::too_large("Field limit exceeded", limit as u64));
                    }
                    if is_kept {
                        text.extend_from_slice(&bytes);
                    }
                }
                Event::PartEnd => return Ok(text.freeze()),
                Event::Part(_) | Event::End => return Err(Fault::malformed()),
            }
        }
    }

    async fn read_file(&mut self, id: &str) -> Result<(), Fault> {
        let limit = self.limits.file_bytes;
        let (mut length, mut spill) = (0, None);
        loop {
            let event = self.next_event().await.map_err(broken_off)?;
            match event {
                Event::Data(bytes) => {
                    length += bytes.len() as u64;
                    if length > limit {
                        return Err(Fault::too_large("File size limit exceeded", limit));
                    }
                    self.deliver(id, bytes, &mut spill).await?;
                }
                Event::PartEnd => break,
                Event::Part(_) | Event::End => return Err(Fault::malformed()),
            }
        }
        if let Some(file) = &mut spill {
            file.flush().await.map_err(BodyError::temporary)?;
            file.rewind().await.map_err(BodyError::temporary)?;
        }
        self.files.end(id, spill);
        Ok(())
    }

    async fn deliver(
        &mut self,
        id: &str,
        mut bytes: Bytes,
        spill: &mut Option<tokio::fs::File>,
    ) -> Result<(), Fault> {
        loop {
            match self.files.offer(id, bytes) {
                Offer::Done => return Ok(()),
                Offer::Wait(back) => {
                    bytes = back;
                    self.files.changed().await;
                }
                Offer::Spill(bytes) => {
                    let limit = self.limits.form.spill;
                    self.counts.spilled += bytes.len() as u64;
                    if self.counts.spilled > limit {
                        let Fault(refused, error) = Fault::too_large("Payload too large", limit);
                        let refused = refused.with_source(format!(
                            "limits.multipart.spill is {limit} bytes: files that are read in another order than \
                             they come go to temporary files"
                        ));
                        return Err(Fault(refused, error));
                    }
                    let file = match spill {
                        Some(file) => file,
                        None => spill.insert(spill_file().await.map_err(BodyError::temporary)?),
                    };
                    let written = file.write_all(&bytes).await;
                    return written.map_err(|error| BodyError::temporary(error).into());
                }
            }
        }
    }

    async fn skip(&mut self) -> Result<(), Fault> {
        loop {
            match self.next_event().await? {
                Event::Data(_) => {}
                Event::PartEnd => return Ok(()),
                Event::Part(_) | Event::End => return Err(Fault::malformed()),
            }
        }
    }

    async fn next_event(&mut self) -> Result<Event, Fault> {
        loop {
            match self.parser.next() {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => {}
                Err(error) => return Err(error.into()),
            }
            match poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.parser.push(bytes);
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                None => self.parser.finish(),
            }
        }
    }
}

/// A file that breaks off, read or not, has another code than what is no form (protocol section 3).
fn broken_off(fault: Fault) -> Fault {
    let cause = std::error::Error::source(&fault.0);
    match cause.and_then(|cause| cause.downcast_ref::<Malformed>()) {
        Some(malformed) if malformed.is_in_data() => BodyError::Malformed.into(),
        _ => fault,
    }
}

#[cfg(test)]
mod tests;
