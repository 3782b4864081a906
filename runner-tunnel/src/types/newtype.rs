//! What the wrappers have in common: serde's newtype under a reserved name.

/// Serialises as a newtype under `$name` and reads whatever is in it. Its schema is that of the plain form,
/// with the kind in `x-runner-type`.
macro_rules! newtype {
    ($type:ident<$inner:ident>, $name:expr, $kind:literal) => {
        impl<'de, $inner: serde::Deserialize<'de>> serde::Deserialize<'de> for $type<$inner> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $inner::deserialize(deserializer).map(Self)
            }
        }

        crate::types::newtype::newtype!(@written $type<$inner>, $name);
        crate::types::newtype::newtype!(@schema_of_inner $type<$inner>, $kind);
    };
    (@written $type:ident<$inner:ident>, $name:expr) => {
        impl<$inner: serde::Serialize> serde::Serialize for $type<$inner> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct($name, &self.0)
            }
        }

        crate::types::newtype::newtype!(@transparent $type<$inner>);
    };
    // One schema, whatever is in it.
    (@schema $type:ident<$inner:ident>, $kind:literal, $schema:tt) => {
        impl<$inner> schemars::JsonSchema for $type<$inner> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $kind.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                crate::types::newtype::marked(schemars::json_schema!($schema), $kind)
            }
        }
    };
    (@schema_of_inner $type:ident<$inner:ident>, $kind:literal) => {
        impl<$inner: schemars::JsonSchema> schemars::JsonSchema for $type<$inner> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                format!("{}Of{}", $kind, $inner::schema_name()).into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                format!("runner_tunnel::types::{}<{}>", $kind, $inner::schema_id()).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                crate::types::newtype::marked($inner::json_schema(generator), $kind)
            }
        }
    };
    (@transparent $type:ident<$inner:ident>) => {
        impl<$inner> std::ops::Deref for $type<$inner> {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl<$inner> std::ops::DerefMut for $type<$inner> {
            fn deref_mut(&mut self) -> &mut $inner {
                &mut self.0
            }
        }

        impl<$inner> From<$inner> for $type<$inner> {
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }
    };
}

pub(super) use newtype;

/// A schema that says what JavaScript sees.
pub(super) fn marked(mut schema: schemars::Schema, kind: &str) -> schemars::Schema {
    schema.insert("x-runner-type".to_owned(), kind.into());
    schema
}
