//! A shop that is run for years: what it does stands in `shop.rs`, how it is run in `tunnel.toml`.

mod probe;
mod shop;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::process::ExitCode;

use runner_tunnel::telemetry::{self, OtlpConfig, Telemetry};

use shop::Shop;

#[expect(
    clippy::print_stderr,
    reason = "why it did not serve, for whoever started it"
)]
fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => serve(),
        // What a container asks of itself: its image has no curl.
        ["--check"] => probe::ready().map_err(Into::into),
        _ => Err(format!(
            "expected no argument, or `--check`; found `{}`",
            arguments.join(" ")
        )
        .into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Something was cut, or never began.
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve() -> Result<(), Box<dyn Error>> {
    let telemetry = observe()?;
    let shop = Shop::open();
    let (orders, checked) = (shop.orders.clone(), shop.clone());
    let served = runner_tunnel::serve()
        .state(shop)
        .metrics_registry(|registry| registry.register("shop_orders", "Orders taken", orders))
        .ready_check("stock", move || {
            let is_counted = checked.is_counted();
            async move {
                is_counted
                    .then_some(())
                    .ok_or("nobody has counted the stock")
            }
        })
        .await;
    // The last spans go, whatever ended it.
    if let Some(telemetry) = telemetry {
        telemetry.shutdown();
    }
    Ok(served?)
}

/// Log lines, and spans where a collector is named.
fn observe() -> Result<Option<Telemetry>, Box<dyn Error>> {
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_none() {
        runner_tunnel::init_tracing();
        return Ok(None);
    }
    let config = OtlpConfig::default().service_name("shop");
    Ok(Some(telemetry::init(&config)?))
}
