//! Why there is no vault to call.

use std::fmt;

use crate::credential::CredentialKind;
use crate::network::TrustError;

/// Why there is no vault to call.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The environment names no vault.
    NoVault,
    /// A variable holds something else.
    InvalidEndpoint {
        /// Its name.
        variable: &'static str,
        /// What it holds.
        value: String,
        /// What is wrong with that.
        reason: String,
    },
    /// A credential that the environment describes cannot be made.
    Credential {
        /// Which one.
        kind: CredentialKind,
        /// Why.
        source: azure_core::Error,
    },
    /// `AZURE_TOKEN_CREDENTIALS` allows none that the environment describes.
    NoCredential {
        /// What it holds.
        allowed: String,
        /// Which variables the allowed ones lack.
        missing: String,
    },
    /// The certificate authorities to trust cannot be used.
    Trust(TrustError),
    /// The official client refuses the vault's URL.
    Client(azure_core::Error),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVault => f.write_str(
                "no vault is named. For one on this machine, run the program under `akv run -- PROGRAM`, or start `akv serve` and run `eval \"$(akv env)\"` in this shell. For one on Azure, set KEY_VAULT_NAME to its name or AZURE_KEYVAULT_URL to its URL.",
            ),
            Self::InvalidEndpoint { variable, value, reason } => {
                write!(f, "{variable} is `{value}`, which is no vault: {reason}")
            }
            Self::Credential { kind, source } => write!(f, "no credential ({kind}): {source}"),
            Self::NoCredential { allowed, missing } => {
                write!(f, "AZURE_TOKEN_CREDENTIALS is `{allowed}`, but {missing}")
            }
            Self::Trust(error) => error.fmt(f),
            Self::Client(source) => write!(f, "the vault's URL is refused: {source}"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Credential { source, .. } | Self::Client(source) => Some(source),
            Self::Trust(error) => Some(error),
            Self::NoVault | Self::InvalidEndpoint { .. } | Self::NoCredential { .. } => None,
        }
    }
}
