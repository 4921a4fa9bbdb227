//! Bodies of the keys data plane (keys-and-secrets.md section 4, certificates.md section 2.13).
//!
//! Private members come in, by an import, and never go out.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::timestamp::Timestamp;
use crate::wire::certificates::Tags;

/// Body of `POST /keys/{name}/create`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CreateRequest {
    /// Type.
    pub kty: Option<String>,
    /// Bits, of RSA keys.
    pub key_size: Option<u32>,
    /// Of RSA keys.
    pub public_exponent: Option<u32>,
    /// What it may be used for.
    pub key_ops: Option<Vec<String>>,
    /// Curve, of EC keys.
    pub crv: Option<String>,
    /// Attributes.
    pub attributes: Option<KeyAttributesRequest>,
    /// Tags of the new version.
    pub tags: Option<Tags>,
    /// Who it may be released to.
    pub release_policy: Option<ReleasePolicy>,
}

/// Body of `PUT /keys/{name}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ImportRequest {
    /// The key.
    pub key: Option<Box<PrivateJsonWebKey>>,
    /// Whether to keep it in hardware.
    #[serde(rename = "Hsm", alias = "hsm")]
    pub hsm: Option<bool>,
    /// Attributes.
    pub attributes: Option<KeyAttributesRequest>,
    /// Tags of the new version.
    pub tags: Option<Tags>,
    /// Who it may be released to.
    pub release_policy: Option<ReleasePolicy>,
}

/// Body of `PATCH /keys/{name}[/{version}]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpdateRequest {
    /// Replaces all operations.
    pub key_ops: Option<Vec<String>>,
    /// Attributes.
    pub attributes: Option<KeyAttributesRequest>,
    /// Replaces all tags.
    pub tags: Option<Tags>,
    /// Who it may be released to.
    pub release_policy: Option<ReleasePolicy>,
}

/// What a client may say of a key's attributes; members that only the service sets are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct KeyAttributesRequest {
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Start of validity.
    pub nbf: Option<Timestamp>,
    /// End of validity.
    pub exp: Option<Timestamp>,
    /// Whether it may leave.
    pub exportable: Option<bool>,
    /// A key that another's key manager has for a pool.
    pub external_key: Option<ExternalKey>,
}

/// Which key of an external key manager a pool's key stands for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExternalKey {
    /// Its identifier there.
    pub id: Option<String>,
}

/// A private key, as a JSON Web Key; numbers in base64url.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PrivateJsonWebKey {
    /// Type.
    pub kty: Option<String>,
    /// What it may be used for.
    pub key_ops: Option<Vec<String>>,
    /// Modulus.
    pub n: Option<String>,
    /// Public exponent.
    pub e: Option<String>,
    /// Private exponent, or scalar.
    pub d: Option<Zeroizing<String>>,
    /// First factor.
    pub p: Option<Zeroizing<String>>,
    /// Second factor.
    pub q: Option<Zeroizing<String>>,
    /// Exponent of the first factor.
    pub dp: Option<Zeroizing<String>>,
    /// Exponent of the second factor.
    pub dq: Option<Zeroizing<String>>,
    /// Coefficient.
    pub qi: Option<Zeroizing<String>>,
    /// Curve.
    pub crv: Option<String>,
    /// First coordinate.
    pub x: Option<String>,
    /// Second coordinate.
    pub y: Option<String>,
    /// The key itself, of symmetric keys.
    pub k: Option<Zeroizing<String>>,
    /// A key that left another HSM sealed for this one.
    pub key_hsm: Option<String>,
}

impl fmt::Debug for PrivateJsonWebKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateJsonWebKey").field("kty", &self.kty).finish_non_exhaustive()
    }
}

/// Who a key may be released to; the same both ways.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ReleasePolicy {
    /// What `data` is.
    #[serde(rename = "contentType", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The policy, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Whether it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,
}

/// A key.
#[derive(Debug, Serialize)]
pub struct KeyBundle {
    /// The key.
    pub key: JsonWebKey,
    /// Attributes.
    pub attributes: KeyAttributes,
    /// Tags, if ever set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Arc<Tags>>,
    /// Who it may be released to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_policy: Option<ReleasePolicy>,
    /// True if a certificate manages it, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,
}

