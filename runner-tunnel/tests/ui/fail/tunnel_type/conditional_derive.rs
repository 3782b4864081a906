// errors: 1
use runner_tunnel::tunnel_type;
use serde::{Deserialize, Serialize};

#[tunnel_type("Money")]
#[derive(Serialize)]
#[cfg_attr(all(), derive(Clone, Deserialize))]
struct Money {
    amount: i64,
}

fn main() {}
