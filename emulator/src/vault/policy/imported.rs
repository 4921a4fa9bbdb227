//! The policy of an imported certificate: what its client said, with everything that the certificate itself says in
//! place of it (certificates.md section 2.7).

use std::time::Duration;

use super::sections::KeySection;
use super::{Policy, sections};
use crate::crypto::{CertificateProfile, Curve, KeySpec, ParsedCertificate, SubjectAlternativeNames};
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::key_plan::{Kind, Protection, key_type};
use crate::vault::settings::Sku;
use crate::wire::certificates as wire;

/// The length of a month as the service counts them: 36,500 days were 1197 months (service build 1.9.2455).
const MONTH: Duration = Duration::from_hours(732);

impl Policy {
    /// The policy of `certificate`, imported with `given`.
    ///
    /// # Errors
    /// 400 for an EC certificate where RSA is asked for or whose usages are more than signing, and for sections that
    /// cannot be.
    pub fn imported(
        mut given: wire::CertificatePolicy,
        certificate: &ParsedCertificate,
        created: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Error> {
        if given.platform_managed.is_some() {
            return Err(sections::invalid("policy.platformManaged"));
        }
        let key = key_properties(&given.key_props.take().unwrap_or_default(), certificate)?;
        sections::ensure_key_may(certificate.key_usage, key.spec)?;
        let issuer = given.issuer.get_or_insert_default();
        issuer.name.get_or_insert_with(|| "Unknown".to_owned());
        let x509_props = x509_properties(certificate, months(certificate));
        Self::assemble(key, profile(certificate), x509_props, given, (created, now))
    }
}

/// Kind and size are the certificate's; where the key is kept and whether it may leave is the client's.
fn key_properties(given: &wire::KeyProperties, certificate: &ParsedCertificate) -> Result<KeySection, Error> {
    let spec = certificate.public_key.spec();
    let (key_size, crv) = match spec {
        KeySpec::Rsa(size) => (u32::from(size.bits()), None),
        KeySpec::Ec(Curve::P256) => (256, Some("P-256")),
        KeySpec::Ec(Curve::P256K) => (256, Some("P-256K")),
        KeySpec::Ec(Curve::P384) => (384, Some("P-384")),
        KeySpec::Ec(Curve::P521) => (521, Some("P-521")),
    };
    let asked = given.kty.as_deref().and_then(|kty| key_type(kty, Sku::Premium).ok());
    if matches!((spec, asked), (KeySpec::Ec(_), Some((Kind::Rsa, _)))) {
        return Err(Error::EllipticCurveNotSupported);
    }
    let protection = asked.map_or(Protection::Software, |(_, protection)| protection);
    sections::key_section(given, (spec, key_size, crv.map(str::to_owned)), protection)
}

fn months(certificate: &ParsedCertificate) -> u32 {
    let lifetime = certificate.not_after.since(certificate.not_before);
    let rounded = (lifetime + MONTH / 2).as_secs() / MONTH.as_secs();
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

fn x509_properties(certificate: &ParsedCertificate, validity_months: u32) -> wire::X509Properties {
    wire::X509Properties {
        subject: Some(certificate.subject.to_string()),
        sans: certificate.subject_alternative_names.as_ref().map(all_lists),
        ekus: Some(certificate.extended_key_usage.iter().map(ToString::to_string).collect()),
        key_usage: Some(certificate.key_usage.iter().map(|usage| usage.name().to_owned()).collect()),
        validity_months: Some(validity_months),
        basic_constraints: Some(wire::BasicConstraints { ca: Some(certificate.ca) }),
    }
}

/// With a SAN extension all lists are answered, empty ones included.
fn all_lists(names: &SubjectAlternativeNames) -> wire::SubjectAlternativeNames {
    wire::SubjectAlternativeNames {
        emails: Some(names.emails.clone()),
        dns_names: Some(names.dns_names.clone()),
        upns: Some(names.upns.clone()),
        uris: Some(names.uris.clone()),
        ip_addresses: Some(names.ip_addresses.iter().map(ToString::to_string).collect()),
    }
}

fn profile(certificate: &ParsedCertificate) -> CertificateProfile {
    CertificateProfile {
        subject: certificate.subject.clone(),
        subject_alternative_names: certificate.subject_alternative_names.clone().unwrap_or_default(),
        key_usage: certificate.key_usage,
        extended_key_usage: certificate.extended_key_usage.clone(),
        ca: certificate.ca,
    }
}
