//! Regular expressions.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::reserved;

/// A `RegExp` in JavaScript. Nothing here matches it: the syntax is JavaScript's.
///
/// One that a client sends has been checked as Runner checks it: at most 1,024 characters, no nested
/// repetition that could run away, flags that exist. Under other serializers it is an object of its fields.
///
/// ```
/// use runner_tunnel::serializer::{Dialect, from_slice};
/// use runner_tunnel::types::RegExp;
///
/// let text = br#"{"__type":"RegExp","value":{"pattern":"^a","flags":"i"}}"#;
/// let found: RegExp = from_slice(text, Dialect::Runner)?;
/// assert_eq!(found, RegExp::new("^a", "i"));
/// # Ok::<(), runner_tunnel::serializer::DecodeError>(())
/// ```
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, schemars::JsonSchema,
)]
#[schemars(
    inline,
    description = "A regular expression of JavaScript.",
    extend("x-runner-type" = "RegExp")
)]
pub struct RegExp<T = String> {
    /// What stands between the slashes.
    pub pattern: T,
    /// Such as `gi`.
    pub flags: String,
}

impl<T> RegExp<T> {
    /// A pattern with its flags.
    pub fn new(pattern: impl Into<T>, flags: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            flags: flags.into(),
        }
    }
}

impl<T: Serialize> Serialize for RegExp<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(reserved::REG_EXP, &Fields(self))
    }
}

struct Fields<'a, T>(&'a RegExp<T>);

impl<T: Serialize> Serialize for Fields<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RegExp", 2)?;
        fields.serialize_field("pattern", &self.0.pattern)?;
        fields.serialize_field("flags", &self.0.flags)?;
        fields.end()
    }
}
