//! The edge: one request in, one response out, without a socket.
//!
//! [`Service::call`] is the whole path of a request. The TLS server, an in-process transport and the tests use the same
//! one. It must not know how a request travelled beyond what [`Connection`] says.

pub mod admission;
pub mod api_version;
pub mod auth;
pub mod backups;
pub mod body;
pub mod certificate_bodies;
pub mod certificates;
pub mod content;
pub mod control;
pub mod data_plane;
mod disturbance;
pub mod initial;
pub mod issuers;
pub mod issuing;
pub mod jwk;
pub mod key_attestation;
pub mod key_bodies;
pub mod key_operations;
pub mod keys;
pub mod line;
pub mod managed_hsm;
pub mod objects;
mod operation;
pub mod origin;
pub mod paging;
pub mod permissions;
pub mod pki;
pub mod release;
pub mod renewal;
pub mod reply;
pub mod rng;
pub mod rotation;
pub mod secrets;
pub mod snapshot;
mod symmetric_operations;
pub mod target;
mod transfer;
pub mod writer;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};

use crate::arm::store::Store;
use crate::arm::{self, Fidelity};
use crate::attestation::AttestationAuthority;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::crypto::jwe::SealingKey;
use crate::crypto::{CertifiedKey, KeyPool};
use crate::error::Error;
use crate::faults::Faults;
use crate::hosts::{self, Realm};
use crate::http::control::Published;
use crate::http::data_plane::Addressee;
use crate::http::initial::Initial;
use crate::http::line::Line;
use crate::http::origin::{Origin, authority_of};
use crate::identity::{Identity, answer_json};
use crate::journal::{self, Event, Journal, ServiceRequest};
use crate::keystore::Kept;
use crate::pki::Pki;
use crate::throttling::Throttling;
use crate::timing::Timing;
use crate::vault::{Settings, Vaults};

/// How a request reached the service; whoever calls it in process can set it as a request extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The client's address.
    pub peer: SocketAddr,
    /// Whether the bytes came through TLS.
    pub tls: bool,
}

impl Connection {
    /// What a request without one counts as: one that came through TLS from this machine.
    pub const IN_PROCESS: Self =
        Self { peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), tls: true };
}

/// Everything that outlives a request.
#[derive(Debug)]
pub struct State {
    /// Time.
    pub clock: Clock,
    /// Draws.
    pub chance: Chance,
    /// Delays.
    pub timing: Timing,
    /// Keys made ahead.
    pub keys: Arc<KeyPool>,
    /// What seals backups.
    pub backup_key: Arc<Kept<SealingKey>>,
    /// What stands behind issuers.
    pub pki: Arc<Pki>,
    /// What every request passes through, so that whatever puts another state in place of this one does it between two
    /// requests: no request sees a part of each.
    pub gate: tokio::sync::RwLock<()>,
    /// The vaults.
    pub vaults: Vaults,
    /// The Managed HSM pools: vaults of keys in hardware.
    pub pools: Vaults,
    /// What new vaults are like.
    pub settings: Settings,
    /// Login and tokens.
    pub identity: Identity,
    /// What attests environments.
    pub attestation: AttestationAuthority,
    /// What the hardware signs with.
    pub hardware_key: Arc<Kept<CertifiedKey>>,
    /// What the control plane keeps.
    pub store: Store,
    /// How closely the control plane follows the CLI.
    pub fidelity: Fidelity,
    /// What has happened.
    pub journal: Journal,
    /// What is to go wrong.
    pub faults: Faults,
    /// How much is too much.
    pub throttling: Throttling,
    /// What the control API tells of the process.
    pub published: Published,
    /// What it begins with, and goes back to.
    pub initial: Initial,
    /// Whether everything that `published` names is there.
    pub ready: AtomicBool,
}

#[cfg(test)]
impl State {
    /// An emulator in memory that repeats, for tests of other modules.
    pub(crate) fn for_tests() -> Self {
        use crate::crypto::generate_pem;
        use crate::identity::DEFAULT_TENANT;
        use crate::journal;
        use crate::keystore::KeyStore;
        use crate::pki::Revocations;
        let settings = Settings::default();
        Self {
            clock: Clock::frozen(crate::timestamp::Timestamp::from_seconds(1_800_000_000)),
            chance: Chance::seeded(1),
            timing: Timing::fast(),
            keys: Arc::new(KeyPool::new(0, None)),
            backup_key: Arc::new(Kept::new(KeyStore::Memory, generate_pem, SealingKey::from_pem)),
            pki: Arc::new(Pki::new(KeyStore::Memory, KeyStore::Memory, Revocations::default())),
            gate: tokio::sync::RwLock::default(),
            vaults: Vaults::new(settings.clone(), crate::vault::FirstUse::Creates),
            pools: Vaults::new(settings.of_a_pool(), crate::vault::FirstUse::Creates),
            settings,
            identity: Identity::for_tests(),
            attestation: AttestationAuthority::new(KeyStore::Memory),
            hardware_key: Arc::new(Kept::new(KeyStore::Memory, generate_pem, CertifiedKey::from_pem)),
            store: Store::new(DEFAULT_TENANT, None),
            fidelity: Fidelity::Lenient,
            journal: Journal::new(journal::DEFAULT_CAPACITY),
            faults: Faults::default(),
            throttling: Throttling::default(),
            initial: Initial::default(),
            published: Published::default(),
            ready: AtomicBool::new(true),
        }
    }
}

/// The whole emulator behind one method. Cloning is cheap, and clones are the same emulator.
#[derive(Clone, Debug)]
pub struct Service {
    state: Arc<State>,
}