/// The public half of a key, as a JSON Web Key.
#[derive(Debug, Serialize)]
pub struct JsonWebKey {
    /// Identifier.
    pub kid: String,
    /// `RSA`, `RSA-HSM`, `EC`, `EC-HSM` or `oct-HSM`.
    pub kty: &'static str,
    /// What it may be used for.
    pub key_ops: Vec<&'static str>,
    /// Modulus, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Public exponent, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<&'static str>,
    /// First coordinate, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The key itself, wrapped for an environment: only in a release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_hsm: Option<String>,
}

/// An item of a list of keys.
#[derive(Debug, Serialize)]
pub struct KeyItem {
    /// Identifier.
    pub kid: String,
    /// Attributes.
    pub attributes: KeyAttributes,
    /// Tags, if ever set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Arc<Tags>>,
    /// True if a certificate manages it, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,
}

/// What a pool's hardware says of a key; all in base64url.
#[derive(Clone, Debug, Serialize)]
pub struct KeyAttestation {
    /// Certificates, PEM.
    #[serde(rename = "certificatePemFile")]
    pub certificate_pem_file: String,
    /// Of the private half, or of a symmetric key.
    #[serde(rename = "privateKeyAttestation")]
    pub private_key_attestation: String,
    /// Of the public half.
    #[serde(rename = "publicKeyAttestation", skip_serializing_if = "Option::is_none")]
    pub public_key_attestation: Option<String>,
    /// Of the form.
    pub version: &'static str,
}

/// Attributes of a key.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeyAttributes {
    /// Whether it may be used.
    pub enabled: bool,
    /// Start of validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// End of validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<Timestamp>,
    /// Bits, of RSA keys and of symmetric ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_size: Option<u16>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
    /// What deleting means in this vault.
    #[serde(rename = "recoveryLevel", skip_serializing_if = "Option::is_none")]
    pub recovery_level: Option<&'static str>,
    /// Days until a deleted key is purged.
    #[serde(rename = "recoverableDays", skip_serializing_if = "Option::is_none")]
    pub recoverable_days: Option<u16>,
    /// Whether it may leave; absent for a certificate's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exportable: Option<bool>,
    /// `"0"`: kept in software.
    #[serde(rename = "hsmPlatform", skip_serializing_if = "Option::is_none")]
    pub hsm_platform: Option<&'static str>,
    /// What the hardware says of it: only where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attestation: Option<KeyAttestation>,
}

/// Body of a key operation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OperationRequest {
    /// Algorithm.
    pub alg: Option<String>,
    /// What to work on, base64url: a digest to sign, a text to encrypt, a signature to verify.
    pub value: Option<String>,
    /// What was signed, base64url: only to verify.
    pub digest: Option<String>,
    /// Initialization vector, base64url: of symmetric keys.
    pub iv: Option<String>,
    /// What GCM's tag covers beside the text, base64url.
    pub aad: Option<String>,
    /// GCM's tag, base64url: only to decrypt.
    pub tag: Option<String>,
}

impl fmt::Debug for OperationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationRequest").field("alg", &self.alg).finish_non_exhaustive()
    }
}

/// What a key operation came to.
#[derive(Default, Serialize)]
pub struct OperationResult {
    /// The version that did it.
    pub kid: String,
    /// Base64url.
    pub value: String,
    /// The algorithm: only where a pool answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// Initialization vector of an encryption, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iv: Option<String>,
    /// GCM's tag, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// Whether a signature is good.
#[derive(Debug, Serialize)]
pub struct VerifyResult {
    /// Whether it is.
    pub value: bool,
}

/// Body of `POST /rng`.
#[derive(Debug, Deserialize)]
pub struct RandomBytesRequest {
    /// How many bytes.
    pub count: i64,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct RandomBytes {
    /// The bytes, base64url.
    pub value: String,
}

/// Body of a release.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReleaseRequest {
    /// The assertion of the environment.
    pub target: Option<String>,
    /// Repeated in the answer.
    pub nonce: Option<String>,
    /// How the key is to be wrapped.
    pub enc: Option<String>,
}

impl fmt::Debug for ReleaseRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleaseRequest").field("enc", &self.enc).finish_non_exhaustive()
    }
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct ReleaseResult {
    /// A JSON Web Signature in compact form.
    pub value: String,
}
