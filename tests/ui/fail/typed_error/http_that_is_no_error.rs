// errors: 3
use runner_tunnel::TypedError;

#[derive(Debug, thiserror::Error, TypedError)]
enum Error {
    #[error("fine")]
    #[typed_error(id = "app.errors.fine", http = 200)]
    Fine,
    #[error("unknown")]
    #[typed_error(id = "app.errors.unknown", http = 600)]
    Unknown,
    #[error("text")]
    #[typed_error(id = "app.errors.text", http = "429")]
    Text,
}

fn main() {}
