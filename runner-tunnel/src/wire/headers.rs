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

/// What a request says in the headers that every call may have. Most clients leave them out, and to look through the
/// few that they send takes less than to hash a name for each that they do not.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct CallHeaders<'h> {
    /// If it was sent once.
    pub(crate) request_id: Option<&'h HeaderValue>,
    /// The first.
    pub(crate) timeout: Option<&'h HeaderValue>,
}

impl<'h> CallHeaders<'h> {
    pub(crate) fn of(headers: &'h HeaderMap) -> Self {
        let mut sent = Self::default();
        let mut request_ids = 0;
        for (name, value) in headers {
            if *name == REQUEST_ID {
                request_ids += 1;
                sent.request_id = (request_ids == 1).then_some(value);
            } else if *name == TIMEOUT {
                sent.timeout.get_or_insert(value);
            }
        }
        sent
    }
}

/// The value of a header that was sent, and sent once.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut sent = headers.get_all(name).iter();
    let value = sent.next()?;
    sent.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_sent_twice_is_none_and_of_two_times_the_first_counts() {
        let one = HeaderValue::from_static("1");
        let other = HeaderValue::from_static("2");
        let mut headers = HeaderMap::from_iter([(TOKEN, one.clone()), (TIMEOUT, one.clone())]);
        let mut sent = CallHeaders {
            request_id: None,
            timeout: Some(&one),
        };
        assert_eq!(CallHeaders::of(&headers), sent);
        headers.append(TIMEOUT, other.clone());
        headers.append(REQUEST_ID, other.clone());
        sent.request_id = Some(&other);
        assert_eq!(CallHeaders::of(&headers), sent);
        headers.append(REQUEST_ID, one.clone());
        sent.request_id = None;
        assert_eq!(CallHeaders::of(&headers), sent);
        headers.append(REQUEST_ID, one.clone());
        assert_eq!(CallHeaders::of(&headers), sent);
    }
}
