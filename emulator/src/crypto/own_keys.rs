//! The form in which the emulator keeps RSA keys of its own: PKCS#8, PEM.
//!
//! It must not know what they are for.

use pkcs8::LineEnding;
use zeroize::Zeroizing;

use super::{CryptoError, KeySpec, PrivateKey, RsaSize};

const LABEL: &str = "PRIVATE KEY";

/// A new RSA-2048 key, or the one that `seed` stands for.
///
/// # Errors
/// If the crypto library fails.
pub fn generate_pem(seed: Option<[u8; 32]>) -> Result<Zeroizing<String>, CryptoError> {
    let spec = KeySpec::Rsa(RsaSize::Bits2048);
    private_key_pem(&seed.map_or_else(|| PrivateKey::generate(spec), |seed| PrivateKey::derive(spec, seed))?)
}

/// A key in that form.
///
/// # Errors
/// [`CryptoError::Asn1`] for what is too long for PEM.
pub fn private_key_pem(key: &PrivateKey) -> Result<Zeroizing<String>, CryptoError> {
    let pem = der::pem::encode_string(LABEL, LineEnding::LF, &key.pkcs8_der());
    Ok(Zeroizing::new(pem.map_err(der::Error::from)?))
}

/// The key that [`generate_pem`] made.
///
/// # Errors
/// If it is no RSA private key in that form.
pub fn from_pem(pem: &str) -> Result<PrivateKey, CryptoError> {
    let (_, der) = der::pem::decode_vec(pem.as_bytes()).map_err(der::Error::from)?;
    let key = PrivateKey::from_pkcs8(&Zeroizing::new(der))?;
    match key.spec() {
        KeySpec::Rsa(_) => Ok(key),
        KeySpec::Ec(_) => Err(CryptoError::UnsupportedKey),
    }
}
