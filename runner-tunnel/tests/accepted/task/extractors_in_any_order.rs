use runner_tunnel::{State, TaskContext, tunnel_task};

#[derive(Clone)]
struct Db;

#[tunnel_task("app.tasks.first")]
async fn first(State(_db): State<Db>, context: TaskContext, input: i64) -> i64 {
    drop(context);
    input
}

#[tunnel_task("app.tasks.last")]
async fn last(mut input: i64, _: TaskContext, State(_): State<Db>) -> i64 {
    input += 1;
    input
}

#[tunnel_task("app.tasks.eight")]
async fn eight(
    _: State<Db>,
    _: State<Db>,
    _: State<Db>,
    _: State<Db>,
    _: State<Db>,
    _: State<Db>,
    _: TaskContext,
    (x, y): (u8, u8),
) -> u8 {
    x + y
}
