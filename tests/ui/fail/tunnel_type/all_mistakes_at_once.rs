// errors: 5
use runner_tunnel::tunnel_type;
use serde::Serialize;

#[tunnel_type("Map", "Money", hidden)]
#[tunnel_type("Other")]
#[derive(Serialize)]
#[serde(remote = "Elsewhere")]
struct Money {
    amount: i64,
}

/// The item is still there for everybody else.
fn amount(money: &Money) -> i64 {
    money.amount
}

struct Elsewhere {
    amount: i64,
}

fn main() {}
