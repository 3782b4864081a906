// errors: 2
use runner_tunnel::tunnel_type;
use serde::Serialize;

#[tunnel_type("Money")]
#[derive(Serialize)]
struct Money {
    amount: i64,
}

impl Money {
    fn serialize(&self) -> String {
        self.amount.to_string()
    }
}

fn main() {}
