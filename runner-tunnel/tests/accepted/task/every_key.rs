use runner_tunnel::tunnel_task;

#[tunnel_task(
    "app.tasks.everything",
    hidden,
    timeout = "1m 30s",
    cache = "5m",
    cache_shared,
    max_body = "8 MiB",
    on_disconnect = "cancel",
    description = "Does everything.",
    crate = ::runner_tunnel,
)]
async fn everything(input: String) -> String {
    input
}

#[tunnel_task(
    "app.tasks.finish",
    heartbeat = "500ms",
    cache = "500ms",
    on_disconnect = "finish",
    crate = "runner_tunnel"
)]
async fn finish() {}
