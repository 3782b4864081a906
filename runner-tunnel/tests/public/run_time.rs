use std::sync::Arc;

use runner_tunnel::{
    BoxFuture, Description, RegisterError, State, TaskContext, TaskHandler, TaskRegistry,
    TunnelError, TunnelResult,
};
use serde_json::{Value, json};

use crate::tunnel_with;

struct Prefix(&'static str);

impl TaskHandler for Prefix {
    fn call(&self, context: TaskContext, input: Value) -> BoxFuture<'_, TunnelResult<Value>> {
        Box::pin(async move { Ok(json!([self.0, context.task_id(), input])) })
    }

    fn describe(&self) -> Description {
        Description::new("Adds a prefix.").with_input_schema(json!({"type": "string"}))
    }
}

#[tokio::test]
async fn closures_and_handlers_are_called_like_functions() {
    let registry = TaskRegistry::new();
    registry
        .register_task("r.prefix", Arc::new(Prefix("p")))
        .unwrap();
    registry
        .register_task_fn("r.sync", |input| Ok(json!({ "got": input })))
        .unwrap();
    registry
        .register_task_fn("r.async", |input| async move { Ok(input) })
        .unwrap();
    registry
        .register_task_fn("r.fails", |_| {
            Err(TunnelError::new("r.errors.no", "no").with_http(409))
        })
        .unwrap();
    registry
        .register_event_fn(
            "r.event",
            |payload: Value| async move { Ok(json!([payload])) },
        )
        .unwrap();
    let tunnel = tunnel_with(registry);
    assert_eq!(
        tunnel.task::<Value>("r.prefix", "x").await.unwrap(),
        json!(["p", "r.prefix", "x"])
    );
    assert_eq!(
        tunnel.task::<Value>("r.sync", &1).await.unwrap(),
        json!({"got": 1})
    );
    assert_eq!(
        tunnel
            .task::<Value>("r.async", &json!({"a": null}))
            .await
            .unwrap(),
        json!({"a": null})
    );
    assert_eq!(
        tunnel
            .task::<Value>("r.fails", &1)
            .await
            .unwrap_err()
            .status(),
        409
    );
    assert_eq!(
        tunnel
            .event_with_result::<Value>("r.event", &1)
            .await
            .unwrap(),
        json!([1])
    );
}

#[tokio::test]
async fn a_panic_of_a_closure_is_caught() {
    let registry = TaskRegistry::new();
    #[expect(clippy::panic, reason = "what the closure is for")]
    registry
        .register_task_fn("r.panics", |_| -> TunnelResult<Value> { panic!("secret") })
        .unwrap();
    let error = tunnel_with(registry)
        .task::<Value>("r.panics", &1)
        .await
        .unwrap_err();
    assert_eq!((error.status(), error.message()), (500, "Internal Error"));
}

#[tokio::test]
async fn what_is_registered_while_serving_is_served_and_what_is_removed_is_not() {
    let registry = TaskRegistry::new();
    let tunnel = tunnel_with(registry.clone());
    assert_eq!(
        tunnel
            .task::<Value>("r.later", &1)
            .await
            .unwrap_err()
            .status(),
        403
    );
    registry.register_task_fn("r.later", Ok).unwrap();
    assert_eq!(tunnel.task::<Value>("r.later", &1).await.unwrap(), json!(1));
    let listed = |document: Value| document["tasks"]["r.later"].is_object();
    assert!(listed(tunnel.discovery().await.unwrap()));
    assert!(registry.remove_task("r.later"));
    assert_eq!(
        tunnel
            .task::<Value>("r.later", &1)
            .await
            .unwrap_err()
            .status(),
        403
    );
    assert!(!listed(tunnel.discovery().await.unwrap()));
}

#[tokio::test]
async fn descriptions_reach_discovery_and_unknown_types_are_true() {
    let registry = TaskRegistry::new();
    registry
        .register_task("r.prefix", Arc::new(Prefix("p")))
        .unwrap();
    let document = tunnel_with(registry).discovery().await.unwrap();
    let task = &document["tasks"]["r.prefix"];
    assert_eq!(task["description"], "Adds a prefix.");
    assert_eq!(task["inputSchema"], json!({"type": "string"}));
    assert_eq!(task["resultSchema"], json!(true));
}

/// Registering from many threads while others look ids up: nothing is lost, nobody waits for ever.
#[test]
fn registrations_from_many_threads_all_arrive() {
    let registry = TaskRegistry::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let registry = &registry;
            scope.spawn(move || {
                for n in 0..50 {
                    registry
                        .register_task_fn(format!("r.{thread}.{n}"), Ok)
                        .unwrap();
                    assert!(registry.task_ids().len() > n);
                }
            });
        }
    });
    assert_eq!(registry.task_ids().len(), 400);
}

#[runner_tunnel::tunnel_task("r.admin")]
async fn admin(State(registry): State<TaskRegistry>, id: String) -> Result<(), RegisterError> {
    registry.register_task_fn(id, Ok)
}

#[tokio::test]
async fn a_task_reaches_the_registry_of_its_tunnel() {
    let tunnel = tunnel_with(TaskRegistry::new());
    tunnel.task::<()>("r.admin", "r.added").await.unwrap();
    assert_eq!(tunnel.task::<Value>("r.added", &7).await.unwrap(), json!(7));
    // A second time the id is taken: not for the caller to know, unless the task says so.
    assert_eq!(
        tunnel
            .task::<()>("r.admin", "r.added")
            .await
            .unwrap_err()
            .status(),
        500
    );
}
