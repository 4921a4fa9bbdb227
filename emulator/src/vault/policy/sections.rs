//! The sections of a policy, each filled in and checked (certificates.md sections 4 and 5.1).

use std::net::IpAddr;

use crate::crypto::{
    CertificateProfile, Curve, DistinguishedName, KeyKind, KeySpec, KeyUsage, KeyUsages, ObjectIdentifier,
    RsaSize, SubjectAlternativeNames,
};
use crate::error::Error;
use crate::vault::key_operation::{KeyOp, KeyOperation};
use crate::vault::key_plan::{Kind, Protection, key_type};
use crate::vault::settings::Sku;
use crate::wire::certificates as wire;

/// TLS server and client authentication.
const DEFAULT_EKUS: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
/// The longest validity that is accepted, in months; Azure's own limit is unverified.
const LONGEST_VALIDITY: u32 = 1200;
/// The longest subject (certificates.md section 4.3, documented limits).
const LONGEST_SUBJECT: usize = 200;

/// The form of a certificate's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// PKCS#12 without a password; unless a policy says otherwise.
    Pkcs12,
    /// PEM: the key, then the certificates.
    Pem,
}

impl ContentType {
    /// Reads a media type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pkcs12, Self::Pem].into_iter().find(|content_type| content_type.as_str() == text)
    }

    /// The media type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs12 => "application/x-pkcs12",
            Self::Pem => "application/x-pem-file",
        }
    }
}

pub(super) const fn invalid(property: &'static str) -> Error {
    Error::InvalidProperty { property, detail: None }
}

/// Section 4.3: no literal was recorded for other faults of these members.
pub(super) const INVALID_X509: Error = invalid("policy.x509_props");
const INVALID_KEY: Error = invalid("policy.key_props");
/// Also for an issuer that the vault does not have.
pub(in crate::vault) const INVALID_ISSUER: Error = invalid("policy.issuer");
const INVALID_SUBJECT: Error = Error::InvalidProperty {
    property: "policy.x509_props",
    detail: Some("Invalid X.500 distinguished name"),
};

/// `key_props`, read.
pub(super) struct KeySection {
    pub(super) spec: KeySpec,
    pub(super) protection: Protection,
    /// As it is answered.
    pub(super) wire: wire::KeyProperties,
}

/// Which vaults have keys in hardware is the vault's business ([`Protection::ensure_kept_in`]).
pub(super) fn key_properties(given: &wire::KeyProperties) -> Result<KeySection, Error> {
    let kty = given.kty.as_deref().unwrap_or(if given.crv.is_some() { "EC" } else { "RSA" });
    let (kind, protection) = key_type(kty, Sku::Premium).map_err(|_| INVALID_KEY)?;
    let parts = match kind {
        Kind::Rsa => rsa(given.key_size)?,
        Kind::Ec => ec(given.crv.as_deref(), given.key_size)?,
        Kind::Oct => return Err(INVALID_KEY),
    };
    key_section(given, parts, protection)
}

/// The section for a key of these parts. A key in hardware never leaves it: Microsoft's page "About certificates".
pub(super) fn key_section(
    given: &wire::KeyProperties,
    (spec, key_size, crv): KeyParts,
    protection: Protection,
) -> Result<KeySection, Error> {
    let exportable = match (protection, given.exportable) {
        (Protection::Hardware, Some(true)) => return Err(INVALID_KEY),
        (Protection::Hardware, _) => false,
        (Protection::Software, given) => given.unwrap_or(true),
    };
    let wire = wire::KeyProperties {
        exportable: Some(exportable),
        kty: Some(protection.key_type(KeyKind::Asymmetric(spec)).to_owned()),
        key_size: Some(key_size),
        reuse_key: Some(given.reuse_key.unwrap_or(false)),
        crv,
    };
    Ok(KeySection { spec, protection, wire })
}

pub(super) type KeyParts = (KeySpec, u32, Option<String>);

fn rsa(size: Option<u32>) -> Result<KeyParts, Error> {
    let size = size.unwrap_or(2048);
    let spec = match size {
        2048 => RsaSize::Bits2048,
        3072 => RsaSize::Bits3072,
        4096 => RsaSize::Bits4096,
        _ => return Err(Error::UnsupportedKeySize { size, supported: "2048, 3072, 4096" }),
    };
    Ok((KeySpec::Rsa(spec), size, None))
}

fn ec(crv: Option<&str>, size: Option<u32>) -> Result<KeyParts, Error> {
    let unsupported = |size| Error::UnsupportedKeySize { size, supported: "256, 384, 521" };
    let name = match (crv, size) {
        (Some(crv), _) => crv,
        (None, None | Some(256)) => "P-256",
        (None, Some(384)) => "P-384",
        (None, Some(521)) => "P-521",
        (None, Some(size)) => return Err(unsupported(size)),
    };
    let (curve, bits) = match name {
        "P-256" => (Curve::P256, 256),
        "P-256K" => (Curve::P256K, 256),
        "P-384" => (Curve::P384, 384),
        "P-521" => (Curve::P521, 521),
        _ => return Err(INVALID_KEY),
    };
    match size {
        Some(size) if size != bits => Err(unsupported(size)),
        _ => Ok((KeySpec::Ec(curve), bits, Some(name.to_owned()))),
    }
}

