//! Behind a re-export, beside a module that takes the crate's name.
mod framework {
    pub mod reexports {
        pub use ::runner_tunnel as tunnel;
    }
}

#[allow(dead_code)]
mod runner_tunnel {}

mod tasks {
    use super::framework::reexports::tunnel;

    #[tunnel::tunnel_task("app.tasks.relative", crate = tunnel)]
    async fn relative(input: i64) -> i64 {
        input
    }

    #[tunnel::tunnel_task("app.tasks.absolute", crate = crate::task::renamed_crate::framework::reexports::tunnel)]
    async fn absolute(input: i64) -> i64 {
        input
    }

    #[tunnel::tunnel_event("app.events.quoted", crate = "super::framework::reexports::tunnel")]
    async fn quoted(_payload: i64) {}

    #[derive(Debug, tunnel::TypedError)]
    #[typed_error(id = "app.errors.gone", crate = tunnel)]
    struct Gone {
        what: String,
    }

    impl std::fmt::Display for Gone {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.what)
        }
    }
}

#[::runner_tunnel::tunnel_task("app.tasks.default")]
async fn default() {}
