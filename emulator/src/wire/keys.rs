//! Bodies of the keys data plane (keys-and-secrets.md section 4, certificates.md section 2.13).
//!
//! No member of a private key is here: none can be answered.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// A key.
#[derive(Debug, Serialize)]
pub struct KeyBundle {
    /// The key.
    pub key: JsonWebKey,
    /// Attributes.
    pub attributes: KeyAttributes,
    /// True if a certificate manages it, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,
}

/// The public half of a key, as a JSON Web Key.
#[derive(Debug, Serialize)]
pub struct JsonWebKey {
    /// Identifier.
    pub kid: String,
    /// `RSA` or `EC`.
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
}

/// An item of a list of keys.
#[derive(Debug, Serialize)]
pub struct KeyItem {
    /// Identifier.
    pub kid: String,
    /// Attributes.
    pub attributes: KeyAttributes,
    /// True if a certificate manages it, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,
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
    /// Bits, of RSA keys.
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
    /// `"0"`: made in software.
    #[serde(rename = "hsmPlatform", skip_serializing_if = "Option::is_none")]
    pub hsm_platform: Option<&'static str>,
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
}

impl std::fmt::Debug for OperationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperationRequest").field("alg", &self.alg).finish_non_exhaustive()
    }
}

/// What a key operation came to.
#[derive(Serialize)]
pub struct OperationResult {
    /// The version that did it.
    pub kid: String,
    /// Base64url.
    pub value: String,
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
