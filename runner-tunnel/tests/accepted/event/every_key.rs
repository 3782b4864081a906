use runner_tunnel::tunnel_event;

#[tunnel_event(
    "app.events.everything",
    hidden,
    timeout = "500ms",
    max_body = "1kb",
    on_disconnect = "finish",
    blocking,
    description = "Hears everything.",
    crate = ::runner_tunnel,
    parallel,
    order = 7,
)]
fn everything(_payload: Vec<u8>) {}
