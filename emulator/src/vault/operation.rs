//! A certificate operation: facts written when it is accepted, cancelled or merged, and its status as a function of
//! them.
//!
//! Cancelling before `completes_at` wins, after it loses, by comparison. Source: certificates.md sections 2.3 and 2.4.

use std::sync::Arc;

use crate::crypto::PrivateKey;
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::issuance::Plan;
use crate::vault::name::Version;
use serde::{Deserialize, Serialize};

/// The latest operation of a certificate's name.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Drawn once; stands in `Location` and in the body.
    pub request_id: Version,
    /// The issuer's name as the client wrote it.
    pub issuer: String,
    /// The PKCS#10 request, DER.
    pub csr: Arc<[u8]>,
    /// The key that the request is for.
    pub key: PrivateKey,
    /// Echoed only if the client set it.
    pub preserve_cert_order: Option<bool>,
    /// When it was asked for, or due.
    pub begun: Timestamp,
    /// The version that it issues.
    pub version: Version,
    /// Who ends it, and when.
    pub ending: Ending,
    /// Whether somebody asked to cancel.
    pub cancellation: Cancellation,
}

/// How an operation comes to its certificate, or to none.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The issuer issues it at this instant.
    Issued(Timestamp),
    /// The issuer refuses at this instant, for this reason.
    Failed(Timestamp, Arc<Error>),
    /// The issuer asks somebody before it issues what was planned.
    Approval(Arc<Plan>),
    /// Somebody takes the request to an authority and merges what that issues.
    Merge,
    /// It was merged at this instant.
    Merged(Timestamp),
}

/// Whether somebody asked to cancel an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// Nobody.
    No,
    /// Somebody, but nothing is under way that could be stopped (issuer Unknown, JS:read_cancel_and_delete).
    Noted,
    /// Somebody; it is stopped from this instant on.
    At(#[serde(with = "crate::timestamp::exact")] Timestamp),
}

/// What an operation has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not issued yet.
    InProgress,
    /// Issued.
    Completed,
    /// Stopped before it was issued.
    Cancelled,
    /// Refused by the issuer.
    Failed,
}

impl Operation {
    /// The status at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match (self.cancellation, &self.ending) {
            (Cancellation::At(settled), _) if now >= settled => Status::Cancelled,
            (Cancellation::At(_), _) | (_, Ending::Merge | Ending::Approval(_)) => Status::InProgress,
            (_, Ending::Issued(at) | Ending::Failed(at, _)) if now < *at => Status::InProgress,
            (_, Ending::Failed(..)) => Status::Failed,
            (_, Ending::Issued(_) | Ending::Merged(_)) => Status::Completed,
        }
    }

    /// When it has ended, however; `None` while it waits for somebody.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match (self.cancellation, &self.ending) {
            (Cancellation::At(at), _) => Some(at),
            (_, Ending::Issued(at) | Ending::Merged(at) | Ending::Failed(at, _)) => Some(*at),
            (_, Ending::Merge | Ending::Approval(_)) => None,
        }
    }

    /// What waits for somebody's approval at `now`.
    #[must_use]
    pub fn awaits_approval(&self, now: Timestamp) -> Option<&Arc<Plan>> {
        match &self.ending {
            Ending::Approval(plan) if self.status(now) == Status::InProgress => Some(plan),
            _ => None,
        }
    }

    /// Whether it waits for somebody to merge what an authority issued.
    #[must_use]
    pub fn waits_for_merge(&self) -> bool {
        matches!(self.ending, Ending::Merge)
    }

    /// Asks to cancel; takes effect at `settled`.
    ///
    /// # Errors
    /// 403 once the operation has ended (certificates.md section 4.2, js #25758).
    pub fn cancel(&mut self, now: Timestamp, settled: Timestamp) -> Result<(), Error> {
        if self.status(now) != Status::InProgress {
            return Err(Error::OperationEnded);
        }
        self.cancellation = match (self.cancellation, &self.ending) {
            (Cancellation::At(settled), _) => Cancellation::At(settled),
            (_, Ending::Merge) => Cancellation::Noted,
            _ => Cancellation::At(settled),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::crypto::{Curve, KeySpec};

    const SECOND: Duration = Duration::from_secs(1);

    fn operation(ending: Ending) -> Operation {
        Operation {
            request_id: Version::new(1),
            issuer: "Self".into(),
            csr: Arc::from([]),
            key: PrivateKey::generate(KeySpec::Ec(Curve::P256)).unwrap(),
            preserve_cert_order: None,
            begun: Timestamp::default(),
            version: Version::new(2),
            ending,
            cancellation: Cancellation::No,
        }
    }

    #[test]
    fn it_completes_at_its_instant_and_not_before() {
        let done = Timestamp::from_seconds(100);
        assert_eq!(operation(Ending::Issued(done)).status(done - SECOND), Status::InProgress);
        assert_eq!(operation(Ending::Issued(done)).status(done), Status::Completed);
    }

    #[test]
    fn cancelling_in_time_wins_and_settles_later() {
        let done = Timestamp::from_seconds(100);
        let mut operation = operation(Ending::Issued(done));
        operation.cancel(done - SECOND, done + SECOND).unwrap();
        assert_eq!(operation.status(done), Status::InProgress);
        assert_eq!(operation.status(done + SECOND), Status::Cancelled);
        // A second request changes nothing.
        operation.cancel(done, done + SECOND + SECOND).unwrap();
        assert_eq!(operation.status(done + SECOND), Status::Cancelled);
    }

    #[test]
    fn it_fails_at_its_instant_unless_it_was_cancelled_before() {
        let at = Timestamp::from_seconds(100);
        let why = Arc::new(Error::RequestRejected { provider: "DigiCert".into(), reason: "no".into() });
        let failing = || operation(Ending::Failed(at, Arc::clone(&why)));
        assert_eq!(failing().status(at - SECOND), Status::InProgress);
        assert_eq!(failing().status(at), Status::Failed);
        assert_eq!(failing().cancel(at, at), Err(Error::OperationEnded));
        let mut cancelled = failing();
        cancelled.cancel(at - SECOND, at).unwrap();
        assert_eq!(cancelled.status(at), Status::Cancelled);
    }

    #[test]
    fn cancelling_too_late_is_refused() {
        let done = Timestamp::from_seconds(100);
        assert_eq!(operation(Ending::Issued(done)).cancel(done, done), Err(Error::OperationEnded));
    }

    /// certificates.md section 2.4: stays inProgress with the flag true.
    #[test]
    fn cancelling_what_waits_for_a_merge_is_only_noted() {
        let now = Timestamp::from_seconds(100);
        let mut operation = operation(Ending::Merge);
        operation.cancel(now, now).unwrap();
        assert_eq!(
            (operation.status(now + SECOND), operation.cancellation),
            (Status::InProgress, Cancellation::Noted)
        );
        operation.ending = Ending::Merged(now);
        assert_eq!(operation.status(now), Status::Completed);
    }
}
