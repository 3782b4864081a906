//! The builder behind [`serve`].

mod operations;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::auth::{self, AuthValidator};
use super::config::{CorsConfig, Limits, Token, TunnelConfig};
use super::contexts;
use super::core::Core;
use super::cors::OriginFn;
use super::dispatch::Dispatcher;
use super::health::{self, Check, Health};
use super::metrics::Meters;
use super::outcomes::Endings;
use super::places::Places;
use super::policy::{Givens, Policy};
use super::reload;
use super::reloadable::Reloadable as _;
use super::serve::Outset;
use super::settings::{Loaded, Settings};
use super::shutdown::Unfinished;
use super::tls::Tls;
use super::tunnel::Tunnel;
use super::{arguments, state};
use crate::context::{Shared, StateMap};
use crate::error::ServeError;
use crate::registry::TaskRegistry;
use crate::serializer::Dialect;
use crate::wire::BasePath;

/// Gathers all annotated functions that were linked into the program, and serves them.
///
/// Starts from what a file and the environment say ([`TunnelConfig::from_env`]); setters have the last word. Await it
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
    Serve::of(Settings::environment())
}

/// A tunnel in the making. See [`serve`].
#[must_use = "a tunnel serves only when it is awaited, or built"]
pub struct Serve {
    settings: Settings,
    registry: TaskRegistry,
    states: StateMap,
    givens: Givens,
    #[cfg(feature = "metrics")]
    pub(super) metrics: prometheus_client::registry::Registry,
    ready_checks: Vec<Check>,
    outset: Outset,
    problems: Vec<String>,
}

