//! How hosts are reached: trust, proxy, addresses, time limits; over hyper and rustls.
//!
//! The official clients bring no way to trust another authority or to map a host, and their own transport tries an
//! untrusted one for 82 seconds. It must not know vaults or credentials.

mod dial;
mod exchange;
mod function;
mod https;
mod trust;
mod unreachable;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use azure_core::http::HttpClient;
use hyper_util::client::proxy::matcher::Matcher;

use crate::environment::{self, Environment};

pub(crate) use function::Function;
pub use trust::TrustError;
pub(crate) use unreachable::causes;
pub use unreachable::{Obstacle, Unreachable};

/// How hosts are reached; what is left out comes from the environment.
///
/// HTTPS goes through the proxy that `HTTPS_PROXY` or `ALL_PROXY` names, by `CONNECT`, except to the hosts in
/// `NO_PROXY`. Plain HTTP, which only the identity endpoints of a machine speak, never goes through a proxy. Trusted are
/// the machine's certificate authorities, or those in `SSL_CERT_FILE` and `SSL_CERT_DIR` where these are set, on every
/// operating system.
///
/// ```
/// # let authority_pem = b"";
/// let network = akv_client::Network::new()
///     .root_certificates(authority_pem)
///     .host("*.vault.azure.net", ([127, 0, 0, 1], 8443).into());
/// let vault = akv_client::Vault::builder().network(network);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Network {
    roots: Vec<Vec<u8>>,
    hosts: HashMap<String, SocketAddr>,
    proxy: Proxy,
    limits: Limits,
}

#[derive(Clone, Debug)]
enum Proxy {
    Environment,
    At(String),
    None,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Until a connection stands, its TLS included.
    connect: Duration,
    /// Until an answer is there, once a connection stands.
    answer: Duration,
    /// How long a host that was never reached is tried.
    patience: Duration,
    /// How long an unused connection is kept.
    idle: Duration,
    /// After how long connections are made anew, so that a changed address is noticed.
    lifetime: Duration,
}

impl Default for Network {
    fn default() -> Self {
        let limits = Limits {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            patience: Duration::from_secs(3),
            idle: Duration::from_secs(60),
            lifetime: Duration::from_secs(600),
        };
        Self { roots: Vec::new(), hosts: HashMap::new(), proxy: Proxy::Environment, limits }
    }
}

impl Network {
    /// As the environment says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts these authorities too, PEM.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Reaches this host at this address, without asking DNS; `*.vault.azure.net` stands for every host below. The
    /// address's port counts where the URL names none.
    pub fn host(mut self, name: &str, address: SocketAddr) -> Self {
        self.hosts.insert(name.to_ascii_lowercase(), address);
        self
    }

    /// Goes through this proxy, whatever the environment says.
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Proxy::At(url.to_owned());
        self
    }

    /// Goes through no proxy, whatever the environment says.
    pub fn without_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Gives a connection so long to stand, its TLS included; 10 seconds unless said.
    pub const fn connect_timeout(mut self, limit: Duration) -> Self {
        self.limits.connect = limit;
        self
    }

    /// Gives an answer so long; 60 seconds unless said.
    pub const fn answer_timeout(mut self, limit: Duration) -> Self {
        self.limits.answer = limit;
        self
    }

    /// Tries a host that was never reached for so long, then says what is wrong; 3 seconds unless said.
    ///
    /// A host that was reached once is worth waiting for: after that, the official clients' own retries apply.
    pub const fn patience(mut self, limit: Duration) -> Self {
        self.limits.patience = limit;
        self
    }

    /// The transport that does this, for any of the official clients.
    ///
    /// # Errors
    /// [`TrustError`], for certificate authorities that cannot be read.
    pub fn client(&self) -> Result<Arc<dyn HttpClient>, TrustError> {
        self.client_in(&environment::of_process)
    }

    pub(crate) fn client_in(&self, environment: Environment<'_>) -> Result<Arc<dyn HttpClient>, TrustError> {
        let trust = trust::config(&self.roots, environment)?;
        let dialer = dial::Dialer::new(self.hosts.clone(), self.matcher(environment), self.limits.connect);
        Ok(Arc::new(https::HttpsClient::new(dialer, trust, self.limits)))
    }

    fn matcher(&self, environment: Environment<'_>) -> Matcher {
        let variable = |upper: &str, lower: &str| environment(upper).or_else(|| environment(lower));
        match &self.proxy {
            Proxy::None => Matcher::builder().build(),
            Proxy::At(url) => Matcher::builder().https(url.clone()).build(),
            Proxy::Environment => {
                let https = variable("HTTPS_PROXY", "https_proxy");
                let https = https.or_else(|| variable("ALL_PROXY", "all_proxy")).unwrap_or_default();
                let no = variable("NO_PROXY", "no_proxy").unwrap_or_default();
                Matcher::builder().https(https).no(no).build()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxied(network: &Network, variables: &[(&str, &str)], url: &str) -> bool {
        let environment =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        network.matcher(&environment).intercept(&url.parse().unwrap()).is_some()
    }

    #[test]
    fn only_https_goes_through_a_proxy_and_only_to_hosts_that_are_not_spared() {
        let variables = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "127.0.0.1,.internal")];
        let network = Network::new();
        assert!(proxied(&network, &variables, "https://kv.vault.azure.net"));
        assert!(!proxied(&network, &variables, "https://kv.internal"));
        assert!(
            !proxied(&network, &variables, "http://169.254.169.254"),
            "the identity of a machine is near"
        );
        assert!(!proxied(&network, &[], "https://kv.vault.azure.net"));
        assert!(!proxied(&network.without_proxy(), &variables, "https://kv.vault.azure.net"));
        let lower = [("https_proxy", "127.0.0.1:1")];
        assert!(proxied(&Network::new(), &lower, "https://kv.vault.azure.net"));
        assert!(proxied(&Network::new().proxy("http://127.0.0.1:1"), &[], "https://kv.vault.azure.net"));
    }
}
