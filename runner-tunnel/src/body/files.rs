//! The files of one form, between the one who reads the form and the tasks that read the files.
//!
//! Bytes wait in a window of bounded size for their reader; while it is full, nobody reads the form, and the
//! client feels it. Only when somebody waits for what comes later in the form do bytes go past the window, to a
//! temporary file.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::Notify;

use super::BodyError;

/// How many bytes of one file wait in memory for their reader.
const WINDOW_BYTES: usize = 256 * 1024;

/// What a piece takes beside its bytes: a client may send them one by one.
const PIECE_BYTES: usize = 64;

fn weight(piece: &Bytes) -> usize {
    piece.len() + PIECE_BYTES
}

/// What the head of a part says about its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PartInfo {
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
}

/// What becomes of bytes that the form brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Somebody will read them, or nobody ever will.
    Done,
    /// Not now: wait for [`FormFiles::changed`] and offer them again.
    Wait(Bytes),
    /// Somebody waits for what comes later: write them to a file, and all that follows of the part.
    Spill(Bytes),
}

/// The files of one form by their ids.
#[derive(Debug, Default)]
pub(crate) struct FormFiles {
    state: Mutex<State>,
    /// For the one who reads the form.
    changed: Notify,
    /// For those who wait for the head of a part.
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    files: HashMap<String, File>,
    /// The manifest has been read: nothing before it can be thrown away.
    has_manifest: bool,
    /// All handles to files have been made: a file without one is read by nobody.
    is_sealed: bool,
    /// The task has ended and its answer waits for the end of the form.
    is_answered: bool,
    /// Why nothing more comes.
    failure: Option<BodyError>,
}

#[derive(Debug, Default)]
struct File {
    is_named: bool,
    part: Option<Arc<PartInfo>>,
    window: VecDeque<Bytes>,
    window_bytes: usize,
    /// What comes after the window.
    rest: Rest,
    handles: usize,
    reading: Reading,
    /// Somebody waits for it and has nothing.
    is_wanted: bool,
    reader: Option<Waker>,
}

#[derive(Debug, Default)]
enum Rest {
    #[default]
    Coming,
    /// To a temporary file.
    Spilling,
    /// Nothing more, or what went to a file.
    Whole(Option<tokio::fs::File>),
}

/// One handle can read, once.
#[derive(Debug, Default, PartialEq, Eq)]
enum Reading {
    #[default]
    NotBegun,
    Begun,
    /// The handle that was reading is gone.
    Over,
}

impl File {
    fn is_unwanted(&self, is_closed: bool) -> bool {
        self.reading == Reading::Over || (is_closed && self.handles == 0)
    }

    fn wake(&mut self) {
        self.is_wanted = false;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl State {
    /// No handle will be made any more.
    fn is_closed(&self) -> bool {
        self.is_sealed || self.is_answered
    }

    fn forget_unwanted(&mut self) {
        let is_closed = self.is_closed();
        for file in self.files.values_mut() {
            if file.is_unwanted(is_closed) {
                file.is_wanted = false;
                file.window = VecDeque::new();
                file.window_bytes = 0;
                if let Rest::Whole(spilled) = &mut file.rest {
                    *spilled = None;
                }
            }
        }
    }
}

/// For the one who reads the form.
impl FormFiles {
    /// The manifest names these files.
    pub(crate) fn name<'i>(&self, ids: impl IntoIterator<Item = &'i String>) {
        let mut state = self.lock();
        state.has_manifest = true;
        for id in ids {
            state.files.entry(id.clone()).or_default().is_named = true;
        }
        state.files.retain(|_, file| file.is_named);
    }

    /// A part for a file begins; `false` if there was one for it already.
    pub(crate) fn begin(&self, id: &str, part: PartInfo) -> bool {
        let mut state = self.lock();
        if state.has_manifest && !state.files.contains_key(id) {
            return false;
        }
        let file = state.files.entry(id.to_owned()).or_default();
        if file.part.is_some() {
            return false;
        }
        file.part = Some(Arc::new(part));
        drop(state);
        self.arrived.notify_waiters();
        true
    }

    pub(crate) fn offer(&self, id: &str, bytes: Bytes) -> Offer {
        let mut state = self.lock();
        let Some(file) = state.files.get(id) else {
            return Offer::Done;
        };
        if file.is_unwanted(state.is_closed()) {
            return Offer::Done;
        }
        let is_full = file.window_bytes > 0 && file.window_bytes + weight(&bytes) > WINDOW_BYTES;
        let is_spilling = matches!(file.rest, Rest::Spilling);
        if is_spilling || (is_full && state.is_waited_for_elsewhere(id)) {
            if let Some(file) = state.files.get_mut(id) {
                file.rest = Rest::Spilling;
            }
            return Offer::Spill(bytes);
        }
        if is_full {
            return Offer::Wait(bytes);
        }
        if let Some(file) = state.files.get_mut(id) {
            file.window_bytes += weight(&bytes);
            file.window.push_back(bytes);
            file.wake();
        }
        Offer::Done
    }

    /// A part has ended; `spilled` holds what was not taken by [`FormFiles::offer`].
    pub(crate) fn end(&self, id: &str, spilled: Option<tokio::fs::File>) {
        if let Some(file) = self.lock().files.get_mut(id) {
            file.rest = Rest::Whole(spilled);
            file.wake();
        }
    }

    /// Whether nobody reads a file, and nobody ever will.
    pub(crate) fn are_unwanted(&self) -> bool {
        let state = self.lock();
        let is_closed = state.is_closed();
        is_closed && state.files.values().all(|file| file.is_unwanted(is_closed))
    }

    /// Waits until [`FormFiles::offer`] may answer otherwise.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The form has ended; the ids of files that the manifest names and that did not come.
    pub(crate) fn finish(&self) -> Vec<String> {
        let mut missing: Vec<String> = {
            let state = self.lock();
            let files = state.files.iter();
            files
                .filter(|(_, file)| file.is_named && file.part.is_none())
                .map(|(id, _)| id.clone())
                .collect()
        };
        missing.sort();
        if !missing.is_empty() {
            self.fail(BodyError::Missing);
        }
        missing
    }

    /// Nothing more comes.
    pub(crate) fn fail(&self, error: BodyError) {
        let mut state = self.lock();
        state.failure.get_or_insert(error);
        state.files.values_mut().for_each(File::wake);
        drop(state);
        self.arrived.notify_waiters();
    }
}

impl State {
    /// Somebody waits for what comes after this file.
    fn is_waited_for_elsewhere(&self, id: &str) -> bool {
        let mut others = self.files.iter().filter(|(other, _)| *other != id);
        self.is_answered || !self.has_manifest || others.any(|(_, file)| file.is_wanted)
    }
}

/// For the call.
impl FormFiles {
    /// The input has been read, and with it all handles have been made.
    pub(crate) fn seal(&self) {
        let mut state = self.lock();
        state.is_sealed = true;
        state.forget_unwanted();
        drop(state);
        self.changed.notify_one();
    }

