//! A configuration file that changes under a running server.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use runner_tunnel_tests::certificates::Authority;
use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::Answer;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;

use super::process::{Process, launch};

/// What concerns reloads, and little else: refused calls have lines, too.
pub(super) const LOG: &str =
    "warn,runner_tunnel::audit=info,runner_tunnel::server::startup_log=info";

async fn serve(config: &Path, log: &str) -> Process {
    launch(&[
        ("RUNNER_TUNNEL_CONFIG", config.to_str().unwrap()),
        ("RUST_LOG", log),
    ])
    .await
}

fn tokens(tokens: &[&str]) -> String {
    format!("tokens = {tokens:?}\n")
}

/// The status of a call with this token.
async fn status(addr: &str, token: &str) -> u16 {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "POST /__runner/task/test.tasks.nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         x-runner-token: {token}\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    Answer::parse(&answer).unwrap().status
}

pub(super) async fn told(process: &mut Process, part: &str) -> String {
    lines_to(process, part).await.pop().unwrap()
}

/// The lines that were not read yet, up to the one that says this.
async fn lines_to(process: &mut Process, part: &str) -> Vec<String> {
    let lines = async {
        let mut lines: Vec<String> = Vec::new();
        while !lines.last().is_some_and(|line| line.contains(part)) {
            let line = process.log.next_line().await.unwrap();
            lines.push(line.expect("the server has ended"));
        }
        lines
    };
    timeout(DEADLINE, lines)
        .await
        .unwrap_or_else(|_| panic!("the log lacks {part:?}"))
}

pub(super) const DONE: &str = "the configuration was reloaded";
const REFUSED: &str = "the new configuration was refused";

/// Each way in which people and programs replace a file.
type Replace = fn(&TempDir, &str);

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_is_read_however_it_was_replaced() {
    let in_place: Replace =
        |folder, text| std::fs::write(folder.path().join("tunnel.toml"), text).unwrap();
    let renamed: Replace = |folder, text| {
        let new = folder.path().join("tunnel.toml~");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, folder.path().join("tunnel.toml")).unwrap();
    };
    for replace in [in_place, renamed] {
        let folder = tempfile::tempdir().unwrap();
        replace(&folder, &tokens(&["old"]));
        let mut process = serve(&folder.path().join("tunnel.toml"), LOG).await;
        assert_eq!(status(&process.addr, "old").await, 200);
        replace(&folder, &tokens(&["new"]));
        let line = told(&mut process, DONE).await;
        assert!(
            line.contains("changed=\"tokens\"") && !line.contains("new\""),
            "{line}"
        );
        assert_eq!(status(&process.addr, "old").await, 401);
        assert_eq!(status(&process.addr, "new").await, 200);
    }
}

