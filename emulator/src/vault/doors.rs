//! A certificate's key and secret: one entry seen through three doors.
//!
//! Nothing is copied, so nothing can disagree; nothing can be changed here but through the certificate
//! (certificates.md section 2.13).

use std::sync::Arc;

use crate::crypto::{CertificateContent, KeyUsage, KeyUsages};
use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::certificate::{Certificate, CertificateVersion, Issued};
use crate::vault::collection::{Deletion, Entry, Slice};
use crate::vault::name::{NameKey, ObjectName, Version};

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

    /// Whether it follows from `usages`.
    #[must_use]
    pub fn follows_from(self, usages: KeyUsages) -> bool {
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

/// A version of a certificate as its key or its secret.
#[derive(Clone, Debug)]
pub struct ManagedView {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// The version.
    pub version: CertificateVersion,
    /// The certificate and its key.
    pub issued: Arc<Issued>,
    /// The version before it.
    pub previous: Option<Version>,
    /// When it was deleted and will be purged.
    pub deletion: Option<Deletion>,
}

impl ManagedView {
    fn new(
        entry: &Entry<Certificate>,
        version: &CertificateVersion,
        deletion: Option<Deletion>,
    ) -> Option<Self> {
        Some(Self {
            name: entry.name.clone(),
            issued: Arc::clone(version.issued.as_ref()?),
            previous: entry.object.before(version.version),
            version: version.clone(),
            deletion,
        })
    }

    /// The certificate, its chain and, if the policy lets it out, its key: the contents of the secret.
    #[must_use]
    pub fn content(&self) -> CertificateContent {
        let key = self.version.policy.is_exportable().then(|| self.issued.key.clone());
        CertificateContent { leaf: self.issued.der.clone(), chain: self.issued.chain.clone(), key }
    }

    /// What the key may be used for.
    #[must_use]
    pub fn operations(&self) -> Vec<&'static str> {
        let usages = self.version.policy.profile.key_usage;
        let allowed = KeyOperation::ALL.into_iter().filter(|operation| operation.follows_from(usages));
        allowed.map(KeyOperation::name).collect()
    }

    /// Whether the key may do `operation` at `now`.
    ///
    /// # Errors
    /// 403 by the key's operations, its state or its time.
    pub fn ensure_may(&self, operation: KeyOperation, now: Timestamp) -> Result<(), Error> {
        let attributes = &self.version.attributes;
        if !operation.follows_from(self.version.policy.profile.key_usage) {
            return Err(Error::KeyOperationForbidden(operation.name()));
        }
        if operation.needs_enabled() && !attributes.enabled {
            return Err(Error::Disabled(Family::Key, operation.name()));
        }
        let in_time = attributes.not_before <= now && now < attributes.not_after;
        if operation.needs_validity() && !in_time {
            return Err(Error::KeyOutOfTime(operation.name()));
        }
        Ok(())
    }
}

impl Vault {
    /// The certificate of that name as a key or a secret: its latest version, or that one.
    ///
    /// # Errors
    /// 404 in the words of `family`.
    pub fn managed(
        &self,
        family: Family,
        name: &ObjectName,
        version: Option<Version>,
        now: Timestamp,
    ) -> Result<ManagedView, Error> {
        let id = version.map_or_else(|| name.to_string(), |version| format!("{name}/{version}"));
        let certificates = self.certificates.read();
        let found = certificates.live(name, now).ok().and_then(|entry| {
            let version = match version {
                Some(version) => entry.object.version(version, now)?,
                None => entry.object.current(now),
            };
            ManagedView::new(entry, version, None)
        });
        found.ok_or(Error::NotFound(family, id))
    }

    /// The deleted certificate of that name as a key or a secret.
    ///
    /// # Errors
    /// 404 in the words of `family`, until the deletion has settled.
    pub fn deleted_managed(
        &self,
        family: Family,
        name: &ObjectName,
        now: Timestamp,
    ) -> Result<ManagedView, Error> {
        let certificates = self.certificates.read();
        let found = certificates.deleted(name, now).ok();
        found
            .and_then(|(entry, deletion)| ManagedView::new(entry, entry.object.current(now), Some(deletion)))
            .ok_or_else(|| Error::DeletedNotFound(family, name.to_string()))
    }

    /// Up to `limit` of them behind `after`, in name order, live or deleted.
    #[must_use]
    pub fn all_managed(
        &self,
        lists: Lists,
        after: Option<&NameKey>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<NameKey, ManagedView> {
        self.certificates.read().page(after, limit, |entry| {
            let deletion = entry.deletion(now);
            let listed = match lists {
                Lists::Live => entry.is_live(now),
                Lists::Deleted => deletion.is_some(),
            };
            if listed { ManagedView::new(entry, entry.object.current(now), deletion) } else { None }
        })
    }

    /// Up to `limit` versions behind `after`; none for a name that is not there.
    #[must_use]
    pub fn managed_versions(
        &self,
        name: &ObjectName,
        after: Option<Version>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<Version, ManagedView> {
        let certificates = self.certificates.read();
        let Ok(entry) = certificates.live(name, now) else {
            return Slice { items: Vec::new(), more_after: None };
        };
        let Slice { items, more_after } = entry.object.page(after, limit, now);
        let views = items.iter().filter_map(|version| ManagedView::new(entry, version, None)).collect();
        Slice { items: views, more_after }
    }
}

/// Which of them a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Live ones.
    Live,
    /// Deleted ones.
    Deleted,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// certificates.md section 2.13, documented.
    #[test]
    fn key_operations_follow_from_key_usages() {
        let names = |usages: &[KeyUsage]| {
            let usages = usages.iter().copied().collect();
            let all = KeyOperation::ALL.into_iter().filter(|o| o.follows_from(usages));
            all.map(KeyOperation::name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]),
            "sign verify wrapKey unwrapKey"
        );
        assert_eq!(names(&[KeyUsage::DataEncipherment]), "encrypt decrypt");
        assert_eq!(names(&[KeyUsage::DecipherOnly]), "decrypt");
        assert_eq!(names(&[KeyUsage::KeyAgreement]), "");
    }
}
