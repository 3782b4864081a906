//! What an annotated function says, once it is known to be right.

use proc_macro2::Span;
use syn::{Attribute, Expr, Ident, LitStr, Path, Type, spanned::Spanned};

/// Which macro stands on the function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Task,
    Event,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Task, Self::Event];

    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Event => "event",
        }
    }

    /// The name of the macro.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Task => "tunnel_task",
            Self::Event => "tunnel_event",
        }
    }

    /// An id to show in messages.
    pub(crate) fn example_id(self) -> &'static str {
        match self {
            Self::Task => "app.tasks.add",
            Self::Event => "app.events.notify",
        }
    }
}

/// What to do with the handler when its caller goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDisconnect {
    Finish,
    Cancel,
}

/// The keys of the attribute. What is absent is left to the library's defaults.
#[derive(Default)]
pub(crate) struct Options {
    /// With the key's place, where the library says that it keeps no answers.
    pub(crate) cache_ms: Option<(u64, Span)>,
    /// The key itself.
    pub(crate) cache_shared: Option<Ident>,
    pub(crate) hidden: bool,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) heartbeat_ms: Option<u64>,
    pub(crate) max_body: Option<u64>,
    pub(crate) max_file: Option<u64>,
    pub(crate) on_disconnect: Option<OnDisconnect>,
    pub(crate) blocking: bool,
    pub(crate) description: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    pub(crate) parallel: bool,
    pub(crate) order: Option<i32>,
}

/// A task or an event handler, ready to be registered.
pub(crate) struct Endpoint {
    pub(crate) id: LitStr,
    pub(crate) options: Options,
    pub(crate) ident: Ident,
    pub(crate) arguments: Vec<Type>,
    /// `None` when the function returns `()` by saying nothing.
    pub(crate) output: Option<Type>,
    pub(crate) docs: Vec<Expr>,
    pub(crate) deprecated: bool,
    /// `cfg` and `allow`: the registration exists exactly when the function does, and names its types again.
    pub(crate) shared_attrs: Vec<Attribute>,
}

impl Endpoint {
    /// Where mistakes in the result are shown.
    pub(crate) fn output_span(&self) -> Span {
        self.output
            .as_ref()
            .map_or_else(|| self.ident.span(), Spanned::span)
    }
}
