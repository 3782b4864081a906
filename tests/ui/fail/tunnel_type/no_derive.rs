// errors: 1
use runner_tunnel::tunnel_type;

#[tunnel_type("Money")]
#[derive(Debug)]
struct Money {
    amount: i64,
}

fn main() {}
