//! Tasks that change what is served, while it is served.

use runner_tunnel::{State, TaskRegistry, TunnelError, TypedError, tunnel_task};

use crate::converter::Converter;

/// Another converter has the name.
#[derive(Debug, thiserror::Error, TypedError)]
#[error("there is a converter {name:?} already")]
#[typed_error(id = "units.errors.taken", http = 409)]
struct Taken {
    name: String,
}

/// Adds a converter; it can be called from the next request on.
#[tunnel_task("units.admin.add")]
async fn add(State(registry): State<TaskRegistry>, input: Converter) -> Result<(), TunnelError> {
    let name = input.name.clone();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(TunnelError::invalid_input(
            "input.name",
            "letters and digits",
            &format!("{name:?}"),
        ));
    }
    // With such a name nothing is wrong with the id but that it is taken.
    input.register(&registry).map_err(|_| Taken { name }.into())
}

/// Removes a converter; calls that run go on. Returns whether there was one.
#[tunnel_task("units.admin.remove")]
async fn remove(State(registry): State<TaskRegistry>, name: String) -> bool {
    registry.remove_task(&Converter::id(&name))
}
