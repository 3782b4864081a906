// errors: 6
use runner_tunnel::tunnel_type;
use serde::Serialize;

#[tunnel_type]
#[derive(Serialize)]
struct Missing;

#[tunnel_type("")]
#[derive(Serialize)]
struct Empty;

#[tunnel_type(" ")]
#[derive(Serialize)]
struct Blank;

#[tunnel_type("a\nb")]
#[derive(Serialize)]
struct Control;

#[tunnel_type("Date")]
#[derive(Serialize)]
struct BuiltIn;

#[tunnel_type(Money)]
#[derive(Serialize)]
struct NoText;

fn main() {}
