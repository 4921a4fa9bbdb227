//! An Azure Key Vault on your own machine.
//!
//! # The house
//!
//! ```text
//! timestamp, hosts, storage <- wire <- error, crypto, vault <- http, identity <- tls, server <- commands <- main
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`timestamp`], [`timing`] | instants with calendar arithmetic; how long things take |
//! | [`clock`], [`chance`], [`config`] | the only readers of time, of randomness outside crypto, of flags and environment |
//! | [`hosts`] | which host names are ours |
//! | [`error`] | every refusal of the data plane, in one table |
//! | [`wire`] | bodies, members in Azure's order |
//! | [`crypto`] | keys, X.500 names, X.509, tokens; the only user of crypto libraries beside [`tls`] |
//! | [`vault`] | the state machine: facts and `now` in, values out; pure |
//! | [`http`] | one request in, one response out: [`http::Service::call`] |
//! | [`identity`] | the login authority and managed identity |
//! | [`tls`], [`server`] | own certificate authority; one port for TLS, proxy and plain HTTP |
//! | [`builder`], [`commands`] | an emulator in somebody's program; what the `akv` binary does |
//!
//! # One request
//!
//! ```text
//! server -> Service::call -> hosts::realm          whose host is it
//!                         -> auth::authenticate    401 before anything else is looked at
//!                         -> Operation::route      400, 404, 405, or one typed operation
//!                         -> certificates::run     one match arm
//!                         -> Vault::..             under the lock: values in, values out
//!                         -> reply::render         status, headers, JSON, or the error table
//! ```
//!
//! # Where this differs from the house plan, and why
//!
//! - `timestamp` and `storage` are modules of their own at the bottom: `wire` and `vault` need instants and must not
//!   import a clock; two modules keep files and must agree on how.
//! - `vault/pending.rs` is `operation.rs`, Azure's word. `entry.rs` became `collection.rs`: create, delete, recover,
//!   purge and paging are one engine, generic over what an object holds, before secrets and keys come.
//! - Certificates that vaults issue are built over `x509-cert` structures, not with rcgen: Azure's extension order,
//!   repeated RDNs, P-256K and explicit curve parameters cannot be said to rcgen, and patching four things of its five
//!   would leave two builders. rcgen issues what TLS needs: the emulator's own authority and its leaves.
//! - Routing is one `match` on path segments instead of matchit: empty segments must vanish (`/keys//sign`), which a
//!   router by template does not do, and the table reads the same.
//! - The vaults' time and the machine's time are two readings of `clock`: a vault may be 90 days ahead, but a client
//!   judges tokens and TLS certificates by its own clock.
//!
//! # As a library
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use akv_emulator::Emulator;
//!
//! let emulator = Emulator::builder().seed(7).build()?;
//! let service = emulator.service();                    // in-process: no socket, no TLS
//! let running = emulator.start().await?;               // and over TLS on a free port
//! assert!(running.vault_url("kv").starts_with("https://kv.vault.localhost:"));
//!
//! let request = http::Request::get("https://kv.vault.azure.net/certificates?api-version=7.4");
//! let answer = service.call(request.body(bytes::Bytes::new())?).await;
//! assert_eq!(answer.status(), 401);
//! running.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

pub mod builder;
pub mod chance;
pub mod clock;
pub mod commands;
pub mod config;
pub mod crypto;
pub mod error;
pub mod hosts;
pub mod http;
pub mod identity;
pub mod server;
pub mod storage;
pub mod timestamp;
pub mod timing;
pub mod tls;
pub mod vault;
pub mod wire;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::Builder;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::{Config, Data};
use crate::crypto::KeyPool;
use crate::http::control::Published;
use crate::http::{Service, State};
use crate::identity::tokens::KeyStore;
use crate::identity::{Identity, Options};
use crate::server::{Server, ServerOptions};
use crate::tls::{CaError, CertificateAuthority};
use crate::vault::Vaults;

/// Why an emulator does not start: one line that names the flag and the mend.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The certificate authority cannot be used.
    Authority(CaError),
    /// The machine has no randomness, or the crypto library failed.
    Crypto(crypto::CryptoError),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authority(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
            Self::Listen(address, error) => match error.kind() {
                io::ErrorKind::AddrInUse => write!(
                    f,
                    "port {} is in use by another program: choose another with --port, or any with --port 0",
                    address.port()
                ),
                io::ErrorKind::AddrNotAvailable => {
                    write!(f, "{} is no address of this machine: choose another with --bind", address.ip())
                }
                io::ErrorKind::PermissionDenied => {
                    write!(f, "port {} may not be used: choose one above 1023 with --port", address.port())
                }
                _ => write!(f, "cannot listen on {address} (--bind, --port): {error}"),
            },
        }
    }
}

impl std::error::Error for StartError {}

/// The files of a certificate authority that other programs read.
#[derive(Clone, Debug)]
pub struct TrustPaths {
    /// The authority, PEM.
    pub ca_file: PathBuf,
    /// System roots and the authority, PEM.
    pub ca_bundle: PathBuf,
    /// The same as PKCS#12.
    pub truststore: PathBuf,
}

