//! What an application says of its own readiness.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::error::BoxError;
use crate::handler::BoxFuture;
use crate::server::config::HealthConfig;
use crate::server::panic::panic_text;

/// A check with its name.
pub(in crate::server) struct Check {
    pub(in crate::server) name: String,
    run: Box<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>,
}

impl Check {
    pub(in crate::server) fn new<F, Fut, E>(name: String, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self {
            name,
            run: Box::new(move || {
                let checked = check();
                Box::pin(async move { checked.await.map_err(Into::into) })
            }),
        }
    }

    /// Why it fails, if it does.
    async fn failure(&self, patience: Duration) -> Option<String> {
        let checked = async { timeout(patience, (self.run)()).await };
        match AssertUnwindSafe(checked).catch_unwind().await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(error))) => Some(error.to_string()),
            Ok(Err(_)) => Some(format!(
                "no answer within {}",
                humantime::format_duration(patience)
            )),
            Err(panic) => Some(format!("panicked: {}", panic_text(&*panic))),
        }
    }
}

/// All checks of a tunnel. Cheap to clone.
#[derive(Clone)]
pub(super) struct Checks(Arc<Inner>);

struct Inner {
    checks: Vec<Check>,
    patience: Duration,
    keep: Duration,
    /// Held while the checks run, so that all who ask meanwhile share one run.
    last: Mutex<Option<Found>>,
}

/// Which checks failed, and when.
struct Found {
    at: Instant,
    failed: Vec<bool>,
}

impl Checks {
    pub(super) fn new(config: &HealthConfig, checks: Vec<Check>) -> Self {
        Self(Arc::new(Inner {
            checks,
            patience: config.check_timeout,
            keep: config.check_cache,
            last: Mutex::new(None),
        }))
    }

    /// The names of the checks that fail, in the order of registration.
    pub(super) async fn failing(&self) -> Vec<String> {
        let Self(inner) = self;
        if inner.checks.is_empty() {
            return Vec::new();
        }
        // In a task of its own: who hangs up does not break it off for the others.
        let run = tokio::spawn(Arc::clone(inner).run());
        let names = |failed: Vec<bool>| {
            let failed = inner
                .checks
                .iter()
                .zip(failed)
                .filter(|(_, failed)| *failed);
            failed.map(|(check, _)| check.name.clone()).collect()
        };
        names(run.await.unwrap_or_else(|_| vec![true; inner.checks.len()]))
    }
}

impl Inner {
    async fn run(self: Arc<Self>) -> Vec<bool> {
        let mut last = self.last.lock().await;
        if let Some(found) = &*last
            && found.at.elapsed() < self.keep
        {
            return found.failed.clone();
        }
        let failures = self.checks.iter().map(|check| check.failure(self.patience));
        let failures = join_all(failures).await;
        let before = last.as_ref().map(|found| found.failed.as_slice());
        self.log_changes(before, &failures);
        let failed: Vec<bool> = failures.iter().map(Option::is_some).collect();
        *last = Some(Found {
            at: Instant::now(),
            failed: failed.clone(),
        });
        failed
    }

    /// A probe comes every few seconds: only what has changed is worth a line.
    fn log_changes(&self, before: Option<&[bool]>, failures: &[Option<String>]) {
        for (n, (check, failure)) in self.checks.iter().zip(failures).enumerate() {
            let has_failed = before.is_some_and(|failed| failed[n]);
            let check = check.name.as_str();
            match failure {
                Some(error) if has_failed => tracing::debug!(check, error, "still not ready"),
                Some(error) => tracing::warn!(check, error, "not ready"),
                None if has_failed => tracing::info!(check, "ready again"),
                None => {}
            }
        }
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.checks.iter().map(|check| &check.name);
        f.debug_list().entries(names).finish()
    }
}

/// A sentence for each name that says nothing or stands twice.
pub(in crate::server) fn problems(checks: &[Check]) -> Vec<String> {
    let mut problems = Vec::new();
    for (n, check) in checks.iter().enumerate() {
        let name = &check.name;
        if name.trim().is_empty() {
            problems.push(
                "a readiness check has no name: probes tell what is not ready by its name"
                    .to_owned(),
            );
        } else if checks[..n].iter().any(|earlier| earlier.name == *name) {
            problems.push(format!(
                "two readiness checks are named {name:?}: give one of them another name"
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn check<Fut>(name: &str, check: impl Fn() -> Fut + Send + Sync + 'static) -> Check
    where
        Fut: Future<Output = Result<(), &'static str>> + Send + 'static,
    {
        Check::new(name.to_owned(), check)
    }

    #[tokio::test(start_paused = true)]
    async fn errors_silence_and_panics_are_named_in_order() {
        let checks = vec![
            check("fails", async || Err("down")),
            check("passes", async || Ok(())),
            check("hangs", std::future::pending),
            check("panics", async || panic!("the panic of a test")),
            check("panics at once", || -> std::future::Ready<_> {
                panic!("the panic of a test")
            }),
        ];
        let checks = Checks::new(&HealthConfig::default(), checks);
        let failing = checks.failing().await;
        assert_eq!(failing, ["fails", "hangs", "panics", "panics at once"]);
    }

    #[tokio::test(start_paused = true)]
    async fn many_probes_are_one_run_and_the_next_comes_when_it_is_old() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let checks = vec![check("counts", move || {
            let run = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                if run == 0 { Err("not yet") } else { Ok(()) }
            }
        })];
        let checks = Checks::new(&HealthConfig::default(), checks);
        // One of them hangs up while the checks run.
        drop(checks.failing().now_or_never());
        let probes = join_all((0..100).map(|_| checks.failing())).await;
        assert!(probes.iter().all(|failing| failing == &["counts"]));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        tokio::time::advance(HealthConfig::default().check_cache).await;
        assert_eq!(checks.failing().await, [""; 0]);
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn names_have_to_tell_checks_apart() {
        let named = |name: &str| check(name, async || Ok(()));
        let problems = problems(&[named("a"), named(" "), named("a"), named("b")]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
