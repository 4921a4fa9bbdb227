//! The same operations with symmetric keys: AES and HMAC (keys-and-secrets.md sections 4.3 and 4.4).
//!
//! Whether the key may do it was decided before.

use crate::crypto::{AesAlgorithm, Ciphertext, MacAlgorithm, SymmetricKey};
use crate::error::Error;
use crate::http::api_version::ApiVersion;
use crate::http::key_operations::{Outcome, bytes, encryption_refused};
use crate::vault::key_operation::KeyOperation;
use crate::wire::keys::OperationRequest;

/// Carries out one operation. It takes microseconds, but for long texts.
pub(super) fn carry_out(
    key: &SymmetricKey,
    operation: KeyOperation,
    request: &OperationRequest,
    version: ApiVersion,
) -> Result<Outcome, Error> {
    let value = || bytes("value", request.value.as_deref());
    match operation {
        KeyOperation::Sign => Ok(Outcome::Value(key.sign(mac(request, version)?, &value()?))),
        KeyOperation::Verify => {
            let (algorithm, value) = (mac(request, version)?, value()?);
            let digest = bytes("digest", request.digest.as_deref())?;
            Ok(Outcome::Verified(key.verify(algorithm, &digest, &value)))
        }
        KeyOperation::Encrypt | KeyOperation::WrapKey => {
            let (algorithm, value) = (aes(request, operation, version)?, value()?);
            let (iv, aad) = (optional("iv", request.iv.as_ref())?, optional("aad", request.aad.as_ref())?);
            let made = key.encrypt(algorithm, &value, iv.as_deref(), aad.as_deref());
            let Ciphertext { value, iv, tag } = made.map_err(|error| encryption_refused(&error))?;
            Ok(Outcome::Sealed(value, iv, tag))
        }
        KeyOperation::Decrypt | KeyOperation::UnwrapKey => {
            let (algorithm, value) = (aes(request, operation, version)?, value()?);
            let (iv, tag) = (optional("iv", request.iv.as_ref())?, optional("tag", request.tag.as_ref())?);
            let aad = optional("aad", request.aad.as_ref())?;
            let plain = key.decrypt(algorithm, &Ciphertext { value, iv, tag }, aad.as_deref());
            let plain = plain.map_err(|error| encryption_refused(&error))?;
            Ok(Outcome::Value(plain.to_vec()))
        }
    }
}

fn optional(member: &'static str, text: Option<&String>) -> Result<Option<Vec<u8>>, Error> {
    text.map(|text| bytes(member, Some(text))).transpose()
}

fn mac(request: &OperationRequest, version: ApiVersion) -> Result<MacAlgorithm, Error> {
    let known = MacAlgorithm::from_name(request.alg.as_deref().unwrap_or_default());
    known.filter(|_| version.has_later_algorithms()).ok_or(Error::InvalidBody)
}

/// Ciphers encrypt and decrypt, and wrap as well; what only wraps does not encrypt.
fn aes(
    request: &OperationRequest,
    operation: KeyOperation,
    version: ApiVersion,
) -> Result<AesAlgorithm, Error> {
    let name = request.alg.as_deref().unwrap_or_default();
    let algorithm = AesAlgorithm::from_name(name).ok_or(Error::InvalidBody)?;
    let later = name.starts_with("CKM_") && !version.has_later_algorithms();
    let wraps = matches!(operation, KeyOperation::WrapKey | KeyOperation::UnwrapKey);
    if later || (algorithm.wraps_keys() && !wraps) { Err(Error::InvalidBody) } else { Ok(algorithm) }
}
