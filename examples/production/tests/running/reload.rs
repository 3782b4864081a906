use runner_tunnel_tests::tls_client::shown;

use super::load::{Load, web_token};
use super::process::Process;

const CALLS: u64 = 3000;

/// Tokens are rotated, the certificate is replaced and broken files are dropped in, while callers never pause.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_calls_are_judged_rightly_whatever_is_reloaded() {
    let mut process = Process::start(&[]).await;
    let good = std::fs::read_to_string(process.path("tunnel.toml")).unwrap();
    let mut load = Load::begin(&process);
    let mut certificates = 0;
    for round in 1..=15 {
        let token = web_token(load.progress.begin_change());
        process.replace("secrets/web", &token);
        process.told("changed=\"tokens\"").await;
        load.progress.end_change();
        if round % 3 == 0 {
            certificates += 1;
            replace_certificate(&mut process).await;
        }
        if round % 5 == 0 {
            for broken in [
                good.replace("tasks =", "tsks ="),
                good.replace("secrets/web", "secrets/nowhere"),
                good.replace("tls/tunnel.key", "tls/tunnel.pem"),
                "[limits".to_owned(),
                String::new(),
            ] {
                process.replace("tunnel.toml", broken);
                process.told("the new configuration was refused").await;
            }
            process.replace("tunnel.toml", &good);
            process.told("the configuration was reloaded").await;
        }
        load.reach(CALLS / 15 * round).await;
    }
    load.end().await;
    assert_eq!(certificates, 5);
    // Nothing was cut, and nothing runs on.
    process.terminate().await;
    assert_eq!(process.end().await.code(), Some(0));
}

/// The key first, as a program would that is not careful enough: half of the pair is refused.
async fn replace_certificate(process: &mut Process) {
    let issued = process.authority.issue("server");
    process.replace("tls/tunnel.key", std::fs::read(&issued.key).unwrap());
    process.told("the new configuration was refused").await;
    process.replace("tls/tunnel.pem", std::fs::read(&issued.cert).unwrap());
    process.told("the configuration was reloaded").await;
    let stream = process.client().connect(process.addr).await.unwrap();
    assert_eq!(shown(&stream), issued.der());
}
