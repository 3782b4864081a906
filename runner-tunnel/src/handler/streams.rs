//! Streams as results of tasks.

use super::outcome::{Answer, AnswerForm, EncodeResult, Encoder};
use super::schema_token::{HasSchema, Schemas};
use crate::body::{EVENT_STREAM, JsonLines, NDJSON, ServerSentEvents, StreamResponse};
use crate::schema::SchemaFn;

impl AnswerForm {
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream { .. })
    }

    /// Adds what the schema of the result says of its items.
    pub(super) fn with_items(self, schema: Option<SchemaFn>) -> Self {
        match self {
            Self::Json => Self::Json,
            Self::Stream { content_type, .. } => Self::Stream {
                content_type,
                item_schema: schema,
            },
        }
    }

    pub(super) fn stream(content_type: Option<&'static str>) -> Self {
        Self::Stream {
            content_type,
            item_schema: None,
        }
    }
}

impl EncodeResult for StreamResponse {
    fn encoder() -> Encoder<Self> {
        Encoder {
            encode: |stream, _| Ok(Answer::Stream(Box::new(stream))),
            form: AnswerForm::stream(None),
        }
    }
}

impl<T: 'static> EncodeResult for JsonLines<T> {
    fn encoder() -> Encoder<Self> {
        Encoder {
            encode: |lines, dialect| Ok(Answer::Stream(Box::new(lines.into_response(dialect)))),
            form: AnswerForm::stream(Some(NDJSON)),
        }
    }
}

impl<T: 'static> EncodeResult for ServerSentEvents<T> {
    fn encoder() -> Encoder<Self> {
        Encoder {
            encode: |events, dialect| Ok(Answer::Stream(Box::new(events.into_response(dialect)))),
            form: AnswerForm::stream(Some(EVENT_STREAM)),
        }
    }
}

impl HasSchema for StreamResponse {
    fn schemas() -> Schemas {
        Schemas::of_stream(None)
    }
}

impl<T: HasSchema> HasSchema for JsonLines<T> {
    fn schemas() -> Schemas {
        Schemas::of_stream(Some(T::schemas().result))
    }
}

impl<T: HasSchema> HasSchema for ServerSentEvents<T> {
    fn schemas() -> Schemas {
        Schemas::of_stream(Some(T::schemas().result))
    }
}
