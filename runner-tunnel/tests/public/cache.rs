//! Answers that are kept, in a time that the test makes.

use std::future::IntoFuture as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runner_tunnel::tunnel_task;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::tunnel;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Takes too long the first time.
#[tunnel_task("cache.slow", cache = "1h", timeout = "10s")]
async fn slow() -> usize {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed) + 1;
    if run == 1 {
        sleep(seconds(15)).await;
    }
    run
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_too_long_is_tried_again_for_those_who_came_later() {
    let tunnel = tunnel();
    let first = tunnel
        .task_without_input::<usize>("cache.slow")
        .into_future();
    let later = async {
        sleep(seconds(5)).await;
        tunnel.task_without_input::<usize>("cache.slow").await
    };
    let (first, later) = tokio::join!(first, later);
    assert_eq!(first.unwrap_err().status(), 504);
    assert_eq!(later.unwrap(), 2);
    let kept = tunnel.task_without_input::<usize>("cache.slow").await;
    assert_eq!(kept.unwrap(), 2);
}

#[tunnel_task("cache.counts", cache = "1h")]
async fn counts() -> usize {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    RUNS.fetch_add(1, Ordering::Relaxed) + 1
}

#[tokio::test]
async fn a_tunnel_forgets_what_it_is_told_to_and_knows_its_tasks() {
    let tunnel = tunnel();
    let call = async || {
        let call = tunnel.task_without_input::<usize>("cache.counts");
        call.await.unwrap()
    };
    let cache = tunnel.tunnel().cache();
    assert_eq!((call().await, call().await), (1, 1));
    assert!(cache.invalidate("cache.counts"));
    assert_eq!((call().await, call().await), (2, 2));
    cache.invalidate_all();
    assert_eq!((call().await, call().await), (3, 3));
    assert!(!cache.invalidate("cache.count"));
    assert_eq!(call().await, 3);
}

/// Kept for all callers.
#[tunnel_task("cache.shared", cache = "1m 30s", cache_shared)]
async fn shared() {}

#[tokio::test]
async fn discovery_says_how_old_an_answer_may_be() {
    let document = tunnel().discovery().await.unwrap();
    let cache = |id: &str| document["tasks"][id]["cache"].clone();
    let own = json!({ "maxAgeMs": 3_600_000, "shared": false });
    assert_eq!(cache("cache.counts"), own);
    let shared = json!({ "maxAgeMs": 90_000, "shared": true });
    assert_eq!(cache("cache.shared"), shared);
    assert_eq!(cache("contexts.required"), Value::Null);
}
