use runner_tunnel::{CorsConfig, CorsOrigin, ServeError, TaskRegistry, TunnelConfig};

use crate::{Greeting, configured};

/// A configuration that is fine but for what a test changes.
fn build(change: impl FnOnce(runner_tunnel::Serve) -> runner_tunnel::Serve) -> ServeError {
    let config = TunnelConfig {
        tokens: vec!["secret".into()],
        ..TunnelConfig::default()
    };
    change(runner_tunnel::serve().config(config))
        .build()
        .unwrap_err()
}

#[test]
fn missing_state_names_the_type_and_the_tasks() {
    let error = build(|serve| serve);
    let [problem] = error.problems() else {
        panic!("{error}")
    };
    assert!(problem.contains("Greeting"), "{problem}");
    assert!(
        problem.contains("task \"tasks.greet\" (fn public::tasks::greet of crate runner-tunnel"),
        "{problem}"
    );
    assert!(problem.contains("tests/public/tasks.rs:"), "{problem}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let error = build(|serve| {
        serve
            .state(Greeting("one"))
            .state(Greeting("other"))
            .token("")
            .token_header("not a header")
            .base_path("/a b")
            .cors(CorsConfig {
                origin: Some(CorsOrigin::One("*".into())),
                credentials: true,
                methods: vec!["GET\n".into()],
                ..CorsConfig::default()
            })
    });
    assert_eq!(error.problems().len(), 6, "{error}");
    for part in [
        "two states",
        "token 2 is empty",
        "\"not a header\"",
        "\"/a b\"",
        "cors.methods",
        "cors.credentials",
    ] {
        assert!(error.to_string().contains(part), "no {part:?} in {error}");
    }
    // What `main` prints when it returns the error.
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn an_id_that_an_annotated_function_has_cannot_be_registered_too() {
    let registry = TaskRegistry::new();
    registry.register_task_fn("tasks.greet", Ok).unwrap();
    let error = build(|serve| configured(serve).registry(registry));
    let [problem] = error.problems() else {
        panic!("{error}")
    };
    assert!(
        problem.contains("two tasks have the id \"tasks.greet\""),
        "{problem}"
    );
    assert!(
        problem.contains("tests/public/startup.rs:") && problem.contains("tests/public/tasks.rs:"),
        "{problem}"
    );
}

#[test]
fn one_registry_may_serve_two_tunnels() {
    let registry = TaskRegistry::new();
    for base_path in ["/one", "/other"] {
        let serve = configured(runner_tunnel::serve())
            .token("t")
            .base_path(base_path)
            .registry(registry.clone());
        assert!(serve.build().is_ok());
    }
}

#[test]
fn what_was_removed_stays_so_when_a_second_tunnel_is_built() {
    let registry = TaskRegistry::new();
    let build = || {
        configured(runner_tunnel::serve())
            .token("t")
            .registry(registry.clone())
            .build()
            .map(drop)
    };
    build().unwrap();
    assert!(registry.remove_task("tasks.greet"));
    build().unwrap();
    assert!(!registry.task_ids().contains(&"tasks.greet".to_owned()));
}

/// `describe` is the handler's own code.
#[test]
fn a_handler_may_register_others_while_it_is_registered() {
    struct Parent(TaskRegistry);
    impl runner_tunnel::TaskHandler for Parent {
        fn call(
            &self,
            _: runner_tunnel::TaskContext,
            input: serde_json::Value,
        ) -> runner_tunnel::BoxFuture<'_, runner_tunnel::TunnelResult<serde_json::Value>> {
            Box::pin(async { Ok(input) })
        }
        fn describe(&self) -> runner_tunnel::Description {
            self.0.register_task_fn("child", Ok).unwrap();
            runner_tunnel::Description::new("a parent")
        }
    }
    let registry = TaskRegistry::new();
    registry
        .register_task("parent", std::sync::Arc::new(Parent(registry.clone())))
        .unwrap();
    assert_eq!(registry.task_ids(), ["child", "parent"]);
}

#[test]
fn limits_that_refuse_everything_are_refused() {
    let error = build(|serve| {
        let serve = configured(serve).token(" padded ");
        serve.limits(runner_tunnel::Limits {
            json_body: 0,
            ..Default::default()
        })
    });
    assert_eq!(error.problems().len(), 2, "{error}");
    assert!(
        error.to_string().contains("limits.json_body is 0"),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = taken.local_addr().unwrap();
    let error = configured(runner_tunnel::serve())
        .token("t")
        .addr(addr)
        .await
        .unwrap_err();
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn config_setters_and_data_have_the_same_fields() {
    let serve = configured(runner_tunnel::serve())
        .config(TunnelConfig::default())
        .tokens(["a", "b"])
        .token_header("x-key")
        .base_path("/rpc")
        .allow_tasks(["tasks.*"])
        .allow_events(["events.*"])
        .contexts(["contexts.*"])
        .discovery(false)
        .allow_empty()
        .allow_anonymous()
        .shutdown_timeout(std::time::Duration::from_secs(5));
    let config = serve.build().unwrap().config();
    let text = serde_json::to_value(&*config).unwrap();
    for (field, value) in [
        ("token_header", "x-key".into()),
        ("base_path", "/rpc".into()),
        ("tasks", serde_json::json!(["tasks.*"])),
        ("events", serde_json::json!(["events.*"])),
        ("contexts", serde_json::json!(["contexts.*"])),
        ("discovery", false.into()),
        ("allow_empty", true.into()),
        ("allow_anonymous", true.into()),
        ("shutdown_timeout", "5s".into()),
    ] {
        assert_eq!(text[field], value, "{field}");
    }
}
