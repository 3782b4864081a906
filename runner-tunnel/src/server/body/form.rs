//! A form: its manifest starts the task, its files flow while the task runs.

mod fault;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body::{Body, Frame};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};
use tokio::sync::oneshot;
use tokio::time::Instant;

use self::fault::{Fault, broken_off};
use super::Drain;
use super::manifest::{self, Manifest};
use crate::body::{BodyError, FormFiles, Offer, PartInfo, spill_file};
use crate::error::TunnelError;
use crate::multipart::{self, Event, Parser, PartHeader};
use crate::serializer::Dialect;
use crate::server::config::MultipartLimits;
use crate::wire::ErrorCode;

/// What stands before the id in the name of a file's part.
const FILE_PREFIX: &str = "file:";

/// How much is written to a temporary file at once.
const SPILL_BUFFER_BYTES: usize = 64 * 1024;

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
        files: Arc<FormFiles>,
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
        let (manifest, has_manifest) = oneshot::channel();
        let (ended, end) = oneshot::channel();
        let reader = Reader {
            ended,
            body,
            parser: Parser::new(&boundary),
            files: Arc::clone(&files),
            limits,
            dialect,
            manifest: Some(manifest),
            counts: Counts::default(),
        };
        let tracker = drain.tracker().clone();
        tracker.spawn(reader.run(drain));
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
    pub(in crate::server) fn leave_to_stream(self) {
        self.files.seal();
    }

    /// Waits for the end of the form, until the time of the call is over; what nobody has read of it is skipped.
    pub(in crate::server) async fn settle(
        self,
        deadline: Option<Instant>,
    ) -> Result<(), TunnelError> {
        self.files.answered();
        let end = match deadline {
            // Whoever has waited for so long does not wait for the rest of an upload.
            Some(deadline) => {
                let end = tokio::time::timeout_at(deadline, self.end).await;
                end.unwrap_or(Ok(Ok(())))
            }
            None => self.end.await,
        };
        // The reader is gone only with the runtime.
        end.unwrap_or_else(|_| Err(TunnelError::aborted()))
    }
}

/// The limits of one form, in bytes and numbers.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct FormLimits {
    pub(in crate::server) file_bytes: u64,
    /// Of the whole form, parts that nobody wants among them.
    pub(in crate::server) body_bytes: u64,
    pub(in crate::server) form: MultipartLimits,
}

#[derive(Debug, Default)]
struct Counts {
    parts: usize,
    fields: usize,
    files: usize,
    spilled: u64,
    bytes: u64,
}

struct Reader<B> {
    ended: oneshot::Sender<Result<(), TunnelError>>,
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
    async fn run(mut self, drain: Drain) {
        let result = match self.read_form().await {
            Ok(()) => self.finish(),
            Err(Fault(error, body_error)) => {
                self.files.fail(body_error);
                Err(error)
            }
        };
        drop(self.manifest);
        // Nobody waits if the client has gone, or if the answer is a stream.
        let _ = self.ended.send(result);
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
        let text = told(&missing);
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
            // What cannot be written is told only by a flush.
            file.flush().await.map_err(BodyError::temporary)?;
            file.rewind().await.map_err(BodyError::temporary)?;
        }
        self.files.end(id, spill.map(BufWriter::into_inner));
        Ok(())
    }

    async fn deliver(
        &mut self,
        id: &str,
        mut bytes: Bytes,
        spill: &mut Option<BufWriter<tokio::fs::File>>,
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
                        None => {
                            let file = spill_file().await.map_err(BodyError::temporary)?;
                            // Each write is a trip to another thread, and a piece may be one byte.
                            spill.insert(BufWriter::with_capacity(SPILL_BUFFER_BYTES, file))
                        }
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

    /// The form is given up, and what is left of it left to the drain, when nobody waits for its end or reads a file.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        // Before the manifest is there nobody can have a file.
        let nobody_reads = self.manifest.is_some() || self.files.are_unwanted();
        if self.ended.poll_closed(cx).is_ready() && nobody_reads {
            return Poll::Ready(Some(Err(BodyError::Aborted)));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    async fn next_event(&mut self) -> Result<Event, Fault> {
        loop {
            match self.parser.next() {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => {}
                Err(error) => return Err(error.into()),
            }
            match poll_fn(|cx| self.poll_body(cx)).await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.counts.bytes = self.counts.bytes.saturating_add(bytes.len() as u64);
                        let most = self.limits.body_bytes;
                        if self.counts.bytes > most {
                            return Err(Fault::too_large("Payload too large", most));
                        }
                        self.parser.push(bytes);
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                None => self.parser.finish(),
            }
        }
    }
}

/// Which files are missing, for the log. Ids are the client's own, as many and as long as it likes.
fn told(missing: &[String]) -> String {
    const SHOWN: usize = 3;
    const SHOWN_CHARS: usize = 64;
    let short = |id: &String| format!("{:?}", id.chars().take(SHOWN_CHARS).collect::<String>());
    let shown: Vec<String> = missing.iter().take(SHOWN).map(short).collect();
    let shown = shown.join(", ");
    match missing.len() - missing.len().min(SHOWN) {
        0 => format!("no part came for the file ids {shown} of the manifest"),
        more => {
            format!("no part came for the file ids {shown} of the manifest, and for {more} more")
        }
    }
}

#[cfg(test)]
mod tests;
