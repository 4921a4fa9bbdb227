//! Puts the parts of an emulator together as its configuration says.
//!
//! It must not listen nor start anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::StartError;
use crate::arm::store::Store;
use crate::attestation::AttestationAuthority;
use crate::chance::Chance;
use crate::config::{Config, Data};
use crate::crypto::jwe::SealingKey;
use crate::crypto::{CertifiedKey, KeyPool, Reserve, generate_pem};
use crate::faults::Faults;
use crate::http::State;
use crate::http::control::Published;
use crate::http::initial::Initial;
use crate::identity::{Identity, Options};
use crate::journal::Journal;
use crate::key_shelf::KeyShelf;
use crate::keystore::{Kept, KeyStore};
use crate::pki::{Pki, Revocations};
use crate::storage::{self, Readers};
use crate::throttling::Throttling;
use crate::tls::CertificateAuthority;
use crate::vault::Vaults;

/// Where the identity header is kept, so that a shell that ran `akv env` outlives a restart.
const HEADER_FILE: &str = "identity-header";

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

/// The state of an emulator that is as `config` says.
///
/// # Errors
/// [`StartError::Data`] if the identity header cannot be kept, or what was revoked cannot be read.
pub(crate) fn state(
    config: &Config,
    authority: &CertificateAuthority,
    chance: Chance,
) -> Result<State, StartError> {
    let vaults = Vaults::new(config.settings.clone(), config.first_use);
    for name in &config.vaults {
        vaults.create(name);
    }
    let pools = Vaults::new(config.settings.of_a_pool(), config.first_use);
    // Drawn in any case: whether it is used must not change what a seed draws next.
    let drawn = chance.uuid().to_string();
    let identity_header = match (&config.identity_header, &config.data) {
        (Some(given), _) => given.clone(),
        (None, Data::Memory) => drawn,
        (None, Data::Directory(folder)) => kept_header(&folder.join(HEADER_FILE), drawn)?,
    };
    let control_plane = Store::new(config.tenant, config.subscription);
    let published = published(config, authority, &identity_header, &control_plane);
    let store = |file| match &config.data {
        Data::Memory => KeyStore::Memory,
        Data::Directory(folder) => KeyStore::File(folder.join(file)),
    };
    let revocations = revocations(config)?;
    let pki = pki(&chance, store, revocations);
    let options = Options {
        tenant: config.tenant,
        acceptance: config.acceptance,
        instance_metadata: config.instance_metadata,
        identity_header,
        key_store: store("token-key.pem"),
        directory: config.directory.clone(),
    };
    // Draws of its own: who logs in must not change what the vaults draw.
    let identity = Identity::new(options, chance.apart(&["login"]));
    let kept = config.key_pool_dir.as_ref().map(|folder| key_shelf(folder)).transpose()?;
    Ok(State {
        clock: config.clock.clone(),
        chance,
        timing: config.timing.clone(),
        keys: Arc::new(KeyPool::new(config.key_pool, kept)),
        backup_key: Arc::new(Kept::new(store("backup-key.pem"), generate_pem, SealingKey::from_pem)),
        pki: Arc::new(pki),
        gate: tokio::sync::RwLock::default(),
        vaults,
        pools,
        settings: config.settings.clone(),
        identity,
        attestation: AttestationAuthority::new(store("attestation-key.pem")),
        hardware_key: Arc::new(Kept::new(store("hsm-root.pem"), generate_pem, CertifiedKey::from_pem)),
        store: control_plane,
        fidelity: config.fidelity,
        journal: Journal::new(config.journal),
        faults: Faults::default(),
        throttling: Throttling::new(config.throttle),
        initial: Initial::new(config.vaults.clone(), config.throttle, config.contents.clone()),
        ready: AtomicBool::new(published.ca_bundle.is_none()),
        published,
    })
}

/// What the control API tells of an emulator.
fn published(
    config: &Config,
    authority: &CertificateAuthority,
    identity_header: &str,
    control_plane: &Store,
) -> Published {
    let paths = match &config.data {
        Data::Memory => None,
        Data::Directory(folder) => Some(TrustPaths::of(folder)),
    };
    Published {
        names: config.names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tenant_id: config.tenant.to_string(),
        subscription_id: control_plane.subscription.to_string(),
        identity_header: identity_header.to_owned(),
        ca_file: paths.as_ref().map(|paths| paths.ca_file.clone()),
        ca_bundle: paths.as_ref().map(|paths| paths.ca_bundle.clone()),
        truststore: paths.map(|paths| paths.truststore),
        ca_pem: authority.pem(),
    }
}

/// The authorities behind issuers; a seed's keys repeat where nothing is kept that would.
fn pki(chance: &Chance, store: impl Fn(&'static str) -> KeyStore, revocations: Revocations) -> Pki {
    let store = |file| match (store(file), chance.apart(&[file]).key_seed()) {
        (KeyStore::Memory, Some(seed)) => KeyStore::Seed(seed),
        (store, _) => store,
    };
    Pki::new(store("issuers-root-key.pem"), store("issuers-ca-key.pem"), revocations)
}

/// What was revoked, beside the keys that vouched for it. A seed draws the same serial numbers in every run: what one
/// run revoked must not be revoked before the next one has issued it.
fn revocations(config: &Config) -> Result<Revocations, StartError> {
    match (&config.data, config.seed) {
        (Data::Memory, _) | (_, Some(_)) => Ok(Revocations::default()),
        (Data::Directory(folder), None) => {
            let file = folder.join("revocations.json");
            Revocations::kept(file.clone()).map_err(|error| StartError::Data(file, error))
        }
    }
}

/// Where the key pool's keys outlast it.
fn key_shelf(folder: &Path) -> Result<Arc<dyn Reserve>, StartError> {
    let shelf = KeyShelf::open(folder.to_owned());
    shelf.map(|shelf| Arc::new(shelf) as _).map_err(|error| StartError::KeyPool(folder.to_owned(), error))
}

/// The header of the file, put there if it is missing.
fn kept_header(path: &Path, drawn: String) -> Result<String, StartError> {
    let explain = |error| StartError::Data(path.to_owned(), error);
    let found = match storage::read(path).map_err(explain)? {
        Some(found) => Some(found),
        None => storage::create(path, drawn.as_bytes(), Readers::Owner).map_err(explain)?,
    };
    let Some(found) = found else { return Ok(drawn) };
    let broken = || explain(std::io::Error::other("it holds no header value"));
    let text = String::from_utf8(found).map_err(|_| broken())?.trim().to_owned();
    if text.is_empty() || http::HeaderValue::from_str(&text).is_err() { Err(broken()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_header_outlives_a_restart_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(HEADER_FILE);
        assert_eq!(kept_header(&path, "first".to_owned()).unwrap(), "first");
        assert_eq!(kept_header(&path, "second".to_owned()).unwrap(), "first");
        std::fs::write(&path, "\n").unwrap();
        let complaint = kept_header(&path, "third".to_owned()).unwrap_err().to_string();
        assert!(complaint.contains(HEADER_FILE) && complaint.contains("--data-dir"), "{complaint}");
    }
}
