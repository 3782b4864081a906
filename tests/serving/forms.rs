//! Files of forms while the client is still sending.

use runner_tunnel_tests::server::{Server, TOKEN};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::connections::read_answer;

/// The head of a call, and its form up to the first bytes of a file.
fn beginning_of_an_upload(task: &str) -> String {
    let manifest =
        r#"{"input":{"file":{"$runnerFile":"File","id":"F1"},"note":"never opened, never ended"}}"#;
    let form = format!(
        "--b\r\ncontent-disposition: form-data; name=\"__manifest\"\r\n\r\n{manifest}\r\n\
         --b\r\ncontent-disposition: form-data; name=\"file:F1\"; filename=\"f\"\r\n\r\nthe first bytes"
    );
    format!(
        "POST /__runner/task/{task} HTTP/1.1\r\nhost: x\r\nx-runner-token: {TOKEN}\r\nx-runner-timeout: 100\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: 1000000\r\n\r\n{form}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_is_told_while_the_client_still_sends() {
    let server = Server::start(|serve| serve).await.unwrap();
    for task in ["test.files.count", "test.files.gated"] {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream
            .write_all(beginning_of_an_upload(task).as_bytes())
            .await
            .unwrap();
        assert_eq!(read_answer(&mut stream).await.status, 504, "{task}");
    }
    server.stop().await.unwrap();
}
