//! The state that tasks and pages share, and the task that changes it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use runner_tunnel::{JsonSchema, State, TaskContext, tunnel_task};
use serde::Deserialize;

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) from: Option<IpAddr>,
}

/// Cheap to clone; the clones share the entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guestbook(Arc<Mutex<Vec<Entry>>>);

impl Guestbook {
    /// Adds an entry and tells how many there are.
    pub(crate) fn add(&self, entry: Entry) -> usize {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(entry);
        entries.len()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[derive(Deserialize, JsonSchema)]
struct Signature {
    name: String,
    message: String,
}

/// Signs the guestbook; returns how many have signed.
#[tunnel_task("guestbook.tasks.sign")]
async fn sign(State(guestbook): State<Guestbook>, context: TaskContext, input: Signature) -> usize {
    let Signature { name, message } = input;
    let from = context.peer_addr().map(|peer| peer.ip());
    guestbook.add(Entry {
        name,
        message,
        from,
    })
}
