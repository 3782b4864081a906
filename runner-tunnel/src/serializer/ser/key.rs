//! Keys of objects: text on the wire, whatever the map has in Rust.

use serde::Serialize;

use super::capture::Captured;
use super::refuse::refuse;
use super::text::{write_content, write_str, write_wtf8_content};
use super::{EncodeError, Writer};
use crate::js;
use crate::serializer::revive::{ESCAPE, needs_escape};

const REFUSED: &str = "a key of an object has to be text, a number or a boolean: put the map into `types::Map`, whose keys can be of any kind";

/// Writes a key with its quotes.
#[inline]
pub(super) fn write_key<T: Serialize + ?Sized>(
    key: &T,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    key.serialize(KeySerializer(writer))
}

struct KeySerializer<'w, 'b>(&'w mut Writer<'b>);

impl KeySerializer<'_, '_> {
    fn quoted(self, text: &[u8]) {
        self.0.out.push(b'"');
        self.0.raw(text);
        self.0.out.push(b'"');
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty,)+) => {
        $(fn $method(self, value: $type) -> Result<(), EncodeError> {
            self.quoted(itoa::Buffer::new().format(value).as_bytes());
            Ok(())
        })+
    };
}

impl serde::Serializer for KeySerializer<'_, '_> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = serde::ser::Impossible<(), EncodeError>;
    type SerializeTuple = serde::ser::Impossible<(), EncodeError>;
    type SerializeTupleStruct = serde::ser::Impossible<(), EncodeError>;
    type SerializeTupleVariant = serde::ser::Impossible<(), EncodeError>;
    type SerializeMap = serde::ser::Impossible<(), EncodeError>;
    type SerializeStruct = serde::ser::Impossible<(), EncodeError>;
    type SerializeStructVariant = serde::ser::Impossible<(), EncodeError>;

    integers! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
    }

    #[inline]
    fn serialize_str(self, key: &str) -> Result<(), EncodeError> {
        if self.0.escapes && needs_escape(key) {
            let out = &mut *self.0.out;
            out.push(b'"');
            out.extend_from_slice(ESCAPE.as_bytes());
            write_content(key, out);
            out.push(b'"');
        } else {
            write_str(key, self.0.out);
        }
        Ok(())
    }

    fn serialize_bool(self, key: bool) -> Result<(), EncodeError> {
        self.quoted(if key { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, key: f32) -> Result<(), EncodeError> {
        if !key.is_finite() {
            return Err(EncodeError::new(REFUSED));
        }
        let mut text = Vec::new();
        js::number::write_f32(key, &mut text);
        self.quoted(&text);
        Ok(())
    }

    fn serialize_f64(self, key: f64) -> Result<(), EncodeError> {
        if !key.is_finite() {
            return Err(EncodeError::new(REFUSED));
        }
        let mut text = Vec::new();
        js::number::write_f64(key, &mut text);
        self.quoted(&text);
        Ok(())
    }

    fn serialize_char(self, key: char) -> Result<(), EncodeError> {
        self.serialize_str(key.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.serialize_str(variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Result<(), EncodeError> {
        key.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        key: &T,
    ) -> Result<(), EncodeError> {
        if name != crate::types::reserved::TEXT {
            return key.serialize(self);
        }
        let Captured::Bytes(text) = Captured::of_binary(key)? else {
            return Err(EncodeError::new(REFUSED));
        };
        let escape = ESCAPE.as_bytes();
        self.0.out.push(b'"');
        if self.0.escapes && text.starts_with(escape) {
            self.0.raw(escape);
        }
        write_wtf8_content(&text, self.0.out);
        self.0.out.push(b'"');
        Ok(())
    }

    refuse! {
        REFUSED =>
        bytes none unit unit_struct newtype_variant seq tuple tuple_struct tuple_variant map struct
        struct_variant
    }
}
