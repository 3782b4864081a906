//! What a handler of run time says about itself.

use serde_json::Value;

/// What discovery and the allow-list may know of a run-time handler.
///
/// ```
/// use runner_tunnel::Description;
///
/// let description = Description::new("Doubles a number.")
///     .with_input_schema(serde_json::json!({ "type": "number" }))
///     .deprecated();
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Description {
    pub(crate) text: String,
    pub(crate) input_schema: Option<Value>,
    pub(crate) result_schema: Option<Value>,
    pub(crate) item_schema: Option<Value>,
    pub(crate) content_type: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) deprecated: bool,
    pub(crate) parallel: bool,
}

impl Description {
    /// What the handler does, for people.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// JSON Schema 2020-12 of the input or payload. Without one, discovery says that anything is taken.
    /// Nothing is checked against it.
    pub fn with_input_schema(mut self, schema: Value) -> Self {
        self.input_schema = Some(schema);
        self
    }

    /// JSON Schema 2020-12 of a task's result.
    pub fn with_result_schema(mut self, schema: Value) -> Self {
        self.result_schema = Some(schema);
        self
    }

    /// JSON Schema 2020-12 of the items of a [`StreamHandler`](crate::StreamHandler)'s stream, if it has typed ones.
    pub fn with_item_schema(mut self, schema: Value) -> Self {
        self.item_schema = Some(schema);
        self
    }

    /// What a [`StreamHandler`](crate::StreamHandler)'s bytes are, where it is always the same.
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Registered but not exposed: callers get a 403.
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Shown as deprecated in discovery.
    pub fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// The event's handlers run at the same time, and it refuses to return its payload. No effect on tasks.
    pub fn parallel(mut self) -> Self {
        self.parallel = true;
        self
    }
}
