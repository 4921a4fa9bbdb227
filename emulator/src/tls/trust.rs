//! What other programs are told to trust: `ca-bundle.pem` (the system's roots and ours) and `truststore.p12` (the
//! same for Java).
//!
//! Both are derived: they can be deleted and come back. It must not be on the way to the first answer, because
//! reading the system's roots is the slowest part of a first start.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry};
use rustls::pki_types::CertificateDer;
use rustls_native_certs::CertificateResult;

use super::authority::CA_NAME;
use super::files;
use super::{CaError, CertificateAuthority};
use crate::config::inherited;
use crate::storage::Readers;

const BUNDLE_FILE: &str = "ca-bundle.pem";
const TRUST_STORE_FILE: &str = "truststore.p12";

/// The password of `truststore.p12`; Java's own convention, and no secret: the file holds public roots only.
pub const TRUST_STORE_PASSWORD: &str = "changeit";

/// Rounds of key derivation. The password is public, so more of them would only slow every Java program down.
const ITERATIONS: u32 = 1000;

/// Where the common systems keep their roots in one file; also for when the environment names a bundle that is gone
/// (often our own, exported by an earlier session).
const USUAL_BUNDLES: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

impl CertificateAuthority {
    /// Writes `ca-bundle.pem` and `truststore.p12` into `dir` when one is missing or speaks of another authority.
    /// Answers whether it wrote. A check that finds nothing to do reads under a kilobyte.
    ///
    /// # Errors
    /// Those of [`Self::write_trust_files`].
    pub fn ensure_trust_files(&self, dir: &Path) -> Result<bool, CaError> {
        // The bundle is written last and begins with our root, so its first bytes vouch for both files.
        if dir.join(TRUST_STORE_FILE).is_file() && begins_with(&dir.join(BUNDLE_FILE), self.pem().as_bytes())
        {
            return Ok(false);
        }
        self.write_trust_files(dir)?;
        Ok(true)
    }

    /// Writes `ca-bundle.pem` and `truststore.p12` into `dir` anew from the roots the system has now.
    ///
    /// # Errors
    /// [`CaError::Io`] when a file cannot be written, [`CaError::Unusable`] for a bundle that is somebody else's.
    pub fn write_trust_files(&self, dir: &Path) -> Result<(), CaError> {
        files::ensure_ours(&dir.join(BUNDLE_FILE))?;
        let roots = system_roots();
        let store = self.trust_store(&roots)?;
        files::replace(&dir.join(TRUST_STORE_FILE), &store, Readers::Everybody)?;
        files::replace(&dir.join(BUNDLE_FILE), self.bundle(&roots).as_bytes(), Readers::Everybody)
    }

    /// Our root, then `roots`, in PEM.
    pub(super) fn bundle(&self, roots: &[CertificateDer<'_>]) -> String {
        roots.iter().fold(self.pem(), |text, root| text + &pem(root))
    }

    /// Our root and `roots` as trusted certificate entries of a PKCS#12 file.
    pub(super) fn trust_store(&self, roots: &[CertificateDer<'_>]) -> Result<Vec<u8>, CaError> {
        let mut store = KeyStore::new();
        let ours = Certificate::from_der(self.certificate()).map_err(CaError::issue)?;
        store.add_entry("akv-emulator", KeyStoreEntry::Certificate(ours));
        for (index, root) in roots.iter().enumerate() {
            // A root that cannot be parsed is one that Java could not use either.
            if let Ok(root) = Certificate::from_der(root) {
                store.add_entry(&format!("system-{:03}", index + 1), KeyStoreEntry::Certificate(root));
            }
        }
        let writer = store.writer(TRUST_STORE_PASSWORD);
        writer.encryption_iterations(ITERATIONS).mac_iterations(ITERATIONS).write().map_err(CaError::issue)
    }
}

/// The roots this machine trusts, without those of any emulator.
///
/// Linux keeps the same roots as one bundle and as a directory of hundreds of files, and the library reads both. Unless
/// the environment names what to trust, the bundle is enough, and half of a first start is saved.
pub(super) fn system_roots() -> Vec<CertificateDer<'static>> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().any(|name| inherited(name).is_some());
    let sources: [fn() -> Vec<CertificateDer<'static>>; 2] = match cfg!(target_os = "linux") && !named {
        true => [usual_roots, native_roots],
        false => [native_roots, usual_roots],
    };
    let roots = sources.iter().map(|roots| roots()).find(|roots| !roots.is_empty()).unwrap_or_default();
    if roots.is_empty() {
        tracing::warn!(
            "no system roots found: {BUNDLE_FILE} and {TRUST_STORE_FILE} hold the emulator's own alone"
        );
    }
    roots
}

/// Those that the environment names, else the system's own, wherever it has them.
fn native_roots() -> Vec<CertificateDer<'static>> {
    without_emulators(rustls_native_certs::load_native_certs())
}

/// Those of the first of [`USUAL_BUNDLES`] that has any.
fn usual_roots() -> Vec<CertificateDer<'static>> {
    let roots_of = |bundle| rustls_native_certs::load_certs_from_paths(Some(Path::new(bundle)), None);
    USUAL_BUNDLES
        .iter()
        .map(|bundle| without_emulators(roots_of(bundle)))
        .find(|roots| !roots.is_empty())
        .unwrap_or_default()
}

fn without_emulators(found: CertificateResult) -> Vec<CertificateDer<'static>> {
    let mut roots = found.certs;
    roots.retain(|root| !is_an_emulators(root));
    roots
}

/// Whether `root` came from an emulator, now or earlier. The name stands in the DER as plain text.
pub(super) fn is_an_emulators(root: &CertificateDer<'_>) -> bool {
    root.windows(CA_NAME.len()).any(|window| window == CA_NAME.as_bytes())
}

fn begins_with(path: &Path, start: &[u8]) -> bool {
    let mut found = vec![0; start.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut found)).is_ok() && found == start
}

/// A certificate in PEM, with a line break at the end.
pub(super) fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = String::with_capacity(text.len() + text.len() / 64 + 64);
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}
