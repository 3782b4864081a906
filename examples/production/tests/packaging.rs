//! What is shipped with the example fits it.

use std::path::{Path, PathBuf};

use runner_tunnel::TunnelConfig;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../packaging")
        .join(name)
}

/// The text under `tunnel.toml: |`.
fn config_of(manifest: &str) -> String {
    let (_, rest) = manifest
        .split_once("  tunnel.toml: |\n")
        .unwrap_or_default();
    let lines = rest
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("    "));
    let lines = lines.map(|line| line.trim_start_matches("    "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_configuration_in_the_kubernetes_manifest_is_one() -> TestResult {
    let manifest = std::fs::read_to_string(packaging("kubernetes/shop.yaml"))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tunnel.toml");
    std::fs::write(&file, config_of(&manifest))?;
    let config = TunnelConfig::from_file(&file)?;
    let admin = config.admin.ok_or("it has no admin address")?;
    assert!(manifest.contains(&format!("containerPort: {}", config.addr.port())));
    assert!(manifest.contains(&format!("containerPort: {}", admin.addr.port())));
    let stages = [
        config.shutdown.delay,
        config.shutdown_timeout,
        config.shutdown.cancel_grace,
    ];
    let grace = seconds_after(&manifest, "terminationGracePeriodSeconds: ")?;
    assert!(grace > stages.iter().map(std::time::Duration::as_secs).sum());
    Ok(())
}

/// A lane that is missing in one of them would be open there.
#[test]
fn the_manifest_differs_from_the_shop_in_places_and_times_only() -> TestResult {
    let manifest = std::fs::read_to_string(packaging("kubernetes/shop.yaml"))?;
    let here = config_of(&manifest)
        .replace("/run/secrets/tokens/", "secrets/")
        .replace("/run/secrets/tls/tls.crt", "tls/tunnel.pem")
        .replace("/run/secrets/tls/tls.key", "tls/tunnel.key");
    let shop = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tunnel.toml"))?;
    assert_eq!(settings(&here), settings(&shop));
    Ok(())
}

/// Without comments, blank lines, addresses, and the delay that depends on who sends calls.
fn settings(config: &str) -> Vec<&str> {
    let lines = config
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let varies = |line: &str| line.starts_with("addr =") || line.starts_with("delay =");
    lines
        .filter(|line| !line.is_empty() && !varies(line))
        .collect()
}

#[test]
fn systemd_waits_for_all_stages_of_the_shutdown() -> TestResult {
    let config =
        TunnelConfig::from_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("tunnel.toml"))?;
    let unit = std::fs::read_to_string(packaging("systemd/shop.service"))?;
    let stages = [
        config.shutdown.delay,
        config.shutdown_timeout,
        config.shutdown.cancel_grace,
    ];
    let wait = seconds_after(&unit, "TimeoutStopSec=")?;
    assert!(wait > stages.iter().map(std::time::Duration::as_secs).sum());
    Ok(())
}

fn seconds_after(text: &str, name: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let (_, rest) = text.split_once(name).ok_or_else(|| format!("no {name}"))?;
    Ok(rest.lines().next().unwrap_or_default().parse()?)
}