impl TrustPaths {
    /// The files in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            ca_file: folder.join("ca.pem"),
            ca_bundle: folder.join("ca-bundle.pem"),
            truststore: folder.join("truststore.p12"),
        }
    }
}

/// An emulator that does not listen yet.
#[derive(Debug)]
pub struct Emulator {
    config: Config,
    authority: Arc<CertificateAuthority>,
    service: Service,
}

impl Emulator {
    /// An emulator described step by step.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// An emulator as `config` says. Reads or makes the certificate authority; opens no socket.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(config: Config) -> Result<Self, StartError> {
        let now = Clock::wall();
        let authority = match &config.data {
            Data::Memory => CertificateAuthority::generate(now),
            Data::Directory(folder) => CertificateAuthority::load_or_create(folder, now),
        };
        let authority = Arc::new(authority.map_err(StartError::Authority)?);
        let chance = config.seed.map_or_else(Chance::from_entropy, |seed| Ok(Chance::seeded(seed)));
        let chance = chance.map_err(StartError::Crypto)?;
        let service = Service::new(state(&config, &authority, chance));
        Ok(Self { config, authority, service })
    }

    /// The service without a socket: `call` it.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service.clone()
    }

    /// The clock of its vaults.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.service.state().clock.clone()
    }

    /// The certificate authority, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// Listens and answers in the background, until [`Running::stop`] or drop.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(self) -> Result<Running, StartError> {
        let address = SocketAddr::new(self.config.bind, self.config.port);
        let options = ServerOptions { bind: address, offline: self.config.offline };
        let tls =
            tls::server_config(Arc::clone(&self.authority), Clock::wall).map_err(StartError::Authority)?;
        let refused = |error| StartError::Listen(address, error);
        let server = Server::bind(options, Arc::new(tls), self.service.clone()).map_err(refused)?;
        let address = server.local_addr().map_err(refused)?;
        let (stop, stopped) = oneshot::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "a server in the background is what start is for")]
        let task = tokio::spawn(server.serve(async { drop(stopped.await) }));
        self.write_trust_files().await?;
        self.service.state().keys.start();
        Ok(Running { address, stop: Some(stop), task, emulator: self })
    }

    /// Bundle and truststore, which take the longest of a first start: the server answers meanwhile.
    async fn write_trust_files(&self) -> Result<(), StartError> {
        let Data::Directory(folder) = self.config.data.clone() else { return Ok(()) };
        let authority = Arc::clone(&self.authority);
        match tokio::task::spawn_blocking(move || authority.ensure_trust_files(&folder)).await {
            Ok(written) => written.map(drop).map_err(StartError::Authority),
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }
}

fn state(config: &Config, authority: &CertificateAuthority, chance: Chance) -> State {
    let vaults = Vaults::new(config.settings.clone(), config.first_use);
    for name in &config.vaults {
        vaults.create(name);
    }
    // Drawn in any case: whether it is used must not change what a seed draws next.
    let drawn = chance.uuid().to_string();
    let identity_header = config.identity_header.clone().unwrap_or(drawn);
    let paths = match &config.data {
        Data::Memory => None,
        Data::Directory(folder) => Some(TrustPaths::of(folder)),
    };
    let published = Published {
        names: config.names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tenant_id: config.tenant.to_string(),
        identity_header: identity_header.clone(),
        ca_file: paths.as_ref().map(|paths| paths.ca_file.clone()),
        ca_bundle: paths.as_ref().map(|paths| paths.ca_bundle.clone()),
        truststore: paths.map(|paths| paths.truststore),
        ca_pem: authority.pem(),
    };
    let identity = Identity::new(Options {
        tenant: config.tenant,
        acceptance: config.acceptance,
        instance_metadata: config.instance_metadata,
        identity_header,
        key_store: match &config.data {
            Data::Memory => KeyStore::Memory,
            Data::Directory(folder) => KeyStore::File(folder.join("token-key.pem")),
        },
    });
    State {
        clock: config.clock.clone(),
        chance,
        timing: config.timing.clone(),
        keys: Arc::new(KeyPool::new(config.key_pool)),
        vaults,
        settings: config.settings.clone(),
        identity,
        published,
    }
}

/// An emulator that listens. Dropping it ends it at once.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    emulator: Emulator,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as an HTTP proxy.
    #[must_use]
    pub fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of a vault that needs no proxy.
    #[must_use]
    pub fn vault_url(&self, vault: &str) -> String {
        format!("https://{vault}.vault.localhost:{}", self.address.port())
    }

    /// The emulator itself.
    #[must_use]
    pub const fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// What it tells of itself.
    #[must_use]
    pub fn published(&self) -> &Published {
        &self.emulator.service.state().published
    }

    /// Ends it; requests that are running may end first, for two seconds at most.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Err(error) = (&mut self.task).await {
            tracing::debug!(%error, "the server's task ended early");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
