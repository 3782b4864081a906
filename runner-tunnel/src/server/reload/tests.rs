use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::server::config::Token;
use crate::server::reloadable::{Commit, Reloadable};
use crate::server::tunnel::Tunnel;

/// Has something to put in force each time.
struct Part<F>(F);

impl<F> fmt::Debug for Part<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Part")
    }
}

impl<F: Fn() + Clone + Send + Sync + 'static> Reloadable for Part<F> {
    fn field(&self) -> &'static str {
        "part"
    }

    fn adopt(&self, _: &TunnelConfig, _: &mut TunnelConfig) {}

    fn prepare(&self, _: &TunnelConfig, _: &TunnelConfig) -> Result<Option<Commit>, Vec<String>> {
        Ok(Some(Box::new(self.0.clone())))
    }
}

fn tunnel(serve: crate::Serve, commit: impl Fn() + Clone + Send + Sync + 'static) -> Tunnel {
    let mut tunnel = serve.allow_empty().build().unwrap();
    let core = Arc::get_mut(&mut tunnel.core).unwrap();
    core.reloadables.push(Box::new(Part(commit)));
    tunnel
}

fn config(tokens: &[&str]) -> TunnelConfig {
    TunnelConfig {
        tokens: tokens.iter().map(|token| Token::new(*token)).collect(),
        allow_empty: true,
        ..TunnelConfig::default()
    }
}

#[test]
fn a_commit_that_panics_leaves_the_old_configuration_in_force() {
    let tunnel = tunnel(crate::serve().config(config(&["old"])), || {
        panic!("at last")
    });
    let before = tunnel.core.policy.load_full();
    let outcome = catch_unwind(AssertUnwindSafe(|| tunnel.reload(&config(&["new"]))));
    assert!(outcome.is_err());
    assert!(Arc::ptr_eq(&before, &tunnel.core.policy.load_full()));
}

#[test]
fn a_field_that_needs_a_restart_is_checked_as_at_the_start() {
    let tunnel = crate::serve().config(config(&["old"])).build().unwrap();
    let bad = TunnelConfig {
        base_path: "/a b".to_owned(),
        ..config(&["new"])
    };
    let error = tunnel.reload(&bad).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert!(error.to_string().contains("/a b"), "{error}");
}

#[test]
fn what_has_changed_is_named_once_and_in_order() {
    let tunnel = tunnel(crate::serve().config(config(&["old"])), || {});
    let changes = tunnel.core.put_in_force(&TunnelConfig {
        log_level: Some("warn".to_owned()),
        heartbeat: Some(std::time::Duration::from_secs(1)),
        allow_anonymous: true,
        ..config(&["new"])
    });
    let Changes {
        done,
        needs_restart,
    } = changes.unwrap();
    assert_eq!(done, ["allow_anonymous", "log_level", "part", "tokens"]);
    assert_eq!(needs_restart, ["heartbeat"]);
}

/// What needs a restart stays as it was, in what `Tunnel::config` tells as well.
#[cfg(all(feature = "compression", feature = "lane-jwt", feature = "rate-limits"))]
#[test]
fn every_field_that_follows_is_in_force_and_no_other_is() {
    let old = config(&["old"]);
    let tunnel = crate::serve().config(old.clone()).build().unwrap();
    let new = r#"{
        "addr": "127.0.0.1:1",
        "heartbeat": "1s",
        "tokens": ["new"],
        "token_header": "x-other",
        "allow_anonymous": true,
        "tasks": ["app.*"],
        "events": ["app.*"],
        "log_level": "warn",
        "cors": { "max_age": 1 },
        "lanes": [{ "id": "x", "algorithm": "HS256", "tasks": ["app.*"], "keys": [{ "secret": "secret" }] }],
        "rate_limits": [{ "name": "x", "per": "all", "rate": "1/s" }],
        "compression": { "answers": true }
    }"#;
    let new: TunnelConfig = serde_json::from_str(new).unwrap();
    tunnel.reload(&new).unwrap();

    let fields = |config: &TunnelConfig| serde_json::to_value(config).unwrap();
    let (old, new, now) = (fields(&old), fields(&new), fields(&tunnel.config()));
    let follows =
        |name: &str| name == "log_level" || POLICY_FIELDS.iter().any(|(field, _)| *field == name);
    let mut followed = 0;
    for (name, value) in now.as_object().unwrap() {
        let expected = if follows(name) { &new } else { &old };
        assert_eq!(value, &expected[name], "{name}");
        if follows(name) {
            followed += 1;
            assert_ne!(old.get(name), new.get(name), "{name} is to change");
        }
    }
    // The tokens are not shown.
    assert_eq!(followed, POLICY_FIELDS.len());
}

/// The file of a token that the new configuration names changes when it was read, and before all of it is in force.
#[cfg(feature = "reload")]
#[tokio::test]
async fn a_file_that_changes_in_the_middle_of_a_reload_is_read_again() {
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("tunnel.toml"), "tokens = [\"one\"]").unwrap();
    std::fs::write(path("secret"), "two").unwrap();
    let (sender, mut reloads) = tokio::sync::mpsc::unbounded_channel();
    let secret = path("secret");
    let meddle = move || {
        std::fs::write(&secret, "three").unwrap();
        sender.send(()).unwrap();
    };
    let serve = crate::serve().config_file(path("tunnel.toml"));
    let tunnel = tunnel(serve, meddle);
    let mut settings = super::super::settings::Settings::environment();
    settings.read_from(path("tunnel.toml"));
    let _reloading = begin(&tunnel.core, settings).await.unwrap();
    while reloads.try_recv().is_ok() {}
    std::fs::write(path("tunnel.toml"), "tokens = [{ file = \"secret\" }]").unwrap();
    for _ in 0..2 {
        let reload = tokio::time::timeout(Duration::from_secs(30), reloads.recv()).await;
        reload.expect("the change was lost").unwrap();
    }
}

/// A token may be taken back while the application still starts.
#[tokio::test]
async fn what_changes_before_the_tunnel_is_served_is_in_force_then() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tunnel.toml");
    std::fs::write(&file, "tokens = [\"old\"]").unwrap();
    let serve = crate::serve().config_file(&file).allow_empty();
    let tunnel = serve.build().unwrap();
    let before = tunnel.core.policy.load_full();
    std::fs::write(&file, "tokens = [\"new\"]").unwrap();
    let mut settings = super::super::settings::Settings::environment();
    settings.read_from(file);
    settings.set(|config| config.allow_empty = true);
    let _reloading = begin(&tunnel.core, settings).await.unwrap();
    let after = tunnel.core.policy.load_full();
    assert!(!after.auth.has_tokens_of(&before.auth));
}
