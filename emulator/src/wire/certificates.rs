//! Bodies of the certificates data plane (certificates.md section 2).
//!
//! The policy is one struct for both ways: a client may send back what it was given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// Application data of an object; the service keeps no order.
pub type Tags = BTreeMap<String, String>;

/// Body of `POST /certificates/{name}/create`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CreateRequest {
    /// What to issue; absent to use the name's stored policy.
    pub policy: Option<CertificatePolicy>,
    /// Only `enabled` counts.
    pub attributes: Option<Attributes>,
    /// Tags of the new version.
    pub tags: Option<Tags>,
    /// Whether the chain keeps the order it was given in.
    #[serde(rename = "preserveCertOrder")]
    pub preserve_cert_order: Option<bool>,
}

/// Body of `POST /certificates/{name}/import`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ImportRequest {
    /// PKCS#12 in base64, or PEM as text or in base64.
    pub value: Option<String>,
    /// Password of the file.
    pub pwd: Option<String>,
    /// What the certificate itself does not say.
    pub policy: Option<CertificatePolicy>,
    /// Only `enabled` counts.
    pub attributes: Option<Attributes>,
    /// Tags of the new version.
    pub tags: Option<Tags>,
    /// Whether the chain keeps the order it was given in.
    #[serde(rename = "preserveCertOrder")]
    pub preserve_cert_order: Option<bool>,
}

impl std::fmt::Debug for ImportRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportRequest").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Body of `POST /certificates/{name}/pending/merge`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MergeRequest {
    /// The certificate and the authorities above it, base64 DER.
    pub x5c: Vec<String>,
    /// Only `enabled` counts.
    pub attributes: Option<Attributes>,
    /// Tags of the new version.
    pub tags: Option<Tags>,
}

/// Body of `PATCH /certificates/{name}[/{version}]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpdateRequest {
    /// Sections to replace.
    pub policy: Option<CertificatePolicy>,
    /// Only `enabled` counts.
    pub attributes: Option<Attributes>,
    /// Replaces all tags.
    pub tags: Option<Tags>,
}

/// Body of `PATCH /certificates/{name}/pending`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpdateOperationRequest {
    /// True to ask for cancellation.
    pub cancellation_requested: Option<bool>,
}

/// Attributes of a certificate or, with fewer members, of a policy.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Attributes {
    /// Whether the object may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Start of validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// End of validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<Timestamp>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<Timestamp>,
    /// What deleting means in this vault.
    #[serde(rename = "recoveryLevel", skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub recovery_level: Option<&'static str>,
    /// Days until a deleted object is purged.
    #[serde(rename = "recoverableDays", skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub recoverable_days: Option<u16>,
}

/// A certificate, in full, by version, or as a list item: which members are there differs (section 2.5, 2.8).
#[derive(Clone, Debug, Serialize)]
pub struct CertificateBundle {
    /// Identifier.
    pub id: String,
    /// Identifier of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Identifier of its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Base64url SHA-1 of the DER.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
    /// Base64 of the DER.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cer: Option<String>,
    /// Attributes.
    pub attributes: Attributes,
    /// Tags, if ever set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// Always `""`, in items of the live lists only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'static str>,
    /// The policy of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<CertificatePolicy>,
    /// The operation object, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<OperationId>,
    /// Echoed only if a client set it.
    #[serde(rename = "preserveCertOrder", skip_serializing_if = "Option::is_none")]
    pub preserve_cert_order: Option<bool>,
}

/// `{"id":".../pending"}`.
#[derive(Clone, Debug, Serialize)]
pub struct OperationId {
    /// Identifier of the operation.
    pub id: String,
}

/// A certificate operation (section 2.3).
#[derive(Debug, Serialize)]
pub struct CertificateOperation {
    /// Identifier.
    pub id: String,
    /// Name only.
    pub issuer: IssuerName,
    /// Base64 of the PKCS#10 request.
    pub csr: String,
    /// Whether somebody asked to cancel.
    pub cancellation_requested: bool,
    /// `inProgress`, `completed`, `cancelled` or `failed`.
    pub status: &'static str,
    /// A sentence, while in progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<&'static str>,
    /// Echoed only if a client set it.
    #[serde(rename = "preserveCertOrder", skip_serializing_if = "Option::is_none")]
    pub preserve_cert_order: Option<bool>,
    /// The certificate without version, when completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<OperationError>,
    /// 32 hexadecimal digits, as in `Location`.
    pub request_id: String,
}

