//! Names of newtypes by which the types of this module and Runner's serializer know each other. Any other
//! serializer ignores the name of a newtype and sees what is in it.

/// Before the name of every kind: `$runner.Date`.
pub(crate) const PREFIX: &str = "$runner.";
pub(crate) const DATE: &str = "$runner.Date";
pub(crate) const BIG_INT: &str = "$runner.BigInt";
pub(crate) const REG_EXP: &str = "$runner.RegExp";
pub(crate) const MAP: &str = "$runner.Map";
pub(crate) const SET: &str = "$runner.Set";
pub(crate) const SYMBOL: &str = "$runner.Symbol";
pub(crate) const ERROR: &str = "$runner.Error";
pub(crate) const URL: &str = "$runner.URL";
pub(crate) const URL_SEARCH_PARAMS: &str = "$runner.URLSearchParams";
pub(crate) const UNDEFINED: &str = "$runner.Undefined";
/// A string that may be ill-formed.
pub(crate) const TEXT: &str = "$runner.text";
/// Asks for a value with its kind, see [`super::Value`].
pub(crate) const VALUE: &str = "$runner.value";
/// A custom type whose name is not known at compile time: a pair of name and payload.
pub(crate) const CUSTOM: &str = "$runner.custom";
/// Only the EJSON dialect has it.
pub(crate) const OBJECT_ID: &str = "$runner.ObjectId";

/// First key of the map by which a record reaches a [`super::Value`]. No text, so that no caller can send it.
pub(crate) const MARK: &[u8] = b"\xffrunner.kind";
