//! Handlers as discovery documents. Schemas are made when discovery is first asked, and kept.

use std::borrow::Cow;

use super::table::{About, Described, EventEntry, HandlerEntry, TaskEntry};
use crate::handler::bind::Bound;
use crate::handler::{AnswerForm, RawBodyUse, TypedErrorSpec};
use crate::schema;
use crate::wire::{CacheDocument, ErrorDocument, EventDocument, TaskDocument};

impl TaskEntry {
    pub(crate) fn document(&self) -> TaskDocument<'_> {
        let Described {
            input_schema,
            result_schema,
            item_schema,
            errors,
        } = self.about.described(&self.bound);
        let (response, content_type) = match self.bound.form {
            AnswerForm::Json => ("json", None),
            AnswerForm::Stream { content_type, .. } => {
                let described = self.about.content_type.as_deref();
                ("stream", described.or(content_type))
            }
        };
        TaskDocument {
            description: non_empty(self.about.text.as_str()),
            input_schema,
            result_schema,
            errors: errors.iter().collect(),
            request: request_modes(&self.bound, input_schema),
            response,
            content_type,
            item_schema: item_schema.as_ref(),
            cache: self.options.cache.map(|cache| CacheDocument {
                max_age_ms: cache.time.as_millis(),
                shared: cache.shared,
            }),
            deprecated: self.options.deprecated,
        }
    }
}

/// The body modes that make sense for a task (protocol section 8).
fn request_modes<Out>(bound: &Bound<Out>, input_schema: &serde_json::Value) -> Vec<&'static str> {
    let takes_files = schema::has_files(input_schema);
    let mut modes = Vec::new();
    if !bound.raw_bodies.contains(&RawBodyUse::Required) {
        modes.push("json");
    }
    if takes_files {
        modes.push("multipart");
    }
    if !bound.raw_bodies.is_empty() {
        modes.push("octet-stream");
    }
    modes
}

impl EventEntry {
    /// Where handlers differ, the first that takes a payload says what it is; texts and errors add up.
    pub(crate) fn document(&self) -> EventDocument<'_> {
        let handlers = || self.handlers.iter().map(AsRef::as_ref);
        let takes_payload = |handler: &&HandlerEntry| handler.bound.input_schema.is_some();
        let speaker = handlers().find(takes_payload).or_else(|| handlers().next());
        let payload_schema = speaker.map_or(&serde_json::Value::Null, |handler: &HandlerEntry| {
            &handler.about.described(&handler.bound).input_schema
        });
        let texts: Vec<&str> = handlers()
            .map(|handler| handler.about.text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        let mut errors: Vec<&ErrorDocument> = Vec::new();
        for error in handlers().flat_map(|handler| &handler.about.described(&handler.bound).errors)
        {
            if errors.iter().all(|known| known.id != error.id) {
                errors.push(error);
            }
        }
        EventDocument {
            description: non_empty(texts.join("\n\n")),
            payload_schema,
            errors,
            parallel: self.parallel,
            deprecated: handlers().all(|handler| handler.options.deprecated),
        }
    }
}

impl About {
    fn described<Out>(&self, bound: &Bound<Out>) -> &Described {
        self.described.get_or_init(|| {
            // A function without an input takes undefined.
            let make_input = bound.input_schema.unwrap_or(schema::of_input::<()>);
            Described {
                input_schema: self.input_schema.clone().unwrap_or_else(make_input),
                result_schema: self
                    .result_schema
                    .clone()
                    .unwrap_or_else(bound.result_schema),
                item_schema: match bound.form {
                    AnswerForm::Json => None,
                    AnswerForm::Stream { item_schema, .. } => {
                        let described = self.item_schema.clone();
                        described.or_else(|| item_schema.map(|schema| schema()))
                    }
                },
                errors: bound.errors.iter().map(error_document).collect(),
            }
        })
    }
}

fn error_document(spec: &TypedErrorSpec) -> ErrorDocument {
    ErrorDocument {
        id: spec.id,
        http_status: spec.http.unwrap_or(500),
        data_schema: (spec.data_schema)(),
    }
}

fn non_empty<'a>(text: impl Into<Cow<'a, str>>) -> Option<Cow<'a, str>> {
    Some(text.into()).filter(|text| !text.is_empty())
}
