mod tasks {
    pub mod deep {
        #[runner_tunnel::tunnel_task("app.tasks.deep")]
        pub(in crate::task::inside_modules_and_functions::tasks) async fn deep(
            input: super::Input,
        ) -> i64 {
            input.0
        }
    }

    #[derive(serde::Deserialize, runner_tunnel::JsonSchema)]
    pub struct Input(i64);

    pub async fn call() -> i64 {
        deep::deep(Input(1)).await
    }
}

fn uses() {
    #[derive(serde::Deserialize, runner_tunnel::JsonSchema)]
    struct Local {
        text: String,
    }

    let _ = tasks::call;

    #[runner_tunnel::tunnel_task("app.tasks.local")]
    async fn local(input: Local) -> String {
        input.text
    }
}