impl Service {
    /// A service over `state`.
    #[must_use]
    pub fn new(state: State) -> Self {
        Self { state: Arc::new(state) }
    }

    /// What the service works on.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Answers one request. A request without a [`Connection`] counts as one that came through TLS from this machine.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let connection = parts.extensions.get().copied().unwrap_or(Connection::IN_PROCESS);
        self.answer(&parts, &body, &Line::new(connection)).await
    }

    /// Answers one request that came so.
    pub async fn answer(&self, parts: &Parts, body: &[u8], line: &Line) -> Response<Bytes> {
        let Some(dialled) = authority_of(parts).and_then(|authority| line.dialled(authority)) else {
            return explain(StatusCode::BAD_REQUEST, "InvalidHost", "akv: the request has no usable Host.");
        };
        match &dialled.realm {
            Some(Realm::Vault(product, name)) => {
                let addressee = Addressee { product: *product, name, dialled: &dialled, line };
                let _passing = self.state.gate.read().await;
                data_plane::answer(&self.state, &addressee, parts, body).await
            }
            // In a box, so that requests to vaults need not carry the room for it.
            realm => {
                let peer = line.connection.peer.ip();
                Box::pin(self.around_vaults(realm.as_ref(), &dialled.origin, parts, body, peer)).await
            }
        }
    }

    /// Answers a request to whatever is no vault.
    async fn around_vaults(
        &self,
        realm: Option<&Realm>,
        origin: &Origin,
        parts: &Parts,
        body: &[u8],
        peer: IpAddr,
    ) -> Response<Bytes> {
        let is_control = parts.uri.path().starts_with(control::PREFIX);
        // The control API passes by itself: it is also what closes the gate.
        let _passing = if is_control { None } else { Some(self.state.gate.read().await) };
        match realm {
            Some(Realm::Login) => {
                let response = self.state.identity.login(origin, parts, body).await;
                self.recorded(journal::Service::Login, parts, peer, response)
            }
            Some(Realm::Attestation) => self.state.attestation.answer(origin, parts).await,
            Some(Realm::Management) => self.management(origin, parts, body, peer).await,
            Some(Realm::InstanceMetadata) => {
                let response = self.state.identity.instance_metadata(parts).await;
                self.recorded(journal::Service::Identity, parts, peer, response)
            }
            Some(Realm::Local) => self.local(origin, parts, body, peer).await,
            Some(Realm::Graph) => {
                let response = self.state.identity.graph(origin, parts, body);
                self.recorded(journal::Service::Graph, parts, peer, response)
            }
            Some(Realm::Vault(..) | Realm::Reserved) => not_emulated(origin),
            None if self.state.published.names.contains(&hosts::host_of(&origin.authority).to_owned()) => {
                self.local(origin, parts, body, peer).await
            }
            None => {
                let message = format!("akv: '{}' is not a host of this emulator.", origin.authority);
                explain(StatusCode::MISDIRECTED_REQUEST, "UnknownHost", &message)
            }
        }
    }

    async fn management(&self, origin: &Origin, parts: &Parts, body: &[u8], peer: IpAddr) -> Response<Bytes> {
        let response = arm::answer(&self.state, origin, parts, body).await;
        self.recorded(journal::Service::Management, parts, peer, response)
    }

    /// The same answer, kept in the journal. A vault's answers are kept with more ([`data_plane`]).
    fn recorded(
        &self,
        service: journal::Service,
        parts: &Parts,
        peer: IpAddr,
        response: Response<Bytes>,
    ) -> Response<Bytes> {
        if self.state.journal.is_kept() {
            let entry = ServiceRequest::of(service, parts, peer, &response);
            self.state.journal.record(self.state.clock.now(), Event::Service(entry));
        }
        response
    }

    /// This machine's own names: routed by path, as several services share them.
    async fn local(&self, origin: &Origin, parts: &Parts, body: &[u8], peer: IpAddr) -> Response<Bytes> {
        let path = parts.uri.path();
        if path.starts_with(control::PREFIX) {
            return control::answer(&self.state, parts, body).await;
        }
        if path.starts_with(pki::PREFIX) {
            return pki::answer(&self.state, parts, body).await;
        }
        if arm::owns(path) {
            return self.management(origin, parts, body, peer).await;
        }
        if let Some((service, response)) = self.state.identity.local(origin, parts, body).await {
            return self.recorded(service, parts, peer, response);
        }
        let message = format!(
            "akv: nothing is served at '{path}' here. Vaults are at https://NAME.vault.azure.net through this port as a proxy, or at https://NAME.vault.localhost with this port."
        );
        explain(StatusCode::NOT_FOUND, "NotFound", &message)
    }
}

fn not_emulated(origin: &Origin) -> Response<Bytes> {
    let message = format!(
        "akv: {} is not emulated yet, and requests to Azure never leave this machine.",
        origin.authority
    );
    explain(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message)
}

/// The largest body of a request. Azure's largest, a backup blob, stays far below it; a snapshot is all of an emulator.
pub(crate) fn body_limit(parts: &Parts) -> usize {
    match parts.uri.path() == control::SNAPSHOT_PATH {
        true => 1024 * 1024 * 1024,
        false => 4 * 1024 * 1024,
    }
}

/// The answer to a body that was not read to its end.
pub(crate) fn body_too_large() -> Response<Bytes> {
    let answer = Error::BodyTooLarge.answer();
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::PAYLOAD_TOO_LARGE);
    explain(status, answer.code, &answer.message)
}

/// An answer of the emulator's own, in Azure's error form.
fn explain(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    answer_json(status, &serde_json::json!({"error": {"code": code, "message": message}}))
}
