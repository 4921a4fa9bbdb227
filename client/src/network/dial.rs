//! From a URL to a connection: addresses, proxy, TCP.
//!
//! It must not speak TLS, nor decide what is tried again.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::unreachable::{NoAddress, ProxyRefuses, Unreachable, causes};

type BoxError = Box<dyn Error + Send + Sync>;
type Dialing = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, BoxError>> + Send>>;

/// Connects to a URL's host, or to the proxy that stands before it.
#[derive(Clone, Debug)]
pub(super) struct Dialer {
    tcp: HttpConnector<Addresses>,
    proxies: Arc<Matcher>,
}

impl Dialer {
    pub(super) fn new(hosts: HashMap<String, SocketAddr>, proxies: Matcher, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Addresses(Arc::new(hosts)));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(limit));
        Self { tcp, proxies: Arc::new(proxies) }
    }

    /// The proxy before this URL, `host:port`.
    pub(super) fn proxy(&self, url: &Uri) -> Option<String> {
        self.proxies.intercept(url).map(|proxy| address(proxy.uri()))
    }
}

/// `host:port` of a URL.
pub(super) fn address(url: &Uri) -> String {
    let port = url.port_u16().unwrap_or_else(|| if url.scheme_str() == Some("http") { 80 } else { 443 });
    format!("{}:{port}", url.host().unwrap_or_default())
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Dialing;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.intercept(&url) else {
            let connecting = self.tcp.call(url);
            return Box::pin(async { Ok(connecting.await?) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(url);
        Box::pin(async { connecting.await.map_err(|error| of_proxy(error.into())) })
    }
}

/// A proxy that cannot be reached stays what it is; one that was reached refuses.
fn of_proxy(error: BoxError) -> BoxError {
    let unreached = causes(&*error).any(|cause| cause.is::<io::Error>() || cause.is::<NoAddress>());
    if unreached { error } else { Box::new(ProxyRefuses(error.to_string())) }
}

/// Addresses by the map, by what a name says, by DNS.
#[derive(Clone, Debug)]
struct Addresses(Arc<HashMap<String, SocketAddr>>);

impl Addresses {
    fn known(&self, host: &str) -> Option<Vec<SocketAddr>> {
        let mapped = self.0.get(host).or_else(|| {
            // Each parent domain in turn: the nearest one that is mapped counts.
            let parents = std::iter::successors(host.split_once('.'), |(_, rest)| rest.split_once('.'));
            parents.into_iter().find_map(|(_, parent)| self.0.get(&format!("*.{parent}")))
        });
        if let Some(address) = mapped {
            return Some(vec![*address]);
        }
        // RFC 6761: names below `localhost` are this machine, whether or not its resolver knows.
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        host.ends_with(".localhost").then(|| loopback.map(|ip| SocketAddr::new(ip, 0)).to_vec())
    }
}

impl Service<Name> for Addresses {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        if let Some(known) = self.known(&host) {
            return Box::pin(async { Ok(known.into_iter()) });
        }
        Box::pin(async move {
            let unknown = |error| io::Error::other(NoAddress(error));
            let found = tokio::net::lookup_host((host.as_str(), 0)).await.map_err(unknown)?;
            Ok(found.collect::<Vec<_>>().into_iter())
        })
    }
}

/// [`Dialer`] and TLS, within a time limit; what fails is an [`Unreachable`].
#[derive(Clone)]
pub(super) struct Connector<T> {
    pub(super) secure: T,
    pub(super) dialer: Dialer,
    pub(super) limit: Duration,
}

impl<T> Service<Uri> for Connector<T>
where
    T: Service<Uri, Error = BoxError, Future: Send + 'static, Response: Connection>,
{
    type Response = T::Response;
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<T::Response, Unreachable>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.secure.poll_ready(context).map_err(|error| Unreachable::new(String::new(), None, error))
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let (target, proxy) = (address(&url), self.dialer.proxy(&url));
        let connecting = tokio::time::timeout(self.limit, self.secure.call(url));
        Box::pin(async move {
            let outcome = connecting.await.unwrap_or_else(|_| Err(Box::new(super::unreachable::TookTooLong)));
            outcome.map_err(|error| Unreachable::new(target, proxy, error))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mapped_name_counts_and_localhost_needs_no_dns() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let hosts = [("kv.vault.azure.net", 1), ("*.vault.azure.net", 2), ("*.azure.net", 3)];
        let hosts = hosts.map(|(name, port)| (name.to_owned(), address(port)));
        let addresses = Addresses(Arc::new(HashMap::from(hosts)));
        let first = |host: &str| addresses.known(host).map(|found| found[0]);
        assert_eq!(first("kv.vault.azure.net"), Some(address(1)));
        assert_eq!(first("other.vault.azure.net"), Some(address(2)));
        assert_eq!(first("a.b.azure.net"), Some(address(3)));
        assert_eq!(first("vault.azure.net"), Some(address(3)));
        assert_eq!(first("kv.vault.localhost"), Some(address(0)));
        assert_eq!(first("example.org"), None);
    }
}
