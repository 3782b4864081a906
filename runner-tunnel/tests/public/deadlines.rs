//! How long a caller waits, in a time that the test makes.

use std::future::IntoFuture as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runner_tunnel::testing::{CallError, TestTunnel};
use runner_tunnel::{Limits, tunnel_task};
use tokio::time::{Instant, sleep};

use crate::configured;

#[tunnel_task("deadlines.sleep")]
async fn sleep_for(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

static HAS_BEGUN: AtomicBool = AtomicBool::new(false);

#[tunnel_task("deadlines.begin")]
async fn begin() {
    HAS_BEGUN.store(true, Ordering::Relaxed);
}

/// One place, for which callers may wait longer than they want to.
fn tunnel() -> TestTunnel {
    let limits = Limits {
        concurrent_requests: Some(1),
        queue_timeout: Duration::from_secs(60),
        ..Limits::default()
    };
    TestTunnel::with(|serve| configured(serve).limits(limits)).unwrap()
}

/// A call that comes second, and after how many seconds its answer comes.
async fn behind_another(
    tunnel: &TestTunnel,
    other: u64,
    call: impl Future<Output = Result<(), CallError>>,
) -> (CallError, u64) {
    let began = Instant::now();
    let first = tunnel.task::<()>("deadlines.sleep", &other).into_future();
    let second = async { (call.await.unwrap_err(), began.elapsed().as_secs()) };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_place_is_a_part_of_the_callers_time() {
    let tunnel = tunnel();
    let call = tunnel
        .task::<()>("deadlines.sleep", &100)
        .header("x-runner-timeout", "10000");
    let (error, seconds) = behind_another(&tunnel, 7, call.into_future()).await;
    assert_eq!((error.status(), seconds), (504, 10));
}

#[tokio::test(start_paused = true)]
async fn whose_time_is_over_in_line_is_told_so_and_nothing_begins() {
    let tunnel = tunnel();
    let call = tunnel
        .task_without_input::<()>("deadlines.begin")
        .header("x-runner-timeout", "10000");
    let (in_line, seconds) = behind_another(&tunnel, 30, call.into_future()).await;
    assert_eq!((in_line.status(), seconds), (504, 10));
    assert!(!HAS_BEGUN.load(Ordering::Relaxed));
    let running = tunnel
        .task::<()>("deadlines.sleep", &100)
        .header("x-runner-timeout", "10000");
    let running = running.await.unwrap_err();
    assert_eq!(in_line.to_string(), running.to_string());
    assert_eq!(in_line.code(), running.code());
}

static HAS_BLOCKED: AtomicBool = AtomicBool::new(false);

#[tunnel_task("deadlines.block", blocking)]
fn block(mark: bool) {
    HAS_BLOCKED.fetch_or(mark, Ordering::Relaxed);
}

/// Nobody waits for it when a thread is free at last.
#[test]
fn a_blocking_call_whose_time_is_over_before_a_thread_is_free_does_not_begin() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let tunnel = TestTunnel::with(configured).unwrap();
        let (free, held) = std::sync::mpsc::channel::<()>();
        let other = tokio::task::spawn_blocking(move || held.recv());
        let call = tunnel.task::<()>("deadlines.block", &true);
        let call = call.header("x-runner-timeout", "100");
        assert_eq!(call.await.unwrap_err().status(), 504);
        free.send(()).unwrap();
        other.await.unwrap().unwrap();
        tunnel.task::<()>("deadlines.block", &false).await.unwrap();
    });
    assert!(!HAS_BLOCKED.load(Ordering::Relaxed));
}
