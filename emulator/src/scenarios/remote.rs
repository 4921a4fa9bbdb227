//! A vault anywhere, asked over TLS: Azure's, or an emulator's in another process.
//!
//! It trusts the machine's authorities (`SSL_CERT_FILE`, if it is set) and one more, goes through the proxy that the
//! environment names, and knows that names below `localhost` are this machine. It must not try again what failed.

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// How long an answer may take, the connection included.
const LIMIT: Duration = Duration::from_secs(30);

type BoxError = Box<dyn Error + Send + Sync>;

/// A vault at a URL, asked one request after the other.
pub struct Remote {
    url: Uri,
    host: String,
    token: String,
    tls: TlsConnector,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Remote {
    /// The vault at `url`, asked with `token`; `authority` is trusted too, PEM.
    ///
    /// # Errors
    /// One line for people, if URL or authority is none.
    pub fn new(url: &str, token: String, authority: Option<&[u8]>) -> Result<Self, String> {
        let none = || format!("`{url}` is no vault's URL: https://NAME.vault.azure.net");
        let url = url.parse::<Uri>().ok().filter(|url| url.scheme_str() == Some("https")).ok_or_else(none)?;
        let host = url.authority().ok_or_else(none)?.to_string();
        let tls = TlsConnector::from(Arc::new(trusting(authority)?));
        Ok(Self { url, host, token, tls, connection: Mutex::default() })
    }

    /// Its host, with the port if the URL has one.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The answer to a request in origin form.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let late = |_| Err(format!("it does not answer within {} s", LIMIT.as_secs()).into());
        let answer = tokio::time::timeout(LIMIT, self.exchange(request)).await.unwrap_or_else(late);
        answer.map_err(|error| format!("{} cannot be reached: {}", self.host, causes(&*error)))
    }

    /// On the connection that is there, if it takes another request; one that failed is not kept.
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let mut kept = self.connection.lock().await;
        let mut sender = match kept.take() {
            Some(mut sender) => match sender.ready().await {
                Ok(()) => sender,
                Err(_) => self.connect().await?,
            },
            None => self.connect().await?,
        };
        let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        *kept = Some(sender);
        Ok(Response::from_parts(head, body))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, BoxError> {
        let host = self.url.host().unwrap_or_default().trim_matches(['[', ']']);
        let stream = dial(&self.url).await?;
        stream.set_nodelay(true)?;
        let stream = self.tls.connect(ServerName::try_from(host.to_owned())?, stream).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "it is driven until the sender is dropped")]
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// Connects to a URL's host, or by way of the proxy that stands before it.
async fn dial(url: &Uri) -> Result<TcpStream, BoxError> {
    if url.host().is_some_and(is_near) {
        let port = url.port_u16().unwrap_or(443);
        let near = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), (Ipv6Addr::LOCALHOST, port).into()];
        return Ok(TcpStream::connect(&near[..]).await?);
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    let Some(proxy) = Matcher::from_env().intercept(url) else {
        return Ok(tcp.call(url.clone()).await?.into_inner());
    };
    let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
    if let Some(credentials) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(credentials.clone());
    }
    Ok(tunnel.call(url.clone()).await?.into_inner())
}

/// RFC 6761: names below `localhost` are this machine.
pub(super) fn is_near(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

/// An error and what brought it about.
fn causes(error: &dyn Error) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn trusting(authority: Option<&[u8]>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in authority.into_iter().flat_map(CertificateDer::pem_slice_iter) {
        let certificate = certificate.map_err(|error| format!("the authority is no PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("the authority: {error}"))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
