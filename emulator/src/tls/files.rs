//! The authority on disk: `ca-key.pem` (key and root, private) and `ca.pem` (the root alone, for everybody).
//!
//! `ca-key.pem` is the one source: it holds both halves, so it appears whole or not at all and two processes that
//! start at once agree on it. `ca.pem` is a copy that is mended at every start.
//! It must not overwrite a file it cannot understand.

use std::fs;
use std::path::Path;

use der::{Decode, Encode};
use rcgen::KeyPair;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_cert::certificate::{CertificateInner, Raw};

use super::authority::root_name;
use super::{CaError, CertificateAuthority, trust};
use crate::storage::{self, Readers};
use crate::timestamp::Timestamp;

const KEY_FILE: &str = "ca-key.pem";
const ROOT_FILE: &str = "ca.pem";

impl CertificateAuthority {
    /// Reads the authority kept in `dir`, or makes one and keeps it there; `dir` is created when it is missing.
    ///
    /// Processes that start at the same moment end with the same authority. The bundle and the trust store are not
    /// touched: see [`CertificateAuthority::ensure_trust_files`].
    ///
    /// # Errors
    /// [`CaError`] when a file cannot be read or written, holds no usable authority, or has expired.
    pub fn load_or_create(dir: &Path, now: Timestamp) -> Result<Self, CaError> {
        fs::create_dir_all(dir).map_err(CaError::io(dir))?;
        let path = dir.join(KEY_FILE);
        let authority = match read(&path)? {
            Some(text) => parse(&path, &text, now)?,
            None => create(&path, now)?,
        };
        let root = authority.pem();
        let root_path = dir.join(ROOT_FILE);
        if read(&root_path)?.as_deref() != Some(root.as_bytes()) {
            ensure_ours(&root_path)?;
            replace(&root_path, root.as_bytes(), Readers::Everybody)?;
        }
        Ok(authority)
    }
}

/// Makes an authority and keeps it, unless another process was first: then that one's is taken.
fn create(path: &Path, now: Timestamp) -> Result<CertificateAuthority, CaError> {
    let authority = CertificateAuthority::generate(now)?;
    let text = zeroize::Zeroizing::new(authority.key_pem() + &authority.pem());
    match storage::create(path, text.as_bytes(), Readers::Owner).map_err(CaError::io(path))? {
        None => Ok(authority),
        Some(others) => parse(path, &others, now),
    }
}

/// Puts `bytes` at `path` in one step, over whatever was there.
pub(super) fn replace(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), CaError> {
    storage::replace(path, bytes, readers).map_err(CaError::io(path))
}

/// Refuses a file of certificates whose first one is not this program's: it is somebody else's, to be left alone.
pub(super) fn ensure_ours(path: &Path) -> Result<(), CaError> {
    let Some(found) = read(path)? else { return Ok(()) };
    match CertificateDer::from_pem_slice(&found) {
        Ok(first) if trust::is_an_emulators(&first) => Ok(()),
        _ => Err(CaError::Unusable {
            path: path.to_owned(),
            reason: "it does not begin with a certificate that this program made".to_owned(),
        }),
    }
}

/// The bytes of `path`; `None` when there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, CaError> {
    storage::read(path).map_err(CaError::io(path))
}

/// Reads `ca-key.pem` and checks that the two halves belong together and are still valid.
fn parse(path: &Path, text: &[u8], now: Timestamp) -> Result<CertificateAuthority, CaError> {
    let unusable = |reason: &str| CaError::Unusable { path: path.to_owned(), reason: reason.to_owned() };
    let key = PrivateKeyDer::from_pem_slice(text).map_err(|_| unusable("it holds no private key"))?;
    let root = CertificateDer::from_pem_slice(text).map_err(|_| unusable("it holds no certificate"))?;
    let key = KeyPair::try_from(&key).map_err(|_| unusable("its private key cannot be read"))?;
    let parsed =
        CertificateInner::<Raw>::from_der(&root).map_err(|_| unusable("its certificate cannot be read"))?;
    let tbs = parsed.tbs_certificate();
    let spki = tbs.subject_public_key_info().to_der().unwrap_or_default();
    if spki != rcgen::PublicKeyData::subject_public_key_info(&key) {
        return Err(unusable("its certificate belongs to another key"));
    }
    if tbs.subject().to_string() != format!("CN={}", root_name(&key)) {
        return Err(unusable("its certificate was not made by this program"));
    }
    let expires = tbs.validity().not_after.to_unix_duration().as_secs();
    let expires = Timestamp::from_seconds(i64::try_from(expires).unwrap_or(i64::MAX));
    if expires <= now {
        return Err(unusable(&format!("its certificate expired at {expires}")));
    }
    Ok(CertificateAuthority::from_parts(key, root, expires))
}
