use runner_tunnel::{State, tunnel_task};

#[tunnel_task("app.tasks.hash", blocking)]
fn hash(input: Vec<u8>, State(salt): State<u64>) -> u64 {
    // What is not `Send` may live in a plain function.
    let total = std::rc::Rc::new(salt);
    *total + input.len() as u64
}
