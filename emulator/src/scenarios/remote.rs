//! A vault anywhere, asked over TLS: Azure's, or an emulator's in another process.
//!
//! It trusts the machine's authorities (`SSL_CERT_FILE`, if it is set) and one more, goes through the proxy that the
//! environment names, and knows that names below `localhost` are this machine. It must not try again what failed.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower_service::Service;

/// How long an answer may take, the connection included.
const LIMIT: Duration = Duration::from_secs(30);

type BoxError = Box<dyn Error + Send + Sync>;
type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// A vault at a URL.
pub struct Remote {
    host: String,
    token: String,
    client: Box<Client<HttpsConnector<Dialer>, Full<Bytes>>>,
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
        let parsed = url.parse::<Uri>().ok().filter(|url| url.scheme_str() == Some("https"));
        let authority_part = parsed.as_ref().and_then(Uri::authority);
        let host = authority_part
            .ok_or_else(|| format!("`{url}` is no vault's URL: https://NAME.vault.azure.net"))?;
        let secure =
            HttpsConnectorBuilder::new().with_tls_config(trusting(authority)?).https_only().enable_http1();
        let connector = secure.wrap_connector(Dialer::new());
        let client = Box::new(Client::builder(TokioExecutor::new()).build(connector));
        Ok(Self { host: host.to_string(), token, client })
    }

    /// Its host, with the port if the URL has one.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let (mut head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let unreached = |error: &dyn Error| format!("{} cannot be reached: {}", self.host, causes(error));
        head.uri = format!("https://{}{path}", self.host).parse().map_err(|error| unreached(&error))?;
        let exchange = async {
            let answer = self.client.request(Request::from_parts(head, Full::new(body))).await;
            let (head, body) = answer.map_err(|error| unreached(&error))?.into_parts();
            let body = body.collect().await.map_err(|error| unreached(&error))?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        let late = |_| Err(format!("{} does not answer within {} s", self.host, LIMIT.as_secs()));
        tokio::time::timeout(LIMIT, exchange).await.unwrap_or_else(late)
    }
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

/// Connects to a host, or to the proxy that stands before it.
#[derive(Clone, Debug)]
struct Dialer {
    tcp: HttpConnector<Addresses>,
    proxies: Arc<Matcher>,
}

impl Dialer {
    fn new() -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Addresses);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self { tcp, proxies: Arc::new(Matcher::from_env()) }
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Answer<Self::Response, BoxError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let near = url.host().is_some_and(is_near);
        let Some(proxy) = self.proxies.intercept(&url).filter(|_| !near) else {
            let connecting = self.tcp.call(url);
            return Box::pin(async { Ok(connecting.await?) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(url);
        Box::pin(async { connecting.await.map_err(Into::into) })
    }
}

/// RFC 6761: names below `localhost` are this machine.
pub(crate) fn is_near(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

#[derive(Clone, Debug)]
struct Addresses;

impl Service<Name> for Addresses {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Answer<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if is_near(name.as_str()) {
            let near = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            return Box::pin(async move { Ok(near.map(|ip| SocketAddr::new(ip, 0)).to_vec().into_iter()) });
        }
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.collect::<Vec<_>>().into_iter())
        })
    }
}
