//! Which certificate authorities are trusted.
//!
//! It must not trust more than it was told to, nor go on without what it was told to trust.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{load_certs_from_paths, load_native_certs};

use crate::environment::Environment;

/// The machine's authorities, or those the environment names instead, and `roots` beside them.
pub(super) fn config(roots: &[Vec<u8>], environment: Environment<'_>) -> Result<ClientConfig, TrustError> {
    let mut store = of_environment(environment)?;
    for pem in roots {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = certificates.map_err(|error| TrustError::Given(error.to_string()))?;
        if certificates.is_empty() {
            return Err(TrustError::Given("no certificate is in it".to_owned()));
        }
        for certificate in certificates {
            store.add(certificate).map_err(|error| TrustError::Given(error.to_string()))?;
        }
    }
    if store.is_empty() {
        return Err(TrustError::Nobody);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TrustError::Given(error.to_string()))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

fn of_environment(environment: Environment<'_>) -> Result<RootCertStore, TrustError> {
    let named = |name| environment(name).map(PathBuf::from);
    let (file, directory) = (named("SSL_CERT_FILE"), named("SSL_CERT_DIR"));
    let mut store = RootCertStore::empty();
    if file.is_none() && directory.is_none() {
        // A machine's store may hold what rustls cannot read; that is not this program's fault.
        store.add_parsable_certificates(load_native_certs().certs);
        return Ok(store);
    }
    let found = load_certs_from_paths(file.as_deref(), directory.as_deref());
    if let (Some(error), Some(file)) = (found.errors.first(), &file) {
        return Err(TrustError::File { file: file.clone(), reason: error.to_string() });
    }
    store.add_parsable_certificates(found.certs);
    Ok(store)
}

/// Certificate authorities that cannot be used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TrustError {
    /// The file that `SSL_CERT_FILE` names.
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What was given to [`super::Network::root_certificates`], and what is wrong with it.
    Given(String),
    /// There are none at all.
    Nobody,
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, reason } => {
                write!(f, "SSL_CERT_FILE names {}, which cannot be read: {reason}", file.display())
            }
            Self::Given(reason) => {
                write!(f, "the root certificates given are not certificates in PEM: {reason}")
            }
            Self::Nobody => f.write_str(
                "this machine has no certificate authorities: install them (`ca-certificates` on Debian), or name a file with SSL_CERT_FILE",
            ),
        }
    }
}

impl std::error::Error for TrustError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_trusted_is_named() {
        let named = |name: &str| (name == "SSL_CERT_FILE").then(|| "/nowhere/ca.pem".to_owned());
        let complaint = config(&[], &named).unwrap_err().to_string();
        assert!(complaint.contains("SSL_CERT_FILE") && complaint.contains("/nowhere/ca.pem"), "{complaint}");
        let nothing = |_: &str| None;
        for given in [&b"no certificate"[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
        {
            let complaint = config(&[given.to_vec()], &nothing).unwrap_err();
            assert!(matches!(complaint, TrustError::Given(_)), "{complaint}");
        }
    }
}
