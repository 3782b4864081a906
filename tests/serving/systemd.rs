//! What a service and systemd tell each other, with a stand-in for systemd.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use runner_tunnel_tests::gate::DEADLINE;
use runner_tunnel_tests::server::TOKEN;
use tempfile::TempDir;
use tokio::net::UnixDatagram;
use tokio::process::Command;
use tokio::time::timeout;

use super::process::{Process, call, start};

/// The socket that `NOTIFY_SOCKET` names.
struct Systemd {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Systemd {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { socket, folder }
    }

    fn path(&self) -> String {
        self.folder.path().join("notify").display().to_string()
    }

    /// The next thing that the service says.
    async fn told(&self) -> String {
        let mut bytes = [0; 256];
        let received = timeout(DEADLINE, self.socket.recv(&mut bytes)).await;
        let length = received.expect("nothing was said").unwrap();
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_says_when_it_is_ready_and_when_it_stops() {
    let systemd = Systemd::new();
    let process = start(&[("NOTIFY_SOCKET", &systemd.path())]).await;
    assert_eq!(systemd.told().await, "READY=1");
    assert_eq!(process.task("test.tasks.nothing", "").await.0, 200);
    process.signal("-TERM").await;
    assert_eq!(systemd.told().await, "STOPPING=1");
    assert_eq!(process.end().await.1, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_is_told_from_its_begin_to_its_end() {
    let systemd = Systemd::new();
    let config = systemd.folder.path().join("tunnel.toml");
    std::fs::write(&config, "tokens = [\"secret\"]").unwrap();
    let variables = [
        ("NOTIFY_SOCKET", &*systemd.path()),
        ("RUNNER_TUNNEL_CONFIG", config.to_str().unwrap()),
    ];
    let process = start(&variables).await;
    assert_eq!(systemd.told().await, "READY=1");
    process.signal("-HUP").await;
    let told = systemd.told().await;
    assert!(told.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{told}");
    assert_eq!(systemd.told().await, "READY=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watchdog_is_fed() {
    let systemd = Systemd::new();
    let variables = [
        ("NOTIFY_SOCKET", &*systemd.path()),
        ("WATCHDOG_USEC", "200000"),
    ];
    let process = start(&variables).await;
    assert_eq!(systemd.told().await, "READY=1");
    for _ in 0..3 {
        assert_eq!(systemd.told().await, "WATCHDOG=1");
    }
    process.signal("-TERM").await;
    assert_eq!(process.end().await.1, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passed_socket_is_served_in_place_of_the_address() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap().to_string();
    // As systemd does: the socket is descriptor 3, and the process is told so by its id.
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg("exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\"")
        .arg(env!("CARGO_BIN_EXE_server"))
        .stdin(Stdio::from(OwnedFd::from(socket)));
    let variables = [
        ("RUNNER_TUNNEL_ADDR", "192.0.2.1:1"),
        ("RUNNER_TUNNEL_TOKEN", TOKEN),
    ];
    let process = Process::spawn(shell, &variables).await;
    assert_eq!(process.addr, addr);
    assert_eq!(call(&addr, "test.tasks.nothing", "").await.unwrap().0, 200);
    process.signal("-TERM").await;
    assert_eq!(process.end().await.1, Some(0));
}