/// Why an operation failed.
#[derive(Debug, Serialize)]
pub struct OperationError {
    /// Code.
    pub code: &'static str,
    /// Message.
    pub message: String,
}

/// The issuer of an operation.
#[derive(Debug, Serialize)]
pub struct IssuerName {
    /// As the client wrote it.
    pub name: String,
}

/// A certificate policy (section 2.2).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct CertificatePolicy {
    /// Identifier; ignored when sent.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What key to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_props: Option<KeyProperties>,
    /// In what form the secret is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_props: Option<SecretProperties>,
    /// What certificate to issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x509_props: Option<X509Properties>,
    /// What to do before it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_actions: Option<Vec<LifetimeAction>>,
    /// Who issues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerParameters>,
    /// Of the policy itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// What the platform's own authority is asked for, since 2026-03-01-preview.
    #[serde(rename = "platformManaged", skip_serializing_if = "Option::is_none")]
    pub platform_managed: Option<PlatformManaged>,
}

/// `platformManaged` (section 5.3).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PlatformManaged {
    /// `PublicTLSServerAuth`.
    #[serde(rename = "certificateUsage", skip_serializing_if = "Option::is_none")]
    pub certificate_usage: Option<String>,
    /// Whom the certificate is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<PlatformManagedMetadata>,
}

/// `metadata` of `platformManaged`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PlatformManagedMetadata {
    /// The names of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sans: Option<SubjectAlternativeNames>,
}

/// `key_props`; `crv` stands last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct KeyProperties {
    /// Whether the secret holds the private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// Key type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kty: Option<String>,
    /// Bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_size: Option<u32>,
    /// Whether a renewal keeps the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse_key: Option<bool>,
    /// Curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
}

/// `secret_props`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct SecretProperties {
    /// `application/x-pkcs12` or `application/x-pem-file`.
    #[serde(rename = "contentType", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// `x509_props`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct X509Properties {
    /// X.500 distinguished name, echoed literally.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Other names of the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sans: Option<SubjectAlternativeNames>,
    /// Object identifiers of extended key usages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ekus: Option<Vec<String>>,
    /// Key usages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<Vec<String>>,
    /// Calendar months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity_months: Option<u32>,
    /// Whether the subject is a certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basic_constraints: Option<BasicConstraints>,
}

/// `sans`; only the lists that were sent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct SubjectAlternativeNames {
    /// E-mail addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<String>>,
    /// DNS names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_names: Option<Vec<String>>,
    /// User principal names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upns: Option<Vec<String>>,
    /// URIs, since 2025-07-01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uris: Option<Vec<String>>,
    /// IP addresses, since 2025-07-01.
    #[serde(rename = "ipAddresses", skip_serializing_if = "Option::is_none")]
    pub ip_addresses: Option<Vec<String>>,
}

/// `basic_constraints`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct BasicConstraints {
    /// Whether the subject is a certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<bool>,
}

/// One of `lifetime_actions`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct LifetimeAction {
    /// When.
    pub trigger: Trigger,
    /// What.
    pub action: Action,
}

/// When a lifetime action is due: exactly one of the two.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Trigger {
    /// Percent of the lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_percentage: Option<u32>,
    /// Days before expiry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_before_expiry: Option<u32>,
}

/// What a lifetime action does.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Action {
    /// `AutoRenew` or `EmailContacts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_type: Option<String>,
}

/// `issuer` of a policy.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct IssuerParameters {
    /// `Self`, `Unknown` or the name of an issuer object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Certificate type, for a certificate authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cty: Option<String>,
    /// Whether it is to be published in transparency logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_transparency: Option<bool>,
}
