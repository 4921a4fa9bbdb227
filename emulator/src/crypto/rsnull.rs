//! RSNULL: the padding of RSASSA-PKCS1-v1_5 around bytes that the caller chose (RFC 8017 section 9.2 from step 3 on).
//!
//! It must do nothing else with the library it uses. aws-lc-rs pads digests of its own kinds only, so this one private
//! operation is the `rsa` crate's: blinded in base, exponent and modulus, with randomness from aws-lc, and checked with
//! the public key before it leaves. Its timing was the subject of RUSTSEC-2023-0071; `deny.toml` refers here.

use pkcs8::{DecodePrivateKey, DecodePublicKey};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rsa::Pkcs1v15Sign;

use super::{CryptoError, KeySpec, PrivateKey, PublicKey, random_bytes};

/// The zero, the block type, eight bytes of padding at least and one more zero.
const OVERHEAD: usize = 11;

/// Signs `value` as it stands.
///
/// # Errors
/// [`CryptoError::PlaintextLength`] for more than can be padded, [`CryptoError::AlgorithmMismatch`] for an EC key,
/// [`CryptoError::Signing`] when the library fails.
pub(super) fn sign(key: &PrivateKey, value: &[u8]) -> Result<Vec<u8>, CryptoError> {
    ensure_room(key.spec(), value)?;
    let key = rsa::PrivateKey::from_pkcs8_der(&key.pkcs8_der()).map_err(|_| CryptoError::Signing)?;
    let mut rng = ChaCha20Rng::from_seed(random_bytes()?);
    let signature = key.sign_with_rng(&mut rng, Pkcs1v15Sign::new_unprefixed(), value);
    signature.map_err(|_| CryptoError::Signing)
}

/// Whether `signature` is this key's over `value`.
///
/// # Errors
/// Those of [`sign`].
pub(super) fn verify(key: &PublicKey, value: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    ensure_room(key.spec(), value)?;
    let key = rsa::PublicKey::from_public_key_der(key.spki_der()).map_err(|_| CryptoError::MalformedKey)?;
    Ok(key.verify(Pkcs1v15Sign::new_unprefixed(), value, signature).is_ok())
}

fn ensure_room(spec: KeySpec, value: &[u8]) -> Result<(), CryptoError> {
    let KeySpec::Rsa(size) = spec else { return Err(CryptoError::AlgorithmMismatch) };
    let (limit, found) = (usize::from(size.bits() / 8) - OVERHEAD, value.len());
    if found > limit { Err(CryptoError::PlaintextLength { limit, found }) } else { Ok(()) }
}
