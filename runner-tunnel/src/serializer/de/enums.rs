//! Enums in serde's external form: `"Variant"` or `{"Variant": content}`.

use std::marker::PhantomData;

use serde::de::value::{StrDeserializer, UnitDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer as _, IntoDeserializer as _, VariantAccess, Visitor,
};

use super::{PlaceDeserializer, read, words};
use crate::serializer::Mismatch;
use crate::serializer::kind::Kind;

pub(super) fn visit<'a, V: Visitor<'a>>(
    deserializer: PlaceDeserializer<'_, 'a>,
    visitor: V,
) -> Result<V::Value, Mismatch> {
    let place = deserializer.place;
    if let Some(payload) = place.value_of(Kind::Custom) {
        return visit(deserializer.at(payload), visitor);
    }
    let access = if let Some(variant) = place.as_str() {
        Variant {
            name: variant.to_owned(),
            content: None,
        }
    } else {
        let mut entries = place.entries();
        match (entries.next(), entries.next()) {
            (Some((name, content)), None) => Variant {
                name: name.lossy().into_owned(),
                content: Some(deserializer.at(content)),
            },
            _ => return deserializer.refuse(&"a string or an object with one key"),
        }
    };
    visitor
        .visit_enum(access)
        .map_err(|error| error.or_found(words(place)))
}

struct Variant<'t, 'a> {
    name: String,
    content: Option<PlaceDeserializer<'t, 'a>>,
}

impl<'a> de::EnumAccess<'a> for Variant<'_, 'a> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Mismatch> {
        let name: StrDeserializer<'_, Mismatch> = self.name.as_str().into_deserializer();
        let variant = seed.deserialize(name)?;
        Ok((variant, self))
    }
}

/// A variant without content has an undefined one.
impl<'a> VariantAccess<'a> for Variant<'_, 'a> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.content {
            Some(content) => read(content, PhantomData).map_err(under(&self.name)),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Mismatch> {
        match self.content {
            Some(content) => read(content, seed),
            None => seed
                .deserialize(UnitDeserializer::new())
                .map_err(|error: Mismatch| error.or_found("undefined")),
        }
        .map_err(under(&self.name))
    }

    fn tuple_variant<V: Visitor<'a>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.content {
            Some(content) => content.deserialize_tuple(length, visitor),
            None => UnitDeserializer::new().deserialize_any(visitor),
        }
        .map_err(under(&self.name))
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.content {
            Some(content) => content.deserialize_map(visitor),
            None => UnitDeserializer::new().deserialize_any(visitor),
        }
        .map_err(under(&self.name))
    }
}

fn under(name: &str) -> impl FnOnce(Mismatch) -> Mismatch {
    move |error| error.under_key(name)
}
