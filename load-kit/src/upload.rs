//! Forms with files of any size, as Runner's clients send them.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::pattern;
use crate::request;

const BOUNDARY: &str = "----load-7MA4YWxkTrZu0gW";

/// A form for a task, of which only the sizes of its files are kept.
#[derive(Debug, Clone)]
pub struct Upload {
    task: &'static str,
    files: Vec<u64>,
}

impl Upload {
    /// With files of these sizes.
    pub fn new(task: &'static str, files: &[u64]) -> Self {
        Self {
            task,
            files: files.to_vec(),
        }
    }

    /// What a task that counts has to answer.
    pub fn file_bytes(&self) -> u64 {
        self.files.iter().sum()
    }

    /// The whole request, head and body.
    pub fn pieces(&self) -> impl Iterator<Item = Bytes> + Send {
        let manifest = self.manifest();
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let parts: Vec<(String, u64)> = self
            .files
            .iter()
            .enumerate()
            .map(|(at, size)| (part(at), *size))
            .collect();
        let texts = parts.iter().map(|(head, size)| head.len() as u64 + size);
        let length = manifest.len() as u64 + texts.sum::<u64>() + end.len() as u64;
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let head = request::head(self.task, &content_type, length) + &manifest;
        let files = parts.into_iter().flat_map(|(head, size)| {
            std::iter::once(Bytes::from(head)).chain(pattern::pieces(size))
        });
        std::iter::once(Bytes::from(head))
            .chain(files)
            .chain([Bytes::from(end)])
    }

    /// The request, up to the middle of its last file.
    pub fn half(&self) -> impl Iterator<Item = Bytes> + Send {
        let all = self.file_bytes();
        let last = self.files.last().copied().unwrap_or_default();
        let mut left = all - last / 2;
        self.pieces().map_while(move |piece| {
            let more = left > 0;
            left = left.saturating_sub(piece.len() as u64);
            more.then_some(piece)
        })
    }

    fn manifest(&self) -> String {
        let mut files = String::new();
        for (at, size) in self.files.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(
                files,
                r#"{comma}{{"$runnerFile":"File","id":"F{at}","meta":{{"name":"{at}.bin","size":{size}}}}}"#
            );
        }
        format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\
             content-type: application/json; charset=utf-8\r\n\r\n{{\"input\":{{\"files\":[{files}]}}}}"
        )
    }
}

fn part(at: usize) -> String {
    format!(
        "\r\n--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file:F{at}\"; filename=\"{at}.bin\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    )
}
