//! Callers that never pause, and know what they have to get.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use runner_tunnel_tests::tls_client::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::process::{Process, WAREHOUSE, call};

const CALLERS: u64 = 8;

/// What all callers share.
pub(crate) struct Progress {
    /// How often the web's token was changed, twice: odd while it is being changed.
    changes: AtomicU64,
    calls: watch::Sender<u64>,
    is_over: AtomicBool,
}

impl Progress {
    /// From here on the old token may pass or not.
    pub(crate) fn begin_change(&self) -> u64 {
        self.changes.fetch_add(1, SeqCst).div_ceil(2) + 1
    }

    /// From here on only the new one passes.
    pub(crate) fn end_change(&self) {
        self.changes.fetch_add(1, SeqCst);
    }
}

pub(crate) fn web_token(change: u64) -> String {
    format!("web-{change}")
}

pub(crate) struct Load {
    pub(crate) progress: Arc<Progress>,
    callers: JoinSet<()>,
}

impl Load {
    pub(crate) fn begin(process: &Process) -> Self {
        let progress = Arc::new(Progress {
            changes: AtomicU64::new(0),
            calls: watch::Sender::new(0),
            is_over: AtomicBool::new(false),
        });
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (addr, client) = (process.addr, process.client());
            let progress = Arc::clone(&progress);
            callers.spawn(async move {
                let mut turn = caller;
                while !progress.is_over.load(SeqCst) {
                    one_call(turn, addr, &client, &progress).await;
                    progress.calls.send_modify(|calls| *calls += 1);
                    turn += 1;
                }
            });
        }
        Self { progress, callers }
    }

    /// Ends with every caller's last call; fails as the first of them did.
    pub(crate) async fn end(mut self) {
        self.progress.is_over.store(true, SeqCst);
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
    }

    /// Waits until so many calls were answered; fails when a caller did.
    pub(crate) async fn reach(&mut self, calls: u64) {
        let mut progress = self.progress.calls.subscribe();
        tokio::select! {
            reached = progress.wait_for(|answered| *answered >= calls) => drop(reached),
            Some(ended) = self.callers.join_next() => ended.unwrap(),
        }
    }
}

/// The right token passes and the wrong one does not, whatever is being changed; of one that is being changed either
/// may be true.
async fn one_call(turn: u64, addr: SocketAddr, client: &Client, progress: &Progress) {
    let before = progress.changes.load(SeqCst);
    let (change, is_settled) = (before / 2, before.is_multiple_of(2));
    let order = r#"{"input":{"article":"screw","count":1}}"#;
    let (token, id, body, expected) = match turn % 5 {
        0 => (WAREHOUSE.to_owned(), "shop.tasks.stock", "{}", 200),
        1 => (WAREHOUSE.to_owned(), "shop.tasks.order", order, 403),
        2 => ("nobody".to_owned(), "shop.tasks.stock", "{}", 401),
        3 if change > 0 => (web_token(change - 1), "shop.tasks.order", order, 401),
        _ => (web_token(change), "shop.tasks.order", order, 200),
    };
    let status = call(client, addr, &token, id, body).await.unwrap();
    let is_of_the_web = token.starts_with("web-");
    let is_strict = !is_of_the_web || is_settled && progress.changes.load(SeqCst) == before;
    if is_strict {
        assert_eq!(status, expected, "{id} with {token}");
    } else {
        assert!([200, 401].contains(&status), "{id} with {token}: {status}");
    }
}
