//! Keys, distinguished names, certificates and requests: all the cryptography of the emulator.
//!
//! This is the only module that imports a cryptographic or ASN.1 crate. It must not know about vaults, HTTP or
//! policies, must not read a clock, and must draw randomness for nothing but keys and signatures: serial numbers,
//! seeds and instants come in as values. Of its siblings it names `timestamp` only.

mod aes;
mod authority;
mod certificate;
mod certified;
mod content;
mod curve;
mod encryption;
mod error;
mod extensions;
pub mod jwe;
mod jwk;
pub mod jwt;
mod key_release;
mod key_wrap;
mod keys;
mod mac;
mod material;
mod name;
mod name_syntax;
mod old_encryption;
mod old_pkcs12;
mod own_keys;
mod pem;
mod pkcs12;
mod pool;
mod public_key;
mod rsnull;
mod signing;
mod symmetric;
mod usage;
mod x509;

#[cfg(test)]
mod interop;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod vectors;

pub use der::asn1::ObjectIdentifier;

pub use self::aes::{AesAlgorithm, Ciphertext};
pub use self::authority::{Authority, Revocation, RevocationReason, SerialNumber, Standing, answer_ocsp};
pub use self::certificate::{ParsedCertificate, public_key_of_request};
pub use self::certified::CertifiedKey;
pub use self::content::CertificateContent;
pub use self::curve::Curve;
pub use self::encryption::EncryptionAlgorithm;
pub use self::error::CryptoError;
pub use self::extensions::SubjectAlternativeNames;
pub use self::jwk::{EcNumbers, RsaFactors, RsaNumbers};
pub use self::key_release::ReleaseWrap;
pub use self::keys::{KeySpec, PrivateKey, RsaSize};
pub use self::mac::MacAlgorithm;
pub use self::material::{KeyKind, KeyMaterial};
pub use self::name::DistinguishedName;
pub use self::own_keys::{from_pem as own_key_from_pem, generate_pem, private_key_pem};
pub use self::pem::{read_pem, write_pem};
pub use self::pkcs12::{read_pkcs12, write_pkcs12};
pub use self::pool::{Answering, KeyPool, Reserve};
pub use self::public_key::{PublicComponents, PublicKey};
pub use self::signing::SignatureAlgorithm;
pub use self::symmetric::{SymmetricKey, SymmetricSize};
pub use self::usage::{KeyUsage, KeyUsages};
pub use self::x509::{
    CertificateProfile, Issuer, Pointers, Validity, certificate_request, issue, self_signed,
};

use aws_lc_rs::digest;

/// The SHA-1 of a certificate's DER: its thumbprint, `x5t` on the wire.
#[must_use]
pub fn sha1_thumbprint(der: &[u8]) -> [u8; 20] {
    fixed(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref())
}

/// The SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    fixed(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Bytes that nobody can foretell.
///
/// # Errors
/// [`CryptoError::KeyGeneration`] when the machine has no entropy to give.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], CryptoError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| CryptoError::KeyGeneration)?;
    Ok(bytes)
}

/// Copies a digest into an array of the length that its algorithm always has.
fn fixed<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(digest);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_of_the_empty_string_are_the_published_ones() {
        assert_eq!(sha1_thumbprint(b"")[..4], [0xda, 0x39, 0xa3, 0xee]);
        assert_eq!(sha256(b"")[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }
}
