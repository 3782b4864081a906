//! A tunnel on a free port of this machine.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use runner_tunnel::{Serve, ServeError, Tunnel, TunnelConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The token of every test server that does not say otherwise.
pub const TOKEN: &str = "secret";

/// A server that ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    tunnel: Option<Tunnel>,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    /// Serves all linked tasks with the token [`TOKEN`] and what `configure` adds. It accepts connections
    /// when this returns. The environment is not read.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(configure: impl FnOnce(Serve) -> Serve) -> io::Result<Self> {
        let config = TunnelConfig {
            tokens: vec![TOKEN.into()],
            ..TunnelConfig::default()
        };
        Self::with_config(config, configure).await
    }

    /// As [`Server::start`], from a configuration.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn with_config(
        config: TunnelConfig,
        configure: impl FnOnce(Serve) -> Serve,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let serve = configure(runner_tunnel::serve().config(config))
            .listener(listener)
            .shutdown(async {
                // Dropped or told: both end the server.
                let _ = stopped.await;
            });
        let (tunnel, refused) = match serve.build() {
            Ok(tunnel) => (Some(tunnel), None),
            Err(error) => (None, Some(error)),
        };
        let served = tunnel.clone();
        let serving = tokio::spawn(async move {
            match (served, refused) {
                (Some(tunnel), _) => tunnel.serve().await,
                (None, refused) => refused.map_or(Ok(()), Err),
            }
        });
        Ok(Self {
            addr,
            tunnel,
            running: Mutex::new(Some(Running { stop, serving })),
        })
    }

    /// What is served.
    ///
    /// # Panics
    /// When it could not be built.
    #[must_use]
    pub fn tunnel(&self) -> &Tunnel {
        match &self.tunnel {
            Some(tunnel) => tunnel,
            None => panic!("it could not be built"),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/__runner", self.addr)
    }

    /// Begins the shutdown and waits for its end.
    ///
    /// # Errors
    /// What the server ended with.
    ///
    /// # Panics
    /// When the server panicked.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.begin_stop().await
    }

    /// Begins the shutdown at once; the future waits for its end.
    ///
    /// # Errors
    /// What the server ended with.
    ///
    /// # Panics
    /// When it was begun before, and the future when the server panicked.
    pub fn begin_stop(&self) -> impl Future<Output = Result<(), ServeError>> + use<> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Running { stop, serving }) = running.take() else {
            panic!("a server is stopped once");
        };
        drop(stop);
        async {
            match serving.await {
                Ok(ended) => ended,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
    }

    /// Sends raw bytes on a connection of their own and reads until the server closes it.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn raw(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let (mut read, mut write) = TcpStream::connect(self.addr).await?.into_split();
        let mut answer = Vec::new();
        // At once: an early answer must be read while the request is still being sent.
        let (sent, received) =
            tokio::join!(write.write_all(request), read.read_to_end(&mut answer));
        sent.and(received).map(|_| answer)
    }

    /// Calls a task with a JSON body; the answer is its status and body.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn task(&self, id: &str, body: &str) -> io::Result<(u16, String)> {
        let request = format!(
            "POST /__runner/task/{id} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-runner-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = Answer::parse(&self.raw(request.as_bytes()).await?)?;
        Ok((
            answer.status,
            String::from_utf8_lossy(&answer.body).into_owned(),
        ))
    }
}

/// An HTTP/1.1 answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// Everything after the head.
    pub body: Vec<u8>,
}

impl Answer {
    /// Takes the bytes of one whole answer apart.
    ///
    /// # Errors
    /// When they are not an answer.
    pub fn parse(bytes: &[u8]) -> io::Result<Self> {
        let broken = || {
            let text = String::from_utf8_lossy(bytes);
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not an HTTP answer: {text:?}"),
            )
        };
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or_else(broken)?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| broken())?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .ok_or_else(broken)?;
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(':').ok_or_else(broken)?;
                Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        })
    }

    /// The body as it was sent, chunks put together.
    ///
    /// # Errors
    /// When it ends before its end.
    pub fn whole_body(&self) -> io::Result<Vec<u8>> {
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        if self.header("transfer-encoding").as_deref() != Some("chunked") {
            let length = self.header("content-length");
            let is_whole = length.is_none_or(|length| length == self.body.len().to_string());
            return is_whole.then(|| self.body.clone()).ok_or_else(cut);
        }
        let (mut body, mut rest) = (Vec::new(), self.body.as_slice());
        loop {
            let end = rest.windows(2).position(|pair| pair == b"\r\n");
            let (size, after) = rest.split_at(end.ok_or_else(cut)?);
            let size = std::str::from_utf8(size).ok();
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.ok_or_else(cut)?;
            // The line break after the size, the chunk, and the line break after that.
            let after = &after[2..];
            if after.get(size..size + 2) != Some(b"\r\n") {
                return Err(cut());
            }
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&after[..size]);
            rest = &after[size + 2..];
        }
    }

    /// The values of a header, joined as clients see them.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}
