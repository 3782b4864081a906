//! Requests as Runner's clients send them.

/// What the servers under load accept.
pub const TOKEN: &str = "secret";

/// The head of a call whose body has so many bytes.
pub fn head(task: &str, content_type: &str, length: u64) -> String {
    post(&format!("/__runner/task/{task}"), content_type, length)
}

/// The head of any POST.
pub fn post(path: &str, content_type: &str, length: u64) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nx-runner-token: {TOKEN}\r\n\
         content-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
    )
}
