//! The certificate operations of one vault: each is one step under the lock, values in, values out.
//!
//! Making a certificate takes two steps so that the key is made between them: [`Vault::plan_certificate`] says what to
//! issue, [`Vault::create_certificate`] takes it in.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::arrival::Import;
use crate::vault::certificate::{Certificate, CertificateVersion, Changes};
use crate::vault::certificate_operations::OperationView;
use crate::vault::collection::{Deletion, Entry, Lists, Retention, Slice};
use crate::vault::issuance::{Material, Plan, Stored};
use crate::vault::name::{NameKey, ObjectName, Version};
use crate::vault::objects::absent;
use crate::vault::operation::Status;
use crate::vault::policy::{ContentType, IssuedBy, Policy};
use crate::wire::certificates as wire;

/// A certificate as one reader sees it.
#[derive(Clone, Debug)]
pub struct CertificateView {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// The version, or the placeholder for it.
    pub version: CertificateVersion,
    /// The name's policy, where the answer has it.
    pub policy: Option<Arc<Policy>>,
    /// Whether an operation object is there, where the answer says so.
    pub has_operation: bool,
    /// When it was deleted and will be purged.
    pub deletion: Option<Deletion>,
}

/// Which certificates a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Live ones that have been issued.
    Issued,
    /// Live ones, issued or not.
    WithPending,
    /// Deleted ones.
    Deleted,
}

impl Vault {
    /// Checks that `name` may be created now and says what to issue, `delay` from now.
    ///
    /// # Errors
    /// 409 by the name's phase or a running operation; 400 for the policy, its issuer or the tags.
    pub fn plan_certificate(
        &self,
        name: &ObjectName,
        request: wire::CreateRequest,
        now: Timestamp,
        delay: Duration,
    ) -> Result<Plan, Error> {
        let plan = Plan::new(request, self.stored(name, now)?, now, delay)?;
        plan.policy.protection.ensure_kept_in(self.settings().sku)?;
        match plan.policy.issued_by {
            IssuedBy::Authority => {
                let (course, delay) = self.course_by_issuer(&plan.policy.issuer)?;
                Ok(plan.on(course, delay))
            }
            IssuedBy::Own | IssuedBy::Merge | IssuedBy::Platform => Ok(plan),
        }
    }

    /// What to fall back on; checks that `name` may be created.
    fn stored(&self, name: &ObjectName, now: Timestamp) -> Result<Option<Stored>, Error> {
        let mut certificates = self.certificates.write();
        self.ensure_no_namesake(name, now)?;
        match certificates.for_create(name, now)? {
            None => Ok(None),
            Some(certificate) => {
                certificate.ensure_idle(now)?;
                let key = certificate.current(now).issued.as_ref().map(|issued| issued.key.clone());
                Ok(Some(Stored { policy: Arc::clone(&certificate.policy), key }))
            }
        }
    }

    /// Takes in what was made for `plan`; `placeholder` stands in until a first version is issued. The answer says
    /// `inProgress`, however soon it completes.
    ///
    /// # Errors
    /// 409 if another request got there first.
    pub fn create_certificate(
        &self,
        name: &ObjectName,
        plan: Plan,
        placeholder: Version,
        material: Material,
        now: Timestamp,
    ) -> Result<OperationView, Error> {
        let operation = plan.operation(&material);
        let version = material.issued.map(|issued| plan.version(material.version, issued));
        let mut certificates = self.certificates.write();
        self.ensure_no_namesake(name, now)?;
        match certificates.for_create(name, now)? {
            Some(certificate) => {
                certificate.ensure_idle(now)?;
                certificate.accept(plan.policy, operation.clone(), version);
            }
            None => {
                let placeholder = plan.placeholder(placeholder, now);
                let mut certificate = Certificate::new(Arc::clone(&plan.policy), placeholder);
                certificate.accept(plan.policy, operation.clone(), version);
                certificates.insert(name.clone(), certificate, now);
            }
        }
        self.watch(&certificates, name);
        Ok(OperationView { name: name.clone(), operation, status: Status::InProgress })
    }

