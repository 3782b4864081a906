//! Serializers that take few kinds of values.

/// Methods of `serde::Serializer` that fail with a message, by the kinds of values that are refused.
macro_rules! refuse {
    ($message:expr => $($kind:tt)+) => {
        $(refuse! { @$kind $message })+
    };
    (@bool $m:expr) => { refuse! { @one serialize_bool(bool) $m } };
    (@i8 $m:expr) => { refuse! { @one serialize_i8(i8) $m } };
    (@i16 $m:expr) => { refuse! { @one serialize_i16(i16) $m } };
    (@i32 $m:expr) => { refuse! { @one serialize_i32(i32) $m } };
    (@i64 $m:expr) => { refuse! { @one serialize_i64(i64) $m } };
    (@u8 $m:expr) => { refuse! { @one serialize_u8(u8) $m } };
    (@u16 $m:expr) => { refuse! { @one serialize_u16(u16) $m } };
    (@u32 $m:expr) => { refuse! { @one serialize_u32(u32) $m } };
    (@u64 $m:expr) => { refuse! { @one serialize_u64(u64) $m } };
    (@f32 $m:expr) => { refuse! { @one serialize_f32(f32) $m } };
    (@f64 $m:expr) => { refuse! { @one serialize_f64(f64) $m } };
    (@char $m:expr) => { refuse! { @one serialize_char(char) $m } };
    (@str $m:expr) => { refuse! { @one serialize_str(&str) $m } };
    (@bytes $m:expr) => { refuse! { @one serialize_bytes(&[u8]) $m } };
    (@none $m:expr) => { refuse! { @one serialize_none() $m } };
    (@unit $m:expr) => { refuse! { @one serialize_unit() $m } };
    (@unit_struct $m:expr) => { refuse! { @one serialize_unit_struct(&'static str) $m } };
    (@unit_variant $m:expr) => {
        refuse! { @one serialize_unit_variant(&'static str, u32, &'static str) $m }
    };
    (@newtype_variant $m:expr) => {
        fn serialize_newtype_variant<T: serde::Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, Self::Error> {
            Err(EncodeError::new($m))
        }
    };
    (@seq $m:expr) => { refuse! { @many SerializeSeq serialize_seq(Option<usize>) $m } };
    (@tuple $m:expr) => { refuse! { @many SerializeTuple serialize_tuple(usize) $m } };
    (@tuple_struct $m:expr) => {
        refuse! { @many SerializeTupleStruct serialize_tuple_struct(&'static str, usize) $m }
    };
    (@tuple_variant $m:expr) => {
        refuse! {
            @many SerializeTupleVariant
            serialize_tuple_variant(&'static str, u32, &'static str, usize) $m
        }
    };
    (@map $m:expr) => { refuse! { @many SerializeMap serialize_map(Option<usize>) $m } };
    (@struct $m:expr) => {
        refuse! { @many SerializeStruct serialize_struct(&'static str, usize) $m }
    };
    (@struct_variant $m:expr) => {
        refuse! {
            @many SerializeStructVariant
            serialize_struct_variant(&'static str, u32, &'static str, usize) $m
        }
    };
    (@one $method:ident($($type:ty),*) $m:expr) => {
        fn $method(self $(, _: $type)*) -> Result<Self::Ok, Self::Error> {
            Err(EncodeError::new($m))
        }
    };
    (@many $many:ident $method:ident($($type:ty),*) $m:expr) => {
        fn $method(self $(, _: $type)*) -> Result<Self::$many, Self::Error> {
            Err(EncodeError::new($m))
        }
    };
}

pub(super) use refuse;
