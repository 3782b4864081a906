//! Errors that reach the caller as themselves.

use std::borrow::Cow;
use std::fmt::Display;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::body::BodyError;
use crate::error::TunnelError;
use crate::schema::{self, SchemaFn};
use crate::serializer::{self, EncodeError};

/// An error that callers receive with its id, message and data, and that Runner's `errorRegistry` rethrows.
///
/// Derive it; see [the derive macro](derive@crate::TypedError). `Display` is the message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a typed error: add `#[derive(runner_tunnel::TypedError)]`"
)]
pub trait TypedError: Display + Send + Sync + 'static {
    /// Every typed error that a value of this type can be. Discovery lists them.
    fn specs() -> Vec<TypedErrorSpec>;

    /// What this value is on the wire; `None` makes it an internal error, logged and not sent.
    fn body(&self) -> Option<TypedErrorBody>;

    /// What led to the error, outermost first: for the log, never for callers. Derived from
    /// [`std::error::Error::source`] where the type implements it.
    fn causes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A typed error as discovery describes it.
#[derive(Debug, Clone)]
pub struct TypedErrorSpec {
    pub(crate) id: &'static str,
    pub(crate) http: Option<u16>,
    pub(crate) data_schema: SchemaFn,
}

impl TypedErrorSpec {
    /// An error with this id, HTTP status and type of data.
    #[must_use]
    pub fn new<Data: JsonSchema>(id: &'static str, http: Option<u16>) -> Self {
        Self {
            id,
            http,
            data_schema: schema::of_result::<Data>,
        }
    }
}

/// A typed error as it goes out, without its message.
#[derive(Debug)]
pub struct TypedErrorBody(Body);

#[derive(Debug)]
enum Body {
    Typed {
        id: &'static str,
        http: Option<u16>,
        data: Result<Box<RawValue>, EncodeError>,
    },
    Own(TunnelError),
}

impl TypedErrorBody {
    /// Data that fails to serialise makes the error an internal one.
    #[must_use]
    pub fn new(id: &'static str, http: Option<u16>, data: &impl Serialize) -> Self {
        Self(Body::Typed {
            id,
            http,
            data: serializer::to_raw_value(data),
        })
    }
}

impl TunnelError {
    /// Turns a typed error into what goes out on the wire.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an error that is sent is done with"
    )]
    pub fn typed(error: impl TypedError) -> Self {
        let causes = error.causes();
        let on_wire = match error.body() {
            None => {
                let mut all = vec![error.to_string()];
                all.extend(causes);
                return Self::internal(all.join(": "));
            }
            Some(TypedErrorBody(Body::Typed {
                data: Err(failure), ..
            })) => return Self::internal(failure),
            Some(TypedErrorBody(Body::Typed {
                id,
                http,
                data: Ok(data),
            })) => Self::from_parts(Cow::Borrowed(id), error.to_string(), data, http),
            Some(TypedErrorBody(Body::Own(own))) => own,
        };
        if causes.is_empty() {
            on_wire
        } else {
            on_wire.with_source(causes.join(": "))
        }
    }
}

/// So that a variant of a typed error can be `#[typed_error(transparent)]` around one.
impl TypedError for TunnelError {
    fn specs() -> Vec<TypedErrorSpec> {
        Vec::new()
    }

    fn body(&self) -> Option<TypedErrorBody> {
        Some(TypedErrorBody(Body::Own(self.without_source())))
    }

    fn causes(&self) -> Vec<String> {
        CauseProbe(self).sources()
    }
}

/// A body that could not be read has answers of its own.
impl TypedError for BodyError {
    fn specs() -> Vec<TypedErrorSpec> {
        Vec::new()
    }

    fn body(&self) -> Option<TypedErrorBody> {
        Some(TypedErrorBody(Body::Own(self.clone().into())))
    }
}

/// Asks a typed error for its causes: it has some to tell when it is a `std::error::Error`.
#[derive(Debug, Clone, Copy)]
pub struct CauseProbe<'a, E>(pub &'a E);

/// First answer: the sources of a standard error.
pub trait ProbeSources {
    #[doc(hidden)]
    fn __tunnel_causes(&self) -> Vec<String>;
    /// What an untyped variant is on the wire: nothing, unless a body could not be read.
    #[doc(hidden)]
    fn __tunnel_untyped(&self) -> Option<TypedErrorBody>;
}

impl<E: std::error::Error + 'static> ProbeSources for &CauseProbe<'_, E> {
    fn __tunnel_causes(&self) -> Vec<String> {
        self.sources()
    }

    fn __tunnel_untyped(&self) -> Option<TypedErrorBody> {
        BodyError::behind(self.0).map(|own| TypedErrorBody(Body::Own(own)))
    }
}

impl<E: std::error::Error> CauseProbe<'_, E> {
    fn sources(&self) -> Vec<String> {
        let sources = std::iter::successors(self.0.source(), |error| error.source());
        sources.map(ToString::to_string).collect()
    }
}

/// Otherwise: none.
pub trait ProbeNoSources {
    #[doc(hidden)]
    fn __tunnel_causes(&self) -> Vec<String>;
    #[doc(hidden)]
    fn __tunnel_untyped(&self) -> Option<TypedErrorBody>;
}

impl<E> ProbeNoSources for CauseProbe<'_, E> {
    fn __tunnel_causes(&self) -> Vec<String> {
        Vec::new()
    }

    fn __tunnel_untyped(&self) -> Option<TypedErrorBody> {
        None
    }
}
