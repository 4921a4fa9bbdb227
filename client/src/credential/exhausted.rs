//! Nobody gave a token: why not, of each.

use std::fmt;

use azure_core::error::{Error, ErrorKind};

use super::CredentialKind;

/// Nobody gave a token. Its text says why of each kind, and what to do.
#[derive(Debug)]
pub struct CredentialsExhausted {
    refusals: Vec<(CredentialKind, Error)>,
    skipped: Vec<(CredentialKind, String)>,
}

impl CredentialsExhausted {
    pub(super) const fn new(
        refusals: Vec<(CredentialKind, Error)>,
        skipped: Vec<(CredentialKind, String)>,
    ) -> Self {
        Self { refusals, skipped }
    }

    /// Who was asked, and what they answered.
    pub fn refusals(&self) -> impl Iterator<Item = (CredentialKind, &Error)> {
        self.refusals.iter().map(|(kind, error)| (*kind, error))
    }

    /// Who was not asked, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (CredentialKind, &str)> {
        self.skipped.iter().map(|(kind, reason)| (*kind, reason.as_str()))
    }
}

impl fmt::Display for CredentialsExhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "nobody gives a token. Log in with `az login`, or describe an application with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; for an emulator, `akv env` prints what to set.",
        )?;
        for (kind, reason) in &self.skipped {
            write!(f, "\n- {kind}: {reason}")?;
        }
        for (kind, error) in &self.refusals {
            write!(f, "\n- {kind}: {}", error.to_string().trim())?;
        }
        Ok(())
    }
}

impl std::error::Error for CredentialsExhausted {}

impl From<CredentialsExhausted> for Error {
    fn from(exhausted: CredentialsExhausted) -> Self {
        Self::new(ErrorKind::Credential, exhausted)
    }
}
