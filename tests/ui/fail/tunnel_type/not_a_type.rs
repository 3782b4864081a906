// errors: 4
use runner_tunnel::tunnel_type;

#[tunnel_type("Money")]
fn money() {}

#[tunnel_type("Money")]
type Money = i64;

#[tunnel_type("Money")]
union Either {
    a: u8,
    b: u16,
}

#[tunnel_type("Money")]
pub trait Pay {}

fn main() {}
