//! How long a call may take: what the task says, and what the caller says.

use std::pin::Pin;
use std::time::Duration;

use http::HeaderValue;
use tokio::time::{Instant, timeout_at};

use super::config::Limits;
use crate::error::TunnelError;
use crate::wire::{ErrorCode, headers};

/// Enough of a wrong value to recognise it.
const SHOWN_CHARACTERS: usize = 32;

/// When the caller stops waiting that says so in `x-runner-timeout`, from now on; `None` if it does not say.
pub(super) fn of_caller(
    timeout: Option<&HeaderValue>,
    limits: &Limits,
) -> Result<Option<Instant>, TunnelError> {
    let Some(value) = timeout else {
        return Ok(None);
    };
    let milliseconds = parse(value.as_bytes()).ok_or_else(|| {
        let text: String = String::from_utf8_lossy(value.as_bytes())
            .chars()
            .take(SHOWN_CHARACTERS)
            .collect();
        TunnelError::invalid_input(
            headers::TIMEOUT.as_str(),
            "a whole number of milliseconds, in decimal digits",
            &format!("{text:?}"),
        )
    })?;
    let timeout = Duration::from_millis(milliseconds)
        .clamp(limits.client_timeout_floor, limits.client_timeout_cap);
    Ok(Instant::now().checked_add(timeout))
}

/// Nobody waits for what would begin now.
pub(super) fn check(until: Option<Instant>) -> Result<(), TunnelError> {
    if until.is_some_and(|end| end <= Instant::now()) {
        return Err(TunnelError::refused(ErrorCode::TaskTimeout));
    }
    Ok(())
}

/// What comes of it while the caller waits.
pub(super) async fn within<T>(
    until: Option<Instant>,
    work: Pin<&mut impl Future<Output = Result<T, TunnelError>>>,
) -> Result<T, TunnelError> {
    let Some(end) = until else {
        return work.await;
    };
    let done = timeout_at(end, work).await;
    // What is done too late is of no use either.
    check(until).and(done.unwrap_or_else(|_| Err(TunnelError::refused(ErrorCode::TaskTimeout))))
}

/// The nearest of both.
pub(super) fn nearest(caller: Option<Instant>, timeout: Option<Duration>) -> Option<Instant> {
    // Further away than a clock goes is never.
    let own = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    match (caller, own) {
        (Some(caller), Some(own)) => Some(caller.min(own)),
        (caller, own) => caller.or(own),
    }
}

/// Digits and nothing else; more of them than a number can hold are a very long time.
fn parse(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = std::str::from_utf8(text).ok()?;
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &'static str) -> Result<Option<Duration>, String> {
        let timeout = HeaderValue::from_static(text);
        let deadline =
            of_caller(Some(&timeout), &Limits::default()).map_err(|error| error.to_string())?;
        Ok(deadline.map(|deadline| deadline - Instant::now()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_callers_time_is_kept_within_bounds() {
        for (text, milliseconds) in [
            ("0", 100),
            ("99", 100),
            ("100", 100),
            ("00250", 250),
            ("3600001", 3_600_000),
            ("99999999999999999999999", 3_600_000),
        ] {
            let expected = Duration::from_millis(milliseconds);
            assert_eq!(given(text), Ok(Some(expected)), "{text}");
        }
        assert_eq!(of_caller(None, &Limits::default()).unwrap(), None);
    }

    #[test]
    fn anything_but_digits_is_refused() {
        for text in ["", "soon", "1.5", "-1", "+1", "1e3", "5s", "1 000", "0x10"] {
            assert_eq!(
                given(text).unwrap_err(),
                format!(
                    "x-runner-timeout: expected a whole number of milliseconds, in decimal digits, found {text:?}"
                )
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_nearest_counts() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(nearest(None, None), None);
        assert_eq!(nearest(None, Some(Duration::MAX)), None);
        assert_eq!(nearest(Some(now), None), Some(now));
        assert_eq!(nearest(None, Some(second)), Some(now + second));
        assert_eq!(
            nearest(Some(now + second * 2), Some(second)),
            Some(now + second)
        );
        assert_eq!(nearest(Some(now), Some(second)), Some(now));
    }
}
