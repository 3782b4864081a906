//! A converter: a row of the table, and a task.

use std::fmt;
use std::sync::Arc;

use runner_tunnel::{
    BoxFuture, Description, JsonSchema, RegisterError, TaskContext, TaskHandler, TaskRegistry,
    TunnelError, TunnelResult,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Letters and digits, so that no name reaches another id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[A-Za-z0-9]+$"))]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn id(&self) -> String {
        format!("units.convert.{self}")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("letters and digits");
        }
        Ok(Self(text))
    }
}

/// Converts `x` to `x * factor + offset`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Converter {
    /// The task's id is `units.convert.` and this.
    pub(crate) name: Name,
    factor: f64,
    #[serde(default)]
    offset: f64,
    /// What it does, for people.
    #[serde(default)]
    text: String,
}

impl Converter {
    pub(crate) fn register(self, registry: &TaskRegistry) -> Result<(), RegisterError> {
        registry.register_task(self.name.id(), Arc::new(self))
    }

    pub(crate) fn replace(self, registry: &TaskRegistry) -> Result<bool, RegisterError> {
        registry.replace_task(self.name.id(), Arc::new(self))
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
        Description::new(&self.text)
            .with_input_schema(json!({ "type": "number" }))
            .with_result_schema(json!({ "type": "number" }))
    }
}
