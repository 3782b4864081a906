//! Tasks that tell when they run and wait until they are let go: nothing sleeps, everything is observed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use runner_tunnel::{TaskContext, tunnel_event, tunnel_task};
use tokio::sync::watch;

/// No wait of a test takes longer, unless something is broken.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// What the tasks of one test have done so far.
#[derive(Debug)]
pub struct Gate {
    open: watch::Sender<bool>,
    entered: watch::Sender<usize>,
    finished: watch::Sender<usize>,
    dropped: watch::Sender<usize>,
    cancelled: watch::Sender<usize>,
}

/// The gate of this name, made at first sight.
pub fn gate(name: &str) -> Arc<Gate> {
    static GATES: LazyLock<Mutex<HashMap<String, Arc<Gate>>>> = LazyLock::new(Mutex::default);
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    let gate = gates.entry(name.to_owned()).or_insert_with(|| {
        Arc::new(Gate {
            open: watch::Sender::new(false),
            entered: watch::Sender::new(0),
            finished: watch::Sender::new(0),
            dropped: watch::Sender::new(0),
            cancelled: watch::Sender::new(0),
        })
    });
    Arc::clone(gate)
}

impl Gate {
    /// Lets all tasks go on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until it is open.
    pub async fn opened(&self) {
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }

    /// Waits until this many tasks have begun.
    pub async fn entered(&self, count: usize) {
        reach(&self.entered, count).await;
    }

    /// Waits until this many tasks have run to their end.
    pub async fn finished(&self, count: usize) {
        reach(&self.finished, count).await;
    }

    /// Waits until this many tasks were dropped before their end.
    pub async fn dropped(&self, count: usize) {
        reach(&self.dropped, count).await;
    }

    /// Waits until this many tasks have seen their cancellation token fire.
    pub async fn cancelled(&self, count: usize) {
        reach(&self.cancelled, count).await;
    }

    /// How many tasks have begun by now.
    #[must_use]
    pub fn count(&self) -> usize {
        *self.entered.borrow()
    }

    /// Counts as begun, and as dropped with what holds it.
    #[must_use]
    pub fn hold(self: &Arc<Self>) -> Held {
        self.entered.send_modify(|entered| *entered += 1);
        Held(Arc::clone(self))
    }

    /// Waits for the token, and counts that it fired.
    pub async fn see_cancellation(&self, context: &TaskContext) {
        context.cancelled().await;
        self.cancelled.send_modify(|cancelled| *cancelled += 1);
    }

    pub(crate) async fn pass(&self, context: &TaskContext) {
        self.entered.send_modify(|entered| *entered += 1);
        let mut guard = DropCount(Some(&self.dropped));
        let mut open = self.open.subscribe();
        tokio::select! {
            () = context.cancellation().cancelled() => self.cancelled.send_modify(|cancelled| *cancelled += 1),
            _ = open.wait_for(|open| *open) => {}
        }
        // Cancelled or not, the work goes on until it is let go.
        let _ = open.wait_for(|open| *open).await;
        guard.0 = None;
        self.finished.send_modify(|finished| *finished += 1);
    }
}

async fn reach(counter: &watch::Sender<usize>, count: usize) {
    let mut counter = counter.subscribe();
    let reached = tokio::time::timeout(DEADLINE, counter.wait_for(|now| *now >= count))
        .await
        .is_ok();
    assert!(
        reached,
        "waited {DEADLINE:?} for {count}, and it was {}",
        *counter.borrow()
    );
}

/// See [`Gate::hold`].
#[derive(Debug)]
pub struct Held(Arc<Gate>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dropped.send_modify(|dropped| *dropped += 1);
    }
}

struct DropCount<'a>(Option<&'a watch::Sender<usize>>);

impl Drop for DropCount<'_> {
    fn drop(&mut self) {
        if let Some(dropped) = self.0 {
            dropped.send_modify(|dropped| *dropped += 1);
        }
    }
}

/// Waits at the gate that its input names.
#[tunnel_task("serving.tasks.wait")]
pub async fn wait(context: TaskContext, input: String) -> String {
    gate(&input).pass(&context).await;
    input
}

/// As [`wait`], but dropped when its client goes away.
#[tunnel_task("serving.tasks.waitOrCancel", on_disconnect = "cancel")]
pub async fn wait_or_cancel(context: TaskContext, input: String) -> String {
    gate(&input).pass(&context).await;
    input
}

/// Ends when its token fires.
#[tunnel_task("serving.tasks.waitForCancellation")]
pub async fn wait_for_cancellation(context: TaskContext, input: String) -> String {
    let gate = gate(&input);
    let _held = gate.hold();
    gate.see_cancellation(&context).await;
    input
}

/// Who the client's certificate says it is.
#[tunnel_task("serving.tasks.subject")]
pub async fn subject(context: TaskContext) -> Option<String> {
    let certificate = context.client_certificate()?;
    Some(certificate.subject().to_owned())
}

/// As [`wait`], kept alive meanwhile.
#[tunnel_task("serving.tasks.beatAndWait", heartbeat = "20ms")]
pub async fn beat_and_wait(context: TaskContext, input: String) -> String {
    gate(&input).pass(&context).await;
    input
}

/// As [`beat_and_wait`], but dropped when its client goes away.
#[tunnel_task(
    "serving.tasks.beatOrCancel",
    heartbeat = "20ms",
    on_disconnect = "cancel"
)]
pub async fn beat_or_cancel(context: TaskContext, input: String) -> String {
    gate(&input).pass(&context).await;
    input
}

/// As [`wait`], as an event.
#[tunnel_event("serving.events.wait")]
pub async fn wait_event(context: TaskContext, payload: String) {
    gate(&payload).pass(&context).await;
}

/// Dropped when its client goes away, were it the event's only handler.
#[tunnel_event("serving.events.mixed", on_disconnect = "cancel")]
pub async fn mixed_cancel(context: TaskContext, payload: String) {
    gate(&payload).pass(&context).await;
}

/// Goes on when its client goes away, and takes the other handler along.
#[tunnel_event("serving.events.mixed")]
pub async fn mixed_finish(context: TaskContext, payload: String) {
    gate(&payload).pass(&context).await;
}

/// The only handler, dropped when its client goes away.
#[tunnel_event("serving.events.cancel", on_disconnect = "cancel")]
pub async fn cancel(context: TaskContext, payload: String) {
    gate(&payload).pass(&context).await;
}

/// How many tasks have entered a gate.
#[tunnel_task("serving.tasks.entered")]
pub async fn entered(input: String) -> usize {
    *gate(&input).entered.borrow()
}

/// Waits until a task has entered a gate.
#[tunnel_task("serving.tasks.untilEntered")]
pub async fn until_entered(input: String) {
    gate(&input).entered(1).await;
}

/// Waits until a task at a gate has been told that its caller has gone.
#[tunnel_task("serving.tasks.untilCancelled")]
pub async fn until_cancelled(input: String) {
    gate(&input).cancelled(1).await;
}

/// Waits until a task at a gate has been dropped.
#[tunnel_task("serving.tasks.untilDropped")]
pub async fn until_dropped(input: String) {
    gate(&input).dropped(1).await;
}

/// Opens a gate.
#[tunnel_task("serving.tasks.open")]
pub async fn open(input: String) {
    gate(&input).open();
}

/// Where the caller's connection comes from.
#[tunnel_task("serving.tasks.peer")]
pub async fn peer(context: TaskContext) -> Option<String> {
    context.peer_addr().map(|peer| peer.to_string())
}
