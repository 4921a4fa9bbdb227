//! A certificate as a part of a snapshot: with what a backup leaves out, which is its operations, begun or waiting, and
//! what stands in for a version that is not issued yet.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{ParsedCertificate, PrivateKey};
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::backup::{PolicyRecord, VersionRecord};
use crate::vault::certificate::{Attributes, Certificate, CertificateVersion};
use crate::vault::issuance::Plan;
use crate::vault::name::{ObjectName, Version};
use crate::vault::operation::{Cancellation, Ending, Operation};
use crate::vault::policy::{INVALID_ISSUER, LifetimeAction};
use crate::wire::certificates::Tags;

/// A certificate's name with everything that it holds.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateRecord {
    pub(super) name: ObjectName,
    policy: PolicyRecord,
    /// `None` once there was a version from outside, which stands in for itself.
    placeholder: Option<PlaceholderRecord>,
    /// From the oldest to the newest, issued or not.
    versions: Vec<DatedVersion>,
    operation: Option<OperationRecord>,
    renewals: Vec<OperationRecord>,
    acted: Option<(Version, LifetimeAction)>,
    #[serde(with = "crate::timestamp::exact")]
    idle_since: Timestamp,
}

/// A version with the dates that renewals are reckoned from, which are finer than its certificate's.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DatedVersion {
    version: VersionRecord,
    #[serde(with = "crate::timestamp::exact")]
    not_before: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    not_after: Timestamp,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PlaceholderRecord {
    version: Version,
    policy: PolicyRecord,
    enabled: bool,
    #[serde(with = "crate::timestamp::exact")]
    not_before: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    not_after: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    created: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    updated: Timestamp,
    tags: Option<Tags>,
    preserve_cert_order: Option<bool>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OperationRecord {
    request_id: Version,
    issuer: String,
    #[serde(with = "crate::storage::base64")]
    csr: Vec<u8>,
    #[serde(with = "crate::storage::base64")]
    key: Zeroizing<Vec<u8>>,
    preserve_cert_order: Option<bool>,
    #[serde(with = "crate::timestamp::exact")]
    begun: Timestamp,
    version: Version,
    ending: EndingRecord,
    cancellation: Cancellation,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum EndingRecord {
    Issued(#[serde(with = "crate::timestamp::exact")] Timestamp),
    Failed(#[serde(with = "crate::timestamp::exact")] Timestamp, FailureRecord),
    Approval(Box<PlanRecord>),
    Merge,
    Merged(#[serde(with = "crate::timestamp::exact")] Timestamp),
}

/// Why operations fail.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum FailureRecord {
    Rejected {
        provider: String,
        reason: String,
    },
    /// The issuer was gone, or disabled.
    InvalidIssuer,
}

/// What waits for approval.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanRecord {
    pub(super) policy: PolicyRecord,
    #[serde(with = "crate::timestamp::exact")]
    pub(super) begun: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    pub(super) issued_at: Timestamp,
    pub(super) enabled: bool,
    pub(super) tags: Option<Tags>,
    pub(super) preserve_cert_order: Option<bool>,
}

impl CertificateRecord {
    /// The record of a certificate.
    pub(super) fn of(name: &ObjectName, certificate: &Certificate) -> Self {
        let parts = certificate.parts();
        let versions = parts.versions.into_iter().filter_map(|version| {
            Some(DatedVersion {
                version: VersionRecord::of(version)?,
                not_before: version.attributes.not_before,
                not_after: version.attributes.not_after,
            })
        });
        Self {
            name: name.clone(),
            policy: PolicyRecord::of(&certificate.policy),
            placeholder: PlaceholderRecord::of(parts.placeholder),
            versions: versions.collect(),
            operation: parts.operation.map(OperationRecord::of),
            renewals: parts.renewals.iter().map(OperationRecord::of).collect(),
            acted: parts.acted,
            idle_since: parts.idle_since,
        }
    }

    /// The certificate of the record.
    ///
    /// # Errors
    /// [`Error::CorruptBackup`] for what is none.
    pub(super) fn restore(self) -> Result<Certificate, Error> {
        let versions = self.versions.into_iter().map(DatedVersion::restore).collect::<Result<Vec<_>, _>>()?;
        let newest = versions.last().map(|(_, parsed)| parsed);
        let placeholder = match (self.placeholder, versions.first()) {
            (Some(placeholder), _) => placeholder.restore(newest)?,
            (None, Some((first, _))) => first.clone(),
            (None, None) => return Err(Error::CorruptBackup),
        };
        let policy = self.policy.policy(newest)?;
        let operation = self.operation.map(|operation| operation.restore(newest)).transpose()?;
        let renewals = self.renewals.into_iter().map(|renewal| renewal.restore(newest));
        let renewals = renewals.collect::<Result<Vec<_>, _>>()?;
        Ok(Certificate::from_parts(
            policy,
            placeholder,
            versions.into_iter().map(|(version, _)| version).collect(),
            (operation, renewals),
            (self.acted, self.idle_since),
        ))
    }
}

impl DatedVersion {
    fn restore(self) -> Result<(CertificateVersion, ParsedCertificate), Error> {
        let (mut version, parsed) = self.version.restore()?;
        version.attributes.not_before = self.not_before;
        version.attributes.not_after = self.not_after;
        Ok((version, parsed))
    }
}

impl PlaceholderRecord {
    fn of(version: &CertificateVersion) -> Option<Self> {
        let own = &version.attributes;
        version.issued.is_none().then(|| Self {
            version: version.version,
            policy: PolicyRecord::of(&version.policy),
            enabled: own.enabled,
            not_before: own.not_before,
            not_after: own.not_after,
            created: own.created,
            updated: own.updated,
            tags: own.tags.as_deref().cloned(),
            preserve_cert_order: own.preserve_cert_order,
        })
    }

    fn restore(self, certificate: Option<&ParsedCertificate>) -> Result<CertificateVersion, Error> {
        Ok(CertificateVersion {
            version: self.version,
            issued: None,
            policy: self.policy.policy(certificate)?,
            attributes: Attributes {
                enabled: self.enabled,
                not_before: self.not_before,
                not_after: self.not_after,
                created: self.created,
                updated: self.updated,
                tags: self.tags.map(Arc::new),
                preserve_cert_order: self.preserve_cert_order,
            },
        })
    }
}

impl OperationRecord {
    fn of(operation: &Operation) -> Self {
        Self {
            request_id: operation.request_id,
            issuer: operation.issuer.clone(),
            csr: operation.csr.to_vec(),
            key: Zeroizing::new(operation.key.pkcs8_der().to_vec()),
            preserve_cert_order: operation.preserve_cert_order,
            begun: operation.begun,
            version: operation.version,
            ending: EndingRecord::of(&operation.ending),
            cancellation: operation.cancellation,
        }
    }

    fn restore(self, certificate: Option<&ParsedCertificate>) -> Result<Operation, Error> {
        Ok(Operation {
            request_id: self.request_id,
            issuer: self.issuer,
            csr: self.csr.into(),
            key: PrivateKey::from_pkcs8(&self.key).map_err(|_| Error::CorruptBackup)?,
            preserve_cert_order: self.preserve_cert_order,
            begun: self.begun,
            version: self.version,
            ending: self.ending.restore(certificate)?,
            cancellation: self.cancellation,
        })
    }
}

impl EndingRecord {
    fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Issued(at) => Self::Issued(*at),
            Ending::Failed(at, why) => Self::Failed(*at, FailureRecord::of(why)),
            Ending::Approval(plan) => Self::Approval(Box::new(plan.record())),
            Ending::Merge => Self::Merge,
            Ending::Merged(at) => Self::Merged(*at),
        }
    }

    fn restore(self, certificate: Option<&ParsedCertificate>) -> Result<Ending, Error> {
        Ok(match self {
            Self::Issued(at) => Ending::Issued(at),
            Self::Failed(at, why) => Ending::Failed(at, Arc::new(why.restore())),
            Self::Approval(record) => {
                let policy = record.policy.clone().policy(certificate)?;
                Ending::Approval(Arc::new(Plan::waiting(*record, policy)))
            }
            Self::Merge => Ending::Merge,
            Self::Merged(at) => Ending::Merged(at),
        })
    }
}

impl FailureRecord {
    /// An authority that refuses has a reason; else its issuer could not be asked ([`Vault::course_by_issuer`]).
    ///
    /// [`Vault::course_by_issuer`]: crate::vault::Vault
    fn of(why: &Error) -> Self {
        match why {
            Error::RequestRejected { provider, reason } => {
                Self::Rejected { provider: provider.clone(), reason: reason.clone() }
            }
            _ => Self::InvalidIssuer,
        }
    }

    fn restore(self) -> Error {
        match self {
            Self::Rejected { provider, reason } => Error::RequestRejected { provider, reason },
            Self::InvalidIssuer => INVALID_ISSUER,
        }
    }
}
