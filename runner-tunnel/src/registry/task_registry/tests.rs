use serde_json::json;

use super::*;

#[expect(clippy::unnecessary_wraps, reason = "the shape of a handler")]
fn nothing(_: Value) -> crate::TunnelResult<Value> {
    Ok(Value::Null)
}

#[test]
fn a_second_task_of_one_id_is_refused_with_both_places() {
    let registry = TaskRegistry::new();
    registry.register_task_fn("a", nothing).unwrap();
    let error = registry.register_task_fn("a", nothing).unwrap_err();
    let lines = error.to_string().matches("task_registry/tests.rs:").count();
    assert_eq!(lines, 2, "{error}");
}

#[test]
fn an_event_has_many_handlers_and_removal_takes_them_all() {
    let registry = TaskRegistry::new();
    registry.register_event_fn("e", |_: Value| ()).unwrap();
    registry
        .register_event_fn("e", |payload: Value| Ok(payload))
        .unwrap();
    assert_eq!(registry.table().event("e").unwrap().handlers.len(), 2);
    assert!(registry.remove_event("e"));
    assert!(!registry.remove_event("e"));
    assert_eq!(registry.event_ids(), [""; 0]);
}

#[test]
fn handlers_of_one_event_agree_on_parallel() {
    struct Parallel;
    impl EventHandler for Parallel {
        fn call(
            &self,
            _: crate::TaskContext,
            _: Value,
        ) -> crate::BoxFuture<'_, crate::TunnelResult<Option<Value>>> {
            Box::pin(async { Ok(None) })
        }
        fn describe(&self) -> crate::Description {
            crate::Description::default().parallel()
        }
    }
    let registry = TaskRegistry::new();
    registry.register_event_fn("e", |_: Value| ()).unwrap();
    let error = registry
        .register_event("e", Arc::new(Parallel))
        .unwrap_err();
    assert!(
        error.to_string().contains("disagree on `parallel`"),
        "{error}"
    );
}

#[test]
fn a_task_is_replaced_in_one_step() {
    struct Constant(u8);
    impl TaskHandler for Constant {
        fn call(
            &self,
            _: crate::TaskContext,
            _: Value,
        ) -> crate::BoxFuture<'_, crate::TunnelResult<Value>> {
            Box::pin(async { Ok(json!(self.0)) })
        }
    }
    let registry = TaskRegistry::new();
    assert_eq!(registry.replace_task("a", Arc::new(Constant(1))), Ok(false));
    assert_eq!(registry.replace_task("a", Arc::new(Constant(2))), Ok(true));
    assert_eq!(registry.task_ids(), ["a"]);
}

#[test]
fn unusable_ids_are_refused() {
    let registry = TaskRegistry::new();
    for id in ["", " a", "a//b", ".."] {
        let error = registry.register_task_fn(id, nothing).unwrap_err();
        assert!(error.to_string().contains(&format!("{id:?}")), "{error}");
    }
}

#[test]
fn closures_of_every_kind_are_handlers() {
    let registry = TaskRegistry::new();
    registry.register_task_fn("sync", Ok).unwrap();
    registry
        .register_task_fn("async", |input| async move { Ok(json!([input])) })
        .unwrap();
    registry.register_event_fn("nothing", |_| ()).unwrap();
    registry.register_event_fn("result", |_| Ok(())).unwrap();
    registry
        .register_event_fn("async nothing", |_| async {})
        .unwrap();
    registry
        .register_event_fn("async result", |payload| async move { Ok(payload) })
        .unwrap();
    assert_eq!(registry.task_ids(), ["async", "sync"]);
    assert_eq!(registry.event_ids().len(), 4);
}

#[test]
fn readers_see_a_registration_at_once_and_never_half_of_one() {
    let registry = TaskRegistry::new();
    let before = registry.table().clone();
    registry.register_task_fn("a", nothing).unwrap();
    assert!(registry.table().task("a").is_some());
    assert!(
        before.task("a").is_none(),
        "a table that a request holds never changes"
    );
}