impl Serve {
    /// Over data alone: the environment is not read.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn new(config: TunnelConfig) -> Self {
        Self::of(Settings::fixed(config))
    }

    fn of(settings: Settings) -> Self {
        Self {
            settings,
            registry: TaskRegistry::new(),
            states: StateMap::default(),
            givens: Givens::default(),
            #[cfg(feature = "metrics")]
            metrics: prometheus_client::registry::Registry::default(),
            ready_checks: Vec::new(),
            outset: Outset::default(),
            problems: Vec::new(),
        }
    }

    /// Lets callers in that send this token, in place of those of a file or the environment. May be called several
    /// times; any token lets in.
    pub fn token(self, token: impl Into<Token>) -> Self {
        self.tokens([token])
    }

    /// Lets callers in that send one of these tokens, in place of those of a file or the environment, and beside
    /// those given before.
    pub fn tokens<T: Into<Token>>(mut self, tokens: impl IntoIterator<Item = T>) -> Self {
        self.settings.add_tokens(tokens.into_iter().map(Into::into));
        self
    }

    /// The header that carries the token, in place of `x-runner-token`.
    pub fn token_header(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.set(move |config| config.token_header.clone_from(&name))
    }

    /// Lets callers in that the validator accepts. May be called several times; one `true` lets in.
    pub fn auth(mut self, validator: impl AuthValidator) -> Self {
        self.givens.validators.push(validator);
        self
    }

    /// Lets everybody in when neither a token nor a validator is configured. Without effect beside those.
    pub fn allow_anonymous(self) -> Self {
        self.set(move |config| config.allow_anonymous = true)
    }

    /// The path below which the tunnel answers. Default `/__runner`.
    pub fn base_path(self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.set(move |config| config.base_path.clone_from(&path))
    }

    /// Where to listen. Default `127.0.0.1:7070`; port 0 takes any free port, which the start-up log names.
    pub fn addr(self, addr: impl Into<SocketAddr>) -> Self {
        let addr = addr.into();
        self.set(move |config| config.addr = addr)
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
    pub fn cors(self, cors: CorsConfig) -> Self {
        self.set(move |config| config.cors.clone_from(&cors))
    }

    /// Decides about each asking origin; one that it accepts is echoed. In place of `cors.origin`.
    pub fn cors_origin_fn(mut self, decide: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.givens.cors_origin_fn = Some(OriginFn::new(decide));
        self
    }

    /// How values that JSON lacks stand on the wire: [`Dialect::Ejson`] for callers with Runner 4.
    pub fn dialect(self, dialect: Dialect) -> Self {
        self.set(move |config| config.dialect = dialect)
    }

    /// How much, how many and how long, all in one: replaces what the environment says about it.
    pub fn limits(self, limits: Limits) -> Self {
        self.set(move |config| config.limits.clone_from(&limits))
    }

    /// Narrows the exposed tasks to these ids and globs (`*` any text, `?` one character).
    pub fn allow_tasks<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        let patterns: Vec<String> = patterns.into_iter().map(Into::into).collect();
        self.set(move |config| config.tasks = Some(patterns.clone()))
    }

    /// Narrows the exposed events to these ids and globs.
    pub fn allow_events<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        let patterns: Vec<String> = patterns.into_iter().map(Into::into).collect();
        self.set(move |config| config.events = Some(patterns.clone()))
    }

    /// The async contexts that are taken from callers, by ids and globs. Default: those that the annotated
    /// functions ask for; handlers that are registered at run time need theirs named here.
    ///
    /// A context that is not accepted is as if it had not been sent.
    pub fn contexts<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        let patterns: Vec<String> = patterns.into_iter().map(Into::into).collect();
        self.set(move |config| config.contexts = Some(patterns.clone()))
    }

    /// Whether discovery is answered. Default `true`.
    pub fn discovery(self, answered: bool) -> Self {
        self.set(move |config| config.discovery = answered)
    }

    /// Starts even without a single task or event.
    pub fn allow_empty(self) -> Self {
        self.set(move |config| config.allow_empty = true)
    }

    /// How long a task may take that has no `timeout` of its own. Default: as long as it likes.
    pub fn task_timeout(self, timeout: std::time::Duration) -> Self {
        self.set(move |config| config.task_timeout = Some(timeout))
    }

    /// Keeps calls alive that take longer than this, with a blank each time: clients of Runner give up after 5 s
    /// of silence. See [`TunnelConfig::heartbeat`]. Default off.
    pub fn heartbeat(self, interval: std::time::Duration) -> Self {
        self.set(move |config| config.heartbeat = Some(interval))
    }

    /// How long running calls may take to end after the shutdown has begun. Default 30 s.
    pub fn shutdown_timeout(self, timeout: std::time::Duration) -> Self {
        self.set(move |config| config.shutdown_timeout = timeout)
    }

    /// Serves what is registered here beside the annotated functions; keep a clone to register more.
    pub fn registry(mut self, registry: TaskRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Replaces everything that is data: a file, the environment, and what was set before this call.
    pub fn config(mut self, config: TunnelConfig) -> Self {
        self.settings = Settings::fixed(config);
        self
    }

    /// Reads this TOML file ([`TunnelConfig::from_file`]), in place of the one that `RUNNER_TUNNEL_CONFIG` names. The
    /// environment goes over it, and setters over both, wherever they stand.
    ///
    /// A tunnel that is served on its own reads its file again at SIGHUP and, with the feature `reload`, when it
    /// changes. What is then put in force: tokens with their header, lanes, `allow_anonymous`, the allow-list, CORS,
    /// `rate_limits`, certificates, `log_level`. A warning names what has changed and needs a restart; a file with any
    /// fault is reported, and
    /// nothing changes.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.read_from(path.into());
        self
    }

    pub(super) fn set(
        mut self,
        change: impl Fn(&mut TunnelConfig) + Send + Sync + 'static,
    ) -> Self {
        self.settings.set(change);
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
            settings,
            registry,
            mut states,
            givens,
            #[cfg(feature = "metrics")]
            metrics,
            ready_checks,
            mut outset,
            mut problems,
            ..
        } = self;
        let Loaded {
            config,
            problems: unreadable,
            ..
        } = settings.load();
        problems.extend(unreadable);
        // A state of their own would hide it from tasks that ask for the tunnel's.
        states.insert_if_absent(registry.clone());
        problems.extend(config.problems());
        problems.extend(registry.collect());
        let table = registry.table();
        #[cfg(feature = "cache")]
        let cache = super::cached::response_cache(&table, &config, &mut states);
        problems.extend(state::missing(&table, &states));
        problems.extend(arguments::impossible(&table));
        problems.extend(health::problems(&ready_checks));
        problems.extend(auth::ambiguous(&config.lanes, &table));
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
        let config = Arc::new(config);
        let policy = Policy::new(Arc::clone(&config), &givens, None);
        let tls = Tls::load(config.tls.as_ref());
        let log_level = reload::LogLevel.prepare(&config, &TunnelConfig::default());
        keep(base_path.as_ref().map(drop).map_err(Clone::clone));
        keep(policy.as_ref().map(drop).map_err(Clone::clone));
        keep(tls.as_ref().map(drop).map_err(Clone::clone));
        keep(log_level.as_ref().map(drop).map_err(Clone::clone));
        let (Ok(base_path), Ok(policy), Ok(tls), true) =
            (base_path, policy, tls, problems.is_empty())
        else {
            return Err(ServeError::setup(problems));
        };
        let meters = Meters::new(&config.metrics);
        #[cfg(all(feature = "cache", feature = "metrics"))]
        let metrics = super::metrics::with_cache(metrics, &meters, &cache);
        let tls = tls.map(Arc::new);
        let checked = Core {
            #[cfg(feature = "metrics")]
            metrics: super::metrics::Document::new(metrics, &meters, &registry),
            base_path,
            policy: ArcSwap::from_pointee(policy),
            givens,
            reload: Mutex::new(()),
            reloadables: vec![
                Box::new(reload::LogLevel),
                Box::new(reload::Certificates(tls.clone())),
            ],
            audit: Arc::default(),
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
                unfinished: Unfinished::default(),
                draining: CancellationToken::new(),
                endings: Arc::new(Endings::default()),
                meters,
                #[cfg(feature = "cache")]
                cache,
            },
            health: Health::new(&config.health, ready_checks),
            tls,
            config,
        };
        // A subscriber that nobody configures keeps what it has.
        if let Ok(Some(set)) = log_level {
            set();
        }
        outset.settings = Some(settings);
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
            .field("settings", &self.settings)
            .field("registry", &self.registry)
            .finish_non_exhaustive()
    }
}
