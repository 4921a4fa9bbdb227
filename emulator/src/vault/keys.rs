//! Keys: what one version holds, and what it may be used for (keys-and-secrets.md section 4).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{KeySpec, KeyUsage, KeyUsages, PrivateKey};
use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::certificate::{CertificateVersion, Issued};
use crate::vault::collection::Collection;
use crate::vault::objects::{Object, View};
use crate::vault::versions::Versions;

/// What can be done with a key, in the service's order (keys-and-secrets.md section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOperation {
    /// With the public half.
    Encrypt,
    /// With the private half.
    Decrypt,
    /// With the private half.
    Sign,
    /// With the public half.
    Verify,
    /// With the public half.
    WrapKey,
    /// With the private half.
    UnwrapKey,
}

impl KeyOperation {
    /// All of them, in the service's order.
    pub const ALL: [Self; 6] =
        [Self::Encrypt, Self::Decrypt, Self::Sign, Self::Verify, Self::WrapKey, Self::UnwrapKey];

    /// Its name in `key_ops` and in messages; a path has it in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::WrapKey => "wrapKey",
            Self::UnwrapKey => "unwrapKey",
        }
    }

    /// The operation of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// The key usages that allow it.
    const fn allowed_by(self) -> &'static [KeyUsage] {
        match self {
            Self::Sign | Self::Verify => &[
                KeyUsage::DigitalSignature,
                KeyUsage::NonRepudiation,
                KeyUsage::KeyCertSign,
                KeyUsage::CrlSign,
            ],
            Self::WrapKey | Self::UnwrapKey => &[KeyUsage::KeyEncipherment],
            Self::Encrypt => &[KeyUsage::DataEncipherment, KeyUsage::EncipherOnly],
            Self::Decrypt => &[KeyUsage::DataEncipherment, KeyUsage::DecipherOnly],
        }
    }

    /// Whether it follows from `usages`. A certificate without any restricts nothing (RFC 5280 section 4.2.1.3): its
    /// key does what its kind can. What Azure makes of such a certificate is unverified.
    #[must_use]
    pub fn follows_from(self, usages: KeyUsages, key: KeySpec) -> bool {
        if usages.is_empty() {
            return matches!((self, key), (Self::Sign | Self::Verify, _) | (_, KeySpec::Rsa(_)));
        }
        self.allowed_by().iter().any(|usage| usages.contains(*usage))
    }

    /// keys-and-secrets.md section 4.5: a disabled key refuses these only.
    const fn needs_enabled(self) -> bool {
        matches!(self, Self::Decrypt | Self::Sign | Self::UnwrapKey)
    }

    /// keys-and-secrets.md section 4.5: a key out of its time refuses these only.
    const fn needs_validity(self) -> bool {
        matches!(self, Self::Encrypt | Self::Sign | Self::WrapKey)
    }
}

/// What a version of a key holds.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key itself.
    pub key: PrivateKey,
    /// What it may be used for, in the order that its creator gave.
    pub operations: Arc<[KeyOperation]>,
}

/// A key's version as a backup keeps it. It holds the private key: whoever takes it must seal it.
#[derive(Deserialize, Serialize)]
pub struct KeyRecord {
    key: Zeroizing<String>,
    operations: Vec<String>,
}

impl Object for Key {
    const FAMILY: Family = Family::Key;
    type Policy = ();
    type Record = KeyRecord;

    fn collection(vault: &Vault) -> &RwLock<Collection<Versions<Self, ()>>> {
        &vault.keys
    }

    fn of_certificate(version: &CertificateVersion, issued: &Arc<Issued>) -> Self {
        let (usages, spec) = (version.policy.profile.key_usage, issued.key.spec());
        let operations =
            KeyOperation::ALL.into_iter().filter(|operation| operation.follows_from(usages, spec));
        Self { key: issued.key.clone(), operations: operations.collect() }
    }

    fn to_record(&self) -> Option<KeyRecord> {
        let operations = self.operations.iter().map(|operation| operation.name().to_owned()).collect();
        Some(KeyRecord { key: Zeroizing::new(STANDARD.encode(self.key.pkcs8_der().as_slice())), operations })
    }

    fn from_record(record: KeyRecord) -> Result<Self, Error> {
        let der = Zeroizing::new(STANDARD.decode(&*record.key).map_err(|_| Error::CorruptBackup)?);
        let key = PrivateKey::from_pkcs8(&der).map_err(|_| Error::CorruptBackup)?;
        let operations = record.operations.iter().map(|name| KeyOperation::from_name(name));
        let operations = operations.collect::<Option<_>>().ok_or(Error::CorruptBackup)?;
        Ok(Self { key, operations })
    }
}

impl View<Key> {
    /// Whether the key may do `operation` at `now`.
    ///
    /// # Errors
    /// 403 by the key's operations, its state or its time.
    pub fn ensure_may(&self, operation: KeyOperation, now: Timestamp) -> Result<(), Error> {
        let attributes = &self.version.attributes;
        if !self.version.content.operations.contains(&operation) {
            return Err(Error::KeyOperationForbidden(operation.name()));
        }
        if operation.needs_enabled() && !attributes.enabled {
            return Err(Error::Disabled(Family::Key, operation.name()));
        }
        if operation.needs_validity() && !attributes.are_valid(now) {
            return Err(Error::KeyOutOfTime(operation.name()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Curve, RsaSize};

    /// certificates.md section 2.13, documented.
    #[test]
    fn key_operations_follow_from_key_usages() {
        let (rsa, ec) = (KeySpec::Rsa(RsaSize::Bits2048), KeySpec::Ec(Curve::P256));
        let names = |usages: &[KeyUsage], key| {
            let usages = usages.iter().copied().collect();
            let all = KeyOperation::ALL.into_iter().filter(|o| o.follows_from(usages, key));
            all.map(KeyOperation::name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment], rsa),
            "sign verify wrapKey unwrapKey"
        );
        assert_eq!(names(&[KeyUsage::DataEncipherment], rsa), "encrypt decrypt");
        assert_eq!(names(&[KeyUsage::DecipherOnly], rsa), "decrypt");
        assert_eq!(names(&[KeyUsage::KeyAgreement], ec), "");
        assert_eq!(names(&[], rsa), "encrypt decrypt sign verify wrapKey unwrapKey");
        assert_eq!(names(&[], ec), "sign verify");
    }
}
