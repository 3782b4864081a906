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

/// One generator for one schema: which of two types of one name gets the suffix then follows from the type
/// alone, never from what else is linked or in which order.
fn generate<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let generator = generator(settings);
    finish(generator.into_root_schema_for::<T>(), T::schema_name)
}

fn generator(settings: SchemaSettings) -> SchemaGenerator {
    let settings = settings.with_transform(RecursiveTransform(JoinDescriptionLines));
    settings.into_generator()
}

fn finish(schema: Schema, name: fn() -> Cow<'static, str>) -> Value {
    let mut value = name_root_of_recursion(schema.to_value(), name);
    // The same bytes whether or not some crate of the build turned on serde_json's `preserve_order`.
    value.sort_all_objects();
    value
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

/// A recursive root refers to itself as `#`, which means another document once the schema is embedded in
/// one. Give it a name in `$defs` like every other type.
fn name_root_of_recursion(mut value: Value, name: fn() -> Cow<'static, str>) -> Value {
    let mut is_recursive = false;
    for_each_root_ref(&mut value, &mut |_| is_recursive = true);
    if is_recursive && let Value::Object(object) = &mut value {
        let mut defs = match object.remove("$defs") {
            Some(Value::Object(defs)) => defs,
            _ => serde_json::Map::new(),
        };
        let dialect = object.remove("$schema");
        let mut name = name().into_owned();
        while defs.contains_key(&name) {
            name.push_str("Root");
        }
        let target = format!("#/$defs/{}", name.replace('~', "~0").replace('/', "~1"));
        let mut root = serde_json::Map::new();
        if let Some(dialect) = dialect {
            root.insert("$schema".to_owned(), dialect);
        }
        root.insert("$ref".to_owned(), Value::String(target.clone()));
        defs.insert(name, Value::Object(std::mem::take(object)));
        root.insert("$defs".to_owned(), Value::Object(defs));
        value = Value::Object(root);
        for_each_root_ref(&mut value, &mut |reference| {
            *reference = Value::String(target.clone())
        });
    }
    value
}

/// Calls `visit` with every reference to the root. Instances inside a schema (a default, say) are left alone:
/// what looks like a reference there is data.
fn for_each_root_ref(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                match (keyword.as_str(), value) {
                    ("$ref", value) if value == "#" => visit(value),
                    ("default" | "const" | "enum" | "examples", _) => {}
                    // Here the keys are names, which may be spelled like keywords.
                    ("properties" | "patternProperties" | "$defs", Value::Object(schemas)) => {
                        schemas
                            .values_mut()
                            .for_each(|schema| for_each_root_ref(schema, visit));
                    }
                    (_, value) => for_each_root_ref(value, visit),
                }
            }
        }
        Value::Array(schemas) => {
            for schema in schemas {
                for_each_root_ref(schema, visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
