// errors: 1
use runner_tunnel::TypedError;

#[derive(TypedError)]
#[typed_error(id = "app.errors.quota")]
struct Quota;

fn main() {}
