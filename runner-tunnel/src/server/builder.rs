//! The builder behind [`serve`].

mod operations;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::auth::{Auth, AuthValidator, Validators};
use super::config::{CorsConfig, Limits, Token, TunnelConfig};
use super::contexts;
use super::core::Core;
use super::cors::{Cors, OriginFn};
use super::dispatch::Dispatcher;
use super::health::{self, Check, Health};
use super::metrics::Meters;
use super::outcomes::Endings;
use super::places::Places;
use super::respond::Responder;
use super::serve::Outset;
use super::tls::Tls;
use super::tunnel::Tunnel;
use super::{arguments, state};
use crate::context::{Shared, StateMap};
use crate::error::ServeError;
use crate::registry::{AllowList, Patterns, TaskRegistry};
use crate::serializer::Dialect;
use crate::wire::BasePath;

/// Gathers all annotated functions that were linked into the program, and serves them.
///
/// Starts from what the environment says ([`TunnelConfig::from_env`]); setters have the last word. Await it
/// to serve until SIGINT or SIGTERM, or [`build`](Serve::build) a [`Tunnel`] to nest in an app of your own.
///
/// ```no_run
/// use runner_tunnel::tunnel_task;
///
/// /// Adds two numbers.
/// #[tunnel_task("app.tasks.add")]
/// async fn add((a, b): (i64, i64)) -> i64 {
///     a + b
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), runner_tunnel::ServeError> {
///     runner_tunnel::serve().token("secret").await
/// }
/// ```
pub fn serve() -> Serve {
    match TunnelConfig::from_env() {
        Ok(config) => Serve {
            tokens_are_inherited: true,
            ..Serve::new(config)
        },
        Err(error) => Serve {
            inherited_problems: error.problems().to_vec(),
            ..Serve::new(TunnelConfig::default())
        },
    }
}

/// A tunnel in the making. See [`serve`].
#[must_use = "a tunnel serves only when it is awaited, or built"]
pub struct Serve {
    pub(super) config: TunnelConfig,
    registry: TaskRegistry,
    states: StateMap,
    validators: Validators,
    #[cfg(feature = "metrics")]
    pub(super) metrics: prometheus_client::registry::Registry,
    cors_origin_fn: Option<OriginFn>,
    ready_checks: Vec<Check>,
    outset: Outset,
    /// The tokens are the environment's: the first setter replaces them.
    tokens_are_inherited: bool,
    /// What is wrong with the environment; moot once the configuration is replaced.
    inherited_problems: Vec<String>,
    problems: Vec<String>,
}

impl Serve {
    pub(crate) fn new(config: TunnelConfig) -> Self {
        Self {
            config,
            registry: TaskRegistry::new(),
            states: StateMap::default(),
            validators: Validators::default(),
            #[cfg(feature = "metrics")]
            metrics: prometheus_client::registry::Registry::default(),
            cors_origin_fn: None,
            ready_checks: Vec::new(),
            outset: Outset::default(),
            tokens_are_inherited: false,
            inherited_problems: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Lets callers in that send this token, in place of the environment's. May be called several times; any
    /// token lets in.
    pub fn token(self, token: impl Into<Token>) -> Self {
        self.tokens([token])
    }

    /// Lets callers in that send one of these tokens, in place of the environment's and beside those given
    /// before.
    pub fn tokens<T: Into<Token>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        if std::mem::take(&mut self.tokens_are_inherited) {
            self.config.tokens.clear();
        }
        self.config
            .tokens
            .extend(tokens.into_iter().map(Into::into));
        self
    }

    /// The header that carries the token, in place of `x-runner-token`.
    pub fn token_header(mut self, name: impl Into<String>) -> Self {
        self.config.token_header = name.into();
        self
    }

    /// Lets callers in that the validator accepts. May be called several times; one `true` lets in.
    pub fn auth(mut self, validator: impl AuthValidator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Lets everybody in when neither a token nor a validator is configured. Without effect beside those.
    pub fn allow_anonymous(mut self) -> Self {
        self.config.allow_anonymous = true;
        self
    }

    /// The path below which the tunnel answers. Default `/__runner`.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.config.base_path = path.into();
        self
    }

    /// Where to listen. Default `127.0.0.1:7070`; port 0 takes any free port, which the start-up log names.
    pub fn addr(mut self, addr: impl Into<SocketAddr>) -> Self {
        self.config.addr = addr.into();
        self
    }

    /// Listens on this listener instead of an address.
    pub fn listener(mut self, listener: tokio::net::TcpListener) -> Self {
        self.outset.listeners.tunnel = Some(listener);
        self
    }

    /// Shares a value with all tasks that ask for [`State<T>`](crate::State). One value for each type; a
    /// second one of the same type is a start-up error.
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        if self.states.insert(value) {
            let name = std::any::type_name::<T>();
            self.problems.push(format!(
                "two states of type {name} were put in: wrap one of them in a type of its own"
            ));
        }
        self
    }

    /// Which pages of other origins may read answers. Default: all, by `*`.
    pub fn cors(mut self, cors: CorsConfig) -> Self {
        self.config.cors = cors;
        self
    }

    /// Decides about each asking origin; one that it accepts is echoed. In place of `cors.origin`.
    pub fn cors_origin_fn(mut self, decide: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.cors_origin_fn = Some(Box::new(decide));
        self
    }

    /// How values that JSON lacks stand on the wire: [`Dialect::Ejson`] for callers with Runner 4.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.config.dialect = dialect;
        self
    }

    /// How much, how many and how long, all in one: replaces what the environment says about it.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Narrows the exposed tasks to these ids and globs (`*` any text, `?` one character).
    pub fn allow_tasks<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.config.tasks = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Narrows the exposed events to these ids and globs.
    pub fn allow_events<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.config.events = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// The async contexts that are taken from callers, by ids and globs. Default: those that the annotated
    /// functions ask for; handlers that are registered at run time need theirs named here.
    ///
    /// A context that is not accepted is as if it had not been sent.
    pub fn contexts<T: Into<String>>(mut self, patterns: impl IntoIterator<Item = T>) -> Self {
        self.config.contexts = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Whether discovery is answered. Default `true`.
    pub fn discovery(mut self, answered: bool) -> Self {
        self.config.discovery = answered;
        self
    }

    /// Starts even without a single task or event.
    pub fn allow_empty(mut self) -> Self {
        self.config.allow_empty = true;
        self
    }

    /// How long a task may take that has no `timeout` of its own. Default: as long as it likes.
    pub fn task_timeout(mut self, timeout: std::time::Duration) -> Self {
        self.config.task_timeout = Some(timeout);
        self
    }

    /// Keeps calls alive that take longer than this, with a blank each time: clients of Runner give up after 5 s
    /// of silence. See [`TunnelConfig::heartbeat`]. Default off.
    pub fn heartbeat(mut self, interval: std::time::Duration) -> Self {
        self.config.heartbeat = Some(interval);
        self
    }

    /// How long running calls may take to end after the shutdown has begun. Default 30 s.
    pub fn shutdown_timeout(mut self, timeout: std::time::Duration) -> Self {
        self.config.shutdown_timeout = timeout;
        self
    }

    /// Serves what is registered here beside the annotated functions; keep a clone to register more.
    pub fn registry(mut self, registry: TaskRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Replaces everything that is data: the environment, and what was set before this call.
    pub fn config(mut self, config: TunnelConfig) -> Self {
        self.config = config;
        self.tokens_are_inherited = false;
        self.inherited_problems.clear();
        self
    }

    /// Shuts down when this future ends, in place of SIGINT and SIGTERM, of which a second one cuts at once.
    pub fn shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.outset.shutdown = Some(Box::pin(signal));
        self
    }

    /// Checks everything and makes the tunnel, without serving it.
    ///
    /// # Errors
    /// With all that is wrong at once: duplicate or unusable ids, missing state, an impossible configuration,
    /// not a single task.
    pub fn build(self) -> Result<Tunnel, ServeError> {
        let Self {
            config,
            registry,
            mut states,
            validators,
            #[cfg(feature = "metrics")]
            metrics,
            cors_origin_fn,
            ready_checks,
            outset,
            inherited_problems,
            mut problems,
            ..
        } = self;
        problems.extend(inherited_problems);
        // A state of their own would hide it from tasks that ask for the tunnel's.
        states.insert_if_absent(registry.clone());
        problems.extend(config.problems());
        problems.extend(registry.collect());
        let table = registry.table();
        problems.extend(state::missing(&table, &states));
        problems.extend(arguments::impossible(&table));
        problems.extend(health::problems(&ready_checks));
        if table.is_empty() && !config.allow_empty {
            problems.push(
                "no task and no event was found: a crate that no line of source names is not linked; name it with \
                 `runner_tunnel::link!(my_tasks)`, or call `.allow_empty()` if that is meant"
                    .to_owned(),
            );
        }
        let contexts = contexts::accepted(config.contexts.as_deref(), &table);
        drop(table);
        let mut keep =
            |result: Result<(), Vec<String>>| problems.extend(result.err().into_iter().flatten());
        let base_path =
            BasePath::parse(&config.base_path).map_err(|invalid| vec![invalid.to_string()]);
        let auth = Auth::new(&config, validators);
        let cors = Cors::new(&config.cors, cors_origin_fn);
        let tls = Tls::load(config.tls.as_ref());
        keep(base_path.as_ref().map(drop).map_err(Clone::clone));
        keep(auth.as_ref().map(drop).map_err(Clone::clone));
        keep(cors.as_ref().map(drop).map_err(Clone::clone));
        keep(tls.as_ref().map(drop).map_err(Clone::clone));
        let (Ok(base_path), Ok(auth), Ok(cors), Ok(tls), true) =
            (base_path, auth, cors, tls, problems.is_empty())
        else {
            return Err(ServeError::setup(problems));
        };
        let patterns = |patterns: &Option<Vec<String>>| patterns.as_deref().map(Patterns::new);
        let meters = Meters::new(&config.metrics);
        let checked = Core {
            #[cfg(feature = "metrics")]
            metrics: super::metrics::Document::new(metrics, &meters, &registry),
            base_path,
            auth,
            audit: Arc::default(),
            responder: Responder::new(cors),
            allow_list: AllowList {
                tasks: patterns(&config.tasks),
                events: patterns(&config.events),
            },
            registry,
            limits: config.limits.clone(),
            places: Places::new(&config.limits, &meters),
            discovery: config.discovery,
            dispatcher: Dispatcher {
                shared: Arc::new(Shared {
                    states,
                    contexts,
                    dialect: config.dialect,
                    cancellation: CancellationToken::new(),
                }),
                tracker: TaskTracker::new(),
                bodies: TaskTracker::new(),
                draining: CancellationToken::new(),
                endings: Arc::new(Endings::default()),
                meters,
            },
            health: Health::new(&config.health, ready_checks),
            tls,
            config,
        };
        Ok(Tunnel::new(checked, outset))
    }
}

impl IntoFuture for Serve {
    type Output = Result<(), ServeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// Builds, listens and serves until the shutdown has ended.
    ///
    /// Fails with what [`Serve::build`] fails with, when the address cannot be listened on, and when calls
    /// had to be cut at the end of the shutdown: a `main` that returns it ends with exit code 1.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.build()?.serve().await })
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("config", &self.config)
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inherited(tokens: &[&str]) -> Serve {
        let tokens = tokens.iter().map(|&token| token.into()).collect();
        Serve {
            tokens_are_inherited: true,
            inherited_problems: vec!["the environment is wrong".to_owned()],
            ..Serve::new(TunnelConfig {
                tokens,
                ..TunnelConfig::default()
            })
        }
    }

    #[test]
    fn the_first_token_that_is_set_replaces_those_of_the_environment() {
        assert_eq!(inherited(&["a", "b"]).config.tokens.len(), 2);
        assert_eq!(inherited(&["a", "b"]).token("c").config.tokens.len(), 1);
        assert_eq!(
            inherited(&["a"])
                .token("c")
                .tokens(["d", "e"])
                .config
                .tokens
                .len(),
            3
        );
        assert_eq!(inherited(&["a"]).tokens::<&str>([]).config.tokens.len(), 0);
    }

    #[test]
    fn a_whole_configuration_replaces_the_environment_and_its_faults() {
        let problems = |serve: Serve| serve.allow_empty().build().unwrap_err().to_string();
        assert!(problems(inherited(&[])).contains("the environment is wrong"));
        let replaced = inherited(&["a"]).config(TunnelConfig::default());
        assert!(replaced.config.tokens.is_empty());
        assert!(replaced.allow_empty().build().is_ok());
    }
}
