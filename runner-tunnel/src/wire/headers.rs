//! Header names and the values that never change (protocol section 4).

use http::{HeaderMap, HeaderName, HeaderValue};

/// The default header of the token.
pub(crate) const TOKEN: HeaderName = HeaderName::from_static("x-runner-token");
/// Echoed on every handled answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-runner-request-id");
/// How long the caller will wait, in milliseconds.
pub(crate) const TIMEOUT: HeaderName = HeaderName::from_static("x-runner-timeout");
/// Runner's async contexts.
pub(crate) const CONTEXT: HeaderName = HeaderName::from_static("x-runner-context");

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
pub(crate) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
pub(crate) const DENY: HeaderValue = HeaderValue::from_static("DENY");

/// The value of a header that was sent, and sent once.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut sent = headers.get_all(name).iter();
    let value = sent.next()?;
    sent.next().is_none().then_some(value)
}
