//! A certificate with its chain and private key, ready for TLS.
//!
//! The official client gives a certificate without its key; the key is in the secret of the same name, as PKCS#12 or
//! PEM. It must not write or show the key.

use std::fmt;
use std::sync::Arc;

use azure_core::base64;
use azure_core::time::OffsetDateTime;
use azure_security_keyvault_certificates::ResourceExt;
use azure_security_keyvault_certificates::models::{Certificate, CertificateClientGetCertificateOptions};
use azure_security_keyvault_secrets::models::SecretClientGetSecretOptions;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::bundle::{Bundle, UnreadableBundle};
use crate::connect::Vault;
use crate::situation::ServiceError;

/// A certificate, whole.
pub struct DownloadedCertificate {
    /// Its version.
    pub version: String,
    /// When it expires.
    pub expires: Option<OffsetDateTime>,
    /// The certificate, who issued it, and so on, as far as the vault has them.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its private key.
    pub key: PrivateKeyDer<'static>,
}

impl fmt::Debug for DownloadedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadedCertificate")
            .field("version", &self.version)
            .field("expires", &self.expires)
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}

impl DownloadedCertificate {
    /// For rustls, with the key checked against the certificate.
    ///
    /// # Errors
    /// [`DownloadError::Unusable`] for a key that TLS has no use for (P-256K) or that is not the certificate's.
    pub fn certified_key(self) -> Result<Arc<CertifiedKey>, DownloadError> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(self.chain, self.key, &provider);
        certified.map(Arc::new).map_err(|error| DownloadError::Unusable(error.to_string()))
    }
}

impl Vault {
    /// The certificate of this name with its chain and private key; the current version unless one is named.
    ///
    /// Needs `certificates/get` and `secrets/get`.
    ///
    /// ```
    /// # akv_tests::example(async |vault: akv_client::Vault| {
    /// let web = vault.download_certificate("web", None).await?;
    /// let config = rustls::ServerConfig::builder()
    ///     .with_no_client_auth()
    ///     .with_single_cert(web.chain, web.key)?;
    /// # let _ = config;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`DownloadError`].
    pub async fn download_certificate(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<DownloadedCertificate, DownloadError> {
        let certificate = self.certificate(name, version).await?;
        self.with_key(name, certificate).await
    }

    pub(crate) async fn certificate(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> azure_core::Result<Certificate> {
        let certificate_version = version.map(str::to_owned);
        let options = CertificateClientGetCertificateOptions { certificate_version, ..Default::default() };
        self.certificates().get_certificate(name, Some(options)).await?.into_model()
    }

    /// The secret of the very version, so that a renewal between the two requests does no harm.
    pub(crate) async fn with_key(
        &self,
        name: &str,
        certificate: Certificate,
    ) -> Result<DownloadedCertificate, DownloadError> {
        let leaf = certificate.cer.as_deref().ok_or(DownloadError::NotIssued)?;
        let version = certificate.resource_id()?.version.ok_or(DownloadError::NotIssued)?;
        let options =
            SecretClientGetSecretOptions { secret_version: Some(version.clone()), ..Default::default() };
        let secret = self.secrets().get_secret(name, Some(options)).await?.into_model()?;
        let value = secret.value.unwrap_or_default();
        let mut bundle = match secret.content_type.as_deref() {
            Some("application/x-pem-file") => Bundle::from_pem(value.as_bytes())?,
            _ => Bundle::from_pkcs12(&base64::decode(value)?, "")?,
        };
        let key = bundle.key.take().ok_or(DownloadError::NoPrivateKey)?;
        let expires = certificate.attributes.as_ref().and_then(|attributes| attributes.expires);
        Ok(DownloadedCertificate { version, expires, chain: bundle.into_chain(Some(leaf))?, key })
    }
}

/// Why there is no certificate to use.
#[derive(Debug)]
#[non_exhaustive]
pub enum DownloadError {
    /// The service refuses, or cannot be reached.
    Service(azure_core::Error),
    /// It is not issued yet.
    NotIssued,
    /// Its key may not leave the vault: its policy says `exportable: false`.
    NoPrivateKey,
    /// What the vault gave cannot be read.
    Unreadable(UnreadableBundle),
    /// rustls has no use for it, and why.
    Unusable(String),
}

impl From<azure_core::Error> for DownloadError {
    fn from(error: azure_core::Error) -> Self {
        Self::Service(error)
    }
}

impl From<UnreadableBundle> for DownloadError {
    fn from(error: UnreadableBundle) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => ServiceError::from(error).fmt(f),
            Self::NotIssued => f.write_str("the certificate is not issued yet"),
            Self::NoPrivateKey => f.write_str(
                "the vault keeps the private key to itself: the certificate's policy says that it is not exportable",
            ),
            Self::Unreadable(error) => error.fmt(f),
            Self::Unusable(reason) => write!(f, "the certificate cannot be used for TLS: {reason}"),
        }
    }
}

impl std::error::Error for DownloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Service(error) => Some(error),
            Self::Unreadable(error) => Some(error),
            Self::NotIssued | Self::NoPrivateKey | Self::Unusable(_) => None,
        }
    }
}
