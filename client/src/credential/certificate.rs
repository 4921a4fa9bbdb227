//! An application that proves itself with a certificate.
//!
//! `azure_identity` has one only with OpenSSL; this gives its client assertion credential what it asks for: a token
//! signed by the certificate's key. It must not show the key.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use azure_core::base64::encode_url_safe;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_core::json::to_json;
use azure_core::time::OffsetDateTime;
use azure_core::{Uuid, Value};
use azure_identity::ClientAssertion;
use rustls::SignatureScheme;
use rustls::sign::SigningKey;

use crate::bundle::Bundle;

/// How long an assertion is good for, in seconds; as long as the official credential's.
const LIFETIME: i64 = 300;

/// Signs assertions with a certificate's key.
pub(super) struct CertificateAssertion {
    audience: String,
    client_id: String,
    thumbprint: String,
    key: Arc<dyn SigningKey>,
}

impl fmt::Debug for CertificateAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAssertion").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

fn refused(reason: impl fmt::Display) -> Error {
    Error::with_message(ErrorKind::Credential, format!("AZURE_CLIENT_CERTIFICATE_PATH: {reason}"))
}

impl CertificateAssertion {
    /// From a file in PEM or PKCS#12, for the token endpoint `audience`.
    pub(super) fn from_file(
        path: &Path,
        password: &str,
        audience: String,
        client_id: String,
    ) -> azure_core::Result<Self> {
        let content = std::fs::read(path).map_err(|error| refused(format!("{}: {error}", path.display())))?;
        let pem = content.windows(11).any(|window| window == b"-----BEGIN ");
        let bundle = if pem { Bundle::from_pem(&content) } else { Bundle::from_pkcs12(&content, password) };
        let mut bundle = bundle.map_err(refused)?;
        let key = bundle.key.take().ok_or_else(|| refused("no private key is in it"))?;
        let chain = bundle.into_chain(None).map_err(refused)?;
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).map_err(refused)?;
        let thumbprint = encode_url_safe(digest(&SHA256, &chain[0]));
        Ok(Self { audience, client_id, thumbprint, key })
    }

    /// The form that Microsoft documents for certificate credentials: PS256 and `x5t#S256`.
    fn sign(&self, now: i64, id: Uuid) -> azure_core::Result<String> {
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]);
        let signer = signer.ok_or_else(|| refused("its key is not RSA"))?;
        let part = |members: Value| to_json(&members).map(encode_url_safe);
        let members = |pairs: &[(&str, Value)]| {
            Value::Object(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
        };
        let text = |value: &str| Value::from(value);
        let header =
            members(&[("alg", text("PS256")), ("typ", text("JWT")), ("x5t#S256", text(&self.thumbprint))]);
        let claims = members(&[
            ("aud", text(&self.audience)),
            ("exp", Value::from(now + LIFETIME)),
            ("iat", Value::from(now)),
            ("iss", text(&self.client_id)),
            ("jti", text(&id.to_string())),
            ("nbf", Value::from(now)),
            ("sub", text(&self.client_id)),
        ]);
        let signed = format!("{}.{}", part(header)?, part(claims)?);
        let signature = signer.sign(signed.as_bytes()).map_err(refused)?;
        Ok(format!("{signed}.{}", encode_url_safe(signature)))
    }
}

#[async_trait]
impl ClientAssertion for CertificateAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        #[expect(clippy::disallowed_methods, reason = "an assertion is dated by the machine's clock")]
        let now = OffsetDateTime::now_utc().unix_timestamp();
        #[expect(clippy::disallowed_methods, reason = "an assertion is used once, and its id says so")]
        let id = Uuid::new_v4();
        self.sign(now, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use akv_tests::{Vault, standing};
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

    const RSA: &str = r#"{"policy":{"key_props":{"kty":"RSA"},"secret_props":{"contentType":"TYPE"},"x509_props":{"subject":"CN=app"},"issuer":{"name":"Self"}}}"#;

    /// A file that the vault wrote, and the public key that it shows of it.
    async fn file(content_type: &str, body: &str) -> (tempfile::NamedTempFile, DecodingKey) {
        let vault = Vault::new(standing());
        let created =
            vault.call("POST", "/certificates/app/create", &body.replace("TYPE", content_type)).await;
        assert_eq!(created.status, 202, "{created:?}");
        let value = vault.call("GET", "/secrets/app", "").await.json()["value"].as_str().unwrap().to_owned();
        let content = if content_type.contains("pem") {
            value.into_bytes()
        } else {
            azure_core::base64::decode(value).unwrap()
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let key = vault.call("GET", "/keys/app", "").await.json()["key"].clone();
        let part = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
        (file, DecodingKey::from_rsa_components(&part("n"), &part("e")).unwrap())
    }

    fn assertion(file: &tempfile::NamedTempFile) -> azure_core::Result<CertificateAssertion> {
        CertificateAssertion::from_file(
            file.path(),
            "",
            "https://login/token".to_owned(),
            "client".to_owned(),
        )
    }

    /// Microsoft's "certificate credentials": header and claims, and a signature that the certificate verifies.
    #[tokio::test]
    async fn assertions_are_signed_by_the_files_key_in_either_format() {
        for content_type in ["application/x-pkcs12", "application/x-pem-file"] {
            let (file, key) = file(content_type, RSA).await;
            let signed = assertion(&file).unwrap().sign(1_800_000_000, Uuid::nil()).unwrap();
            let header = decode_header(&signed).unwrap();
            assert_eq!((header.alg, header.x5t_s256.unwrap().len()), (Algorithm::PS256, 43));
            let mut validation = Validation::new(Algorithm::PS256);
            validation.set_audience(&["https://login/token"]);
            validation.validate_exp = false;
            let claims = decode::<Value>(&signed, &key, &validation).unwrap().claims;
            assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("client"), Some("client")));
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), LIFETIME);
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_by_its_variable() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----").unwrap();
        for path in [file.path(), Path::new("/nowhere")] {
            let refused =
                CertificateAssertion::from_file(path, "", String::new(), String::new()).unwrap_err();
            assert!(refused.to_string().starts_with("AZURE_CLIENT_CERTIFICATE_PATH: "), "{refused}");
        }
    }
}
