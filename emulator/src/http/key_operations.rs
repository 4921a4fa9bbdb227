//! Sign, verify, encrypt, decrypt, wrap and unwrap: the body read, the key used off the async threads, the result
//! written (keys-and-secrets.md sections 4.3 to 4.5).
//!
//! Whether the key may do it was decided before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::{
    CryptoError, Curve, EncryptionAlgorithm, KeyMaterial, KeySpec, PrivateKey, SignatureAlgorithm,
};
use crate::error::Error;
use crate::http::data_plane::Call;
use crate::http::key_bodies::kid;
use crate::http::reply::Reply;
use crate::http::symmetric_operations;
use crate::http::writer::Writer;
use crate::vault::Sku;
use crate::vault::key_operation::KeyOperation;
use crate::vault::keys::Key;
use crate::vault::objects::View;
use crate::wire::keys::{OperationRequest, OperationResult, VerifyResult};

/// What came of an operation.
pub(super) enum Outcome {
    /// Bytes.
    Value(Vec<u8>),
    /// Bytes with the initialization vector and the tag that belong to them.
    Sealed(Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>),
    /// Whether a signature is good.
    Verified(bool),
}

/// Carries out one operation with the key of `view`.
///
/// # Errors
/// 400 for what the key or the algorithm cannot do.
pub async fn run(
    view: View<Key>,
    operation: KeyOperation,
    request: OperationRequest,
    call: &Call<'_>,
) -> Result<Reply, Error> {
    let kid = kid(&view, &Writer::new(call));
    let (material, id) = (view.version.content.material.clone(), kid.clone());
    // keys-and-secrets.md section 4.4: a pool names the algorithm, a vault does not.
    let alg = request.alg.clone().filter(|_| call.settings.sku == Sku::ManagedHsm);
    let version = call.api_version;
    let here = takes_microseconds(&material, &request);
    let work = move || match &material {
        KeyMaterial::Asymmetric(key) => carry_out(key, &id, operation, &request),
        KeyMaterial::Symmetric(key) => symmetric_operations::carry_out(key, operation, &request, version),
    };
    let done = match here {
        true => work(),
        false => {
            let done = tokio::task::spawn_blocking(work).await;
            done.map_err(|error| Error::Unexpected(error.to_string()))?
        }
    };
    let text = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    match done? {
        Outcome::Value(value) => {
            Reply::ok(&OperationResult { kid, value: text(value), alg, ..OperationResult::default() })
        }
        Outcome::Sealed(value, iv, tag) => {
            let (iv, tag) = (iv.map(text), tag.map(text));
            Reply::ok(&OperationResult { kid, value: text(value), alg, iv, tag })
        }
        Outcome::Verified(value) => Reply::ok(&VerifyResult { value }),
    }
}

/// How long a text, in base64url, is enciphered in less time than it takes to hand it over to another thread.
const SHORT: usize = 4096;

/// Whether an operation takes no longer than handing it over to another thread and back. P-256 is the one curve for which
/// the library has arithmetic of its own; RSA, even the public half, and the other curves take far longer.
fn takes_microseconds(material: &KeyMaterial, request: &OperationRequest) -> bool {
    match material {
        KeyMaterial::Asymmetric(key) => key.spec() == KeySpec::Ec(Curve::P256),
        KeyMaterial::Symmetric(_) => request.value.as_ref().is_none_or(|text| text.len() <= SHORT),
    }
}

fn carry_out(
    key: &PrivateKey,
    kid: &str,
    operation: KeyOperation,
    request: &OperationRequest,
) -> Result<Outcome, Error> {
    let algorithm = request.alg.as_deref().unwrap_or_default();
    let value = || bytes("value", request.value.as_deref());
    match operation {
        KeyOperation::Sign | KeyOperation::Verify => {
            let algorithm = SignatureAlgorithm::from_name(algorithm).ok_or(Error::InvalidBody)?;
            let value = value()?;
            ensure_curve(key, kid, algorithm)?;
            let refused = |error| signature_refused(&error, algorithm);
            if operation == KeyOperation::Sign {
                return key.sign_digest(algorithm, &value).map(Outcome::Value).map_err(refused);
            }
            let digest = bytes("digest", request.digest.as_deref())?;
            let verified = key.public_key().verify_digest(algorithm, &digest, &value);
            verified.map(Outcome::Verified).map_err(refused)
        }
        KeyOperation::Encrypt | KeyOperation::WrapKey => {
            let algorithm = EncryptionAlgorithm::from_name(algorithm).ok_or(Error::InvalidBody)?;
            let made = key.public_key().encrypt(algorithm, &value()?);
            made.map(Outcome::Value).map_err(|error| encryption_refused(&error))
        }
        KeyOperation::Decrypt | KeyOperation::UnwrapKey => {
            let algorithm = EncryptionAlgorithm::from_name(algorithm).ok_or(Error::InvalidBody)?;
            let made = key.decrypt(algorithm, &value()?);
            made.map(|plain| Outcome::Value(plain.to_vec())).map_err(|error| encryption_refused(&error))
        }
    }
}

/// Base64url without padding; some clients pad.
pub(super) fn bytes(member: &'static str, text: Option<&str>) -> Result<Vec<u8>, Error> {
    let text = text.ok_or(Error::NotBase64Url(member))?;
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| Error::NotBase64Url(member))
}

/// An EC key signs with its own curve's algorithm only; the service says so with both names.
fn ensure_curve(key: &PrivateKey, kid: &str, algorithm: SignatureAlgorithm) -> Result<(), Error> {
    match (key.spec(), algorithm.curve()) {
        (KeySpec::Ec(own), Some(wanted)) if own != wanted => Err(Error::CurveMismatch {
            kid: kid.to_owned(),
            curve: own.name(),
            algorithm: algorithm.name(),
            wanted: wanted.name(),
        }),
        _ => Ok(()),
    }
}

fn signature_refused(error: &CryptoError, algorithm: SignatureAlgorithm) -> Error {
    match error {
        CryptoError::DigestLength { expected, found } => {
            Error::DigestLength { found: *found, algorithm: algorithm.name(), expected: *expected }
        }
        CryptoError::AlgorithmMismatch => Error::InvalidBody,
        CryptoError::PlaintextLength { .. } => Error::IncorrectParameter,
        other => Error::Unexpected(other.to_string()),
    }
}

/// One answer for whatever is wrong with a ciphertext.
pub(super) fn encryption_refused(error: &CryptoError) -> Error {
    match error {
        CryptoError::AlgorithmMismatch => Error::InvalidBody,
        CryptoError::Decryption | CryptoError::Unfit(_) | CryptoError::PlaintextLength { .. } => {
            Error::IncorrectParameter
        }
        other => Error::Unexpected(other.to_string()),
    }
}
