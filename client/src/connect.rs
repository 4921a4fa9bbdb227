//! A vault with a credential for it: where the official clients come from.

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, Url};
use azure_identity::{
    ClientSecretCredential, DeveloperToolsCredential, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
};
use azure_security_keyvault_certificates::{CertificateClient, CertificateClientOptions};

use crate::environment::{self, CredentialChoice, Environment};

/// A vault, and who calls it. Cloning is cheap.
#[derive(Clone)]
pub struct Vault {
    url: Url,
    credential: Arc<dyn TokenCredential>,
    options: ClientOptions,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault that `AZURE_KEYVAULT_URL` or `KEY_VAULT_NAME` names, as whoever the environment says.
    ///
    /// # Errors
    /// [`ConnectError`]; its text says what to mend. The vault itself is not called yet.
    pub fn connect() -> Result<Self, ConnectError> {
        Self::builder().build()
    }

    /// A vault described step by step; what is left out comes from the environment.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The vault's URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The official client of its certificates.
    ///
    /// # Errors
    /// [`ConnectError::Client`] if the client refuses the URL.
    pub fn certificates(&self) -> Result<CertificateClient, ConnectError> {
        let options = CertificateClientOptions {
            client_options: self.options.clone(),
            ..CertificateClientOptions::default()
        };
        CertificateClient::new(self.url.as_str(), Arc::clone(&self.credential), Some(options))
            .map_err(ConnectError::Client)
    }
}

/// What a [`Vault`] is to be like.
#[derive(Clone, Default)]
#[must_use]
pub struct Builder {
    url: Option<Url>,
    credential: Option<Arc<dyn TokenCredential>>,
    options: ClientOptions,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("url", &self.url.as_ref().map(Url::as_str)).finish_non_exhaustive()
    }
}

impl Builder {
    /// The vault at this URL.
    pub fn url(mut self, url: Url) -> Self {
        self.url = Some(url);
        self
    }

    /// As whoever this credential says.
    pub fn credential(mut self, credential: Arc<dyn TokenCredential>) -> Self {
        self.credential = Some(credential);
        self
    }

    /// With these options for every client: transport, retries, policies.
    pub fn client_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    /// The vault.
    ///
    /// # Errors
    /// [`ConnectError`], for what has to come from the environment and is not there or not right.
    pub fn build(self) -> Result<Vault, ConnectError> {
        self.build_from(&environment::of_process)
    }

    fn build_from(self, environment: Environment<'_>) -> Result<Vault, ConnectError> {
        let url = self.url.map_or_else(|| environment::endpoint(environment), Ok)?;
        let credential = self.credential.map_or_else(|| credential(environment), Ok)?;
        Ok(Vault { url, credential, options: self.options })
    }
}

fn credential(environment: Environment<'_>) -> Result<Arc<dyn TokenCredential>, ConnectError> {
    let choice = CredentialChoice::of(environment);
    let variable = |name| environment(name).unwrap_or_default();
    let made: azure_core::Result<Arc<dyn TokenCredential>> = match choice {
        CredentialChoice::ClientSecret => ClientSecretCredential::new(
            &variable("AZURE_TENANT_ID"),
            variable("AZURE_CLIENT_ID"),
            Secret::new(variable("AZURE_CLIENT_SECRET")),
            None,
        )
        .map(|made| made as _),
        CredentialChoice::WorkloadIdentity => WorkloadIdentityCredential::new(None).map(|made| made as _),
        CredentialChoice::ManagedIdentity => {
            let user_assigned_id = environment("AZURE_CLIENT_ID").map(UserAssignedId::ClientId);
            let options = ManagedIdentityCredentialOptions { user_assigned_id, ..Default::default() };
            ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
        }
        CredentialChoice::DeveloperTools => DeveloperToolsCredential::new(None).map(|made| made as _),
    };
    made.map_err(|source| ConnectError::Credential { choice, source })
}

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
    /// The credential that the environment asks for cannot be made.
    Credential {
        /// Which one.
        choice: CredentialChoice,
        /// Why.
        source: azure_core::Error,
    },
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
            Self::Credential { choice, source } => write!(f, "no credential ({choice:?}): {source}"),
            Self::Client(source) => write!(f, "the vault's URL is refused: {source}"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Credential { source, .. } | Self::Client(source) => Some(source),
            Self::NoVault | Self::InvalidEndpoint { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_needs_no_environment() {
        let nothing = |_: &str| None;
        let url = Url::parse("https://kv.vault.azure.net").unwrap();
        let credential =
            credential(&|name| (name == "IDENTITY_ENDPOINT").then(|| "http://localhost".into())).unwrap();
        let vault = Vault::builder().url(url.clone()).credential(credential).build_from(&nothing).unwrap();
        assert_eq!(vault.url(), &url);
        assert_eq!(vault.certificates().unwrap().endpoint().as_str(), url.as_str());
        assert!(matches!(Vault::builder().build_from(&nothing), Err(ConnectError::NoVault)));
    }

    #[test]
    fn a_credential_that_cannot_be_made_is_named() {
        let wrong = |name: &str| match name {
            "AZURE_TENANT_ID" => Some("not a tenant!".to_owned()),
            "AZURE_CLIENT_ID" | "AZURE_CLIENT_SECRET" => Some("x".to_owned()),
            _ => None,
        };
        let complaint = credential(&wrong).unwrap_err().to_string();
        assert!(complaint.contains("ClientSecret"), "{complaint}");
    }
}
