// errors: 4
use runner_tunnel::tunnel_task;

#[tunnel_task("app.tasks.types")]
async fn types<T: Default>(_input: T) -> T
where
    T: Clone,
{
    T::default()
}

#[tunnel_task("app.tasks.consts")]
async fn consts<const N: usize>(_input: [u8; N]) {}

#[tunnel_task("app.tasks.lifetimes")]
async fn lifetimes<'a>(input: &'a str) -> &'a str {
    input
}

#[tunnel_task("app.tasks.where_clause")]
async fn where_clause()
where
    String: Clone,
{
}

fn main() {}
