//! Names and types may come from different macros: the generated locals belong to neither.
macro_rules! tasks {
    ($($id:literal $name:ident($argument:ident: $ty:ty) -> $output:ty { $body:expr })*) => {
        $(
            #[runner_tunnel::tunnel_task($id)]
            async fn $name($argument: $ty) -> $output {
                $body
            }
        )*
    };
}

macro_rules! pings {
    ($($id:literal $name:ident)*) => {
        $(
            #[runner_tunnel::tunnel_event($id)]
            async fn $name(payload: Vec<String>) -> Vec<String> {
                payload
            }
        )*
    };
}

tasks! {
    "app.tasks.double" double(x: i64) -> i64 { x * 2 }
    "app.tasks.echo" echo(text: Vec<String>) -> Vec<String> { text }
}

pings! { "app.events.ping" ping }
