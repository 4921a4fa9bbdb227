//! Writing certificates and certification requests: the one builder for everything that a vault issues.
//!
//! It must not decide what stands in them: names, usages, serial numbers and instants come in. It reads no clock.
//!
//! The structures are assembled here, not by rcgen, which keeps only one of two equal RDNs, cannot follow Azure's
//! order of RDNs and extensions, and knows no P-256K. `x509-cert` has all the parts but keeps the fields of its
//! TBSCertificate to itself, so that one is declared here.

use der::asn1::{Any, BitString, GeneralizedTime, Uint, UtcTime};
use der::{DateTime, Decode, Encode, Sequence};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::request::{CertReqInfo, Version};
use x509_cert::time::Time;

use super::{
    CryptoError, DistinguishedName, KeyUsages, PrivateKey, PublicKey, SubjectAlternativeNames, extensions,
};
use crate::timestamp::Timestamp;

/// What a certificate or a request says about its subject.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CertificateProfile {
    /// The subject; may be empty.
    pub subject: DistinguishedName,
    /// Its other names; none, no extension.
    pub subject_alternative_names: SubjectAlternativeNames,
    /// What the key may be used for; nothing, no extension.
    pub key_usage: KeyUsages,
    /// The purposes of the certificate, in their order; none, no extension.
    pub extended_key_usage: Vec<ObjectIdentifier>,
    /// Whether the subject may issue certificates.
    pub ca: bool,
}

/// Who signs a certificate.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// The subject of the issuer's own certificate.
    pub name: &'a DistinguishedName,
    /// The issuer's key.
    pub key: &'a PrivateKey,
    /// The SubjectKeyIdentifier of the issuer's own certificate.
    pub key_identifier: &'a [u8],
    /// Where the issuer publishes; `None`, no such extensions.
    pub pointers: Option<&'a Pointers>,
}

/// Where an issuer publishes what others need to judge its certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointers {
    /// URL of its own certificate, DER.
    pub certificate: String,
    /// URL of its list of revoked certificates, DER.
    pub revocation_list: String,
    /// URL at which it answers OCSP.
    pub ocsp: String,
}

/// From when until when a certificate is valid, to whole seconds, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// `nbf` on the wire.
    pub not_before: Timestamp,
    /// `exp` on the wire.
    pub not_after: Timestamp,
}

#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: ValidityPeriod,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct ValidityPeriod {
    not_before: Time,
    not_after: Time,
}

/// The frame that a certificate and a request share.
#[derive(Sequence)]
struct Signed {
    content: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// The version field of an X.509 version 3 certificate.
const V3: u8 = 2;

/// A certificate for `key`, signed by itself.
///
/// `serial` is any 16 bytes, a UUID's on Azure; see [`issue`].
///
/// # Errors
/// Those of [`issue`].
pub fn self_signed(
    profile: &CertificateProfile,
    key: &PrivateKey,
    serial: [u8; 16],
    validity: Validity,
) -> Result<Vec<u8>, CryptoError> {
    let public = key.public_key();
    let key_identifier = &public.subject_key_identifier();
    let issuer = Issuer { name: &profile.subject, key, key_identifier, pointers: None };
    issue(profile, public, &issuer, serial, validity)
}

/// The DER of a version 3 certificate for `key`, signed by `issuer`.
///
/// The serial number is `serial` read big-endian with its top bit cleared. Source: certificates.md section 5.2, as
/// for the order and criticality of the extensions.
///
/// # Errors
/// [`CryptoError::NotAscii`] for an alternative name, [`CryptoError::Asn1`] for a date before 1970 and
/// [`CryptoError::Signing`] when the library fails.
pub fn issue(
    profile: &CertificateProfile,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    serial: [u8; 16],
    validity: Validity,
) -> Result<Vec<u8>, CryptoError> {
    let extensions = extensions::of_certificate(profile, issuer, &key.subject_key_identifier())?;
    certificate(&profile.subject, key, issuer, serial, validity, extensions)
}

/// The same with extensions that no profile asks for.
pub(super) fn certificate(
    subject: &DistinguishedName,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    serial: [u8; 16],
    validity: Validity,
    extensions: Vec<Extension>,
) -> Result<Vec<u8>, CryptoError> {
    let certificate = TbsCertificate {
        version: V3,
        serial_number: serial_number(serial)?,
        signature: issuer.key.signature_algorithm(),
        issuer: issuer.name.as_x509().clone(),
        validity: ValidityPeriod {
            not_before: time(validity.not_before)?,
            not_after: time(validity.not_after)?,
        },
        subject: subject.as_x509().clone(),
        subject_public_key_info: key.info().clone(),
        extensions,
    };
    sign(&certificate.to_der()?, issuer.key)
}

/// The DER of a PKCS#10 request for `key`, version 0, signed by it.
///
/// Source: certificates.md section 5.2.
///
/// # Errors
/// [`CryptoError::NotAscii`] for an alternative name and [`CryptoError::Signing`] when the library fails.
pub fn certificate_request(profile: &CertificateProfile, key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
    let request = CertReqInfo {
        version: Version::V1,
        subject: profile.subject.as_x509().clone(),
        public_key: key.public_key().info().clone(),
        attributes: extensions::of_request(profile)?,
    };
    sign(&request.to_der()?, key)
}

/// Puts content, algorithm and signature into the frame that certificates, requests and lists share.
pub(super) fn sign(content: &[u8], key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
    let signed = Signed {
        content: Any::from_der(content)?,
        algorithm: key.signature_algorithm(),
        signature: BitString::from_bytes(&key.sign(content)?)?,
    };
    Ok(signed.to_der()?)
}

fn serial_number(mut bytes: [u8; 16]) -> der::Result<Uint> {
    bytes[0] &= 0x7f;
    Uint::new(&bytes)
}

/// UTCTime through 2049, GeneralizedTime from then on: RFC 5280 section 4.1.2.5.
pub(super) fn time(instant: Timestamp) -> Result<Time, CryptoError> {
    let seconds = u64::try_from(instant.seconds()).map_err(|_| der::ErrorKind::DateTime.to_error())?;
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    Ok(match UtcTime::from_date_time(date) {
        Ok(short) => Time::UtcTime(short),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_date_time(date)),
    })
}

#[cfg(test)]
mod tests;
