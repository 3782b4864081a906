//! Tasks that change what is served, while it is served.

use runner_tunnel::{RegisterError, State, TaskRegistry, TypedError, tunnel_task};

use crate::converter::{Converter, Name};

/// Why a converter was not added.
#[derive(Debug, thiserror::Error, TypedError)]
enum AddError {
    #[error("there is a converter {name:?} already")]
    #[typed_error(id = "units.errors.taken", http = 409)]
    Taken { name: String },

    /// Logged, and callers see `Internal Error`: with such a name nothing else is wrong with the id.
    #[error("cannot register")]
    Register(#[source] RegisterError),
}

/// Adds a converter; it can be called from the next request on.
#[tunnel_task("units.admin.add")]
async fn add(State(registry): State<TaskRegistry>, input: Converter) -> Result<(), AddError> {
    let name = input.name.to_string();
    input.register(&registry).map_err(|error| match error {
        RegisterError::Taken { .. } => AddError::Taken { name },
        error => AddError::Register(error),
    })
}

/// Puts a converter in the place of the one that has its name. Returns whether there was one.
#[tunnel_task("units.admin.replace")]
async fn replace(
    State(registry): State<TaskRegistry>,
    input: Converter,
) -> Result<bool, RegisterError> {
    input.replace(&registry)
}

/// Removes a converter; calls that run go on. Returns whether there was one.
#[tunnel_task("units.admin.remove")]
async fn remove(State(registry): State<TaskRegistry>, name: Name) -> bool {
    registry.remove_task(&name.id())
}
