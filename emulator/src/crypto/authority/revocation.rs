//! Revoked certificates and the list of them (RFC 5280 section 5).

use std::fmt;

use der::Encode;
use der::asn1::Uint;
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::pkix::CrlReason;
use x509_cert::serial_number::SerialNumber as X509SerialNumber;

use super::super::certificate::serial_number;
use super::super::x509::{Validity, sign, time};
use super::super::{CryptoError, extensions};
use super::Authority;
use crate::timestamp::Timestamp;

/// A serial number of at most 16 bytes, as all of ours are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber(u128);

impl SerialNumber {
    /// That of a certificate; `None` for one that is longer than ours.
    ///
    /// # Errors
    /// [`CryptoError::MalformedCertificate`] for bytes that are none.
    pub fn of_certificate(der: &[u8]) -> Result<Option<Self>, CryptoError> {
        Ok(Self::from_bytes(&serial_number(der)?))
    }

    /// Reads the hexadecimal digits that it is displayed as.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        u128::from_str_radix(digits, 16).ok().map(Self)
    }

    /// Reads it big-endian, with or without leading zeros.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let significant = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len())..];
        let mut whole = [0; 16];
        let start = whole.len().checked_sub(significant.len())?;
        whole[start..].copy_from_slice(significant);
        Some(Self(u128::from_be_bytes(whole)))
    }

    fn to_x509(self) -> der::Result<X509SerialNumber> {
        X509SerialNumber::new(Uint::new(&self.0.to_be_bytes())?.as_bytes())
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}", self.0)
    }
}

/// That a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a certificate was revoked, in RFC 5280's words (section 5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationReason {
    /// Nobody said.
    #[default]
    Unspecified,
    /// Its key is known to others.
    KeyCompromise,
    /// Its subject changed its name or affiliation.
    AffiliationChanged,
    /// Another one takes its place.
    Superseded,
    /// It is needed no more.
    CessationOfOperation,
    /// Its subject may no longer do what it is for.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
    ];

    /// Its name in RFC 5280.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
        }
    }

    /// The reason of that name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name().eq_ignore_ascii_case(name))
    }

    pub(super) const fn to_x509(self) -> CrlReason {
        match self {
            Self::Unspecified => CrlReason::Unspecified,
            Self::KeyCompromise => CrlReason::KeyCompromise,
            Self::AffiliationChanged => CrlReason::AffiliationChanged,
            Self::Superseded => CrlReason::Superseded,
            Self::CessationOfOperation => CrlReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => CrlReason::PrivilegeWithdrawn,
        }
    }
}

impl Authority {
    /// The DER of its list of revoked certificates, version 2, which holds for `period`.
    ///
    /// # Errors
    /// [`CryptoError::Asn1`] for a date before 1970 and [`CryptoError::Signing`] when the library fails.
    pub fn revocation_list(
        &self,
        revoked: &[(SerialNumber, Revocation)],
        period: Validity,
        number: u64,
    ) -> Result<Vec<u8>, CryptoError> {
        let entries = revoked.iter().map(|(serial, revocation)| entry(*serial, *revocation));
        let entries = entries.collect::<Result<Vec<RevokedCert>, CryptoError>>()?;
        let list = TbsCertList {
            version: x509_cert::Version::V2,
            signature: self.key.signature_algorithm(),
            issuer: self.name.as_x509().clone(),
            this_update: time(period.not_before)?,
            next_update: Some(time(period.not_after)?),
            // RFC 5280 section 5.1.2.6: absent when there are none.
            revoked_certificates: (!entries.is_empty()).then_some(entries),
            crl_extensions: Some(extensions::of_revocation_list(&self.key_identifier, number)?),
        };
        sign(&list.to_der()?, &self.key)
    }
}

/// RFC 5280 section 5.3.1: that nobody said why is said by silence.
fn entry(serial: SerialNumber, revocation: Revocation) -> Result<RevokedCert, CryptoError> {
    let said = revocation.reason != RevocationReason::Unspecified;
    let reason = said.then(|| extensions::of_revocation(revocation.reason.to_x509())).transpose()?;
    Ok(RevokedCert {
        serial_number: serial.to_x509()?,
        revocation_date: time(revocation.at)?,
        crl_entry_extensions: reason,
    })
}
