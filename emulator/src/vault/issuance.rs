//! What is to be issued and what was made for it: the two halves of creating a certificate.
//!
//! Between them lies the expensive part, outside every lock.

use std::sync::Arc;
use std::time::Duration;

use crate::crypto::PrivateKey;
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::attributes::checked_tags;
use crate::vault::backup::PolicyRecord;
use crate::vault::certificate::{Attributes, CertificateVersion, Issued};
use crate::vault::certificate_record::PlanRecord;
use crate::vault::name::Version;
use crate::vault::operation::{Cancellation, Ending, Operation};
use crate::vault::policy::{IssuedBy, Policy};
use crate::wire::certificates as wire;

/// How far before the issue a certificate is valid (certificates.md section 5.2).
const BACKDATED: Duration = Duration::from_secs(600);

/// Who is to issue, and what comes of it.
#[derive(Clone, Debug)]
pub enum Course {
    /// The key signs its own certificate.
    Own,
    /// The authority behind an issuer signs it.
    Authority,
    /// Somebody merges what they were given for the request.
    Merge,
    /// The issuer asks somebody first.
    Approval,
    /// The issuer refuses.
    Failure(Arc<Error>),
}

/// What is to be issued.
#[derive(Clone, Debug)]
pub struct Plan {
    /// By whom.
    pub course: Course,
    /// The policy of the name from now on.
    pub policy: Arc<Policy>,
    /// The key to use again; `None` for one of its own.
    pub reused_key: Option<PrivateKey>,
    /// When it was asked for, or due.
    pub begun: Timestamp,
    /// When it is issued.
    pub issued_at: Timestamp,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    enabled: bool,
    tags: Option<Arc<wire::Tags>>,
    preserve_cert_order: Option<bool>,
}

/// What was made and drawn for a [`Plan`].
#[derive(Debug)]
pub struct Material {
    /// The key.
    pub key: PrivateKey,
    /// The PKCS#10 request for it.
    pub csr: Vec<u8>,
    /// The certificate for it; `None` where none is issued yet.
    pub issued: Option<Issued>,
    /// Identifier of the version.
    pub version: Version,
    /// Identifier of the request.
    pub request_id: Version,
}

/// What a name has already, when another version of it is planned.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its policy.
    pub(super) policy: Arc<Policy>,
    /// The key of its newest version.
    pub(super) key: Option<PrivateKey>,
}

impl Plan {
    /// What `request` asks for, issued `delay` from now; `stored` is what the name has already.
    ///
    /// # Errors
    /// 400 for the policy or the tags.
    pub(super) fn new(
        request: wire::CreateRequest,
        stored: Option<Stored>,
        now: Timestamp,
        delay: Duration,
    ) -> Result<Self, Error> {
        let created = stored.as_ref().map_or(now, |stored| stored.policy.created);
        let (own, key) = stored.map_or((None, None), |stored| (Some(stored.policy), stored.key));
        let policy = match (request.policy, own) {
            (Some(given), _) => Arc::new(Policy::new(given, created, now)?),
            (None, Some(own)) => own,
            (None, None) => return Err(Error::InvalidProperty { property: "policy", detail: None }),
        };
        let plan = Self::of(policy, key, now, delay);
        Ok(Self {
            enabled: request.attributes.and_then(|attributes| attributes.enabled).unwrap_or(true),
            tags: request.tags.map(checked_tags).transpose()?,
            preserve_cert_order: request.preserve_cert_order,
            ..plan
        })
    }

    /// The version that follows `previous` by `policy`, due at `begun` and issued `delay` later. What its owner said of
    /// the version before holds for it too (tags, and that it is disabled: unverified).
    pub(super) fn renewal(
        previous: &CertificateVersion,
        policy: Arc<Policy>,
        begun: Timestamp,
        delay: Duration,
    ) -> Self {
        let key = previous.issued.as_ref().map(|issued| issued.key.clone());
        let Attributes { enabled, tags, preserve_cert_order, .. } = previous.attributes.clone();
        Self { enabled, tags, preserve_cert_order, ..Self::of(policy, key, begun, delay) }
    }

    fn of(policy: Arc<Policy>, key: Option<PrivateKey>, begun: Timestamp, delay: Duration) -> Self {
        let issued_at = begun + delay;
        Self {
            course: match policy.issued_by {
                IssuedBy::Own => Course::Own,
                IssuedBy::Merge => Course::Merge,
                IssuedBy::Authority => Course::Authority,
                // Recorded: it stays pending (section 5.3). Whoever has it approved gets a certificate all the same.
                IssuedBy::Platform => Course::Approval,
            },
            begun,
            issued_at,
            not_before: issued_at - BACKDATED,
            not_after: issued_at.plus_months(policy.validity_months),
            reused_key: reusable(&policy, key),
            policy,
            enabled: true,
            tags: None,
            preserve_cert_order: None,
        }
    }

