//! An Azure Key Vault on your own machine.
//!
//! # The house
//!
//! ```text
//! timestamp, hosts, storage <- wire, authorization <- error, crypto, vault <- http, identity, arm <- tls, server <- commands <- main
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`storage`], [`keystore`] | files of the data directory; the emulator's own keys, made when first needed |
//! | [`key_shelf`] | the key pool's keys on disk, between runs |
//! | [`timestamp`], [`timing`] | instants with calendar arithmetic; how long things take |
//! | [`clock`], [`chance`], [`config`] | the only readers of time, of randomness outside crypto, of flags and environment |
//! | [`hosts`] | which host names are ours |
//! | [`error`] | every refusal of the data plane, in one table |
//! | [`wire`] | bodies, members in Azure's order |
//! | [`crypto`] | keys, X.500 names, X.509, tokens; the only user of crypto libraries beside [`tls`] |
//! | [`authorization`] | access policies, roles, firewall: facts and decisions; pure |
//! | [`vault`] | the state machine: facts and `now` in, values out; pure |
//! | [`http`] | one request in, one response out: [`http::Service::call`] |
//! | [`contents`] | what vaults are filled with at the start |
//! | [`faults`] | what is to go wrong, for tests |
//! | [`throttling`] | Azure's limits for each vault and ten seconds |
//! | [`journal`] | what was asked and what came of it |
//! | [`attestation`] | the authority that attests environments to which keys are released |
//! | [`pki`] | the authorities behind a vault's issuers: what they issue, revoke and publish |
//! | [`identity`] | the login authority and managed identity |
//! | [`arm`] | the control plane: groups, vaults, roles, deployments; its own table of refusals |
//! | [`tls`], [`server`] | own certificate authority; one port for TLS, proxy and plain HTTP |
//! | [`builder`], [`own_vault`] | an emulator in somebody's program; a vault for each of its tests |
//! | [`scenarios`] | requests to play on any vault, ours or Azure's, and what two vaults answer differently |
//! | [`commands`] | what the `akv` binary does |
//!
//! # One request
//!
//! ```text
//! server -> Service::call -> hosts::realm          whose host is it
//!                         -> auth::authenticate    401 before anything else is looked at
//!                         -> Operation::route      400, 404, 405, or one typed operation
//!                         -> certificates::run     one match arm; secrets::run, keys::run alike
//!                         -> Vault::..             under the lock: values in, values out
//!                         -> reply::render         status, headers, JSON, or the error table
//! ```
//!
//! # Three families, one engine
//!
//! - [`vault::collection`] holds the names of a family in order, each in a phase of its life, for all three families:
//!   create, delete, recover, purge, paging. Both lists are ranges of an ordered index, so a page costs the same at any
//!   depth.
//! - [`vault::versions`] holds the versions of one name and [`vault::objects`] reads, lists, updates, deletes, recovers
//!   and purges them, [`vault::object_backup`] backs them up: each written once, generic over what a version holds,
//!   which [`vault::secrets`] and [`vault::keys`] say. [`http::objects`] is the same at the edge.
//! - A name in `/secrets` or `/keys` is an object of its own or a certificate's, seen through this door, never both: a
//!   list is two ordered ranges merged. Setting a secret under a certificate's name is refused in Azure's words;
//!   creating a certificate under the name of a secret or a key is a 409 that nobody has recorded.
//! - A key's rotation policy acts as a certificate's lifetime action does ([`vault::rotation`], [`vault::renewal`]): when
//!   a vault is touched, what was due is made outside every lock and dated at the instant it was due.
//! - Locks are taken in one order: certificates, then secrets or keys.
//! - Readers share a version with the store (`Arc`), so that reading copies nothing under the lock; changing a version
//!   puts another in its place. A name with one version costs no map.
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
//! - Live and deleted names are two ordered maps of one collection, changed together under its lock, so that a page of
//!   one list passes over no name of the other.
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

pub mod arm;
mod assemble;
pub mod attestation;
pub mod authorization;
pub mod builder;
pub mod chance;
pub mod clock;
pub mod commands;
pub mod config;
pub mod contents;
pub mod crypto;
pub mod error;
pub mod faults;
pub mod hosts;
pub mod http;
pub mod identity;
pub mod journal;
pub mod key_shelf;
pub mod keystore;
pub mod own_vault;
pub mod pki;
mod running;
pub mod scenarios;
pub mod server;
mod start_error;
pub mod storage;
pub mod throttling;
pub mod timestamp;
pub mod timing;
pub mod tls;
pub mod vault;
pub mod wire;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use crate::assemble::TrustPaths;
pub use crate::running::Running;
pub(crate) use crate::running::dialable;
pub use crate::start_error::StartError;

