//! What stands in a wrapper whose content has a form of its own: the entries of a Map, and the name and payload
//! of a custom value.

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeTuple};

use super::capture::Captured;
use super::compound::{Compound, Fields};
use super::refuse::refuse;
use super::{EncodeError, Target, Writer};

/// A map as a list of pairs, so that keys can be of any kind. A list is taken as it is: its items have to be
/// pairs.
pub(super) struct PairsSerializer<'w, 'b>(pub(super) &'w mut Writer<'b>);

impl<'w, 'b> ser::Serializer for PairsSerializer<'w, 'b> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Compound<'w, 'b>;
    type SerializeTuple = Compound<'w, 'b>;
    type SerializeTupleStruct = Compound<'w, 'b>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Pairs<'w, 'b>;
    type SerializeStruct = Pairs<'w, 'b>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    refuse! {
        "a Map holds a map or a list of pairs" =>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str bytes none unit
        unit_struct unit_variant newtype_variant tuple_variant struct_variant
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'w, 'b>, EncodeError> {
        Ok(Compound::open(self.0))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'w, 'b>, EncodeError> {
        Ok(Compound::open(self.0))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Compound<'w, 'b>, EncodeError> {
        Ok(Compound::open(self.0))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Pairs<'w, 'b>, EncodeError> {
        // Where the dialect has no Map, it is an object.
        if self.0.target == Target::Runner {
            Ok(Pairs::List(Compound::open(self.0)))
        } else {
            Ok(Pairs::Object(Fields::open(self.0)))
        }
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Pairs<'w, 'b>, EncodeError> {
        self.serialize_map(None)
    }
}

/// The entries of a Map in the making.
pub(super) enum Pairs<'w, 'b> {
    List(Compound<'w, 'b>),
    Object(Fields<'w, 'b>),
}

impl SerializeMap for Pairs<'_, '_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        match self {
            Self::List(list) => list.open_pair(key),
            Self::Object(fields) => fields.serialize_key(key),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        match self {
            Self::List(list) => list.close_pair(value),
            Self::Object(fields) => fields.serialize_value(value),
        }
    }

    fn end(self) -> Result<(), EncodeError> {
        match self {
            Self::List(list) => ser::SerializeSeq::end(list),
            Self::Object(fields) => SerializeMap::end(fields),
        }
    }
}

impl ser::SerializeStruct for Pairs<'_, '_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        SerializeMap::serialize_entry(self, name, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        SerializeMap::end(self)
    }
}

/// A pair of the name of a custom type and its payload.
pub(super) struct CustomSerializer<'w, 'b>(pub(super) &'w mut Writer<'b>);

impl<'w, 'b> ser::Serializer for CustomSerializer<'w, 'b> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Impossible<(), EncodeError>;
    type SerializeTuple = Custom<'w, 'b>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStruct = Impossible<(), EncodeError>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    refuse! {
        "a custom value is a pair of name and payload" =>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str bytes none unit
        unit_struct unit_variant newtype_variant tuple_variant struct_variant
        seq tuple_struct map struct
    }

    /// Asks for the pair: who prints for people wants the payload alone.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Custom<'w, 'b>, EncodeError> {
        Ok(Custom {
            writer: self.0,
            name: None,
        })
    }
}

pub(super) struct Custom<'w, 'b> {
    writer: &'w mut Writer<'b>,
    name: Option<String>,
}

impl SerializeTuple for Custom<'_, '_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        match self.name.take() {
            None => match Captured::of(value)? {
                Captured::Text(name) => self.name = Some(name),
                _ => return Err(EncodeError::new("the name of a custom type is text")),
            },
            Some(name) => self.writer.custom(&name, value)?,
        }
        Ok(())
    }

    fn end(self) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// Whether a value is `None`. It is asked for nothing else: any other value fails at its first step.
pub(super) fn is_none<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(NoneProbe).is_ok()
}

struct NoneProbe;

impl ser::Serializer for NoneProbe {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Impossible<(), EncodeError>;
    type SerializeTuple = Impossible<(), EncodeError>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStruct = Impossible<(), EncodeError>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    refuse! {
        "" =>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str bytes unit unit_struct unit_variant
        newtype_variant seq tuple tuple_struct tuple_variant map struct struct_variant
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }
}
