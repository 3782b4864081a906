//! Lists and objects.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::capture::Captured;
use super::ejson::KeyLog;
use super::key::write_key;
use super::text::write_between;
use super::{EncodeError, Target, Writer};
use crate::serializer::revive::{ESCAPE, needs_escape};

/// A list in the making.
pub(super) struct Compound<'w, 'b> {
    writer: &'w mut Writer<'b>,
    is_empty: bool,
    /// Where the object around it begins, which has the variant's name for its key.
    variant: Option<usize>,
}

impl<'w, 'b> Compound<'w, 'b> {
    #[inline]
    pub(super) fn open(writer: &'w mut Writer<'b>) -> Self {
        writer.open(b'[');
        Self {
            writer,
            is_empty: true,
            variant: None,
        }
    }

    /// `{"Variant":[`.
    pub(super) fn open_variant(
        writer: &'w mut Writer<'b>,
        variant: &'static str,
    ) -> Result<Self, EncodeError> {
        let variant = open_variant(writer, variant)?;
        Ok(Self {
            variant: Some(variant),
            ..Self::open(writer)
        })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.is_empty {
            self.is_empty = false;
            self.writer.check_depth()?;
        } else {
            self.writer.out.push(b',');
        }
        self.writer.value(value)
    }

    /// Opens a pair with its first item.
    pub(super) fn open_pair<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        if !self.is_empty {
            self.writer.out.push(b',');
        }
        self.is_empty = false;
        self.writer.check_depth()?;
        self.writer.open(b'[');
        self.writer.check_depth()?;
        self.writer.value(key)
    }

    /// Ends a pair with its second item.
    pub(super) fn close_pair<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.writer.out.push(b',');
        self.writer.value(value)?;
        self.writer.close(b']');
        Ok(())
    }

    #[inline]
    fn close(self) {
        self.writer.close(b']');
        close_variant(self.writer, self.variant);
    }
}

/// Tells where the object begins.
fn open_variant(writer: &mut Writer<'_>, variant: &'static str) -> Result<usize, EncodeError> {
    let start = writer.out.len();
    writer.open(b'{');
    writer.check_depth()?;
    field_name(writer, b"\"", variant);
    Ok(start)
}

#[inline]
fn close_variant(writer: &mut Writer<'_>, variant: Option<usize>) {
    if let Some(start) = variant {
        writer.close(b'}');
        if writer.target == Target::Ejson {
            let mut log = KeyLog::new(start);
            log.entry(start + 1);
            log.escape(writer.out);
        }
    }
}

/// The key of a field and its colon, after the quote that `before` ends with.
#[inline]
fn field_name(writer: &mut Writer<'_>, before: &[u8], name: &str) {
    if writer.escapes && needs_escape(name) {
        write_between(before, &[ESCAPE, name].concat(), b"\":", writer.out);
    } else {
        write_between(before, name, b"\":", writer.out);
    }
}

macro_rules! lists {
    ($($trait:ident::$method:ident),+) => {
        $(impl $trait for Compound<'_, '_> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.close();
                Ok(())
            }
        })+
    };
}

lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
}

/// An object in the making.
pub(super) struct Fields<'w, 'b> {
    writer: &'w mut Writer<'b>,
    is_empty: bool,
    /// Not an object at all: the one field holds text that goes out as it is.
    is_verbatim: bool,
    variant: Option<usize>,
    /// What EJSON has to know of the object when it ends.
    log: KeyLog,
}

impl<'w, 'b> Fields<'w, 'b> {
    #[inline]
    pub(super) fn open(writer: &'w mut Writer<'b>) -> Self {
        let log = KeyLog::new(writer.out.len());
        writer.open(b'{');
        Self {
            writer,
            is_empty: true,
            is_verbatim: false,
            variant: None,
            log,
        }
    }

    /// `{"Variant":{`.
    pub(super) fn open_variant(
        writer: &'w mut Writer<'b>,
        variant: &'static str,
    ) -> Result<Self, EncodeError> {
        let variant = open_variant(writer, variant)?;
        Ok(Self {
            variant: Some(variant),
            ..Self::open(writer)
        })
    }

    pub(super) fn verbatim(writer: &'w mut Writer<'b>) -> Self {
        Self {
            writer,
            is_empty: true,
            is_verbatim: true,
            variant: None,
            log: KeyLog::new(0),
        }
    }

    #[inline]
    fn separate(&mut self) -> Result<(), EncodeError> {
        if self.writer.target == Target::Ejson {
            self.log.entry(self.writer.out.len());
        }
        if self.is_empty {
            self.is_empty = false;
            self.writer.check_depth()
        } else {
            self.writer.out.push(b',');
            Ok(())
        }
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.writer.value(value)?;
        if self.writer.target == Target::Ejson && self.writer.is_undefined {
            self.is_empty = self.log.take_back(self.writer.out);
        }
        Ok(())
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        if self.is_empty || self.writer.target == Target::Ejson {
            return self.first_field(name, value);
        }
        field_name(self.writer, b",\"", name);
        self.writer.value(value)
    }

    /// Before the first field all else may be the case; in EJSON before every one.
    fn first_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        if self.is_verbatim {
            return self.writer.verbatim(name, &Captured::of(value)?);
        }
        self.separate()?;
        field_name(self.writer, b"\"", name);
        self.value(value)
    }

    #[inline]
    fn close(self) {
        if self.is_verbatim {
            return;
        }
        self.writer.close(b'}');
        if self.writer.target == Target::Ejson {
            self.log.escape(self.writer.out);
        }
        close_variant(self.writer, self.variant);
    }
}

impl SerializeMap for Fields<'_, '_> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.separate()?;
        write_key(key, self.writer)?;
        self.writer.out.push(b':');
        Ok(())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.value(value)
    }

    #[inline]
    fn end(self) -> Result<(), EncodeError> {
        self.close();
        Ok(())
    }
}

macro_rules! structs {
    ($($trait:ident),+) => {
        $(impl $trait for Fields<'_, '_> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), EncodeError> {
                self.field(name, value)
            }

            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.close();
                Ok(())
            }
        })+
    };
}

structs! { SerializeStruct, SerializeStructVariant }
