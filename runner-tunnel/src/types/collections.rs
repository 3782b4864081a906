//! Maps and sets.

use super::newtype::newtype;
use super::reserved;

/// A `Map` in JavaScript, where a map on its own is an object.
///
/// In it can be any map, with keys of any kind, or a list of pairs, whose order a `Map` keeps. Under other
/// serializers it is what it holds.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use runner_tunnel::serializer::{Dialect, to_vec};
/// use runner_tunnel::types::Map;
///
/// let seats = Map(BTreeMap::from([(12, "Ada")]));
/// let text = to_vec(&seats, Dialect::Runner)?;
/// assert_eq!(text, br#"{"__type":"Map","value":[[12,"Ada"]]}"#);
/// assert_eq!(serde_json::to_string(&seats).unwrap(), r#"{"12":"Ada"}"#);
/// # Ok::<(), runner_tunnel::serializer::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Map<M>(pub M);

newtype!(Map<M>, reserved::MAP, "Map");

/// A `Set` in JavaScript, where a set on its own is an array.
///
/// In it can be anything that serialises as a list. Under other serializers it is what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Set<L>(pub L);

newtype!(Set<L>, reserved::SET, "Set");
