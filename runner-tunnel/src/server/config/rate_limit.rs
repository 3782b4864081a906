//! How often who may call.

use serde::{Deserialize, Serialize};

use super::Rate;

/// One rule: how often a caller, a machine or everybody may call. Calls beyond it are answered with 429
/// `TOO_MANY_REQUESTS` and `retry-after`. Rules need the feature `rate-limits`.
///
/// A budget of [`burst`](Self::burst) calls is there from the start, and refilled at the [`rate`](Self::rate). Each rule has
/// budgets of its own; a call has to fit into all that count it, in their order.
///
/// ```
/// use runner_tunnel::{Rate, RateLimit, RatePer};
///
/// let serve = runner_tunnel::serve().rate_limits([
///     RateLimit::new("per caller", RatePer::Token, Rate::per_second(100)),
///     RateLimit {
///         ids: Some(vec!["app.reports.*".to_owned()]),
///         burst: Some(2),
///         ..RateLimit::new("reports", RatePer::All, Rate::per_minute(10))
///     },
/// ]);
/// # drop(serve);
/// ```
///
/// In data it is a table:
///
/// ```
/// use runner_tunnel::TunnelConfig;
///
/// let config: TunnelConfig = serde_json::from_str(
///     r#"{ "rate_limits": [
///         { "name": "per caller", "per": "token", "rate": "100/s" },
///         { "name": "per tenant", "per": { "header": "x-tenant" }, "rate": "10/s", "burst": 50 }
///     ] }"#,
/// )?;
/// assert_eq!(config.rate_limits[1].burst, Some(50));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// What logs call it. No two rules may have the same.
    pub name: String,
    /// Who has a budget of their own.
    pub per: RatePer,
    /// How fast a budget is refilled.
    pub rate: Rate,
    /// How many calls may come at once: the size of a budget. Default: as many as the rate names, so 100 for `100/s`.
    #[serde(default)]
    pub burst: Option<u32>,
    /// The tasks and events that count, by exact ids and globs (`*` any text, `?` one character). Default: all.
    #[serde(default)]
    pub ids: Option<Vec<String>>,
    /// Gives each task and event budgets of its own. Default `false`: one budget is for all of them.
    #[serde(default)]
    pub per_task: bool,
    /// For how many callers budgets are kept at a time, some 50 bytes each. Those beyond share one, until others are full
    /// again. Default 100,000.
    #[serde(default = "max_keys")]
    pub max_keys: usize,
}

/// Who has a budget of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RatePer {
    /// Nobody: one budget is for all.
    All,
    /// Each caller, by the name of its token. All callers whose token has none share one, and so do those that a
    /// validator let in, or that need no token.
    Token,
    /// Each address that connections come from; of IPv6 each /64, which is what one customer has. Behind a proxy that is
    /// the proxy's: take a header that it sets.
    Peer,
    /// Each value of this header. A caller can send what it likes: take one that a proxy sets, or whose values the
    /// validator has checked. Requests without it share one budget.
    Header(String),
}

impl RateLimit {
    /// A rule for all tasks and events, with a burst of what the rate names.
    pub fn new(name: impl Into<String>, per: RatePer, rate: Rate) -> Self {
        Self {
            name: name.into(),
            per,
            rate,
            burst: None,
            ids: None,
            per_task: false,
            max_keys: max_keys(),
        }
    }
}

fn max_keys() -> usize {
    100_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_table_with_few_words() {
        let read = |text: &str| serde_json::from_str::<RateLimit>(text);
        let rule = read(r#"{"name":"a","per":"peer","rate":"10/s"}"#).unwrap();
        assert_eq!(
            rule,
            RateLimit::new("a", RatePer::Peer, Rate::per_second(10))
        );
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(read(&text).unwrap(), rule);
        let header = read(r#"{"name":"a","per":{"header":"x-a"},"rate":"1/h","per_task":true}"#);
        assert_eq!(header.unwrap().per, RatePer::Header("x-a".to_owned()));
        for (wrong, named) in [
            (r#"{"per":"peer","rate":"1/s"}"#, "name"),
            (r#"{"name":"a","rate":"1/s"}"#, "per"),
            (r#"{"name":"a","per":"ip","rate":"1/s"}"#, "peer"),
            (r#"{"name":"a","per":"all","rate":"1/s","tasks":[]}"#, "ids"),
        ] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
