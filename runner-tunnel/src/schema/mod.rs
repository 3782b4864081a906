//! The JSON Schema of a type: thin glue over schemars.

pub(crate) mod doc;

use std::borrow::Cow;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Makes a schema when discovery is first asked for it.
pub(crate) type SchemaFn = fn() -> Value;

/// The schema of what a caller sends. JSON Schema 2020-12, self-contained.
pub(crate) fn of_input<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of what a caller gets: the serialise side, where a skipped or defaulted field differs.
pub(crate) fn of_result<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize())
}

/// The schema of a value that nobody knows the type of.
pub(crate) fn anything() -> Value {
    Value::Bool(true)
}

/// Whether a schema describes a file anywhere.
pub(crate) fn has_files(schema: &Value) -> bool {
    match schema {
        Value::Object(keywords) => {
            keywords
                .get("x-runner-type")
                .is_some_and(|kind| kind == "File")
                || keywords.values().any(has_files)
        }
        Value::Array(schemas) => schemas.iter().any(has_files),
        _ => false,
    }
}

fn generate<T: JsonSchema>(settings: SchemaSettings) -> Value {
    root(settings, T::json_schema, T::schema_name)
}

/// One generator for one schema: which of two types of one name gets the suffix then follows from the type
/// alone, never from what else is linked or in which order.
///
/// schemars has this for each type, which is much to compile.
fn root(
    settings: SchemaSettings,
    of: fn(&mut SchemaGenerator) -> Schema,
    name: fn() -> Cow<'static, str>,
) -> Value {
    let settings = settings.with_transform(RecursiveTransform(JoinDescriptionLines));
    let mut generator = settings.into_generator();
    let mut schema = of(&mut generator);
    let object = schema.ensure_object();
    object
        .entry("title")
        .or_insert_with(|| Value::String(name().into_owned()));
    let dialect = generator.settings().meta_schema.clone();
    let definitions = generator.take_definitions(false);
    let mut root = serde_json::Map::new();
    // A recursive root stands among the definitions, too.
    match definitions
        .iter()
        .find(|(_, definition)| is_same(definition, object))
    {
        Some((name, _)) => {
            let name = name.replace('~', "~0").replace('/', "~1");
            root.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
        }
        None => root.append(object),
    }
    if let Some(dialect) = dialect {
        root.insert("$schema".to_owned(), dialect.into());
    }
    if !definitions.is_empty() {
        root.insert("$defs".to_owned(), definitions.into());
    }
    let mut schema = Schema::from(root);
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    let mut value = schema.to_value();
    // The same bytes whether or not some crate of the build turned on serde_json's `preserve_order`.
    value.sort_all_objects();
    value
}

/// Whether a definition is that of the root, which has a title beside.
fn is_same(definition: &Value, root: &serde_json::Map<String, Value>) -> bool {
    let Value::Object(definition) = definition else {
        return false;
    };
    let without_title = |object: &serde_json::Map<String, Value>| {
        let mut object = object.clone();
        object.remove("title");
        object
    };
    without_title(definition) == without_title(root)
}

/// Doc comments are wrapped for the eye of the source's reader.
#[derive(Debug, Clone)]
struct JoinDescriptionLines;

impl Transform for JoinDescriptionLines {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = doc::join_lines(text.lines());
        }
    }
}

#[cfg(test)]
mod tests;
