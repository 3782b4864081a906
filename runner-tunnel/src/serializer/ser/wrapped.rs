//! What stands in a wrapper whose content has a form of its own: the entries of a Map, and the name and payload
//! of a custom value.

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeTuple};

use super::capture::Captured;
use super::compound::{Compound, Fields};
use super::{EncodeError, Target, Writer};

/// A refusal for every kind of value that cannot stand in a wrapper.
macro_rules! refuse {
    ($message:literal; $($method:ident($($type:ty),*);)+) => {
        $(fn $method(self $(, _: $type)*) -> Result<(), EncodeError> {
            Err(EncodeError::new($message))
        })+
    };
}

macro_rules! refuse_all {
    ($message:literal) => {
        refuse! { $message;
            serialize_bool(bool); serialize_i8(i8); serialize_i16(i16); serialize_i32(i32);
            serialize_i64(i64); serialize_u8(u8); serialize_u16(u16); serialize_u32(u32);
            serialize_u64(u64); serialize_f32(f32); serialize_f64(f64); serialize_char(char);
            serialize_str(&str); serialize_bytes(&[u8]); serialize_none(); serialize_unit();
            serialize_unit_struct(&'static str);
            serialize_unit_variant(&'static str, u32, &'static str);
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), EncodeError> {
            Err(EncodeError::new($message))
        }

        fn serialize_tuple_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeTupleVariant, EncodeError> {
            Err(EncodeError::new($message))
        }

        fn serialize_struct_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeStructVariant, EncodeError> {
            Err(EncodeError::new($message))
        }
    };
}

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

    refuse_all! { "a Map holds a map or a list of pairs" }

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

    refuse_all! { "a custom value is a pair of name and payload" }

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

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, EncodeError> {
        Err(EncodeError::new(
            "a custom value is a pair of name and payload",
        ))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, EncodeError> {
        self.serialize_seq(None)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, EncodeError> {
        self.serialize_seq(None)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, EncodeError> {
        self.serialize_seq(None)
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