use tokio::sync::oneshot;

use crate::builder::Builder;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::{Config, Data};
use crate::faults::Faults;
use crate::http::Service;
use crate::http::control::Published;
use crate::http::snapshot::{Snapshot, SnapshotError};
use crate::journal::Journal;
use crate::own_vault::OwnVault;
use crate::server::{Server, ServerOptions};
use crate::tls::CertificateAuthority;

/// An emulator that does not listen, or not any more.
#[derive(Clone, Debug)]
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
        let service = Service::new(assemble::state(&config, &authority, chance)?);
        Ok(Self { config, authority, service })
    }

    /// The service without a socket: `call` it.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service.clone()
    }

    /// A vault that nobody else has, with a URL and a token of its own, called without a socket.
    #[must_use]
    pub fn vault(&self) -> OwnVault {
        OwnVault::of(self.service(), |name| format!("https://{name}.vault.azure.net"))
    }

    /// The clock of its vaults.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.service.state().clock.clone()
    }

    /// Fills vaults with what the configuration says; [`Self::start`] does it too.
    ///
    /// # Errors
    /// [`StartError::Snapshot`], [`StartError::Contents`].
    pub async fn fill(&self) -> Result<(), StartError> {
        if let Some(path) = &self.config.snapshot {
            let refused = |reason: &dyn fmt::Display| StartError::Snapshot(path.clone(), reason.to_string());
            if let Some(document) = storage::read(path).map_err(|error| refused(&error))? {
                let snapshot = Snapshot::read(&document).map_err(|error| refused(&error))?;
                self.restore(snapshot).await.map_err(|error| refused(&error))?;
                return match &self.config.contents {
                    Some(contents) => {
                        self.service.state().take_for_done(contents).map_err(StartError::Contents)
                    }
                    None => Ok(()),
                };
            }
        }
        match &self.config.contents {
            Some(contents) => self.service.state().fill(contents).await.map_err(StartError::Contents),
            None => Ok(()),
        }
    }

    /// All of its state: secret values and private keys are in it.
    pub async fn snapshot(&self) -> Snapshot {
        self.service.state().snapshot().await
    }

    /// Puts that state in place of its own.
    ///
    /// # Errors
    /// One line that names what cannot be; nothing has changed then.
    pub async fn restore(&self, snapshot: Snapshot) -> Result<(), SnapshotError> {
        self.service.state().restore(snapshot).await
    }

    /// Writes its state to the file that the configuration says, if any; readable by its owner alone.
    ///
    /// # Errors
    /// One line that names the file.
    pub async fn keep(&self) -> Result<(), String> {
        let Some(path) = &self.config.snapshot else { return Ok(()) };
        let failed = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
        let document = self.snapshot().await.write().map_err(|error| failed(&error))?;
        storage::replace(path, &document, storage::Readers::Owner).map_err(|error| failed(&error))
    }

    /// What was asked of its vaults.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.service.state().journal
    }

    /// What is to go wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.service.state().faults
    }

    /// What it tells of itself.
    #[must_use]
    pub fn published(&self) -> &Published {
        &self.service.state().published
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
        let names = self.published().names.clone();
        let options = ServerOptions { bind: address, offline: self.config.offline, names: names.clone() };
        let tls = tls::server_config(Arc::clone(&self.authority), names, Clock::wall)
            .map_err(StartError::Authority)?;
        let refused = |error| StartError::Listen(address, error);
        let server = Server::bind(options, Arc::new(tls), self.service.clone()).map_err(refused)?;
        let address = server.local_addr().map_err(refused)?;
        self.service.state().pki.publish_at(self.pki_url(address));
        let (stop, stopped) = oneshot::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "a server in the background is what start is for")]
        let task = tokio::spawn(server.serve(async { drop(stopped.await) }));
        self.write_trust_files().await?;
        self.fill().await?;
        self.service.state().ready.store(true, Ordering::Release);
        self.service.state().keys.start();
        Ok(Running::new(address, stop, task, self))
    }

    /// Where clients find what the authorities behind issuers publish: by the first name that the emulator was given,
    /// else by its address.
    fn pki_url(&self, address: SocketAddr) -> String {
        let place = match self.published().names.first() {
            Some(name) => format!("{name}:{}", address.port()),
            None => dialable(address).to_string(),
        };
        format!("http://{place}{}", http::pki::PREFIX.trim_end_matches('/'))
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
