//! Tokens in a header.

use http::{HeaderMap, HeaderName};
use subtle::{Choice, ConstantTimeEq as _};

use crate::server::config::Token;
use crate::wire::headers;

/// The tokens that let a caller in.
#[derive(Debug)]
pub(super) struct Tokens(Vec<Token>);

impl Tokens {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self(tokens)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Compares with every token, each in constant time (the length of a token is not hidden). A header that
    /// was sent twice is refused, as Node does.
    pub(super) fn accept(&self, headers: &HeaderMap, name: &HeaderName) -> bool {
        let Some(sent) = headers::single(headers, name) else {
            return false;
        };
        let accepted = self.0.iter().fold(Choice::from(0), |accepted, token| {
            accepted | token.expose().ct_eq(sent.as_bytes())
        });
        accepted.into()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NAME: HeaderName = HeaderName::from_static("x-runner-token");

    fn accepts(sent: &[&'static str]) -> bool {
        let headers = sent
            .iter()
            .map(|value| (NAME, HeaderValue::from_static(value)))
            .collect();
        Tokens::new(vec!["one".into(), "another".into()]).accept(&headers, &NAME)
    }

    #[test]
    fn any_token_lets_in() {
        assert!(accepts(&["one"]));
        assert!(accepts(&["another"]));
    }

    #[test]
    fn anything_else_stays_out() {
        for sent in [
            &[][..],
            &[""],
            &["One"],
            &["on"],
            &["onee"],
            &["one, another"],
            &["one", "one"],
        ] {
            assert!(!accepts(sent), "{sent:?}");
        }
    }
}
