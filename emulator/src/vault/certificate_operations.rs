//! The operation of a certificate's name: read, cancelled, removed, ended by a merge (certificates.md section 2.4) or
//! by whoever approves for its issuer.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::arrival::Merge;
use crate::vault::certificate::CertificateVersion;
use crate::vault::certificates::{CertificateView, full_view};
use crate::vault::issuance::{Material, Plan};
use crate::vault::name::{ObjectName, Version};
use crate::vault::operation::{Ending, Operation, Status};

/// An operation as one reader sees it.
#[derive(Clone, Debug)]
pub struct OperationView {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// The facts.
    pub operation: Operation,
    /// What they come to.
    pub status: Status,
}

/// What is made when an operation is approved.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Of the operation.
    request_id: Version,
    /// What to issue.
    pub plan: Plan,
}

impl Vault {
    /// The operation of that name.
    ///
    /// # Errors
    /// 404.
    pub fn certificate_operation(&self, name: &ObjectName, now: Timestamp) -> Result<OperationView, Error> {
        let certificates = self.certificates.read();
        let entry = certificates.live(name, now).map_err(|_| no_operation(name))?;
        let operation = entry.object.operation(now).ok_or_else(|| no_operation(name))?;
        Ok(operation_view(&entry.name, operation, now))
    }

    /// Asks to cancel the operation, effective `settle` from now. The answer still says `inProgress`.
    ///
    /// # Errors
    /// 404; 403 once it has ended.
    pub fn cancel_certificate_operation(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
    ) -> Result<OperationView, Error> {
        let mut certificates = self.certificates.write();
        let entry = certificates.live_mut(name, now).map_err(|_| no_operation(name))?;
        let operation = entry.object.cancel(now, now + settle).ok_or_else(|| no_operation(name))??;
        let operation = operation.clone();
        let view = OperationView { name: entry.name.clone(), operation, status: Status::InProgress };
        self.watch(&certificates, name);
        Ok(view)
    }

    /// Removes the operation object and answers its last state.
    ///
    /// # Errors
    /// 404.
    pub fn delete_certificate_operation(
        &self,
        name: &ObjectName,
        now: Timestamp,
    ) -> Result<OperationView, Error> {
        let mut certificates = self.certificates.write();
        let entry = certificates.live_mut(name, now).map_err(|_| no_operation(name))?;
        let operation = entry.object.remove_operation(now).ok_or_else(|| no_operation(name))?;
        let view = operation_view(&entry.name, &operation, now);
        self.watch(&certificates, name);
        Ok(view)
    }

    /// What is to be issued if the operation that waits for approval gets it now.
    ///
    /// # Errors
    /// 404; 403 if nothing waits for approval.
    pub fn plan_approval(&self, name: &ObjectName, now: Timestamp) -> Result<Approval, Error> {
        let certificates = self.certificates.read();
        let entry = certificates.live(name, now).map_err(|_| no_operation(name))?;
        let operation = entry.object.operation(now).ok_or_else(|| no_operation(name))?;
        let plan = operation.awaits_approval(now).ok_or(Error::OperationEnded)?;
        let plan = plan.approved(&operation.key, now);
        Ok(Approval { request_id: operation.request_id, plan })
    }

    /// Ends the operation that was approved with what was made for it.
    ///
    /// # Errors
    /// 404; 403 if another request ended it first.
    pub fn approve_certificate(
        &self,
        name: &ObjectName,
        approval: &Approval,
        material: Material,
        now: Timestamp,
    ) -> Result<OperationView, Error> {
        let issued = material.issued.map(|issued| approval.plan.version(material.version, issued));
        self.decide(name, now, |operation| {
            if operation.request_id == approval.request_id {
                Ok((Ending::Issued(now), issued))
            } else {
                Err(Error::OperationEnded)
            }
        })
    }

    /// Refuses what waits for approval.
    ///
    /// # Errors
    /// 404; 403 if nothing waits for approval.
    pub fn reject_certificate(
        &self,
        name: &ObjectName,
        reason: String,
        now: Timestamp,
    ) -> Result<OperationView, Error> {
        let provider = |issuer: &str| {
            let issuer = ObjectName::parse(issuer).and_then(|name| self.certificate_issuer(&name));
            issuer.map(|issuer| issuer.provider)
        };
        self.decide(name, now, |operation| {
            // The platform's own authority is no issuer object.
            let provider = provider(&operation.issuer).unwrap_or_else(|_| operation.issuer.clone());
            let why = Error::RequestRejected { provider, reason };
            Ok((Ending::Failed(now, Arc::new(why)), None))
        })
    }

    fn decide(
        &self,
        name: &ObjectName,
        now: Timestamp,
        decision: impl FnOnce(&Operation) -> Result<(Ending, Option<CertificateVersion>), Error>,
    ) -> Result<OperationView, Error> {
        let mut certificates = self.certificates.write();
        let entry = certificates.live_mut(name, now).map_err(|_| no_operation(name))?;
        let operation = entry.object.operation(now).ok_or_else(|| no_operation(name))?;
        operation.awaits_approval(now).ok_or(Error::OperationEnded)?;
        let (ending, version) = decision(operation)?;
        let operation = entry.object.end(ending, version, now).ok_or_else(|| no_operation(name))?;
        let view = operation_view(&entry.name, operation, now);
        self.watch(&certificates, name);
        Ok(view)
    }

    /// Ends an operation that waits for it with a certificate that an authority issued for its request; `chain` begins
    /// with the certificate. Its validity and issuer are not checked, only its key (certificates.md section 2.4).
    ///
    /// # Errors
    /// 404; 403 if the operation does not wait; 400 for a certificate of another key, or tags out of range.
    pub fn merge_certificate(
        &self,
        name: &ObjectName,
        merge: Merge,
        version: Version,
        now: Timestamp,
    ) -> Result<CertificateView, Error> {
        let mut certificates = self.certificates.write();
        let entry = certificates.live_mut(name, now).map_err(|_| no_operation(name))?;
        let operation = entry.object.operation(now).ok_or_else(|| no_operation(name))?;
        if !operation.waits_for_merge() {
            return Err(Error::OperationEnded);
        }
        let policy = Arc::clone(&entry.object.policy);
        let merged = merge.version(operation, policy, version, now)?;
        entry.object.merge(merged, now);
        let view = full_view(entry, None, now);
        self.watch(&certificates, name);
        Ok(view)
    }
}

fn no_operation(name: &ObjectName) -> Error {
    Error::PendingNotFound(name.to_string())
}

fn operation_view(name: &ObjectName, operation: &Operation, now: Timestamp) -> OperationView {
    OperationView { name: name.clone(), operation: operation.clone(), status: operation.status(now) }
}
