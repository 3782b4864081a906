//! Traits of the user's that every type implements, with the plainest names.
use runner_tunnel::{tunnel_event, tunnel_task};

trait Everything {
    fn role(&self) {}
    fn convert(&self) {}
    fn kind(&self) {}
    fn causes(&self) {}
    fn schema(&self) {}
    fn encoder(&self) {}
    fn decoder(&self) {}
    fn error(&self) {}
    fn bind(&self) {}
}

impl<T: ?Sized> Everything for T {}

#[tunnel_task("app.tasks.add")]
async fn add(input: (i64, i64)) -> Result<i64, String> {
    Ok(input.0 + input.1)
}

#[tunnel_event("app.events.added")]
async fn added(payload: i64) -> i64 {
    payload
}
