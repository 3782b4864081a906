//! Programs with so many functions, written, built and timed.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::build;

/// A program that is written here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generated {
    pub(crate) framework: Framework,
    pub(crate) functions: usize,
    pub(crate) types: Types,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Tunnel,
    Axum,
}

/// What the functions take and give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Types {
    /// Each its own.
    Own,
    /// All the same.
    Shared,
}

impl Generated {
    fn name(self) -> String {
        let Self {
            framework,
            functions,
            types,
        } = self;
        format!("{framework:?}-{functions}-{types:?}").to_lowercase()
    }

    fn folder(self) -> PathBuf {
        build::workspace().join("target/benches").join(self.name())
    }

    /// Where the program lies once it is built.
    pub(crate) fn binary(self) -> PathBuf {
        let target = build::workspace().join("target/benches/target");
        target.join("release").join(self.name())
    }

    /// Writes the program.
    pub(crate) fn write(self) -> Result<()> {
        let folder = self.folder();
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), self.manifest())?;
        let lock = build::workspace().join("Cargo.lock");
        fs::copy(lock, folder.join("Cargo.lock"))?;
        fs::write(folder.join("src/main.rs"), self.source())?;
        Ok(())
    }

    /// How many seconds the program itself takes; all it needs has to be built already.
    pub(crate) fn build(self) -> Result<f64> {
        let source = self.folder().join("src/main.rs");
        fs::File::open(&source)?.set_modified(std::time::SystemTime::now())?;
        let start = Instant::now();
        let output = build::cargo()
            .args(["build", "--release", "--quiet"])
            .current_dir(self.folder())
            .env(
                "CARGO_TARGET_DIR",
                build::workspace().join("target/benches/target"),
            )
            .stderr(Stdio::piped())
            .output()
            .context("cannot run cargo")?;
        let seconds = start.elapsed().as_secs_f64();
        let messages = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {messages}", self.name());
        Ok(seconds)
    }

    fn manifest(self) -> String {
        let workspace = build::workspace().display();
        let name = self.name();
        format!(
            r#"[package]
name = "{name}"
edition = "2024"

[dependencies]
anyhow = "1"
axum = {{ version = "0.8", default-features = false, features = ["http1", "json", "tokio"] }}
benches = {{ path = "{workspace}/benches" }}
runner-tunnel = {{ path = "{workspace}/runner-tunnel" }}
schemars = "1"
serde = {{ version = "1", features = ["derive"] }}
subtle = "2"
tokio = "1"
uuid = {{ version = "1", features = ["v4", "fast-rng"] }}

[workspace]
"#
        )
    }

    fn source(self) -> String {
        let mut source = String::from(match self.framework {
            Framework::Tunnel => TUNNEL,
            Framework::Axum => AXUM,
        });
        let schema = match self.framework {
            Framework::Tunnel => ", schemars::JsonSchema",
            Framework::Axum => "",
        };
        let mut routes = String::new();
        for at in 0..self.functions {
            let of = if self.types == Types::Own { at } else { 0 };
            if of == at {
                let _ = write!(source, "{}", types(at, schema));
            }
            let body = format!("Output{of} {{ sum: input.a + input.b, names: input.names }}");
            let _ = match self.framework {
                Framework::Tunnel => writeln!(
                    source,
                    "#[runner_tunnel::tunnel_task(\"bench.tasks.t{at}\")]\n\
                     async fn t{at}(input: Input{of}) -> Output{of} {{ {body} }}"
                ),
                Framework::Axum => writeln!(
                    source,
                    "async fn t{at}(headers: HeaderMap, Json(Input {{ input }}): Json<Input<Input{of}>>) \
                     -> Result<Response, StatusCode> {{ authenticate(&headers)?; Ok(done(&headers, {body})) }}"
                ),
            };
            let _ = writeln!(
                routes,
                ".route(\"/__runner/task/bench.tasks.t{at}\", axum::routing::post(t{at}))"
            );
        }
        if self.framework == Framework::Axum {
            let _ = write!(
                source,
                "fn routes() -> axum::Router {{ axum::Router::new(){routes} }}"
            );
        }
        source
    }
}

fn types(at: usize, schema: &str) -> String {
    format!(
        "#[derive(serde::Deserialize{schema})] struct Input{at} {{ a: i64, b: i64, names: Vec<String> }}\n\
         #[derive(serde::Serialize{schema})] struct Output{at} {{ sum: i64, names: Vec<String> }}\n"
    )
}

const TUNNEL: &str = r#"
use std::future::IntoFuture as _;

fn main() -> anyhow::Result<()> {
    benches::peer::run(|listener| async {
        let config = runner_tunnel::TunnelConfig {
            tokens: vec!["secret".into()],
            ..runner_tunnel::TunnelConfig::default()
        };
        let serve = runner_tunnel::serve().config(config).listener(listener);
        Ok(serve.into_future().await?)
    })
}
"#;

const AXUM: &str = r#"
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt as _;
use subtle::ConstantTimeEq as _;

fn main() -> anyhow::Result<()> {
    benches::peer::run(|listener| async {
        let listener = listener.tap_io(|stream| { let _ = stream.set_nodelay(true); });
        Ok(axum::serve(listener, routes()).await?)
    })
}

#[derive(serde::Deserialize)]
struct Input<T> { input: T }

#[derive(serde::Serialize)]
struct Done<T> { ok: bool, result: T }

fn authenticate(headers: &HeaderMap) -> Result<(), StatusCode> {
    let token = headers.get("x-runner-token");
    let is_right = token.is_some_and(|token| token.as_bytes().ct_eq(b"secret").into());
    if is_right { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
}

fn done<T: serde::Serialize>(request: &HeaderMap, result: T) -> Response {
    with_headers(request, Json(Done { ok: true, result }).into_response())
}

fn with_headers(request: &HeaderMap, mut response: Response) -> Response {
    let id = request.get("x-runner-request-id").cloned();
    let id = id.or_else(|| HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()).ok());
    let headers = response.headers_mut();
    if let Some(id) = id { headers.insert("x-runner-request-id", id); }
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    response
}
"#;