    /// The form of the secret that an import of `name` has, unless its policy says otherwise; checks that it may be
    /// imported now.
    ///
    /// # Errors
    /// 409 by the name's phase or a running operation.
    pub fn plan_import(&self, name: &ObjectName, now: Timestamp) -> Result<Option<ContentType>, Error> {
        Ok(self.stored(name, now)?.map(|stored| stored.policy.content_type))
    }

    /// Takes in a certificate with its key, as a new version.
    ///
    /// # Errors
    /// 409 by the name's phase or a running operation; 400 for what cannot be imported.
    pub fn import_certificate(
        &self,
        name: &ObjectName,
        import: Import,
        version: Version,
        now: Timestamp,
    ) -> Result<CertificateView, Error> {
        let sku = self.settings().sku;
        let mut certificates = self.certificates.write();
        self.ensure_no_namesake(name, now)?;
        match certificates.for_create(name, now)? {
            Some(certificate) => {
                certificate.ensure_idle(now)?;
                let (policy, version) = import.version(certificate.policy.created, version, now)?;
                policy.protection.ensure_kept_in(sku)?;
                certificate.import(policy, version);
            }
            None => {
                let (policy, version) = import.version(now, version, now)?;
                policy.protection.ensure_kept_in(sku)?;
                let mut certificate = Certificate::new(Arc::clone(&policy), version.clone());
                certificate.import(policy, version);
                certificates.insert(name.clone(), certificate, now);
            }
        }
        self.watch(&certificates, name);
        Ok(full_view(certificates.live(name, now)?, None, now))
    }

    /// The latest version with policy, or one version without.
    ///
    /// # Errors
    /// 404.
    pub fn certificate(
        &self,
        name: &ObjectName,
        version: Option<Version>,
        now: Timestamp,
    ) -> Result<CertificateView, Error> {
        let certificates = self.certificates.read();
        let entry = certificates.live(name, now).map_err(|_| absent(Family::Certificate, name, version))?;
        let Some(wanted) = version else { return Ok(full_view(entry, None, now)) };
        let found =
            entry.object.version(wanted, now).ok_or_else(|| absent(Family::Certificate, name, version))?;
        Ok(version_view(entry, found.clone()))
    }

    /// The policy of that name, with the name as its creator spelled it.
    ///
    /// # Errors
    /// 404.
    pub fn certificate_policy(
        &self,
        name: &ObjectName,
        now: Timestamp,
    ) -> Result<(ObjectName, Arc<Policy>), Error> {
        let certificates = self.certificates.read();
        let entry = certificates.live(name, now)?;
        Ok((entry.name.clone(), Arc::clone(&entry.object.policy)))
    }

    /// Replaces sections of the policy.
    ///
    /// # Errors
    /// 404; 400 for what a policy cannot be.
    pub fn update_certificate_policy(
        &self,
        name: &ObjectName,
        given: wire::CertificatePolicy,
        now: Timestamp,
    ) -> Result<(ObjectName, Arc<Policy>), Error> {
        let sku = self.settings().sku;
        let mut certificates = self.certificates.write();
        let entry = certificates.live_mut(name, now)?;
        let policy = entry.object.policy.patched(given, now)?;
        policy.protection.ensure_kept_in(sku)?;
        entry.object.set_policy(Arc::new(policy), now);
        let answer = (entry.name.clone(), Arc::clone(&entry.object.policy));
        self.watch(&certificates, name);
        Ok(answer)
    }

    /// Changes attributes, tags and policy of the latest version (answered in full) or of one version.
    ///
    /// # Errors
    /// 404; 400 with nothing changed.
    pub fn update_certificate(
        &self,
        name: &ObjectName,
        version: Option<Version>,
        request: wire::UpdateRequest,
        now: Timestamp,
    ) -> Result<CertificateView, Error> {
        let changes = Changes {
            enabled: request.attributes.and_then(|attributes| attributes.enabled),
            tags: request.tags,
        };
        let sku = self.settings().sku;
        let mut certificates = self.certificates.write();
        let entry =
            certificates.live_mut(name, now).map_err(|_| absent(Family::Certificate, name, version))?;
        let policy = request.policy.map(|given| entry.object.policy.patched(given, now)).transpose()?;
        policy.iter().try_for_each(|policy| policy.protection.ensure_kept_in(sku))?;
        let changed = entry
            .object
            .update(version, changes, now)
            .ok_or_else(|| absent(Family::Certificate, name, version))??
            .clone();
        if let Some(policy) = policy {
            entry.object.set_policy(Arc::new(policy), now);
        }
        let view = match version {
            None => full_view(entry, None, now),
            Some(_) => {
                let latest = entry.object.current(now).version == changed.version;
                let has_operation = latest && entry.object.operation(now).is_some();
                CertificateView { has_operation, ..version_view(entry, changed) }
            }
        };
        self.watch(&certificates, name);
        Ok(view)
    }

