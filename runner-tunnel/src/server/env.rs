//! The environment variables, all in one place.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::config::{CorsOrigin, TunnelConfig, size_text};
use crate::error::ServeError;

const ADDR: &str = "RUNNER_TUNNEL_ADDR";
const BASE_PATH: &str = "RUNNER_TUNNEL_BASE_PATH";
const TOKEN: &str = "RUNNER_TUNNEL_TOKEN";
const TOKENS: &str = "RUNNER_TUNNEL_TOKENS";
const TOKEN_HEADER: &str = "RUNNER_TUNNEL_TOKEN_HEADER";
const ALLOW_ANONYMOUS: &str = "RUNNER_TUNNEL_ALLOW_ANONYMOUS";
const TASKS: &str = "RUNNER_TUNNEL_TASKS";
const EVENTS: &str = "RUNNER_TUNNEL_EVENTS";
const CONTEXTS: &str = "RUNNER_TUNNEL_CONTEXTS";
const DISCOVERY: &str = "RUNNER_TUNNEL_DISCOVERY";
const CORS_ORIGIN: &str = "RUNNER_TUNNEL_CORS_ORIGIN";
const DIALECT: &str = "RUNNER_TUNNEL_DIALECT";
const MAX_JSON_BODY: &str = "RUNNER_TUNNEL_MAX_JSON_BODY";
const TASK_TIMEOUT: &str = "RUNNER_TUNNEL_TASK_TIMEOUT";
const HEARTBEAT: &str = "RUNNER_TUNNEL_HEARTBEAT";
const MAX_CONNECTIONS: &str = "RUNNER_TUNNEL_MAX_CONNECTIONS";
const MAX_CONCURRENT_REQUESTS: &str = "RUNNER_TUNNEL_MAX_CONCURRENT_REQUESTS";
const SHUTDOWN_TIMEOUT: &str = "RUNNER_TUNNEL_SHUTDOWN_TIMEOUT";

impl TunnelConfig {
    /// The defaults, changed by what the environment says. This is what [`serve`](crate::serve) starts from.
    ///
    /// | variable | field | form |
    /// |---|---|---|
    /// | `RUNNER_TUNNEL_ADDR` | `addr` | `127.0.0.1:7070` |
    /// | `RUNNER_TUNNEL_BASE_PATH` | `base_path` | `/__runner` |
    /// | `RUNNER_TUNNEL_TOKEN` | `tokens`, one | the token, commas included |
    /// | `RUNNER_TUNNEL_TOKENS` | `tokens`, several | comma-separated |
    /// | `RUNNER_TUNNEL_TOKEN_HEADER` | `token_header` | `x-runner-token` |
    /// | `RUNNER_TUNNEL_ALLOW_ANONYMOUS` | `allow_anonymous` | `true` or `false` |
    /// | `RUNNER_TUNNEL_TASKS` | `tasks` | comma-separated ids and globs |
    /// | `RUNNER_TUNNEL_EVENTS` | `events` | comma-separated ids and globs |
    /// | `RUNNER_TUNNEL_CONTEXTS` | `contexts` | comma-separated ids and globs |
    /// | `RUNNER_TUNNEL_DISCOVERY` | `discovery` | `true` or `false` |
    /// | `RUNNER_TUNNEL_CORS_ORIGIN` | `cors.origin` | one origin, or several comma-separated |
    /// | `RUNNER_TUNNEL_DIALECT` | `dialect` | `runner` or `ejson` |
    /// | `RUNNER_TUNNEL_MAX_JSON_BODY` | `limits.json_body` | `20mb`, or a number of bytes |
    /// | `RUNNER_TUNNEL_TASK_TIMEOUT` | `task_timeout` | `30s` |
    /// | `RUNNER_TUNNEL_HEARTBEAT` | `heartbeat` | `3s` |
    /// | `RUNNER_TUNNEL_MAX_CONNECTIONS` | `limits.connections` | a number |
    /// | `RUNNER_TUNNEL_MAX_CONCURRENT_REQUESTS` | `limits.concurrent_requests` | a number |
    /// | `RUNNER_TUNNEL_SHUTDOWN_TIMEOUT` | `shutdown_timeout` | `30s` |
    ///
    /// # Errors
    /// When a variable does not have its form; all such variables are named at once.
    pub fn from_env() -> Result<Self, ServeError> {
        Self::from_variables(|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, ServeError> {
        let mut config = Self::default();
        let mut problems = Vec::new();
        {
            let mut variables = Variables {
                get,
                problems: &mut problems,
            };
            variables.parse(ADDR, "an address like 127.0.0.1:7070", &mut config.addr);
            variables.text(BASE_PATH, &mut config.base_path);
            if let Some(tokens) = variables.list(TOKENS) {
                config.tokens = tokens.into_iter().map(Into::into).collect();
            }
            if let Some(token) = (variables.get)(TOKEN) {
                config.tokens.push(token.into());
            }
            variables.text(TOKEN_HEADER, &mut config.token_header);
            variables.parse(
                ALLOW_ANONYMOUS,
                "true or false",
                &mut config.allow_anonymous,
            );
            config.tasks = variables.list(TASKS);
            config.events = variables.list(EVENTS);
            config.contexts = variables.list(CONTEXTS);
            variables.parse(DISCOVERY, "true or false", &mut config.discovery);
            config.cors.origin =
                variables
                    .list(CORS_ORIGIN)
                    .map(|mut origins| match origins.len() {
                        1 => CorsOrigin::One(origins.remove(0)),
                        _ => CorsOrigin::List(origins),
                    });
            variables.parse(DIALECT, "runner or ejson", &mut config.dialect);
            variables.size(MAX_JSON_BODY, &mut config.limits.json_body);
            variables.number(MAX_CONNECTIONS, &mut config.limits.connections);
            variables.number(
                MAX_CONCURRENT_REQUESTS,
                &mut config.limits.concurrent_requests,
            );
            config.task_timeout = variables.duration(TASK_TIMEOUT);
            config.heartbeat = variables.duration(HEARTBEAT);
            if let Some(timeout) = variables.duration(SHUTDOWN_TIMEOUT) {
                config.shutdown_timeout = timeout;
            }
        }
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ServeError::setup(problems))
        }
    }
}

