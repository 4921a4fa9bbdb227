//! Reading certificates: the facts that an import or a merge takes from one, and the key of a request.
//!
//! It must not verify a signature or judge a date, and must refuse nothing that is merely odd: serial numbers of any
//! length, version 1, names of any kind.

use const_oid::AssociatedOid;
use const_oid::db::rfc5280::ID_CE_KEY_USAGE;
use der::asn1::{BitString, ObjectIdentifier};
use der::{Decode, Encode};
use x509_cert::certificate::{CertificateInner, Raw, TbsCertificateInner};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, SubjectAltName};
use x509_cert::request::CertReq;
use x509_cert::time::Time;

use super::{CryptoError, DistinguishedName, KeyUsages, PublicKey, SubjectAlternativeNames, sha1_thumbprint};
use crate::timestamp::Timestamp;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedCertificate {
    /// The key that it is for.
    pub public_key: PublicKey,
    /// Whom it is for; may be empty.
    pub subject: DistinguishedName,
    /// Who signed it.
    pub issuer: DistinguishedName,
    /// `nbf` on the wire.
    pub not_before: Timestamp,
    /// `exp` on the wire.
    pub not_after: Timestamp,
    /// What the key may be used for; empty without the extension.
    pub key_usage: KeyUsages,
    /// The purposes of the certificate, in their order; empty without the extension.
    pub extended_key_usage: Vec<ObjectIdentifier>,
    /// The other names of the subject; `None` without the extension.
    pub subject_alternative_names: Option<SubjectAlternativeNames>,
    /// Whether the subject may issue certificates.
    pub ca: bool,
    /// The SHA-1 of the DER, `x5t` on the wire.
    pub thumbprint: [u8; 20],
}

impl ParsedCertificate {
    /// Reads the DER of a certificate.
    ///
    /// # Errors
    /// [`CryptoError::MalformedCertificate`] for anything else, [`CryptoError::UnsupportedKey`] for a key of a kind
    /// that Key Vault does not have (a curve that is spelled out counts only if it is P-256K, as Azure writes it) and
    /// [`CryptoError::MalformedKey`] for one whose bits do not fit its algorithm.
    pub fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        let certificate = read(der)?;
        let content = certificate.tbs_certificate();
        let validity = content.validity();
        Ok(Self {
            public_key: public_key(content.subject_public_key_info().to_der())?,
            subject: name(content.subject().to_der())?,
            issuer: name(content.issuer().to_der())?,
            not_before: instant(validity.not_before),
            not_after: instant(validity.not_after),
            key_usage: extension::<BitString>(content, ID_CE_KEY_USAGE)?
                .map_or_else(KeyUsages::default, |bits| KeyUsages::from_bit_string(&bits)),
            extended_key_usage: extension(content, ExtendedKeyUsage::OID)?
                .map_or_else(Vec::new, |ExtendedKeyUsage(purposes)| purposes),
            subject_alternative_names: extension_value(content, SubjectAltName::OID)
                .map(SubjectAlternativeNames::from_extension)
                .transpose()
                .map_err(malformed)?,
            ca: extension(content, BasicConstraints::OID)?
                .is_some_and(|constraints: BasicConstraints| constraints.ca),
            thumbprint: sha1_thumbprint(der),
        })
    }

    /// Whether it names its subject as its issuer: a root, or a certificate that nobody vouches for.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }
}

/// Who a certificate is for and who signed it, when its key need not be one of Key Vault's: a link of a chain.
pub(super) struct Link {
    pub(super) subject: DistinguishedName,
    pub(super) issuer: DistinguishedName,
}

impl Link {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        let certificate = read(der)?;
        let content = certificate.tbs_certificate();
        Ok(Self { subject: name(content.subject().to_der())?, issuer: name(content.issuer().to_der())? })
    }
}

/// The key that a PKCS#10 request is for. Its signature is not verified.
///
/// # Errors
/// [`CryptoError::Asn1`] for bytes that are no request; else those of [`PublicKey::from_spki_der`].
pub fn public_key_of_request(der: &[u8]) -> Result<PublicKey, CryptoError> {
    PublicKey::from_spki_der(&CertReq::from_der(der)?.info.public_key.to_der()?)
}

/// The key that a certificate is for.
pub(super) fn public_key_of_certificate(der: &[u8]) -> Result<PublicKey, CryptoError> {
    public_key(read(der)?.tbs_certificate().subject_public_key_info().to_der())
}

/// The bytes of a certificate's serial number.
pub(super) fn serial_number(der: &[u8]) -> Result<Vec<u8>, CryptoError> {
    Ok(read(der)?.tbs_certificate().serial_number().as_bytes().to_vec())
}

fn read(der: &[u8]) -> Result<CertificateInner<Raw>, CryptoError> {
    CertificateInner::from_der(der).map_err(malformed)
}

fn public_key(spki: der::Result<Vec<u8>>) -> Result<PublicKey, CryptoError> {
    PublicKey::from_spki_der(&spki.map_err(malformed)?)
}

fn name(der: der::Result<Vec<u8>>) -> Result<DistinguishedName, CryptoError> {
    DistinguishedName::from_der(&der.map_err(malformed)?)
}

const fn malformed(_: der::Error) -> CryptoError {
    CryptoError::MalformedCertificate
}

fn instant(time: Time) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

fn extension_value(content: &TbsCertificateInner<Raw>, oid: ObjectIdentifier) -> Option<&[u8]> {
    let mut extensions = content.extensions()?.iter();
    Some(extensions.find(|extension| extension.extn_id == oid)?.extn_value.as_bytes())
}

fn extension<T>(content: &TbsCertificateInner<Raw>, oid: ObjectIdentifier) -> Result<Option<T>, CryptoError>
where
    T: for<'a> Decode<'a, Error = der::Error>,
{
    extension_value(content, oid).map(T::from_der).transpose().map_err(malformed)
}
