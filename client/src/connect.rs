//! A vault with a credential for it: where the official clients come from.

use std::fmt;
use std::sync::Arc;

use azure_core::Bytes;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, Transport, Url};
#[cfg(feature = "certificates")]
use azure_security_keyvault_certificates::{CertificateClient, CertificateClientOptions};
#[cfg(feature = "keys")]
use azure_security_keyvault_keys::{KeyClient, KeyClientOptions};
#[cfg(feature = "secrets")]
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};

use crate::connect_error::ConnectError;
use crate::credential::{Bearer, CredentialChain};
use crate::environment::{self, Environment};
use crate::network::{Function, Network};

/// A vault, and who calls it. Cloning is cheap.
///
/// The clients are the official ones, each made once, sharing transport and credential; their check that the challenge
/// comes from the vault's own domain stays on. They are shared, because pollers outlive the call that begins them.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    url: Url,
    #[cfg(feature = "certificates")]
    certificates: Arc<CertificateClient>,
    #[cfg(feature = "keys")]
    keys: Arc<KeyClient>,
    #[cfg(feature = "secrets")]
    secrets: Arc<SecretClient>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("url", &self.url().as_str()).finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault that `AZURE_KEYVAULT_URL` or `KEY_VAULT_NAME` names, as whoever the environment says
    /// ([`CredentialChain`]), reached as the environment says ([`Network`]).
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
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// The official client of its certificates.
    #[cfg(feature = "certificates")]
    #[must_use]
    pub fn certificates(&self) -> Arc<CertificateClient> {
        Arc::clone(&self.0.certificates)
    }

    /// The official client of its keys.
    #[cfg(feature = "keys")]
    #[must_use]
    pub fn keys(&self) -> Arc<KeyClient> {
        Arc::clone(&self.0.keys)
    }

    /// The official client of its secrets.
    #[cfg(feature = "secrets")]
    #[must_use]
    pub fn secrets(&self) -> Arc<SecretClient> {
        Arc::clone(&self.0.secrets)
    }
}

/// What a [`Vault`] is to be like.
#[derive(Clone, Default)]
#[must_use]
pub struct Builder {
    url: Option<Url>,
    credential: Option<Arc<dyn TokenCredential>>,
    network: Network,
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

    /// With this token, for what somebody else logged in for, and for tests.
    pub fn bearer_token(self, token: impl Into<Secret>) -> Self {
        self.credential(Arc::new(Bearer(token.into())))
    }

    /// Answered by this function in place of a network, for tests: an emulator's service, a recording, a fault.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use akv_client::Vault;
    ///
    /// let service = akv_emulator::Emulator::builder().build()?.service();
    /// let vault = Vault::builder()
    ///     .url("https://kv.vault.azure.net".parse()?)
    ///     .bearer_token("developer")
    ///     .answered_by(move |request| {
    ///         let service = service.clone();
    ///         async move { service.call(request).await }
    ///     })
    ///     .build()?;
    /// assert!(vault.certificates().get_certificate("web", None).await.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answered_by<F, A>(mut self, answer: F) -> Self
    where
        F: Fn(http::Request<Bytes>) -> A + Send + Sync + 'static,
        A: Future<Output = http::Response<Bytes>> + Send + 'static,
    {
        self.options.transport = Some(Transport::new(Arc::new(Function(answer))));
        self
    }

    /// Reached like this.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// With these options for every client: retries, policies, telemetry. A transport in them stands in for
    /// [`Self::network`].
    pub fn client_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    /// The vault.
    ///
    /// # Errors
    /// [`ConnectError`], for what has to come from the environment and is not there or not right.
    pub fn build(self) -> Result<Vault, ConnectError> {
        self.build_in(&environment::of_process)
    }

    fn build_in(mut self, environment: Environment<'_>) -> Result<Vault, ConnectError> {
        let url = self.url.map_or_else(|| environment::endpoint(environment), Ok)?;
        let transport = match self.options.transport.take() {
            Some(transport) => transport,
            None => Transport::new(self.network.client_in(environment).map_err(ConnectError::Trust)?),
        };
        self.options.transport = Some(transport.clone());
        let credential: Arc<dyn TokenCredential> = match self.credential {
            Some(credential) => credential,
            None => Arc::new(CredentialChain::in_environment(environment, &transport)?),
        };
        inner(url, &credential, &self.options)
            .map(|inner| Vault(Arc::new(inner)))
            .map_err(ConnectError::Client)
    }
}

fn inner(
    url: Url,
    credential: &Arc<dyn TokenCredential>,
    options: &ClientOptions,
) -> azure_core::Result<Inner> {
    macro_rules! client {
        ($client:ident, $options:ident) => {{
            let options = $options { client_options: options.clone(), ..$options::default() };
            Arc::new($client::new(url.as_str(), Arc::clone(credential), Some(options))?)
        }};
    }
    Ok(Inner {
        #[cfg(feature = "certificates")]
        certificates: client!(CertificateClient, CertificateClientOptions),
        #[cfg(feature = "keys")]
        keys: client!(KeyClient, KeyClientOptions),
        #[cfg(feature = "secrets")]
        secrets: client!(SecretClient, SecretClientOptions),
        url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::lookup;

    #[test]
    fn what_is_given_needs_no_environment() {
        let url = Url::parse("https://kv.vault.azure.net").unwrap();
        let vault = Vault::builder().url(url.clone()).build_in(&lookup(&[])).unwrap();
        assert_eq!(vault.url(), &url);
        assert_eq!(vault.certificates().endpoint(), &url);
        assert_eq!((vault.keys().endpoint(), vault.secrets().endpoint()), (&url, &url));
        assert!(matches!(Vault::builder().build_in(&lookup(&[])), Err(ConnectError::NoVault)));
    }

    #[test]
    fn roots_that_cannot_be_trusted_are_said_before_anything_is_called() {
        let variables = [("KEY_VAULT_NAME", "kv"), ("SSL_CERT_FILE", "/nowhere/ca.pem")];
        let complaint = Vault::builder().build_in(&lookup(&variables)).unwrap_err().to_string();
        assert!(complaint.contains("/nowhere/ca.pem"), "{complaint}");
    }
}
