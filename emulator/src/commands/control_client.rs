//! Calls the control API of a running emulator on behalf of a command.
//!
//! It must not be used inside the emulator.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::http::control::SNAPSHOT_PATH;

/// How long the emulator may take to answer.
const LIMIT: Duration = Duration::from_secs(5);
/// How long whatever is about all of its state may take.
const STATE_LIMIT: Duration = Duration::from_secs(300);

/// An emulator at an address.
#[derive(Debug)]
pub(super) struct ControlClient {
    address: SocketAddr,
}

impl ControlClient {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        self.call(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, String> {
        self.call(Method::POST, path, body.to_string().into()).await
    }

    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        self.call(Method::DELETE, path, Bytes::new()).await
    }

    /// All of the emulator's state.
    pub(super) async fn snapshot(&self) -> Result<Bytes, String> {
        self.answer(Method::GET, SNAPSHOT_PATH, Bytes::new(), STATE_LIMIT).await
    }

    /// Puts that state in place of what is there.
    pub(super) async fn load(&self, snapshot: Bytes) -> Result<(), String> {
        self.answer(Method::PUT, SNAPSHOT_PATH, snapshot, STATE_LIMIT).await.map(drop)
    }

    /// Back to flags and contents, whose keys may take a while. To hang up would undo it.
    pub(super) async fn reset(&self) -> Result<(), String> {
        self.answer(Method::POST, "/akv/reset", Bytes::new(), STATE_LIMIT).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Bytes) -> Result<T, String> {
        let body = self.answer(method, path, body, LIMIT).await?;
        serde_json::from_slice(&body)
            .map_err(|_| self.no_answer("what answers is no emulator of this version"))
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<Bytes, String> {
        let answer = timeout(limit, self.exchange(method, path, body)).await;
        let (success, body) = answer.map_err(|_| self.no_answer("it does not answer"))??;
        if success { Ok(body) } else { Err(refusal(&body)) }
    }

    async fn exchange(&self, method: Method, path: &str, body: Bytes) -> Result<(bool, Bytes), String> {
        let broken = |error: hyper::Error| self.no_answer(&error.to_string());
        let stream =
            TcpStream::connect(self.address).await.map_err(|error| self.no_answer(&error.to_string()))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            let success = response.status().is_success();
            Ok((success, response.into_body().collect().await?.to_bytes()))
        };
        tokio::select! {
            answer = exchange => answer.map_err(broken),
            ended = connection => Err(ended.err().map_or_else(|| self.no_answer("it hung up"), broken)),
        }
    }

    fn no_answer(&self, why: &str) -> String {
        format!(
            "no emulator at {} ({why}): start one with `akv serve`, or name its port with --port",
            self.address
        )
    }
}

/// The message of a refusal in Azure's form.
fn refusal(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let message = body["error"]["message"].as_str().unwrap_or("the emulator refused");
    message.strip_prefix("akv: ").unwrap_or(message).to_owned()
}
