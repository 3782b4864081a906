//! Asks the server that runs beside it whether it is ready.

use std::io::{Error, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use runner_tunnel::TunnelConfig;

const PATIENCE: Duration = Duration::from_secs(5);

/// At its admin address, as the same file and environment name it.
pub(crate) fn ready() -> Result<(), Error> {
    let config = TunnelConfig::from_env().map_err(Error::other)?;
    let admin = config
        .admin
        .ok_or_else(|| Error::other("`admin.addr` is not configured"))?;
    let answer = ask(nearby(admin.addr))?;
    let status = answer.lines().next().unwrap_or_default();
    if status.contains(" 200 ") {
        Ok(())
    } else {
        Err(Error::other(format!("not ready: {status}")))
    }
}

/// Who listens everywhere is reached here.
fn nearby(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    addr
}

fn ask(addr: SocketAddr) -> Result<String, Error> {
    let mut stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