    /// Up to `limit` certificates behind `after`, in name order.
    #[must_use]
    pub fn certificates(
        &self,
        listed: Listed,
        after: Option<&NameKey>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<NameKey, CertificateView> {
        let lists = if listed == Listed::Deleted { Lists::Deleted } else { Lists::Live };
        let certificates = self.certificates.read();
        let views =
            certificates.listed(lists, after, now).map(|(key, e)| (key, full_view(e, e.deletion(now), now)));
        Slice::of(views.filter(|(_, view)| listed != Listed::Issued || view.version.issued.is_some()), limit)
    }

    /// Up to `limit` versions behind `after`; none for a name that is not there (certificates.md section 2.8).
    #[must_use]
    pub fn certificate_versions(
        &self,
        name: &ObjectName,
        after: Option<Version>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<Version, CertificateView> {
        let certificates = self.certificates.read();
        let Ok(entry) = certificates.live(name, now) else {
            return Slice::empty();
        };
        entry.object.page(after, limit, now).map(|version| version_view(entry, version))
    }

    /// Deletes a certificate; it settles after `settle`.
    ///
    /// # Errors
    /// 404.
    pub fn delete_certificate(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
    ) -> Result<CertificateView, Error> {
        let retention = Retention { settle, keep: self.settings().retention() };
        let mut certificates = self.certificates.write();
        let (entry, deletion) = certificates.delete(name, now, retention)?;
        Ok(full_view(entry, Some(deletion), now))
    }

    /// The deleted certificate of that name.
    ///
    /// # Errors
    /// 404 until the deletion has settled.
    pub fn deleted_certificate(&self, name: &ObjectName, now: Timestamp) -> Result<CertificateView, Error> {
        let certificates = self.certificates.read();
        let (entry, deletion) = certificates.deleted(name, now)?;
        Ok(full_view(entry, Some(deletion), now))
    }

    /// Brings a deleted certificate back; reads see it after `settle`. `identify` gives the full identifier of a
    /// version of a name, for the message of a refusal.
    ///
    /// # Errors
    /// 404; 409 while the deletion has not settled.
    pub fn recover_certificate(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
        identify: impl FnOnce(&ObjectName, Version) -> String,
    ) -> Result<CertificateView, Error> {
        let mut certificates = self.certificates.write();
        let entry = certificates.recover(name, now, settle, |entry| {
            Error::RecoverConflict(
                Family::Certificate,
                identify(&entry.name, entry.object.current(now).version),
            )
        })?;
        let view = full_view(entry, None, now);
        self.watch(&certificates, name);
        Ok(view)
    }

    /// Removes a deleted certificate for good; its name is free after `settle`.
    ///
    /// # Errors
    /// 404; 409 while the deletion has not settled; 403 with purge protection.
    pub fn purge_deleted_certificate(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
    ) -> Result<(), Error> {
        let mut certificates = self.certificates.write();
        self.purge_from(&mut certificates, name, now, settle)
    }
}

pub(super) fn full_view(
    entry: &Entry<Certificate>,
    deletion: Option<Deletion>,
    now: Timestamp,
) -> CertificateView {
    CertificateView {
        name: entry.name.clone(),
        version: entry.object.current(now).clone(),
        policy: Some(Arc::clone(&entry.object.policy)),
        has_operation: entry.object.operation(now).is_some(),
        deletion,
    }
}

/// A version's answer has no policy, and the operation only where the service shows it (sections 2.5 and 2.6).
fn version_view(entry: &Entry<Certificate>, version: CertificateVersion) -> CertificateView {
    CertificateView { name: entry.name.clone(), version, policy: None, has_operation: false, deletion: None }
}
