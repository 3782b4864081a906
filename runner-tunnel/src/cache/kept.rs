//! The answers themselves: how long they stay, and how much room they have.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::sync::Cache;

use super::Key;

/// What an entry takes beside its input and its answer: the key, and the cache's own lists.
const ENTRY_BYTES: u64 = 400;

pub(super) struct KeptAnswers {
    answers: Cache<Key, Kept>,
    max_entry_bytes: u64,
}

#[derive(Clone)]
struct Kept {
    answer: Bytes,
    time: Duration,
}

impl KeptAnswers {
    pub(super) fn new(max_bytes: u64, max_entry_bytes: u64) -> Self {
        let answers = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &Key, kept: &Kept| {
                u32::try_from(bytes(key, &kept.answer)).unwrap_or(u32::MAX)
            })
            .expire_after(OwnTime)
            .build();
        Self {
            answers,
            max_entry_bytes,
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Bytes> {
        self.answers.get(key).map(|kept| kept.answer)
    }

    pub(super) fn keep(&self, key: Key, answer: &Bytes, time: Duration) {
        let bytes = bytes(&key, answer);
        if bytes > self.max_entry_bytes {
            tracing::debug!(
                bytes,
                max = self.max_entry_bytes,
                "the answer is too large to be kept"
            );
            return;
        }
        let answer = answer.clone();
        self.answers.insert(key.detached(), Kept { answer, time });
        // What this has pushed out goes now, so that the bound holds however fast answers come.
        self.answers.run_pending_tasks();
    }

    pub(super) fn clear(&self) {
        self.answers.invalidate_all();
    }

    /// Entries and bytes.
    #[cfg(any(feature = "metrics", test))]
    pub(super) fn size(&self) -> (u64, u64) {
        self.answers.run_pending_tasks();
        (self.answers.entry_count(), self.answers.weighted_size())
    }
}

fn bytes(key: &Key, answer: &Bytes) -> u64 {
    ENTRY_BYTES + (key.len() + answer.len()) as u64
}

impl fmt::Debug for KeptAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptAnswers").finish_non_exhaustive()
    }
}

/// Each answer has its task's time.
struct OwnTime;

impl Expiry<Key, Kept> for OwnTime {
    fn expire_after_create(&self, _: &Key, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.time)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        kept: &Kept,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.time)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CachedTask, Key};
    use super::*;
    use crate::context::RequestHead;
    use crate::serializer::Dialect;
    use crate::wire::RequestId;

    fn key(input: String) -> Key {
        let mut task = CachedTask::new("a".into(), Duration::ZERO);
        task.shared = true;
        let (uri, headers) = (http::Uri::default(), http::HeaderMap::new());
        let id = RequestId::generate();
        let head = RequestHead::new(http::Method::POST, uri, headers, None, id);
        Key::new(&task, &head, input.into(), false, Dialect::Runner).unwrap()
    }

    #[test]
    fn each_answer_has_its_own_time() {
        for seconds in [1, 3600] {
            let time = Duration::from_secs(seconds);
            let kept = Kept {
                answer: Bytes::new(),
                time,
            };
            let (key, now) = (key(String::new()), Instant::now());
            assert_eq!(OwnTime.expire_after_create(&key, &kept, now), Some(time));
            let again = OwnTime.expire_after_update(&key, &kept, now, None);
            assert_eq!(again, Some(time));
        }
    }

    #[test]
    fn inputs_and_answers_count_and_the_bound_holds_at_once() {
        let answers = KeptAnswers::new(10_000, 2_000);
        let hour = Duration::from_secs(3600);
        let text = |length: usize| "x".repeat(length);
        for number in 0..50 {
            let input = format!("{number}{}", text(700));
            answers.keep(key(input), &Bytes::from(text(700)), hour);
            // Not through `size`, which clears up first.
            assert!(answers.answers.weighted_size() <= 10_000);
        }
        let (entries, bytes) = answers.size();
        assert!((3..=5).contains(&entries), "{entries}");
        assert!(bytes >= entries * 1_800, "{bytes}");
        answers.keep(key(text(1_000)), &Bytes::from(text(1_000)), hour);
        assert_eq!(answers.get(&key(text(1_000))), None, "it is too large");
        answers.clear();
        assert_eq!(answers.size(), (0, 0));
    }

    #[test]
    fn a_hit_is_the_same_memory() {
        let answers = KeptAnswers::new(10_000, 2_000);
        let answer = Bytes::from("an answer".to_owned());
        answers.keep(key("1".into()), &answer, Duration::from_secs(3600));
        let hit = answers.get(&key("1".into())).unwrap();
        assert_eq!(hit.as_ptr(), answer.as_ptr());
    }
}
