//! The subject with the features for operations, as its configuration file says.

mod app;

use std::future::IntoFuture as _;

use benches::peer::{self, CONFIG, LOG};
use benches::records::Add;
use runner_tunnel::telemetry::{self, OtlpConfig};
use runner_tunnel::tunnel_task;

#[tunnel_task("bench.tasks.addKept", cache = "1h")]
async fn add_kept(input: Add) -> i64 {
    input.a + input.b
}

#[tunnel_task("bench.tasks.addOnLane")]
async fn add_on_lane(input: Add) -> i64 {
    input.a + input.b
}

fn main() -> anyhow::Result<()> {
    peer::run(|listener| async {
        let telemetry = match std::env::var(LOG).as_deref() {
            // Nobody listens there: what is measured is the making of spans.
            Ok("otlp") => Some(telemetry::init(
                &OtlpConfig::default().endpoint("http://127.0.0.1:9"),
            )?),
            Ok(_) => {
                runner_tunnel::init_tracing();
                None
            }
            Err(_) => None,
        };
        let serve = app::serve().config_file(std::env::var(CONFIG)?);
        serve.listener(listener).into_future().await?;
        drop(telemetry);
        Ok(())
    })
}
