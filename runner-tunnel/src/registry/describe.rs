//! Handlers as discovery documents, each made once.

use serde_json::Value;

use super::table::{About, Described, EventEntry, HandlerEntry, TaskEntry};
use crate::handler::TypedErrorSpec;
use crate::schema::{self, SchemaFn};
use crate::wire::{ErrorDocument, EventDocument, TaskDocument};

impl TaskEntry {
    pub(crate) fn document(&self) -> TaskDocument {
        let Described {
            input_schema,
            result_schema,
        } = self
            .about
            .described(self.bound.input_schema, self.bound.result_schema)
            .clone();
        TaskDocument {
            description: non_empty(&self.about.text),
            input_schema,
            result_schema,
            errors: error_documents(&self.bound.errors),
            request: &["json"],
            response: "json",
            deprecated: self.options.deprecated,
        }
    }
}

impl EventEntry {
    /// Where handlers differ, the first that says something speaks for the event.
    pub(crate) fn document(&self) -> EventDocument {
        let with_payload = self
            .handlers
            .iter()
            .find(|handler| handler.bound.input_schema.is_some());
        let texts: Vec<&str> = self
            .handlers
            .iter()
            .map(|handler| handler.about.text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        let mut errors: Vec<ErrorDocument> = Vec::new();
        for error in self
            .handlers
            .iter()
            .flat_map(|handler| error_documents(&handler.bound.errors))
        {
            if errors.iter().all(|known| known.id != error.id) {
                errors.push(error);
            }
        }
        EventDocument {
            description: non_empty(&texts.join("\n\n")),
            payload_schema: with_payload.map_or_else(no_value, |handler| handler.payload_schema()),
            errors,
            parallel: self.parallel,
            deprecated: self
                .handlers
                .iter()
                .all(|handler| handler.options.deprecated),
        }
    }
}

impl HandlerEntry {
    fn payload_schema(&self) -> Value {
        self.about
            .described(self.bound.input_schema, schema::anything)
            .input_schema
            .clone()
    }
}

impl About {
    fn described(&self, input: Option<SchemaFn>, result: SchemaFn) -> &Described {
        self.described.get_or_init(|| Described {
            input_schema: self
                .input_schema
                .clone()
                .unwrap_or_else(|| input.map_or_else(no_value, |make| make())),
            result_schema: self.result_schema.clone().unwrap_or_else(result),
        })
    }
}

fn error_documents(specs: &[TypedErrorSpec]) -> Vec<ErrorDocument> {
    specs
        .iter()
        .map(|spec| ErrorDocument {
            id: spec.id,
            http_status: spec.http.unwrap_or(500),
            data_schema: (spec.data_schema)(),
        })
        .collect()
}

/// A function without an input takes undefined.
fn no_value() -> Value {
    schema::of_input::<()>()
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
