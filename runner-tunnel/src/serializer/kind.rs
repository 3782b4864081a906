//! The kinds of typed records (protocol section 9).

use crate::types::BytesKind;

/// What a typed record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Undefined,
    NonFinite,
    BigInt,
    Date,
    RegExp,
    Map,
    Set,
    Symbol,
    Error,
    Url,
    UrlSearchParams,
    Bytes(BytesKind),
    /// EJSON's only.
    ObjectId,
    /// A type that the application has registered.
    Custom,
}

impl Kind {
    /// By the name in `__type`; `None` for a name that only an application can know.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "Undefined" => Self::Undefined,
            "NonFiniteNumber" => Self::NonFinite,
            "BigInt" => Self::BigInt,
            "Date" => Self::Date,
            "RegExp" => Self::RegExp,
            "Map" => Self::Map,
            "Set" => Self::Set,
            "Symbol" => Self::Symbol,
            "Error" => Self::Error,
            "URL" => Self::Url,
            "URLSearchParams" => Self::UrlSearchParams,
            other => Self::Bytes(BytesKind::by_name(other)?),
        })
    }

    /// The name in `__type`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Undefined => "Undefined",
            Self::NonFinite => "NonFiniteNumber",
            Self::BigInt => "BigInt",
            Self::Date => "Date",
            Self::RegExp => "RegExp",
            Self::Map => "Map",
            Self::Set => "Set",
            Self::Symbol => "Symbol",
            Self::Error => "Error",
            Self::Url => "URL",
            Self::UrlSearchParams => "URLSearchParams",
            Self::Bytes(kind) => kind.name(),
            Self::ObjectId => "ObjectId",
            Self::Custom => "",
        }
    }

    /// In the words of an error.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::NonFinite => "a number that is not finite",
            Self::BigInt => "a BigInt",
            Self::Date => "a Date",
            Self::RegExp => "a RegExp",
            Self::Map => "a Map",
            Self::Set => "a Set",
            Self::Symbol => "a Symbol",
            Self::Error => "an Error",
            Self::Url => "a URL",
            Self::UrlSearchParams => "URLSearchParams",
            Self::Bytes(_) => "bytes",
            Self::ObjectId => "an ObjectId",
            Self::Custom => "a value of a registered type",
        }
    }
}
