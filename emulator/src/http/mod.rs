//! The edge: one request in, one response out, without a socket.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};

/// How a request reached the service; set by the server as a request extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The client's address.
    pub peer: SocketAddr,
    /// Whether the bytes came through TLS.
    pub tls: bool,
}

/// The whole emulator behind one method. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Service {}

impl Service {
    /// Answers one request.
    #[expect(clippy::unused_async, reason = "stub")]
    pub async fn call(&self, _request: Request<Bytes>) -> Response<Bytes> {
        Response::new(Bytes::new())
    }
}