/// As Kubernetes mounts a ConfigMap: the file is a link through a link to a folder, and that one is replaced.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_folder_is_swapped_is_read_again() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let swap = |version: &str, token: &str| {
        std::fs::create_dir(path(version)).unwrap();
        std::fs::write(path(version).join("tunnel.toml"), tokens(&[token])).unwrap();
        symlink(version, path("..data_tmp")).unwrap();
        std::fs::rename(path("..data_tmp"), path("..data")).unwrap();
    };
    swap("..one", "old");
    symlink("..data/tunnel.toml", path("tunnel.toml")).unwrap();
    let mut process = serve(&path("tunnel.toml"), LOG).await;
    assert_eq!(status(&process.addr, "old").await, 200);
    swap("..two", "new");
    told(&mut process, DONE).await;
    assert_eq!(status(&process.addr, "old").await, 401);
    assert_eq!(status(&process.addr, "new").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_file_of_its_own_is_read_again_when_that_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    let secrets = folder.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    std::fs::write(secrets.join("ci"), "old\n").unwrap();
    std::fs::write(
        &config,
        "tokens = [{ name = \"ci\", file = \"secrets/ci\" }]",
    )
    .unwrap();
    let mut process = serve(&config, "warn,runner_tunnel=info").await;
    assert_eq!(status(&process.addr, "old").await, 200);
    std::fs::write(secrets.join("ci"), "new\n").unwrap();
    let line = told(&mut process, "files=").await;
    assert!(
        line.contains("secrets/ci") && !line.contains("tunnel.toml"),
        "{line}"
    );
    told(&mut process, "changed=\"tokens\"").await;
    assert_eq!(status(&process.addr, "old").await, 401);
    assert_eq!(status(&process.addr, "new").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_reported_and_the_old_one_stays_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    std::fs::write(&config, tokens(&["old"])).unwrap();
    let mut process = serve(&config, LOG).await;
    for (text, named) in [
        (
            "tokens = [\"new\"]\ntokns = 5\nheartbeat = \"0s\"\n",
            "tokns is no setting: did you mean tokens?",
        ),
        ("tokens = [\"new\"", ":1: "),
        ("tokens = [\"new\"]\nheartbeat = \"0s\"\n", "heartbeat is 0"),
        ("tokens = [\"new\", \"\"]\n", "token 2 is empty"),
        (
            "tokens = [\"new\"]\n\
             [[lanes]]\nid = \"a\"\nalgorithm = \"HS256\"\ntasks = [\"test.tasks.add\"]\nkeys = [{ secret = \"a\" }]\n\
             [[lanes]]\nid = \"b\"\nalgorithm = \"HS256\"\ntasks = [\"test.tasks.*\"]\nkeys = [{ secret = \"b\" }]\n",
            "is on the lanes",
        ),
        ("", "tunnel.toml is empty"),
    ] {
        std::fs::write(&config, text).unwrap();
        let line = told(&mut process, REFUSED).await;
        assert!(line.contains("ERROR") && line.contains(named), "{line}");
        assert_eq!(status(&process.addr, "new").await, 401);
        assert_eq!(status(&process.addr, "old").await, 200);
    }
    std::fs::write(&config, tokens(&["new"])).unwrap();
    told(&mut process, DONE).await;
    assert_eq!(status(&process.addr, "new").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_restart_is_named_and_does_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    std::fs::write(&config, tokens(&["old"])).unwrap();
    let mut process = serve(&config, LOG).await;
    let text = "base_path = \"/other\"\n[limits]\nheaders = 7\n";
    std::fs::write(&config, tokens(&["new"]) + text).unwrap();
    assert!(
        told(&mut process, DONE)
            .await
            .contains("changed=\"tokens\"")
    );
    let line = told(&mut process, "need a restart").await;
    assert!(
        line.contains("WARN") && line.contains("settings=\"base_path, limits.headers\""),
        "{line}"
    );
    assert_eq!(status(&process.addr, "new").await, 200);
    // Nothing else has changed, and these still wait.
    process.signal("-HUP").await;
    let lines = lines_to(&mut process, "need a restart").await;
    assert_eq!(lines.len(), 1, "{lines:#?}");
}

/// As a configuration is rolled out before what it needs: one file is there too late, and another in a folder that is.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_configuration_names_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
    std::fs::create_dir(path("keys")).unwrap();
    write("tunnel.toml", &tokens(&["old"]));
    let mut process = serve(&path("tunnel.toml"), LOG).await;
    let text = "tokens = [{ file = \"secrets/ci\" }]\n\
        [[lanes]]\nid = \"math\"\nalgorithm = \"HS256\"\ntasks = [\"test.tasks.add\"]\nkeys = [{ file = \"keys/math\" }]\n";
    write("tunnel.toml", text);
    let line = told(&mut process, REFUSED).await;
    assert!(
        line.contains("secrets/ci") && line.contains("keys/math"),
        "{line}"
    );
    write("keys/math", "secret");
    let line = told(&mut process, REFUSED).await;
    assert!(
        line.contains("secrets/ci") && !line.contains("keys/math"),
        "{line}"
    );
    assert_eq!(status(&process.addr, "old").await, 200);
    std::fs::create_dir(path("secrets")).unwrap();
    write("secrets/ci", "new");
    told(&mut process, "changed=\"lanes, tokens\"").await;
    assert_eq!(status(&process.addr, "old").await, 401);
    assert_eq!(status(&process.addr, "new").await, 200);
}

/// No event tells of it, neither below the old folder nor below the new one.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_further_up_that_is_replaced_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let release = |name: &str, token: &str| {
        std::fs::create_dir_all(path(name).join("conf")).unwrap();
        std::fs::write(path(name).join("conf/tunnel.toml"), tokens(&[token])).unwrap();
    };
    release("current", "one");
    let mut process = serve(&path("current/conf/tunnel.toml"), LOG).await;
    for (number, token) in ["two", "three"].into_iter().enumerate() {
        release("next", token);
        std::fs::rename(path("current"), path(&format!("before-{number}"))).unwrap();
        std::fs::rename(path("next"), path("current")).unwrap();
        told(&mut process, "changed=\"tokens\"").await;
        assert_eq!(status(&process.addr, token).await, 200);
    }
}

