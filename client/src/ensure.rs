//! A certificate that is there afterwards, whatever was there before.
//!
//! Each step looks at what the service says now and keeps nothing, so that any number of callers may run it at once. It
//! must not change a certificate that exists.

use std::future::Future;
use std::sync::Arc;

use azure_core::Result;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::poller::{PollerOptions, PollerStatus, StatusMonitor};
use azure_core::time::Duration;
use azure_security_keyvault_certificates::CertificateClient;
use azure_security_keyvault_certificates::models::{
    Certificate, CertificateOperation, CertificatePolicy, CreateCertificateParameters,
};

use futures::TryStreamExt;

use crate::settle::SettleCertificates;
use crate::situation::{ServiceError, Situation};

/// Between looks at what somebody else is doing.
const PAUSE: Duration = Duration::seconds(1);
/// After so many steps that led nowhere, others change the certificate faster than it can be followed.
const STEPS: usize = 120;

/// What to do about a deleted certificate of the same name, which keeps its name from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDeleted {
    /// Recover it, as it was; the policy given is not looked at.
    Recover,
    /// Purge it, for good, and create a new one.
    PurgeThenCreate,
    /// Nothing: the service's conflict is the error.
    Fail,
}

/// How a certificate came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there, or somebody else made it meanwhile.
    Existing,
    /// It was deleted, and this call recovered it.
    Recovered,
    /// This call created it.
    Created,
}

/// A certificate that is there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ensured {
    /// The certificate.
    pub certificate: Certificate,
    /// How it came to be there.
    pub outcome: Outcome,
}

/// What [`CertificateClient`] lacks: an idempotent create.
pub trait EnsureCertificate {
    /// The certificate of this name, created by `policy` if there is none.
    ///
    /// May be called again, and by many at once: one creates, recovers or purges, the others wait for what comes of it.
    /// A certificate that exists is given as it is, whatever its policy. Who may not create but read is served too.
    /// The service has no conditional create: if one caller's certificate is issued between another's look and its
    /// request, that request adds a version.
    ///
    /// ```
    /// use akv_client::{EnsureCertificate, OnDeleted, PolicyDefaults};
    /// use azure_security_keyvault_certificates::models::CertificatePolicy;
    /// # akv_tests::example(async |vault: akv_client::Vault| {
    /// let policy = CertificatePolicy::issued_by("Self", "CN=web");
    /// let ensured = vault.certificates().ensure_certificate("web", policy, OnDeleted::Recover).await?;
    /// println!("{:?}: {:?}", ensured.outcome, ensured.certificate.id);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The service's own; a conflict only with [`OnDeleted::Fail`], a vault that is protected from purging, or an
    /// operation that failed. One more, if others keep changing the certificate for minutes.
    fn ensure_certificate(
        &self,
        name: &str,
        policy: CertificatePolicy,
        on_deleted: OnDeleted,
    ) -> impl Future<Output = Result<Ensured>> + Send;
}

impl EnsureCertificate for Arc<CertificateClient> {
    async fn ensure_certificate(
        &self,
        name: &str,
        policy: CertificatePolicy,
        on_deleted: OnDeleted,
    ) -> Result<Ensured> {
        let mut outcome = Outcome::Existing;
        for _ in 0..STEPS {
            if let Some(certificate) = existing(self, name).await? {
                return Ok(Ensured { certificate, outcome });
            }
            let refusal = match create(self, name, &policy).await {
                Ok(certificate) => return Ok(Ensured { certificate, outcome: Outcome::Created }),
                Err(refusal) => refusal,
            };
            let situation = ServiceError::from(&refusal).situation;
            let cleared = match (situation, on_deleted) {
                (Situation::DeletedButRecoverable, OnDeleted::Fail) => return Err(refusal),
                (Situation::DeletedButRecoverable, OnDeleted::Recover) => {
                    self.begin_recover_deleted_certificate(name, often())?.await.map(|_| Outcome::Recovered)
                }
                (Situation::DeletedButRecoverable, OnDeleted::PurgeThenCreate) => {
                    self.begin_purge_deleted_certificate(name, often())?.await.map(|_| Outcome::Existing)
                }
                (situation, _) if waits(situation) => {
                    azure_core::sleep(PAUSE).await;
                    Ok(outcome)
                }
                _ => return Err(refusal),
            };
            outcome = match cleared {
                Ok(outcome) => outcome,
                // Somebody else recovered or purged it first: look again at what is there.
                Err(error) if is_race(ServiceError::from(&error).situation) => Outcome::Existing,
                Err(error) => return Err(error),
            };
        }
        Err(Error::with_message(
            ErrorKind::Other,
            format!(
                "certificate {name} is changed by others all the time: it never was there when looked at"
            ),
        ))
    }
}

fn often() -> Option<PollerOptions<'static>> {
    Some(PollerOptions { frequency: PAUSE, ..PollerOptions::default() })
}

/// What passes when whoever caused it is done.
const fn waits(situation: Situation) -> bool {
    matches!(
        situation,
        Situation::BeingDeleted
            | Situation::BeingRecovered
            | Situation::OperationInProgress
            | Situation::ConcurrentChange
    )
}

const fn is_race(situation: Situation) -> bool {
    waits(situation) || matches!(situation, Situation::NotFound | Situation::DeletedButRecoverable)
}

/// The certificate, if it has been issued.
async fn existing(client: &CertificateClient, name: &str) -> Result<Option<Certificate>> {
    let found = match client.get_certificate(name, None).await {
        Ok(found) => found.into_model()?,
        Err(error) if ServiceError::from(&error).situation == Situation::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // The first version exists, without its certificate, from the moment its operation begins.
    Ok(found.cer.is_some().then_some(found))
}

async fn create(client: &CertificateClient, name: &str, policy: &CertificatePolicy) -> Result<Certificate> {
    let parameters =
        CreateCertificateParameters { certificate_policy: Some(policy.clone()), ..Default::default() };
    let mut poller = client.begin_create_certificate(name, parameters.try_into()?, None)?;
    while let Some(status) = poller.try_next().await? {
        let operation = status.into_model()?;
        match operation.status() {
            PollerStatus::Failed | PollerStatus::Canceled => return Err(ended(name, &operation)),
            // azure_core 1.1 panics when a poller that has ended as a stream is awaited: stop one step before.
            PollerStatus::Succeeded => break,
            _ => {}
        }
    }
    poller.await?.into_model()
}

/// Why an operation came to nothing, which the official poller does not say.
fn ended(name: &str, operation: &CertificateOperation) -> Error {
    let reason = operation.error.as_ref().and_then(|error| error.message.clone());
    let reason = reason.or_else(|| operation.status_details.clone()).unwrap_or_default();
    let status = operation.status.as_deref().unwrap_or("failed");
    Error::with_message(ErrorKind::Other, format!("the operation that creates {name} is {status}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_passes_by_itself() {
        for situation in [Situation::BeingDeleted, Situation::BeingRecovered, Situation::OperationInProgress]
        {
            assert!(waits(situation) && situation.passes());
        }
        assert!(!waits(Situation::DeletedButRecoverable) && !waits(Situation::Throttled));
    }
}
