//! The calls, in the words of each protocol.

use anyhow::{Result, ensure};
use benches::records::{Record, records};
use bytes::Bytes;
use load_kit::client::Connection;
use load_kit::request;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

/// How a call is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// An id in the path, an envelope around input and answer.
    Runner,
    /// JSON-RPC 2.0.
    JsonRpc,
}

/// One kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Add,
    /// Of records that are about so many bytes.
    Echo(usize),
    Notice,
    /// Of a task whose answers are kept.
    AddKept,
    /// With the token of a lane.
    AddOnLane,
}

pub(crate) const KIB: usize = 1024;

pub(crate) const ADD: Work = Work::Add;
pub(crate) const ADD_KEPT: Work = Work::AddKept;
pub(crate) const ADD_ON_LANE: Work = Work::AddOnLane;
pub(crate) const NOTICE: Work = Work::Notice;
pub(crate) const ECHO_1K: Work = Work::Echo(KIB);
pub(crate) const ECHO_64K: Work = Work::Echo(64 * KIB);
pub(crate) const ECHO_1M: Work = Work::Echo(1024 * KIB);

/// Of the lane `bench`, for this task and this body, until the year 3000.
const LANE_TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJsYW5lIjoiYmVuY2giLCJjYXAiOiJwcm9kdWNlIiwia2luZCI6InJwYy10YXNrIiwidGFyZ2V0IjoiYmVuY2gudGFza3MuYWRkT25MYW5lIiwiaGFzaCI6InZyUGUwQ0lpQ3hvSFliZ0NsNEhWZEZJU1NOekFnNjhkN1A5X2d0bFlvT28iLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MzI1MDM2ODAwMDB9.7Y4-27i4hvSR_TZzNIRkAgcMv3IT3TifM3z1IPy2QkU";

impl Work {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Add => "add".to_owned(),
            Self::Echo(bytes) if bytes < 1024 * KIB => format!("echo {} KiB", bytes / KIB),
            Self::Echo(bytes) => format!("echo {} MiB", bytes / KIB / KIB),
            Self::Notice => "event".to_owned(),
            Self::AddKept => "a kept add".to_owned(),
            Self::AddOnLane => "add on a lane".to_owned(),
        }
    }

    /// Head and body.
    pub(crate) fn request(self, framing: Framing) -> Bytes {
        let (path, body) = match framing {
            Framing::Runner => self.runner(),
            Framing::JsonRpc => ("/".to_owned(), self.json_rpc()),
        };
        let body = body.to_string();
        let mut head = request::post(&path, "application/json", body.len() as u64);
        if self == Self::AddOnLane {
            // Before the empty line.
            head.insert_str(
                head.len() - 2,
                &format!("authorization: Bearer {LANE_TOKEN}\r\n"),
            );
        }
        (head + &body).into()
    }

    fn runner(self) -> (String, Value) {
        let path = |id| format!("/__runner/task/bench.tasks.{id}");
        match self {
            Self::Add => (path("add"), json!({ "input": self.input() })),
            Self::AddKept => (path("addKept"), json!({ "input": self.input() })),
            Self::AddOnLane => (path("addOnLane"), json!({ "input": self.input() })),
            Self::Echo(_) => (path("echo"), json!({ "input": self.input() })),
            Self::Notice => (
                "/__runner/event/bench.events.notice".to_owned(),
                json!({ "payload": self.input() }),
            ),
        }
    }

    fn json_rpc(self) -> Value {
        let (method, params) = match self {
            Self::Add | Self::AddKept | Self::AddOnLane => ("add", self.input()),
            Self::Echo(_) => ("echo", json!([self.input()])),
            Self::Notice => ("notice", self.input()),
        };
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
    }

    fn input(self) -> Value {
        match self {
            Self::Add | Self::AddKept | Self::AddOnLane | Self::Notice => {
                json!({ "a": 40, "b": 2 })
            }
            Self::Echo(bytes) => json!(records(bytes)),
        }
    }

    /// Asks once, looks at the answer as a whole, and gives its text: it is the same each time.
    pub(crate) async fn verify(
        self,
        connection: &mut Connection,
        framing: Framing,
    ) -> Result<Vec<u8>> {
        connection.write.write_all(&self.request(framing)).await?;
        let answer = connection.read.answer().await?;
        ensure!(
            answer.status == 200 && self.is_right(framing, &answer.body),
            "{} was answered with {} {}",
            self.name(),
            answer.status,
            String::from_utf8_lossy(&answer.body[..answer.body.len().min(300)])
        );
        Ok(answer.body)
    }

    fn is_right(self, framing: Framing, body: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Done<T> {
            #[serde(default)]
            ok: bool,
            result: Option<T>,
        }
        let is_done = |ok: bool| ok || framing == Framing::JsonRpc;
        match self {
            Self::Add | Self::AddKept | Self::AddOnLane => {
                serde_json::from_slice::<Done<i64>>(body)
                    .is_ok_and(|done| is_done(done.ok) && done.result == Some(42))
            }
            Self::Echo(bytes) => serde_json::from_slice::<Done<Vec<Record>>>(body)
                .is_ok_and(|done| is_done(done.ok) && done.result == Some(records(bytes))),
            Self::Notice => {
                serde_json::from_slice::<Done<Value>>(body).is_ok_and(|done| is_done(done.ok))
            }
        }
    }
}
