// errors: 1
use runner_tunnel::tunnel_type;
use serde::Serialize;

struct Currency;

#[tunnel_type("Money")]
#[derive(Serialize)]
struct Money {
    amount: i64,
    currency: Currency,
}

fn main() {}
