//! The root authority and the leaves it mints.
//!
//! It must not touch the disk (`files` does) nor judge host names (`hosts` does).

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls::crypto::aws_lc_rs::sign::any_ecdsa_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::LOCAL;
use crate::hosts::{self, Realm};
use crate::timestamp::Timestamp;

/// The subject of every root, before its own suffix.
pub(super) const CA_NAME: &str = "Azure Key Vault emulator CA";

const DAY: Duration = Duration::from_hours(24);
const CA_MONTHS: u32 = 120;
/// With the day before now this makes 397, the most that Apple's clients accept.
const LEAF_DAYS: u32 = 396;
/// A leaf this close to its end is replaced.
const RENEW_BEFORE: u32 = 30;
/// Leaves kept at once. Above it the next name pushes another one out; minting again costs well under a millisecond.
const CACHED_LEAVES: usize = 1024;
/// The longest common name that X.520 allows.
const LONGEST_NAME: usize = 64;

/// Why there is no authority, or no leaf from it. One line, which names the file and the mend.
#[derive(Debug)]
#[non_exhaustive]
pub enum CaError {
    /// A file or directory could not be read or written.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the authority is there but cannot be used.
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Making a key, a certificate or a trust store failed.
    Issue(String),
}

impl CaError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(super) fn issue(cause: impl fmt::Display) -> Self {
        Self::Issue(cause.to_string())
    }
}

impl fmt::Display for CaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(
                f,
                "{}: {source}; make it readable and writable, or choose another directory with --data-dir",
                path.display()
            ),
            Self::Unusable { path, reason } => write!(
                f,
                "{}: {reason}; delete it, or choose another directory with --data-dir",
                path.display()
            ),
            Self::Issue(cause) => write!(f, "cannot issue a certificate: {cause}"),
        }
    }
}

impl std::error::Error for CaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Unusable { .. } | Self::Issue(_) => None,
        }
    }
}

/// A root authority of the emulator's own and the leaves it has minted.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    expires: Timestamp,
    leaves: DashMap<String, Leaf>,
}

struct Leaf {
    key: Arc<CertifiedKey>,
    renew_at: Timestamp,
}

impl CertificateAuthority {
    /// Makes an authority that lives in memory only, valid for ten years from the day before `now`.
    ///
    /// # Errors
    /// [`CaError::Issue`] when the crypto library fails.
    pub fn generate(now: Timestamp) -> Result<Self, CaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(CaError::issue)?;
        let mut params = root_params(&key);
        let expires = now.plus_months(CA_MONTHS);
        params.not_before = (now - DAY).to_utc().into();
        params.not_after = expires.to_utc().into();
        let certificate = params.self_signed(&key).map_err(CaError::issue)?;
        Ok(Self::from_parts(key, certificate.into(), expires))
    }

    /// An authority from a key and the root that was made for it.
    pub(super) fn from_parts(key: KeyPair, certificate: CertificateDer<'static>, expires: Timestamp) -> Self {
        let issuer = Issuer::new(root_params(&key), key);
        Self { issuer, certificate, expires, leaves: DashMap::new() }
    }

    /// The root certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The root certificate in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        super::trust::pem(&self.certificate)
    }

    /// The last instant at which the root is valid.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The private key in PKCS#8 PEM, for `files` alone.
    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// The certificate and key for exactly `host`, minted now or earlier.
    ///
    /// Names of this machine (`localhost`, loopback addresses) share one leaf that carries them all.
    ///
    /// # Errors
    /// [`CaError::Issue`] when `host` cannot stand in a certificate or the crypto library fails.
    pub fn leaf(&self, host: &str, now: Timestamp) -> Result<Arc<CertifiedKey>, CaError> {
        let host = match hosts::realm(host) {
            Some(Realm::Local) => LOCAL.to_owned(),
            _ => host.to_ascii_lowercase(),
        };
        if let Some(leaf) = self.leaves.get(&host)
            && now < leaf.renew_at
        {
            return Ok(Arc::clone(&leaf.key));
        }
        let leaf = self.mint(&host, now)?;
        let key = Arc::clone(&leaf.key);
        self.make_room();
        self.leaves.insert(host, leaf);
        Ok(key)
    }

    fn make_room(&self) {
        if self.leaves.len() < CACHED_LEAVES {
            return;
        }
        // The guard of `iter` must be gone before `remove` locks the same shard.
        let victim = self.leaves.iter().next().map(|leaf| leaf.key().clone());
        if let Some(victim) = victim {
            self.leaves.remove(&victim);
        }
    }

    #[cfg(test)]
    pub(super) fn cached_leaves(&self) -> usize {
        self.leaves.len()
    }

    fn mint(&self, host: &str, now: Timestamp) -> Result<Leaf, CaError> {
        let not_after = (now + DAY * LEAF_DAYS).min(self.expires);
        let mut params = leaf_params(host)?;
        params.not_before = (now - DAY).to_utc().into();
        params.not_after = not_after.to_utc().into();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(CaError::issue)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(CaError::issue)?;
        let signing_key = any_ecdsa_type(&PrivateKeyDer::from(key)).map_err(CaError::issue)?;
        let chain = vec![certificate.into(), self.certificate.clone()];
        Ok(Leaf {
            key: Arc::new(CertifiedKey::new(chain, signing_key)),
            renew_at: not_after - DAY * RENEW_BEFORE,
        })
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// The subject of the root of `key`. Its suffix comes from the key, so two roots never share a name and a root that
/// is read back needs no name of its own in a file.
pub(super) fn root_name(key: &KeyPair) -> String {
    let id = CertificateParams::default().key_identifier(key);
    let suffix: String = id.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{CA_NAME} {suffix}")
}

fn root_params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(&root_name(key));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(host: &str) -> Result<CertificateParams, CaError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(if host.len() <= LONGEST_NAME { host } else { "localhost" });
    params.subject_alt_names = vec![SanType::DnsName(host.try_into().map_err(CaError::issue)?)];
    if host == LOCAL {
        for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            params.subject_alt_names.push(SanType::IpAddress(ip));
        }
    }
    // `ExplicitNoCa` is also what makes rcgen write the subject key identifier.
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    dn.push(DnType::CommonName, name);
    dn
}
