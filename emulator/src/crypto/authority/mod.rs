//! A certificate authority: its own certificate, what it issues, and what it says of that afterwards (CRL and OCSP).
//!
//! Keys, names and instants come in; it must not know who may ask for a certificate or why one is revoked.

mod ocsp;
mod revocation;

use super::x509::{Issuer, Pointers, Validity, certificate, issue};
use super::{CertificateProfile, CryptoError, DistinguishedName, PrivateKey, PublicKey, extensions, sha256};
use crate::timestamp::Timestamp;

pub use self::ocsp::{Standing, answer_ocsp};
pub use self::revocation::{Revocation, RevocationReason, SerialNumber};

/// An authority. Its certificate is valid from 2000 to the end of the calendar, so that no clock can be moved out of it,
/// and follows from name, key and issuer alone: whoever keeps the keys keeps the certificates.
#[derive(Debug)]
pub struct Authority {
    name: DistinguishedName,
    key: PrivateKey,
    key_identifier: [u8; 20],
    certificate: Vec<u8>,
}

impl Authority {
    /// An authority that vouches for itself and for others below it.
    ///
    /// # Errors
    /// [`CryptoError::Signing`] when the library fails.
    pub fn root(name: DistinguishedName, key: PrivateKey) -> Result<Self, CryptoError> {
        let key_identifier = key.public_key().subject_key_identifier();
        let issuer = Issuer { name: &name, key: &key, key_identifier: &key_identifier, pointers: None };
        let certificate = Self::certify(&name, key.public_key(), &issuer, 1)?;
        Ok(Self { name, key, key_identifier, certificate })
    }

    /// An authority below this one, which issues to subjects only; `pointers` is where this one publishes.
    ///
    /// # Errors
    /// [`CryptoError::Signing`] when the library fails, [`CryptoError::Asn1`] for a URL that is not ASCII.
    pub fn subordinate(
        &self,
        name: DistinguishedName,
        key: PrivateKey,
        pointers: Option<&Pointers>,
    ) -> Result<Self, CryptoError> {
        let key_identifier = key.public_key().subject_key_identifier();
        let certificate = Self::certify(&name, key.public_key(), &self.issuer(pointers), 0)?;
        Ok(Self { name, key, key_identifier, certificate })
    }

    /// A certificate for `key`; `pointers` is where this authority publishes.
    ///
    /// # Errors
    /// Those of [`issue`].
    pub fn issue(
        &self,
        profile: &CertificateProfile,
        key: &PublicKey,
        serial: [u8; 16],
        validity: Validity,
        pointers: Option<&Pointers>,
    ) -> Result<Vec<u8>, CryptoError> {
        issue(profile, key, &self.issuer(pointers), serial, validity)
    }

    /// Its own certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn issuer<'a>(&'a self, pointers: Option<&'a Pointers>) -> Issuer<'a> {
        Issuer { name: &self.name, key: &self.key, key_identifier: &self.key_identifier, pointers }
    }

    /// The serial number follows from what is certified: the same certificate has the same, another one another.
    fn certify(
        name: &DistinguishedName,
        key: &PublicKey,
        issuer: &Issuer<'_>,
        path_length: u8,
    ) -> Result<Vec<u8>, CryptoError> {
        let subject_key = key.subject_key_identifier();
        let place = issuer.pointers.map_or("", |pointers| pointers.certificate.as_str());
        let digest = sha256(&[subject_key.as_slice(), place.as_bytes()].concat());
        let mut serial = [0; 16];
        serial.copy_from_slice(&digest[..16]);
        // Not zero, and not so short that some would call it weak.
        serial[0] |= 0x40;
        let extensions = extensions::of_authority(issuer, &subject_key, path_length)?;
        let validity = Validity {
            not_before: Timestamp::from_seconds(946_684_800),
            not_after: Timestamp::from_seconds(i64::MAX),
        };
        certificate(name, key, issuer, serial, validity, extensions)
    }
}

#[cfg(test)]
mod tests;
