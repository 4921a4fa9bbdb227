//! What the benchmarks share: requests as a client of the vault `kv` sends them, and one connection over TLS.

#![expect(clippy::disallowed_methods, reason = "a client's connection is driven beside it")]

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The vault's host.
pub(crate) const HOST: &str = "kv.vault.azure.net";

/// A request to the vault by somebody who is logged in elsewhere.
pub(crate) fn request(method: &str, path: &str, body: impl Into<Bytes>) -> Outcome<Request<Bytes>> {
    let request = Request::builder()
        .method(method)
        .uri(if path.contains('?') {
            format!("{path}&api-version=7.6")
        } else {
            format!("{path}?api-version=7.6")
        })
        .header("host", HOST)
        .header("authorization", "Bearer bench");
    Ok(request.body(body.into())?)
}

/// A connection to `address`, whose certificate the authority of `ca_pem` issued.
pub(crate) async fn dial(address: SocketAddr, ca_pem: &str) -> Outcome<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(HOST)?, stream).await?)
}

/// One connection over TLS, HTTP/1.1.
pub(crate) struct Tls(SendRequest<Full<Bytes>>);

impl Tls {
    /// A connection to `address`, as [`dial`] makes it.
    pub(crate) async fn connect(address: SocketAddr, ca_pem: &str) -> Outcome<Self> {
        let (sender, connection) = http1::handshake(TokioIo::new(dial(address, ca_pem).await?)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) async fn send(&mut self, request: Request<Bytes>) -> Outcome<(StatusCode, Bytes)> {
        self.0.ready().await?;
        let answer = self.0.send_request(request.map(Full::new)).await?;
        Ok((answer.status(), answer.into_body().collect().await?.to_bytes()))
    }
}