    /// The task has ended. What is still to be read is thrown away, or spilled if somebody holds a handle.
    pub(crate) fn answered(&self) {
        let mut state = self.lock();
        state.is_answered = true;
        state.forget_unwanted();
        drop(state);
        self.changed.notify_one();
    }
}

/// For the handles.
impl FormFiles {
    /// Counts a handle; `None` if the manifest does not name the file, and when its bytes may be gone already.
    pub(super) fn open(&self, id: &str) -> Option<()> {
        let mut state = self.lock();
        if state.is_closed() {
            return None;
        }
        state.files.get_mut(id)?.handles += 1;
        Some(())
    }

    /// A handle is gone; what its reader has left, no other handle gets.
    pub(super) fn close(&self, id: &str, is_reader: bool) {
        let mut state = self.lock();
        if let Some(file) = state.files.get_mut(id) {
            file.handles -= 1;
            if is_reader {
                file.reading = Reading::Over;
            }
        }
        state.forget_unwanted();
        drop(state);
        self.changed.notify_one();
    }

    /// Makes the caller the one who reads.
    pub(super) fn take(&self, id: &Arc<str>) -> Result<(), BodyError> {
        match self.lock().files.get_mut(&**id) {
            Some(file) if file.reading == Reading::NotBegun => {
                file.reading = Reading::Begun;
                Ok(())
            }
            _ => Err(BodyError::AlreadyRead(Arc::clone(id))),
        }
    }

    pub(super) fn poll_read(
        &self,
        id: &str,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Chunk, BodyError>> {
        let mut state = self.lock();
        let failure = state.failure.clone();
        let Some(file) = state.files.get_mut(id) else {
            return Poll::Ready(Err(BodyError::Missing));
        };
        if let Some(bytes) = file.window.pop_front() {
            file.window_bytes -= weight(&bytes);
            drop(state);
            self.changed.notify_one();
            return Poll::Ready(Ok(Chunk::Bytes(bytes)));
        }
        if let Rest::Whole(spilled) = &mut file.rest {
            let spilled = spilled.take();
            return Poll::Ready(Ok(spilled.map_or(Chunk::End, Chunk::Spilled)));
        }
        if let Some(failure) = failure {
            return Poll::Ready(Err(failure));
        }
        file.is_wanted = true;
        file.reader = Some(cx.waker().clone());
        drop(state);
        self.changed.notify_one();
        Poll::Pending
    }

    /// Waits for the head of the file's part.
    pub(super) async fn part(&self, id: &str) -> Result<Arc<PartInfo>, BodyError> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut state = self.lock();
                let failure = state.failure.clone();
                let file = state.files.get_mut(id).ok_or(BodyError::Missing)?;
                if let Some(part) = &file.part {
                    return Ok(Arc::clone(part));
                }
                if let Some(failure) = failure {
                    return Err(failure);
                }
                file.is_wanted = true;
            }
            self.changed.notify_one();
            arrived.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a reader gets.
#[derive(Debug)]
pub(super) enum Chunk {
    Bytes(Bytes),
    /// All that is left, at its beginning.
    Spilled(tokio::fs::File),
    End,
}

/// A temporary file that nobody else can see, and that is gone with its last handle, however the process ends.
pub(crate) async fn spill_file() -> io::Result<tokio::fs::File> {
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await??;
    Ok(tokio::fs::File::from_std(file))
}
