//! A converter: a row of the table, and a task.

use std::sync::Arc;

use runner_tunnel::{
    BoxFuture, Description, JsonSchema, ServeError, TaskContext, TaskHandler, TaskRegistry,
    TunnelError, TunnelResult,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Converts `x` to `x * factor + offset`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct Converter {
    /// The task's id is `units.convert.` and this.
    pub(crate) name: String,
    factor: f64,
    #[serde(default)]
    offset: f64,
    /// What it does, for people.
    text: Option<String>,
}

impl Converter {
    pub(crate) fn id(name: &str) -> String {
        format!("units.convert.{name}")
    }

    pub(crate) fn register(self, registry: &TaskRegistry) -> Result<(), ServeError> {
        registry.register_task(Self::id(&self.name), Arc::new(self))
    }
}

impl TaskHandler for Converter {
    fn call(&self, _context: TaskContext, input: Value) -> BoxFuture<'_, TunnelResult<Value>> {
        Box::pin(async move {
            let Some(number) = input.as_f64() else {
                return Err(TunnelError::invalid_input(
                    "input",
                    "a number",
                    "something else",
                ));
            };
            Ok(json!(number * self.factor + self.offset))
        })
    }

    fn describe(&self) -> Description {
        let mut description = Description::default();
        description.text.clone_from(&self.text);
        description.input_schema = Some(json!({ "type": "number" }));
        description.result_schema = Some(json!({ "type": "number" }));
        description
    }
}
