// errors: 1
use runner_tunnel::tunnel_type;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[tunnel_type("Money")]
#[serde(rename_all = "camelCase")]
struct Money {
    amount: i64,
}

fn main() {}