    /// The same after a version with `key`, which it uses again if its policy says so.
    #[must_use]
    pub fn following(self, key: &PrivateKey) -> Self {
        Self { reused_key: reusable(&self.policy, Some(key.clone())), ..self }
    }

    /// Whether it comes to a certificate without anybody's doing.
    pub(super) const fn is_issued_by_itself(&self) -> bool {
        matches!(self.course, Course::Own | Course::Authority)
    }

    /// The same on another course, and issued `delay` after it was begun if the issuer has a time of its own.
    pub(super) fn on(self, course: Course, delay: Option<Duration>) -> Self {
        let Some(delay) = delay else { return Self { course, ..self } };
        let dated = Self::of(Arc::clone(&self.policy), None, self.begun, delay);
        let Self { issued_at, not_before, not_after, .. } = dated;
        Self { course, issued_at, not_before, not_after, ..self }
    }

    /// The same approved `now`: the authority issues it for the key that was requested.
    pub(super) fn approved(&self, key: &PrivateKey, now: Timestamp) -> Self {
        let plan = Self { begun: now, reused_key: Some(key.clone()), ..self.clone() };
        plan.on(Course::Authority, Some(Duration::ZERO))
    }

    /// The operation that issues `material`.
    pub(super) fn operation(&self, material: &Material) -> Operation {
        Operation {
            request_id: material.request_id,
            issuer: self.policy.issuer.clone(),
            csr: material.csr.as_slice().into(),
            key: material.key.clone(),
            preserve_cert_order: self.preserve_cert_order,
            begun: self.begun,
            version: material.version,
            ending: match &self.course {
                Course::Own | Course::Authority => Ending::Issued(self.issued_at),
                Course::Merge => Ending::Merge,
                Course::Approval => Ending::Approval(Arc::new(self.clone())),
                Course::Failure(why) => Ending::Failed(self.issued_at, Arc::clone(why)),
            },
            cancellation: Cancellation::No,
        }
    }

    /// What is kept of it while it waits for approval.
    pub(super) fn record(&self) -> PlanRecord {
        PlanRecord {
            policy: PolicyRecord::of(&self.policy),
            begun: self.begun,
            issued_at: self.issued_at,
            enabled: self.enabled,
            tags: self.tags.as_deref().cloned(),
            preserve_cert_order: self.preserve_cert_order,
        }
    }

    /// The plan of that record and policy, waiting for approval again.
    pub(super) fn waiting(record: PlanRecord, policy: Arc<Policy>) -> Self {
        let PlanRecord { begun, issued_at, enabled, tags, preserve_cert_order, .. } = record;
        let plan = Self::of(policy, None, begun, issued_at.since(begun));
        Self { course: Course::Approval, enabled, tags: tags.map(Arc::new), preserve_cert_order, ..plan }
    }

    /// The version that it issues.
    pub(super) fn version(&self, version: Version, issued: Issued) -> CertificateVersion {
        CertificateVersion {
            version,
            issued: Some(Arc::new(issued)),
            policy: Arc::clone(&self.policy),
            attributes: Attributes {
                enabled: self.enabled,
                not_before: self.not_before,
                not_after: self.not_after,
                created: self.issued_at,
                updated: self.issued_at,
                tags: self.tags.clone(),
                preserve_cert_order: self.preserve_cert_order,
            },
        }
    }

    /// certificates.md section 2.3: nbf ten minutes before, exp the validity after the request.
    pub(super) fn placeholder(&self, version: Version, now: Timestamp) -> CertificateVersion {
        CertificateVersion {
            version,
            issued: None,
            policy: Arc::clone(&self.policy),
            attributes: Attributes {
                enabled: false,
                not_before: now - BACKDATED,
                not_after: now.plus_months(self.policy.validity_months),
                created: now,
                updated: now,
                tags: self.tags.clone(),
                preserve_cert_order: self.preserve_cert_order,
            },
        }
    }
}

/// A key is used again only if it is of the kind that the policy asks for. That holds for every next version, not only
/// for one that a lifetime action makes: Microsoft's page on renewal renews by creating a version.
fn reusable(policy: &Policy, key: Option<PrivateKey>) -> Option<PrivateKey> {
    key.filter(|key| policy.reuses_key() && key.spec() == policy.key)
}