/// Whoever read it would wait for its other end, and the end of the process for that.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_place_of_the_file_is_refused_and_the_next_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let config = path("tunnel.toml");
    std::fs::write(&config, tokens(&["one"])).unwrap();
    let mut process = serve(&config, LOG).await;
    let made = std::process::Command::new("mkfifo")
        .arg(path("pipe"))
        .status();
    assert!(made.unwrap().success());
    std::fs::rename(path("pipe"), &config).unwrap();
    let line = told(&mut process, REFUSED).await;
    assert!(line.contains("tunnel.toml is no regular file"), "{line}");
    std::fs::write(path("next"), tokens(&["two"])).unwrap();
    std::fs::rename(path("next"), &config).unwrap();
    told(&mut process, "changed=\"tokens\"").await;
    assert_eq!(status(&process.addr, "two").await, 200);
}

/// A line for what asked for the reload, and one for what came of it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_says_what_has_changed_and_that_nothing_has() {
    let authority = Authority::new();
    let cert = authority.issue("server").cert;
    let config = authority.folder().join("tunnel.toml");
    let tls = |name: &str| format!("[tls]\ncert = \"{name}.pem\"\nkey = \"{name}.key\"\n");
    std::fs::write(&config, tokens(&["t"]) + &tls("server")).unwrap();
    let mut process = serve(&config, "warn,runner_tunnel=info").await;

    process.signal("-HUP").await;
    let mut lines = lines_to(&mut process, DONE).await;
    lines.retain(|line| !line.contains("startup_log"));
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines[1].contains("nothing has changed") && !lines[1].contains("changed="),
        "{lines:#?}"
    );

    let renewed = std::fs::read_to_string(&cert).unwrap() + "\n";
    std::fs::write(&cert, renewed).unwrap();
    let mut lines = lines_to(&mut process, DONE).await;
    lines.retain(|line| !line.contains("startup_log"));
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines[0].contains("server.pem") && !lines[0].contains("tunnel.toml"),
        "{lines:#?}"
    );
    assert!(lines[1].contains("changed=\"tls\""), "{lines:#?}");

    std::fs::write(&config, tokens(&["t"]) + &tls("other")).unwrap();
    let line = told(&mut process, REFUSED).await;
    assert!(line.contains("other.pem"), "{line}");
    drop(authority.issue("other"));
    told(&mut process, "changed=\"tls.cert, tls.key\"").await;
}

/// It is allowed, and would be seen by callers alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_lets_nobody_in_says_so() {
    let authority = Authority::new();
    drop(authority.issue("server"));
    let config = authority.folder().join("tunnel.toml");
    let tls = "[tls]\ncert = \"server.pem\"\nkey = \"server.key\"\n";
    std::fs::write(&config, tokens(&["t"]) + tls).unwrap();
    let mut process = serve(&config, LOG).await;
    drop(authority.issue_until("server", 2020));
    let line = told(&mut process, "has expired").await;
    assert!(
        line.contains("WARN") && line.contains("server.pem"),
        "{line}"
    );
    // At the start, and not again while it is the same.
    let mut other = serve(&config, LOG).await;
    other.signal("-HUP").await;
    let lines = lines_to(&mut other, DONE).await;
    let told_so = lines.iter().filter(|line| line.contains("has expired"));
    assert_eq!(told_so.count(), 0, "{lines:#?}");
    std::fs::write(&config, tls).unwrap();
    let line = told(&mut process, "auth: none configured").await;
    assert!(line.contains("WARN"), "{line}");
}

