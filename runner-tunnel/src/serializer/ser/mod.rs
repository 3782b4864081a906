//! A serde serializer that writes Runner's serialised JSON into one buffer.
//!
//! What plain JSON cannot say becomes a typed record by itself: numbers that are not finite, integers that a
//! JavaScript number would round, `()`, bytes. The types of [`types`](crate::types) announce the other kinds by
//! the name of a newtype.

mod capture;
mod compound;
mod ejson;
mod error;
mod key;
mod number;
mod record;
mod refuse;
mod text;
mod wrapped;

use serde::ser::{Serialize, SerializeMap as _};

use self::compound::{Compound, Fields};
pub use self::error::EncodeError;
pub(super) use self::text::{write_str, write_wtf8_content};
use super::Dialect;
use super::revive::MAX_DEPTH;
use crate::types::reserved;

/// Most values are small; a larger one grows the buffer.
const USUAL_BYTES: usize = 128;

/// Every so many levels it is asked whether the stack is long enough for more.
const LEVELS_PER_CHECK: usize = 16;

/// What is left when the stack grows: the frames of an unoptimised build over [`LEVELS_PER_CHECK`] levels.
const RED_ZONE_BYTES: usize = 256 * 1024;

const GROWTH_BYTES: usize = 4 * 1024 * 1024;

/// Writes a value as Runner's serialised JSON.
///
/// # Errors
/// When the type's own `Serialize` fails, a map has a key that is no text, number or boolean, or a value
/// stands more than 1,000 levels deep, which no client reads.
pub fn to_vec<T: Serialize + ?Sized>(value: &T, dialect: Dialect) -> Result<Vec<u8>, EncodeError> {
    let mut buffer = Vec::with_capacity(USUAL_BYTES);
    to_writer(&mut buffer, value, dialect)?;
    Ok(buffer)
}

/// Appends a value.
///
/// # Errors
/// As [`to_vec`].
pub(crate) fn to_writer<T: Serialize + ?Sized>(
    buffer: &mut Vec<u8>,
    value: &T,
    dialect: Dialect,
) -> Result<(), EncodeError> {
    Writer::new(buffer, Target::of(dialect)).value(value)
}

/// Appends a value that stands in an envelope, which costs a level of depth; true if it is undefined in a
/// dialect that leaves such a value out.
///
/// # Errors
/// As [`to_vec`].
pub(crate) fn to_envelope<T: Serialize + ?Sized>(
    buffer: &mut Vec<u8>,
    value: &T,
    dialect: Dialect,
) -> Result<bool, EncodeError> {
    let mut writer = Writer::new(buffer, Target::of(dialect));
    writer.depth = 1;
    writer.value(value)?;
    Ok(writer.is_undefined && dialect == Dialect::Ejson)
}

/// Appends a value in which maps with a `__type` are records already.
///
/// # Errors
/// As [`to_vec`].
pub(super) fn to_writer_verbatim<T: Serialize + ?Sized>(
    buffer: &mut Vec<u8>,
    value: &T,
) -> Result<(), EncodeError> {
    let mut writer = Writer::new(buffer, Target::Runner);
    writer.escapes = false;
    writer.depth = 1;
    writer.value(value)
}

/// Goes on where the stack is long enough.
fn with_stack(write: &mut dyn FnMut() -> Result<(), EncodeError>) -> Result<(), EncodeError> {
    stacker::maybe_grow(RED_ZONE_BYTES, GROWTH_BYTES, write)
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Runner,
    Ejson,
    /// Plain JSON: what stands in a custom value of EJSON.
    Plain,
}

impl Target {
    fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Runner => Self::Runner,
            Dialect::Ejson => Self::Ejson,
        }
    }
}

struct Writer<'b> {
    out: &'b mut Vec<u8>,
    target: Target,
    /// Keys that look like a record's are data.
    escapes: bool,
    depth: usize,
    /// What was written last is undefined: EJSON has no such value.
    is_undefined: bool,
}

impl<'b> Writer<'b> {
    fn new(out: &'b mut Vec<u8>, target: Target) -> Self {
        Self {
            out,
            target,
            escapes: target == Target::Runner,
            depth: 0,
            is_undefined: false,
        }
    }

