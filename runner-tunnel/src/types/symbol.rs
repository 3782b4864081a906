//! Symbols.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::reserved;

/// A `Symbol` of JavaScript that another process can have too. Under other serializers it is an object of
/// `kind` and `key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", content = "key")]
#[schemars(
    inline,
    description = "A symbol of JavaScript.",
    extend("x-runner-type" = "Symbol")
)]
pub enum Symbol<T = String> {
    /// `Symbol.for(key)`.
    For(T),
    /// One of the language's own, such as `iterator`.
    WellKnown(String),
}

impl<T: Serialize> Serialize for Symbol<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(reserved::SYMBOL, &Fields(self))
    }
}

struct Fields<'a, T>(&'a Symbol<T>);

impl<T: Serialize> Serialize for Fields<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Symbol", 2)?;
        match self.0 {
            Symbol::For(key) => {
                fields.serialize_field("kind", "For")?;
                fields.serialize_field("key", key)?;
            }
            Symbol::WellKnown(key) => {
                fields.serialize_field("kind", "WellKnown")?;
                fields.serialize_field("key", key)?;
            }
        }
        fields.end()
    }
}
