//! What is in a wrapper, taken in before it is written in another form: a timestamp of any crate as a Date, an
//! integer of any kind as a BigInt.

use serde::ser::{
    self, Serialize, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
};

use super::EncodeError;
use super::refuse::refuse;

/// A small value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Captured {
    Signed(i128),
    Unsigned(u128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Captured>),
    Fields(Vec<(&'static str, Captured)>),
}

impl Captured {
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        value.serialize(Capture {
            is_human_readable: true,
        })
    }

    /// Of a type that gives more away where no human reads it.
    pub(super) fn of_binary<T: Serialize + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        value.serialize(Capture {
            is_human_readable: false,
        })
    }

    /// An integer of up to 64 bits.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Signed(value) => i64::try_from(*value).ok(),
            Self::Unsigned(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
struct Capture {
    is_human_readable: bool,
}

macro_rules! numbers {
    ($($method:ident: $type:ty => $variant:ident,)+) => {
        $(fn $method(self, value: $type) -> Result<Captured, EncodeError> {
            Ok(Captured::$variant(value.into()))
        })+
    };
}

impl ser::Serializer for Capture {
    type Ok = Captured;
    type Error = EncodeError;
    type SerializeSeq = CaptureList;
    type SerializeTuple = CaptureList;
    type SerializeTupleStruct = CaptureList;
    type SerializeTupleVariant = ser::Impossible<Captured, EncodeError>;
    type SerializeMap = ser::Impossible<Captured, EncodeError>;
    type SerializeStruct = CaptureFields;
    type SerializeStructVariant = ser::Impossible<Captured, EncodeError>;

    fn is_human_readable(&self) -> bool {
        self.is_human_readable
    }

    numbers! {
        serialize_i8: i8 => Signed,
        serialize_i16: i16 => Signed,
        serialize_i32: i32 => Signed,
        serialize_i64: i64 => Signed,
        serialize_i128: i128 => Signed,
        serialize_u8: u8 => Unsigned,
        serialize_u16: u16 => Unsigned,
        serialize_u32: u32 => Unsigned,
        serialize_u64: u64 => Unsigned,
        serialize_u128: u128 => Unsigned,
        serialize_f32: f32 => Float,
        serialize_f64: f64 => Float,
        serialize_char: char => Text,
        serialize_str: &str => Text,
        serialize_bytes: &[u8] => Bytes,
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Captured, EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Captured, EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Captured, EncodeError> {
        self.serialize_str(variant)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<CaptureList, EncodeError> {
        Ok(CaptureList(self, Vec::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<CaptureList, EncodeError> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<CaptureList, EncodeError> {
        self.serialize_seq(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<CaptureFields, EncodeError> {
        Ok(CaptureFields(self, Vec::new()))
    }

    refuse! {
        "this kind of value cannot stand here" =>
        bool none unit unit_struct newtype_variant tuple_variant map struct_variant
    }
}

struct CaptureList(Capture, Vec<Captured>);

macro_rules! lists {
    ($($trait:ident::$method:ident),+) => {
        $(impl $trait for CaptureList {
            type Ok = Captured;
            type Error = EncodeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.1.push(value.serialize(self.0)?);
                Ok(())
            }

            fn end(self) -> Result<Captured, EncodeError> {
                Ok(Captured::List(self.1))
            }
        })+
    };
}

lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field
}

struct CaptureFields(Capture, Vec<(&'static str, Captured)>);

impl SerializeStruct for CaptureFields {
    type Ok = Captured;
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.1.push((name, value.serialize(self.0)?));
        Ok(())
    }

    fn end(self) -> Result<Captured, EncodeError> {
        Ok(Captured::Fields(self.1))
    }
}