struct Variables<'a, G> {
    get: G,
    problems: &'a mut Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Variables<'_, G> {
    fn text(&self, name: &str, field: &mut String) {
        if let Some(value) = (self.get)(name) {
            *field = value;
        }
    }

    fn size(&mut self, name: &str, field: &mut usize) {
        let Some(value) = (self.get)(name) else {
            return;
        };
        let bytes = size_text::parse(&value);
        match bytes.and_then(|bytes| usize::try_from(bytes).map_err(|_| "it is too large")) {
            Ok(bytes) => *field = bytes,
            Err(why) => self
                .problems
                .push(format!("{name}={value:?} is not a size like 20mb: {why}")),
        }
    }

    fn parse<T: FromStr<Err: Display>>(&mut self, name: &str, expected: &str, field: &mut T) {
        let Some(value) = (self.get)(name) else {
            return;
        };
        match value.trim().parse() {
            Ok(parsed) => *field = parsed,
            Err(error) => self
                .problems
                .push(format!("{name}={value:?} is not {expected}: {error}")),
        }
    }

    fn duration(&mut self, name: &str) -> Option<Duration> {
        (self.get)(name)?;
        let mut duration = humantime::Duration::from(Duration::ZERO);
        self.parse(name, "a duration like 30s", &mut duration);
        Some(duration.into())
    }

    fn number(&mut self, name: &str, field: &mut Option<usize>) {
        let mut number = field.unwrap_or_default();
        if (self.get)(name).is_some() {
            self.parse(name, "a number", &mut number);
            *field = Some(number);
        }
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        let value = (self.get)(name)?;
        if value.trim().is_empty() {
            return Some(Vec::new());
        }
        Some(
            value
                .split(',')
                .map(|item| item.trim().to_owned())
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serializer::Dialect;

    fn config(variables: &[(&str, &str)]) -> Result<TunnelConfig, ServeError> {
        TunnelConfig::from_variables(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_variables_the_defaults_stand() {
        let config = config(&[]).unwrap();
        assert_eq!(
            format!("{config:?}"),
            format!("{:?}", TunnelConfig::default())
        );
    }

    #[test]
    fn every_variable_reaches_its_field() {
        let config = config(&[
            (ADDR, "0.0.0.0:8080"),
            (BASE_PATH, "/rpc"),
            (TOKENS, "a, b"),
            (TOKEN, "c,d"),
            (TOKEN_HEADER, "x-key"),
            (ALLOW_ANONYMOUS, "true"),
            (TASKS, "app.*,other"),
            (EVENTS, ""),
            (CONTEXTS, "app.contexts.*"),
            (DISCOVERY, "false"),
            (CORS_ORIGIN, "https://a.example, https://b.example"),
            (DIALECT, "ejson"),
            (MAX_JSON_BODY, "1kb"),
            (TASK_TIMEOUT, "2s"),
            (HEARTBEAT, "3s"),
            (MAX_CONNECTIONS, "1000"),
            (MAX_CONCURRENT_REQUESTS, " 100 "),
            (SHUTDOWN_TIMEOUT, "1m 5s"),
        ])
        .unwrap();
        let tokens: Vec<&[u8]> = config
            .tokens
            .iter()
            .map(crate::server::Token::expose)
            .collect();
        assert_eq!(tokens, [b"a".as_slice(), b"b", b"c,d"]);
        assert_eq!(config.addr.to_string(), "0.0.0.0:8080");
        assert_eq!(
            (config.base_path.as_str(), config.token_header.as_str()),
            ("/rpc", "x-key")
        );
        assert!(config.allow_anonymous && !config.discovery);
        assert_eq!(config.tasks.unwrap(), ["app.*", "other"]);
        assert_eq!(config.events.unwrap(), [""; 0]);
        assert_eq!(config.contexts.unwrap(), ["app.contexts.*"]);
        assert_eq!(
            config.cors.origin,
            Some(CorsOrigin::List(vec![
                "https://a.example".into(),
                "https://b.example".into()
            ]))
        );
        assert_eq!(config.dialect, Dialect::Ejson);
        assert_eq!(config.limits.json_body, 1024);
        assert_eq!(config.task_timeout, Some(Duration::from_secs(2)));
        assert_eq!(config.heartbeat, Some(Duration::from_secs(3)));
        assert_eq!(config.limits.connections, Some(1000));
        assert_eq!(config.limits.concurrent_requests, Some(100));
        assert_eq!(config.shutdown_timeout.as_secs(), 65);
    }

    #[test]
    fn all_bad_variables_are_named_at_once() {
        let error =
            config(&[(ADDR, "here"), (DISCOVERY, "maybe"), (MAX_JSON_BODY, "2tb")]).unwrap_err();
        assert_eq!(error.problems().len(), 3, "{error}");
        for name in [ADDR, DISCOVERY, MAX_JSON_BODY] {
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