    /// Writes one value of a known type. `()` is undefined; serde alone does not tell it from null.
    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.is_undefined = false;
        if is_unit(value) {
            self.undefined();
            return Ok(());
        }
        if self.depth % LEVELS_PER_CHECK == LEVELS_PER_CHECK - 1 {
            return with_stack(&mut || value.serialize(ValueSerializer(self)));
        }
        value.serialize(ValueSerializer(self))
    }

    #[inline]
    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
    }

    /// Before a value inside a container.
    #[inline]
    fn check_depth(&self) -> Result<(), EncodeError> {
        if self.depth > MAX_DEPTH {
            return Err(EncodeError::too_deep());
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth -= 1;
        self.is_undefined = false;
    }

    fn undefined(&mut self) {
        match self.target {
            Target::Runner => self.raw(br#"{"__type":"Undefined","value":null}"#),
            Target::Ejson | Target::Plain => self.raw(b"null"),
        }
        self.is_undefined = true;
    }

    #[inline]
    fn raw(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }
}

/// Whether a value is `()`, or an item of a list of them. Known when the code is compiled.
#[inline]
fn is_unit<T: ?Sized>(_value: &T) -> bool {
    matches!(std::any::type_name::<T>(), "()" | "&()")
}

/// One value.
struct ValueSerializer<'w, 'b>(&'w mut Writer<'b>);

macro_rules! integers {
    ($($method:ident: $type:ty => $write:ident,)+) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<(), EncodeError> {
            self.0.$write(value.into());
            Ok(())
        })+
    };
}

impl<'w, 'b> serde::Serializer for ValueSerializer<'w, 'b> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Compound<'w, 'b>;
    type SerializeTuple = Compound<'w, 'b>;
    type SerializeTupleStruct = Compound<'w, 'b>;
    type SerializeTupleVariant = Compound<'w, 'b>;
    type SerializeMap = Fields<'w, 'b>;
    type SerializeStruct = Fields<'w, 'b>;
    type SerializeStructVariant = Fields<'w, 'b>;

    integers! {
        serialize_i8: i8 => small_integer,
        serialize_i16: i16 => small_integer,
        serialize_i32: i32 => small_integer,
        serialize_u8: u8 => small_integer,
        serialize_u16: u16 => small_integer,
        serialize_i64: i64 => signed,
        serialize_u32: u32 => unsigned,
        serialize_u64: u64 => unsigned,
        serialize_i128: i128 => signed_128,
        serialize_u128: u128 => unsigned_128,
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.0.raw(if value { b"true" } else { b"false" });
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), EncodeError> {
        self.0.float_32(value);
        Ok(())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), EncodeError> {
        self.0.float_64(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), EncodeError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        write_str(value, self.0.out);
        Ok(())
    }

    /// Only byte types call this: JavaScript's is `Uint8Array`.
    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        self.0.bytes(value, crate::types::BytesKind::Uint8Array)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), EncodeError> {
        self.0.raw(b"null");
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        self.0.value(value)
    }

    /// What calls this is null as often as it is `()`, which has been told apart before.
    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.serialize_none()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        match name.strip_prefix(reserved::PREFIX) {
            Some(kind) => self.0.record(kind, value),
            None => self.0.value(value),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let mut fields = self.serialize_map(Some(1))?;
        fields.serialize_entry(variant, value)?;
        fields.end()
    }

    #[inline]
    fn serialize_seq(self, _length: Option<usize>) -> Result<Compound<'w, 'b>, EncodeError> {
        Ok(Compound::open(self.0))
    }

    #[inline]
    fn serialize_tuple(self, _length: usize) -> Result<Compound<'w, 'b>, EncodeError> {
        Ok(Compound::open(self.0))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Compound<'w, 'b>, EncodeError> {
        Ok(Compound::open(self.0))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Compound<'w, 'b>, EncodeError> {
        Compound::open_variant(self.0, variant)
    }

    #[inline]
    fn serialize_map(self, _length: Option<usize>) -> Result<Fields<'w, 'b>, EncodeError> {
        Ok(Fields::open(self.0))
    }

    #[inline]
    fn serialize_struct(
        self,
        name: &'static str,
        _length: usize,
    ) -> Result<Fields<'w, 'b>, EncodeError> {
        match name {
            // serde_json's raw text and exact numbers speak a private language with serializers.
            "$serde_json::private::RawValue" | "$serde_json::private::Number" => {
                Ok(Fields::verbatim(self.0))
            }
            _ => Ok(Fields::open(self.0)),
        }
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Fields<'w, 'b>, EncodeError> {
        Fields::open_variant(self.0, variant)
    }
}

#[cfg(test)]
mod tests;
