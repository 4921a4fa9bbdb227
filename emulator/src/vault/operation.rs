//! A certificate operation: facts written when it is accepted or cancelled, and its status as a function of them.
//!
//! Cancelling before `completes_at` wins, after it loses, by comparison. Source: certificates.md sections 2.3 and 2.4.

use std::sync::Arc;

use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::name::Version;

/// The latest operation of a certificate's name.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Drawn once; stands in `Location` and in the body.
    pub request_id: Version,
    /// The issuer's name as the client wrote it.
    pub issuer: String,
    /// The PKCS#10 request, DER.
    pub csr: Arc<[u8]>,
    /// Echoed only if the client set it.
    pub preserve_cert_order: Option<bool>,
    /// The version that it issues.
    pub version: Version,
    /// When the certificate is there.
    pub completes_at: Timestamp,
    /// When a cancellation, if one was asked for in time, has settled.
    pub cancelled_at: Option<Timestamp>,
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
}

impl Operation {
    /// The status at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match self.cancelled_at {
            Some(settled) if now >= settled => Status::Cancelled,
            None if now >= self.completes_at => Status::Completed,
            _ => Status::InProgress,
        }
    }

    /// Asks to cancel; takes effect at `settled`.
    ///
    /// # Errors
    /// 403 once the operation has ended (certificates.md section 4.2, js #25758).
    pub fn cancel(&mut self, now: Timestamp, settled: Timestamp) -> Result<(), Error> {
        if self.status(now) != Status::InProgress {
            return Err(Error::OperationEnded);
        }
        self.cancelled_at.get_or_insert(settled);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn operation(completes_at: Timestamp) -> Operation {
        Operation {
            request_id: Version::new(1),
            issuer: "Self".into(),
            csr: Arc::from([]),
            preserve_cert_order: None,
            version: Version::new(2),
            completes_at,
            cancelled_at: None,
        }
    }

    #[test]
    fn it_completes_at_its_instant_and_not_before() {
        let done = Timestamp::from_seconds(100);
        assert_eq!(operation(done).status(done - SECOND), Status::InProgress);
        assert_eq!(operation(done).status(done), Status::Completed);
    }

    #[test]
    fn cancelling_in_time_wins_and_settles_later() {
        let done = Timestamp::from_seconds(100);
        let mut operation = operation(done);
        operation.cancel(done - SECOND, done + SECOND).unwrap();
        assert_eq!(operation.status(done), Status::InProgress);
        assert_eq!(operation.status(done + SECOND), Status::Cancelled);
        // A second request changes nothing.
        operation.cancel(done, done + SECOND + SECOND).unwrap();
        assert_eq!(operation.status(done + SECOND), Status::Cancelled);
    }

    #[test]
    fn cancelling_too_late_is_refused() {
        let done = Timestamp::from_seconds(100);
        assert_eq!(operation(done).cancel(done, done), Err(Error::OperationEnded));
    }
}
