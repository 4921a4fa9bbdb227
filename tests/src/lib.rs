//! What the suite needs of an emulator: raw requests without a socket, and the official clients, by way of
//! [`akv_client::Vault`], on either transport.
//!
//! Nothing here waits: time is the emulator's own clock, moved by the test.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by failing")]

use std::sync::Arc;
use std::time::Duration;

use akv_emulator::clock::Clock;
use akv_emulator::config::Config;
use akv_emulator::http::Service;
use akv_emulator::timestamp::Timestamp;
use akv_emulator::{Emulator, Running};
use azure_core::http::{ClientOptions, Transport, Url};
use azure_security_keyvault_certificates::CertificateClient;
use bytes::Bytes;

/// The instant at which every test starts.
pub const START: &str = "2027-01-31T12:00:00Z";

/// [`START`].
///
/// # Panics
/// Never: the constant is a time.
#[must_use]
pub fn start() -> Timestamp {
    Timestamp::parse(START).expect("START is a time")
}

/// A configuration that repeats: seeded, its clock standing at [`START`].
#[must_use]
pub fn standing() -> Config {
    Config { seed: Some(7), clock: Clock::frozen(start()), ..Config::default() }
}

/// One vault of an emulator, called without a socket.
pub struct Vault {
    emulator: Arc<Emulator>,
    host: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Body as text.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A header's value, `""` if it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Vault {
    /// A vault of a new emulator.
    ///
    /// # Panics
    /// If the emulator cannot be made.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let emulator = Emulator::new(config).expect("an emulator in memory always starts");
        Self { emulator: Arc::new(emulator), host: "kv.vault.azure.net".to_owned() }
    }

    /// A vault of that emulator.
    #[must_use]
    pub fn of(emulator: Emulator) -> Self {
        Self { emulator: Arc::new(emulator), host: "kv.vault.azure.net".to_owned() }
    }

    /// The same emulator, called by another host name.
    #[must_use]
    pub fn called(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Another host of the same emulator.
    #[must_use]
    pub fn beside(&self, host: &str) -> Self {
        Self { emulator: Arc::clone(&self.emulator), host: host.to_owned() }
    }

    /// The emulator behind it.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The service behind it.
    #[must_use]
    pub fn service(&self) -> Service {
        self.emulator.service()
    }

    /// Moves the clock.
    ///
    /// # Panics
    /// If the duration is longer than time.
    pub fn advance(&self, by: Duration) {
        self.emulator.clock().advance(i64::try_from(by.as_millis()).expect("a duration within time"));
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.emulator.clock()
    }

    /// Sends a request as a developer who is logged in; `api-version` is added if `path` names none.
    pub async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, body, &[("authorization", "Bearer developer")]).await
    }

    /// Sends a request with these headers and no others.
    ///
    /// # Panics
    /// If the request cannot be built.
    pub async fn send(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_to(&self.host, method, path, body, headers).await
    }

    /// The same to another host of the emulator, such as its control plane.
    ///
    /// # Panics
    /// If the request cannot be built.
    pub async fn send_to(
        &self,
        host: &str,
        method: &str,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let versioned = path.contains("api-version") || path.contains("api%2") || path.starts_with("/akv/");
        let path = match (versioned, path.contains('?')) {
            (true, _) => path.to_owned(),
            (false, true) => format!("{path}&api-version=2025-07-01"),
            (false, false) => format!("{path}?api-version=2025-07-01"),
        };
        let mut request = http::Request::builder().method(method).uri(path).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request");
        let (parts, body) = self.service().call(request).await.into_parts();
        let body = String::from_utf8(body.to_vec()).expect("answers are text");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Creates a self-signed EC certificate and, unless its timing says later, waits for nothing: it is there.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn create(&self, name: &str) -> Answer {
        let answer = self.call("POST", &format!("/certificates/{name}/create"), EC_POLICY).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer
    }
}

/// The quickest policy: a P-256 key, self-signed.
pub const EC_POLICY: &str = r#"{"policy":{"key_props":{"kty":"EC","crv":"P-256"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"}}}"#;

/// The official client of `vault`, straight into `service`: no socket, no TLS.
///
/// # Panics
/// If the client refuses the URL.
#[must_use]
pub fn client_in_process(service: Service, vault: &str) -> Arc<CertificateClient> {
    vault_in_process(service, vault).certificates()
}

/// The official client of `https://{vault}.vault.azure.net`, over TLS through the emulator as its proxy.
///
/// # Panics
/// If the client refuses the URL or the authority.
#[must_use]
pub fn client_by_proxy(running: &Running, vault: &str) -> Arc<CertificateClient> {
    let proxy = reqwest::Proxy::https(running.proxy()).expect("an address is a proxy");
    let http = trusting(running).proxy(proxy).build().expect("a client");
    client(&format!("https://{vault}.vault.azure.net"), Transport::new(Arc::new(http)))
}

/// The official client of `https://{vault}.vault.localhost:PORT`, over TLS without a proxy.
///
/// # Panics
/// If the client refuses the URL or the authority.
#[must_use]
pub fn client_direct(running: &Running, vault: &str) -> Arc<CertificateClient> {
    let host = format!("{vault}.vault.localhost");
    let http = trusting(running).resolve(&host, running.address()).no_proxy().build().expect("a client");
    client(&running.vault_url(vault), Transport::new(Arc::new(http)))
}

fn trusting(running: &Running) -> reqwest::ClientBuilder {
    let authority = reqwest::Certificate::from_pem(running.emulator().ca_pem().as_bytes()).expect("PEM");
    reqwest::Client::builder().tls_certs_only([authority])
}

fn client(url: &str, transport: Transport) -> Arc<CertificateClient> {
    let options = ClientOptions { transport: Some(transport), ..ClientOptions::default() };
    developer(url).client_options(options).build().expect("a vault").certificates()
}

/// A vault as somebody who is logged in elsewhere: any bearer string is the developer.
fn developer(url: &str) -> akv_client::Builder {
    akv_client::Vault::builder().url(Url::parse(url).expect("a URL")).bearer_token("developer")
}

/// A vault of `service` for the client crate: no socket, no TLS.
///
/// # Panics
/// If the client refuses the URL.
#[must_use]
pub fn vault_in_process(service: Service, vault: &str) -> akv_client::Vault {
    let answer = move |request| {
        let service = service.clone();
        async move { service.call(request).await }
    };
    let vault = developer(&format!("https://{vault}.vault.azure.net"));
    vault.answered_by(answer).build().expect("a vault")
}

/// The same over TLS, by the client crate's own transport.
///
/// # Panics
/// If the client refuses the URL or the authority.
#[must_use]
pub fn vault_over_tls(running: &Running, vault: &str) -> akv_client::Vault {
    let network = akv_client::Network::new().root_certificates(running.emulator().ca_pem()).without_proxy();
    developer(&running.vault_url(vault)).network(network).build().expect("a vault")
}

/// Runs an example of the client's documentation on a vault of its own, which holds a certificate `web`.
///
/// # Panics
/// If the example fails.
pub fn example(run: impl AsyncFnOnce(akv_client::Vault) -> Result<(), Box<dyn std::error::Error>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let vault = Vault::new(standing());
        vault.create("web").await;
        let outcome = run(vault_in_process(vault.service(), "kv")).await;
        outcome.unwrap_or_else(|error| panic!("{}", akv_client::explain(&*error)));
    });
}

/// README's Rust runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