pub(super) fn secret_properties(
    given: Option<&wire::SecretProperties>,
) -> Result<(ContentType, wire::SecretProperties), Error> {
    let content_type = match given.and_then(|given| given.content_type.as_deref()) {
        None => ContentType::Pkcs12,
        Some(text) => ContentType::parse(text).ok_or(invalid("policy"))?,
    };
    Ok((content_type, wire::SecretProperties { content_type: Some(content_type.as_str().to_owned()) }))
}

pub(super) fn x509_properties(
    given: wire::X509Properties,
    key: KeySpec,
) -> Result<(CertificateProfile, wire::X509Properties), Error> {
    let subject = given.subject.as_deref().unwrap_or_default();
    let name = subject.parse::<DistinguishedName>().map_err(|_| INVALID_SUBJECT)?;
    let sans = alternative_names(given.sans.as_ref())?;
    if subject.len() > LONGEST_SUBJECT || (name.is_empty() && sans.is_empty()) {
        return Err(INVALID_SUBJECT);
    }
    let key_usage = key_usages(given.key_usage, key)?;
    let ekus = given.ekus.unwrap_or_else(|| DEFAULT_EKUS.map(str::to_owned).to_vec());
    let validity_months = given.validity_months.unwrap_or(12);
    if !(1..=LONGEST_VALIDITY).contains(&validity_months) {
        return Err(INVALID_X509);
    }
    let ca = given.basic_constraints.and_then(|constraints| constraints.ca).unwrap_or(false);
    let profile = CertificateProfile {
        subject: name,
        subject_alternative_names: sans,
        extended_key_usage: object_identifiers(&ekus)?,
        key_usage,
        ca,
    };
    let filled = wire::X509Properties {
        subject: given.subject,
        sans: given.sans,
        ekus: Some(ekus),
        key_usage: Some(key_usage.iter().map(|usage| usage.name().to_owned()).collect()),
        validity_months: Some(validity_months),
        basic_constraints: Some(wire::BasicConstraints { ca: Some(ca) }),
    };
    Ok((profile, filled))
}

fn object_identifiers(texts: &[String]) -> Result<Vec<ObjectIdentifier>, Error> {
    texts.iter().map(|text| ObjectIdentifier::new(text).map_err(|_| INVALID_X509)).collect()
}

fn alternative_names(
    given: Option<&wire::SubjectAlternativeNames>,
) -> Result<SubjectAlternativeNames, Error> {
    let Some(given) = given else { return Ok(SubjectAlternativeNames::default()) };
    let list = |names: &Option<Vec<String>>| names.clone().unwrap_or_default();
    let addresses = list(&given.ip_addresses);
    let names = SubjectAlternativeNames {
        emails: list(&given.emails),
        upns: list(&given.upns),
        dns_names: list(&given.dns_names),
        uris: list(&given.uris),
        ip_addresses: addresses
            .iter()
            .map(|text| text.parse::<IpAddr>().map_err(|_| INVALID_X509))
            .collect::<Result<_, _>>()?,
    };
    // These three are IA5String in a certificate.
    let ascii = [&names.emails, &names.dns_names, &names.uris].into_iter().flatten().all(|n| n.is_ascii());
    if ascii { Ok(names) } else { Err(INVALID_X509) }
}

/// Canonical spelling and alphabetical order; by default what the key type is good for.
fn key_usages(given: Option<Vec<String>>, key: KeySpec) -> Result<KeyUsages, Error> {
    let usages = match given {
        Some(names) => names
            .iter()
            .map(|name| KeyUsage::from_name(name).ok_or(INVALID_X509))
            .collect::<Result<KeyUsages, Error>>()?,
        None if matches!(key, KeySpec::Ec(_)) => KeyUsages::from_iter([KeyUsage::DigitalSignature]),
        None => KeyUsages::from_iter([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]),
    };
    ensure_key_may(usages, key).map(|()| usages)
}

/// An EC key signs and verifies, and cannot do what some usages ask for (section 4.2, AzureKeyVault #22: at import too).
pub(super) fn ensure_key_may(usages: KeyUsages, key: KeySpec) -> Result<(), Error> {
    let asked = KeyOperation::ALL.into_iter().filter(|operation| operation.follows_from(usages, key));
    KeyOp::ensure_possible(&asked.map(KeyOp::Use).collect::<Vec<_>>(), key.into())
}

pub(super) fn issuer(given: wire::IssuerParameters) -> Result<wire::IssuerParameters, Error> {
    match given.name.as_deref() {
        None | Some("") => Err(INVALID_ISSUER),
        Some(_) => Ok(given),
    }
}
