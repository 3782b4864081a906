//! HTTP/1.1 on a bare socket: what is sent, and when it stops, is up to the scenario.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::request;

/// How much of an answer is taken at once.
const READ_BYTES: usize = 64 * 1024;

/// A connection that is kept alive.
#[derive(Debug)]
pub struct Connection {
    /// What the server sends.
    pub read: Reader,
    /// What it gets.
    pub write: OwnedWriteHalf,
}

impl Connection {
    /// Connects.
    pub async fn open(addr: SocketAddr) -> io::Result<Self> {
        Self::with_buffer(addr, READ_BYTES).await
    }

    /// Connects, for very many of them.
    pub async fn with_buffer(addr: SocketAddr, bytes: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        let read = Reader(BufReader::with_capacity(bytes, read));
        Ok(Self { read, write })
    }

    /// A call with a body of JSON.
    pub async fn call(&mut self, task: &str, body: &str) -> io::Result<Answer> {
        let head = request::head(task, "application/json", body.len() as u64);
        self.write
            .write_all(&[head.as_bytes(), body.as_bytes()].concat())
            .await?;
        self.read.answer().await
    }

    /// Sends a request while its answer is awaited, which may come early.
    pub async fn exchange(&mut self, pieces: impl Iterator<Item = Bytes>) -> io::Result<Answer> {
        let sending = async {
            let sent = send(&mut self.write, pieces).await;
            // Why it broke off, only the answer tells.
            let _ = sent;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = self.read.answer() => answer,
            () = sending => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Goes as a process does that was killed: what comes is answered with a reset.
    pub fn reset(self) -> io::Result<()> {
        self.write.as_ref().set_zero_linger()
    }
}

/// A call on a connection of its own.
pub async fn call(addr: SocketAddr, task: &str, body: &str) -> io::Result<Answer> {
    Connection::open(addr).await?.call(task, body).await
}

/// Sends piece by piece.
pub async fn send(
    write: &mut OwnedWriteHalf,
    pieces: impl Iterator<Item = Bytes>,
) -> io::Result<()> {
    for piece in pieces {
        write.write_all(&piece).await?;
    }
    Ok(())
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// Without the marks of chunks.
    pub body: Vec<u8>,
}

impl Answer {
    fn envelope(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What the task has returned.
    pub fn result(&self) -> Option<Value> {
        let mut envelope = self.envelope().filter(|_| self.status == 200)?;
        (envelope["ok"] == true).then(|| envelope["result"].take())
    }

    /// The code of a failure that came as the protocol wants it.
    pub fn error_code(&self) -> Option<String> {
        let envelope = self.envelope().filter(|envelope| envelope["ok"] == false)?;
        envelope["error"]["code"].as_str().map(str::to_owned)
    }
}

/// The receiving half.
#[derive(Debug)]
pub struct Reader(BufReader<OwnedReadHalf>);

/// What the head says of what follows.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Such as 200.
    pub status: u16,
    /// None: it comes in chunks.
    pub length: Option<u64>,
}

impl Reader {
    /// A whole answer.
    pub async fn answer(&mut self) -> io::Result<Answer> {
        let head = self.head().await?;
        let mut body = Vec::new();
        self.body(head, |bytes| body.extend_from_slice(bytes))
            .await?;
        Ok(Answer {
            status: head.status,
            body,
        })
    }

    /// What comes before the body.
    pub async fn head(&mut self) -> io::Result<Head> {
        // Mostly it lies in the buffer as a whole; else it is put together.
        let mut gathered = Vec::new();
        loop {
            let bytes = self.0.fill_buf().await?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let before = gathered.len();
            let text = if before == 0 {
                bytes
            } else {
                gathered.extend_from_slice(bytes);
                &gathered
            };
            if let Some((head, length)) = parse(text)? {
                self.0.consume(length - before);
                return Ok(head);
            }
            if before == 0 {
                gathered = bytes.to_vec();
            }
            let taken = gathered.len() - before;
            self.0.consume(taken);
        }
    }

    /// The number of bytes, each of which was handed on as it came.
    pub async fn body(&mut self, head: Head, mut each: impl FnMut(&[u8])) -> io::Result<u64> {
        if let Some(length) = head.length {
            self.run(length, &mut each).await?;
            return Ok(length);
        }
        let mut total = 0;
        loop {
            let size = u64::from_str_radix(&self.line().await?, 16);
            let size = size.map_err(|_| io::ErrorKind::InvalidData)?;
            self.run(size, &mut each).await?;
            self.line().await?;
            if size == 0 {
                return Ok(total);
            }
            total += size;
        }
    }

    /// Waits until the server closes; the number of bytes that came before.
    pub async fn closed(&mut self) -> io::Result<usize> {
        self.0.read_to_end(&mut Vec::new()).await
    }

    async fn run(&mut self, mut left: u64, each: &mut impl FnMut(&[u8])) -> io::Result<()> {
        while left > 0 {
            let bytes = self.0.fill_buf().await?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let length = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            each(&bytes[..length]);
            self.0.consume(length);
            left -= length as u64;
        }
        Ok(())
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line).await?;
        let Some(text) = line.strip_suffix("\r\n") else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        Ok(text.to_owned())
    }
}

/// The head and its length, once it is there as a whole.
fn parse(text: &[u8]) -> io::Result<Option<(Head, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let httparse::Status::Complete(length) = response.parse(text).map_err(invalid)? else {
        return Ok(None);
    };
    let is_length =
        |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case("content-length");
    let value = response.headers.iter().find(is_length);
    let head = Head {
        status: response.code.unwrap_or_default(),
        length: value.and_then(|header| str::from_utf8(header.value).ok()?.parse().ok()),
    };
    Ok(Some((head, length)))
}
