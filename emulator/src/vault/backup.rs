//! A certificate with all its versions as one document, to be sealed and to come back (certificates.md section 2.10).
//!
//! It holds private keys: whoever takes it must seal it, and must not log it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{ParsedCertificate, PrivateKey, sha1_thumbprint};
use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::certificate::{Attributes, Certificate, CertificateVersion, Issued};
use crate::vault::certificates::{CertificateView, full_view};
use crate::vault::name::{ObjectName, Version};
use crate::vault::policy::Policy;
use crate::wire::certificates as wire;

/// A certificate's name with everything but its operation.
#[derive(Deserialize, Serialize)]
pub struct Backup {
    name: String,
    policy: PolicyRecord,
    /// From the oldest to the newest.
    versions: Vec<VersionRecord>,
}

#[derive(Clone, Deserialize, Serialize)]
pub(super) struct PolicyRecord {
    sections: wire::CertificatePolicy,
    #[serde(with = "crate::timestamp::exact")]
    created: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    updated: Timestamp,
}

#[derive(Deserialize, Serialize)]
pub(super) struct VersionRecord {
    version: String,
    certificates: Vec<String>,
    key: Zeroizing<String>,
    policy: PolicyRecord,
    enabled: bool,
    #[serde(with = "crate::timestamp::exact")]
    created: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    updated: Timestamp,
    tags: Option<wire::Tags>,
    preserve_cert_order: Option<bool>,
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backup").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PolicyRecord {
    pub(super) fn of(policy: &Policy) -> Self {
        Self { sections: policy.sections().clone(), created: policy.created, updated: policy.updated }
    }

    /// The policy of a version; one that was derived from its certificate is derived again.
    pub(super) fn policy(self, certificate: Option<&ParsedCertificate>) -> Result<Arc<Policy>, Error> {
        let made = Policy::new(self.sections.clone(), self.created, self.updated);
        let made = made.or_else(|error| match certificate {
            Some(certificate) => Policy::imported(self.sections, certificate, self.created, self.updated),
            None => Err(error),
        });
        made.map(Arc::new)
    }
}

impl VersionRecord {
    pub(super) fn of(version: &CertificateVersion) -> Option<Self> {
        let issued = version.issued.as_ref()?;
        let own = &version.attributes;
        let certificates = std::iter::once(&issued.der).chain(&issued.chain);
        Some(Self {
            version: version.version.to_string(),
            certificates: certificates.map(|der| STANDARD.encode(der)).collect(),
            key: Zeroizing::new(STANDARD.encode(issued.key.pkcs8_der().as_slice())),
            policy: PolicyRecord::of(&version.policy),
            enabled: own.enabled,
            created: own.created,
            updated: own.updated,
            tags: own.tags.as_deref().cloned(),
            preserve_cert_order: own.preserve_cert_order,
        })
    }

    pub(super) fn restore(self) -> Result<(CertificateVersion, ParsedCertificate), Error> {
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| Error::CorruptBackup);
        let mut certificates =
            self.certificates.iter().map(|text| decode(text)).collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() {
            return Err(Error::CorruptBackup);
        }
        let der = certificates.remove(0);
        let parsed = ParsedCertificate::from_der(&der).map_err(|_| Error::CorruptBackup)?;
        let key = Zeroizing::new(decode(&self.key)?);
        let key = PrivateKey::from_pkcs8(&key).map_err(|_| Error::CorruptBackup)?;
        let version = CertificateVersion {
            version: Version::parse(&self.version).ok_or(Error::CorruptBackup)?,
            policy: self.policy.policy(Some(&parsed))?,
            attributes: Attributes {
                enabled: self.enabled,
                not_before: parsed.not_before,
                not_after: parsed.not_after,
                created: self.created,
                updated: self.updated,
                tags: self.tags.map(Arc::new),
                preserve_cert_order: self.preserve_cert_order,
            },
            issued: Some(Arc::new(Issued {
                thumbprint: sha1_thumbprint(&der),
                der,
                chain: certificates,
                key,
            })),
        };
        Ok((version, parsed))
    }
}

impl Backup {
    /// The name and what it held.
    fn restore(self) -> Result<(ObjectName, Certificate), Error> {
        let name = ObjectName::parse(&self.name).map_err(|_| Error::CorruptBackup)?;
        let restored =
            self.versions.into_iter().map(VersionRecord::restore).collect::<Result<Vec<_>, _>>()?;
        let (newest, parsed) = restored.last().ok_or(Error::CorruptBackup)?;
        let policy = self.policy.policy(Some(parsed))?;
        let mut certificate = Certificate::new(Arc::clone(&policy), newest.clone());
        for (version, _) in restored {
            certificate.import(Arc::clone(&policy), version);
        }
        Ok((name, certificate))
    }
}

impl Vault {
    /// The certificate of that name with all versions issued so far.
    ///
    /// # Errors
    /// 404 if it is not there, or not issued yet.
    pub fn backup_certificate(&self, name: &ObjectName, now: Timestamp) -> Result<Backup, Error> {
        let certificates = self.certificates.read();
        let entry = certificates.live(name, now)?;
        let versions: Vec<_> = entry.object.issued(now).filter_map(VersionRecord::of).collect();
        if versions.is_empty() {
            return Err(Error::NotFound(Family::Certificate, name.to_string()));
        }
        Ok(Backup { name: entry.name.to_string(), policy: PolicyRecord::of(&entry.object.policy), versions })
    }

    /// Takes a certificate back, identifiers and dates as they were. `identify` gives the full identifier of a version
    /// of a name, for the message of a refusal.
    ///
    /// # Errors
    /// 400 for a document that is none; 409 if the name is in use, in whatever phase.
    pub fn restore_certificate(
        &self,
        backup: Backup,
        now: Timestamp,
        identify: impl FnOnce(&ObjectName, Version) -> String,
    ) -> Result<CertificateView, Error> {
        let (name, certificate) = backup.restore()?;
        certificate.policy.protection.ensure_kept_in(self.settings().sku)?;
        let mut certificates = self.certificates.write();
        let is_free = self.ensure_no_namesake(&name, now).and_then(|()| certificates.for_create(&name, now));
        if !matches!(is_free, Ok(None)) {
            let id = identify(&name, certificate.current(now).version);
            return Err(Error::RestoreConflict(Family::Certificate, id));
        }
        certificates.insert(name.clone(), certificate, now);
        self.watch(&certificates, &name);
        Ok(full_view(certificates.live(&name, now)?, None, now))
    }
}
