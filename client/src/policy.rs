//! Policies to begin with: the official model has every member optional and no defaults.
//!
//! What is left out is the service's own default (RSA 2048, exportable, PKCS#12, twelve months, renewed at 80 %). It must
//! not repeat those.

use azure_security_keyvault_certificates::models::{
    CertificatePolicy, IssuerParameters, SecretProperties, SubjectAlternativeNames, X509CertificateProperties,
};

/// Defaults that the SDKs of other languages have.
///
/// ```
/// use akv_client::PolicyDefaults;
/// use azure_security_keyvault_certificates::models::CertificatePolicy;
///
/// let policy = CertificatePolicy::issued_by("Self", "CN=web").dns_names(["web.example.org"]).in_pem();
/// ```
pub trait PolicyDefaults: Sized {
    /// Self-signed, `CN=DefaultPolicy`: `get_default` in Python, `Default` in .NET, `getDefault` in Java.
    #[must_use]
    fn default_policy() -> Self {
        Self::issued_by("Self", "CN=DefaultPolicy")
    }

    /// From this issuer, `Self` and `Unknown` included, for this X.500 name.
    #[must_use]
    fn issued_by(issuer: &str, subject: &str) -> Self;

    /// With these DNS names as subject alternative names.
    #[must_use]
    fn dns_names<I: IntoIterator<Item: Into<String>>>(self, names: I) -> Self;

    /// Its secret is PEM instead of PKCS#12.
    #[must_use]
    fn in_pem(self) -> Self;
}

impl PolicyDefaults for CertificatePolicy {
    fn issued_by(issuer: &str, subject: &str) -> Self {
        let x509 = X509CertificateProperties { subject: Some(subject.to_owned()), ..Default::default() };
        Self {
            issuer_parameters: Some(IssuerParameters { name: Some(issuer.to_owned()), ..Default::default() }),
            x509_certificate_properties: Some(x509),
            ..Default::default()
        }
    }

    fn dns_names<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        let alternatives = SubjectAlternativeNames { dns_names: Some(names), ..Default::default() };
        self.x509_certificate_properties.get_or_insert_default().subject_alternative_names =
            Some(alternatives);
        self
    }

    fn in_pem(mut self) -> Self {
        self.secret_properties =
            Some(SecretProperties { content_type: Some("application/x-pem-file".to_owned()) });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_is_sent() {
        let json = |policy| String::from_utf8(azure_core::json::to_json(&policy).unwrap().to_vec()).unwrap();
        assert_eq!(
            json(CertificatePolicy::default_policy()),
            r#"{"issuer":{"name":"Self"},"x509_props":{"subject":"CN=DefaultPolicy"}}"#
        );
        assert_eq!(
            json(CertificatePolicy::issued_by("ca", "CN=w").dns_names(["w.example.org"]).in_pem()),
            r#"{"issuer":{"name":"ca"},"secret_props":{"contentType":"application/x-pem-file"},"x509_props":{"subject":"CN=w","sans":{"dns_names":["w.example.org"]}}}"#
        );
    }
}