/// A lane that nothing stands on guards nothing.
#[tokio::test(flavor = "multi_thread")]
async fn patterns_that_match_nothing_are_named_at_a_reload_too() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    std::fs::write(&config, tokens(&["old"])).unwrap();
    let mut process = serve(&config, LOG).await;
    let text = "tasks = [\"test.*\", \"tset.*\"]\n\
        [[tokens]]\nname = \"ci\"\ntoken = \"new\"\nscopes = [\"test.tasks.ad\"]\n\
        [[lanes]]\nid = \"math\"\nalgorithm = \"HS256\"\ntasks = [\"test.tasks.sum\"]\nkeys = [{ secret = \"s\" }]\n";
    std::fs::write(&config, text).unwrap();
    told(&mut process, DONE).await;
    for named in [
        "lane \"math\" has the task \"test.tasks.sum\"",
        "token \"ci\" has the scope \"test.tasks.ad\"",
        "the allow-list names \"tset.*\"",
    ] {
        let line = told(&mut process, "matches nothing").await;
        assert!(line.contains("WARN") && line.contains(named), "{line}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_level_follows_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    std::fs::write(&config, tokens(&["t"])).unwrap();
    let mut process = serve(&config, "info").await;
    std::fs::write(&config, tokens(&["t"]) + "log_level = \"debug\"\n").unwrap();
    assert!(
        told(&mut process, DONE)
            .await
            .contains("changed=\"log_level\"")
    );
    assert_eq!(status(&process.addr, "t").await, 200);
    let line = told(&mut process, "call ended").await;
    assert!(line.contains("DEBUG"), "{line}");
    std::fs::write(&config, tokens(&["t"]) + "log_level = \"a=b=c\"\n").unwrap();
    let line = told(&mut process, REFUSED).await;
    assert!(line.contains("is no filter"), "{line}");
}

#[tokio::test]
async fn what_is_in_force_is_printed_in_place_of_serving() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    std::fs::write(&config, tokens(&["my-secret"]) + "base_path = \"/file\"\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .env("RUNNER_TUNNEL_CONFIG", &config)
        .env("RUNNER_TUNNEL_LIMITS__HEADERS", "7")
        .env("RUNNER_TUNNEL_PRINT_CONFIG", "true")
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for line in [
        "base_path = \"/file\"",
        "headers = 7",
        "token = \"[hidden]\"",
    ] {
        assert!(
            text.lines().any(|there| there == line),
            "no {line} in\n{text}"
        );
    }
    assert!(!text.contains("my-secret"), "{text}");
}

#[tokio::test]
async fn whoever_asks_for_it_to_be_printed_in_other_words_gets_no_server() {
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .env("RUNNER_TUNNEL_PRINT_CONFIG", "yes")
        .env("RUNNER_TUNNEL_ADDR", "127.0.0.1:0")
        .kill_on_drop(true)
        .output();
    let output = timeout(DEADLINE, output).await.expect("it serves").unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let told = "RUNNER_TUNNEL_PRINT_CONFIG: expected true or false, found \"yes\"";
    assert!(text.contains(told), "{text}");
}

/// Tokens rotate: each counts in two generations. Whoever has called with one of them since they overlap gets in,
/// and nobody else ever does, not while a file is read and not while it is refused.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn fifty_rotations_under_load_fail_no_right_call_and_pass_no_wrong_one() {
    const GENERATIONS: usize = 50;
    const CALLS: usize = 60;
    let name = |generation: usize| format!("token-{generation}");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tunnel.toml");
    let write = |text: &str| {
        let new = folder.path().join("tunnel.toml~");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, &config).unwrap();
    };
    let generation = |number: usize| tokens(&[&name(number - 1), &name(number)]);
    write(&generation(10));
    let mut process = serve(&config, LOG).await;

    // What is in force, shared with the calls that began under it.
    let current = Arc::new(Mutex::new(Arc::new(10_usize)));
    let calls = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..6)
        .map(|caller| {
            let (current, calls, addr) = (current.clone(), calls.clone(), process.addr.clone());
            tokio::spawn(async move {
                loop {
                    let now = Arc::clone(&*current.lock().unwrap());
                    if *now == usize::MAX {
                        return;
                    }
                    // Of this generation and the next: its own token is in both, the others are in neither.
                    let (token, expected) = match caller % 3 {
                        0 => (*now, 200),
                        1 => (*now - 2, 401),
                        _ => (*now + 2, 401),
                    };
                    let answer = status(&addr, &format!("token-{token}")).await;
                    assert_eq!(answer, expected, "token {token} in generation {now}");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let called = async |from: usize| {
        while calls.load(Ordering::Relaxed) < from + CALLS {
            assert!(
                !callers.iter().any(tokio::task::JoinHandle::is_finished),
                "a call went wrong"
            );
            tokio::task::yield_now().await;
        }
    };
    for number in 11..=10 + GENERATIONS {
        if number % 10 == 0 {
            write("tokens = [\"token-0\", 5");
            process.signal("-HUP").await;
            told(&mut process, REFUSED).await;
        }
        write(&generation(number));
        process.signal("-HUP").await;
        told(&mut process, "changed=\"tokens\"").await;
        let before = std::mem::replace(&mut *current.lock().unwrap(), Arc::new(number));
        // Their token goes with the next generation.
        while Arc::strong_count(&before) > 1 {
            tokio::task::yield_now().await;
        }
        called(calls.load(Ordering::Relaxed)).await;
    }
    *current.lock().unwrap() = Arc::new(usize::MAX);
    for caller in callers {
        timeout(DEADLINE, caller).await.unwrap().unwrap();
    }
    assert!(calls.load(Ordering::Relaxed) >= GENERATIONS * CALLS);
}
