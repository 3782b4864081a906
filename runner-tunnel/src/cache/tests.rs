use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderMap, Method, Uri};

use super::*;
use crate::context::{Identity, RequestHead};
use crate::error::TunnelError;
use crate::serializer::Dialect;
use crate::wire::RequestId;

const HOUR: Duration = Duration::from_secs(3600);

fn cache() -> ResponseCache {
    ResponseCache::new([CachedTask::new("a".into(), HOUR)], 64 << 10, 8 << 10)
}

fn key(cache: &ResponseCache, caller: Identity, input: &'static str) -> Key {
    let (uri, headers) = (Uri::default(), HeaderMap::new());
    let head = RequestHead::new(Method::POST, uri, headers, None, RequestId::generate());
    head.identify(caller);
    let input = Bytes::from_static(input.as_bytes());
    Key::new(
        cache.task("a").unwrap(),
        &head,
        input,
        false,
        Dialect::Runner,
    )
    .unwrap()
}

/// Counts when it is begun and dropped.
struct Counted<'a>(&'a Counts);

#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    dropped: AtomicUsize,
}

impl Counts {
    fn read(&self) -> (usize, usize) {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        (of(&self.begun), of(&self.dropped))
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Never ready.
fn endless(counts: &'static Counts) -> BoxFuture<'static, Result<Bytes, NoAnswer>> {
    counts.begun.fetch_add(1, Ordering::Relaxed);
    let counted = Counted(counts);
    Box::pin(async move {
        let _counted = counted;
        std::future::pending().await
    })
}

#[test]
fn a_flight_goes_on_for_all_who_wait_and_is_dropped_with_the_last() {
    let counts: &'static Counts = Box::leak(Box::default());
    let cache = cache();
    let key = key(&cache, Identity::Anybody, "1");
    let task = Arc::clone(cache.task("a").unwrap());
    let join = || cache.join(&task, &key, || endless(counts));
    let ((first, missed), (second, joined)) = (join(), join());
    assert_eq!((missed, joined), (Lookup::Miss, Lookup::Joined));
    assert!(first.clone().now_or_never().is_none());
    drop(first);
    assert!(second.clone().now_or_never().is_none());
    assert_eq!(counts.read(), (1, 0));
    drop(second);
    assert_eq!(counts.read(), (1, 1));
    let (_third, missed) = join();
    assert_eq!((missed, counts.read()), (Lookup::Miss, (2, 1)));
}

fn ready(answer: &'static str) -> BoxFuture<'static, Result<Bytes, NoAnswer>> {
    Box::pin(async move { Ok(Bytes::from_static(answer.as_bytes())) })
}

#[test]
fn what_was_kept_meanwhile_is_not_made_again() {
    let cache = cache();
    let key = key(&cache, Identity::Anybody, "1");
    let task = Arc::clone(cache.task("a").unwrap());
    let (flight, _) = cache.join(&task, &key, || ready("one"));
    assert_eq!(flight.now_or_never().unwrap().unwrap(), "one");
    let (flight, lookup) = cache.join(&task, &key, || panic!("is there"));
    assert_eq!(lookup, Lookup::Hit);
    assert_eq!(flight.now_or_never().unwrap().unwrap(), "one");
}

#[test]
fn callers_inputs_and_generations_are_told_apart() {
    let cache = cache();
    let named = |name: &str| Identity::Named(name.into());
    let keys = || {
        [
            key(&cache, Identity::Anybody, "1"),
            key(&cache, Identity::Anybody, "2"),
            key(&cache, named("1"), "1"),
            key(&cache, named("2"), "1"),
            key(&cache, Identity::Secret([1; 32]), "1"),
            key(&cache, Identity::Secret([2; 32]), "1"),
        ]
    };
    let before = keys();
    for (place, one) in before.iter().enumerate() {
        for (other_place, other) in keys().iter().enumerate() {
            assert_eq!(one == other, place == other_place, "{place} {other_place}");
        }
    }
    assert!(cache.invalidate("a"));
    assert!(keys().iter().all(|key| !before.contains(key)));
}

#[test]
fn a_failure_is_whole_for_one_and_looks_the_same_to_all() {
    let error = TunnelError::internal("the cause");
    let NoAnswer::Failed(failed) = NoAnswer::from(error) else {
        panic!("it has failed");
    };
    let causes = [failed.take(), failed.take()].map(|error| {
        assert_eq!(error.http_status(), 500);
        std::error::Error::source(&error).unwrap().to_string()
    });
    assert_eq!(causes[0], "the cause");
    assert!(causes[1].contains("equal call"), "{causes:?}");
}
