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
mod tests {
    use std::path::Path;

    use const_oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};

    use super::super::openssl::{file, openssl, openssl_text};
    use super::super::{Curve, KeySpec, KeyUsage, RsaSize};
    use super::*;

    const SERIAL: [u8; 16] = *b"\xff123456789abcdef";

    fn profile(subject: &str) -> CertificateProfile {
        CertificateProfile {
            subject: subject.parse().unwrap(),
            key_usage: [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment].into_iter().collect(),
            extended_key_usage: vec![ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH],
            ..CertificateProfile::default()
        }
    }

    fn all_names() -> SubjectAlternativeNames {
        SubjectAlternativeNames {
            emails: vec!["admin@contoso.com".to_owned()],
            upns: vec!["jürgen@contoso.com".to_owned()],
            dns_names: vec!["contoso.com".to_owned(), "*.contoso.com".to_owned()],
            uris: vec!["https://contoso.com".to_owned()],
            ip_addresses: vec!["10.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        }
    }

    fn validity(not_before: &str, not_after: &str) -> Validity {
        let at = |text| Timestamp::parse(text).unwrap();
        Validity { not_before: at(not_before), not_after: at(not_after) }
    }

    fn this_century() -> Validity {
        validity("2020-01-01", "2099-01-01")
    }

    fn key(spec: KeySpec) -> PrivateKey {
        PrivateKey::generate(spec).unwrap()
    }

    fn ec_key() -> PrivateKey {
        key(KeySpec::Ec(Curve::P256))
    }

    fn certificate(profile: &CertificateProfile, key: &PrivateKey) -> Vec<u8> {
        self_signed(profile, key, SERIAL, this_century()).unwrap()
    }

    fn pem(directory: &Path, name: &str, der: &[u8]) -> String {
        let pem = openssl(&["x509", "-inform", "DER"], der);
        file(directory, name, &pem).to_str().unwrap().to_owned()
    }

    /// Fails the test unless openssl accepts the certificate as its own issuer.
    fn verify(der: &[u8]) {
        let directory = tempfile::tempdir().unwrap();
        let path = pem(directory.path(), "own.pem", der);
        openssl(&["verify", "-check_ss_sig", "-partial_chain", "-CAfile", &path, &path], b"");
    }

    fn text(der: &[u8]) -> String {
        openssl_text(&["x509", "-inform", "DER", "-noout", "-text"], der)
    }

    /// The lines that follow `heading`, trimmed.
    fn after<'a>(text: &'a str, heading: &str) -> &'a str {
        let (_, rest) = text.split_once(heading).unwrap_or_else(|| panic!("no {heading} in {text}"));
        rest.trim_start().lines().next().unwrap_or_default().trim()
    }

    /// The extensions' names in the order of the DER.
    fn extension_order(der: &[u8], program: &str) -> Vec<String> {
        openssl_text(&[program, "-inform", "DER", "-noout", "-text"], der)
            .lines()
            .filter(|line| line.contains("X509v3 ") && !line.contains("extensions:"))
            .map(|line| line.trim().trim_end_matches(':').to_owned())
            .collect()
    }

    #[test]
    fn openssl_verifies_a_self_signed_certificate_of_every_kind_of_key() {
        let rsa = RsaSize::ALL.map(KeySpec::Rsa).into_iter();
        for (spec, algorithm) in rsa.map(|spec| (spec, "sha256WithRSAEncryption")).chain([
            (KeySpec::Ec(Curve::P256), "ecdsa-with-SHA256"),
            (KeySpec::Ec(Curve::P384), "ecdsa-with-SHA384"),
            (KeySpec::Ec(Curve::P521), "ecdsa-with-SHA512"),
        ]) {
            let der = certificate(&profile("CN=every kind"), &key(spec));
            verify(&der);
            assert_eq!(after(&text(&der), "Signature Algorithm:"), algorithm);
        }
    }

    #[test]
    #[should_panic(expected = "certificate signature failure")]
    fn the_witness_notices_a_signature_over_something_else() {
        let mut der = certificate(&profile("CN=every kind"), &key(KeySpec::Rsa(RsaSize::Bits2048)));
        let name = der.windows(10).position(|window| window == b"every kind").unwrap();
        der[name] ^= 1;
        let own = der.windows(10).rposition(|window| window == b"every kind").unwrap();
        der[own] ^= 1;
        verify(&der);
    }

    #[test]
    fn a_p256k_certificate_spells_its_curve_out_and_its_signature_holds() {
        let der = certificate(&profile("CN=koblitz"), &key(KeySpec::Ec(Curve::P256K)));
        assert_eq!(after(&text(&der), "Field Type:"), "prime-field");
        assert_eq!(after(&text(&der), "Signature Algorithm:"), "ecdsa-with-SHA256");
        // Chain verification refuses explicit curves on principle, so the signature is checked by itself.
        let directory = tempfile::tempdir().unwrap();
        let parts = Signed::from_der(&der).unwrap();
        let content = file(directory.path(), "content", &parts.content.to_der().unwrap());
        let signature = file(directory.path(), "signature", parts.signature.raw_bytes());
        let public = openssl(&["x509", "-inform", "DER", "-noout", "-pubkey"], &der);
        let public = file(directory.path(), "public.pem", &public);
        let [content, signature, public] = [&content, &signature, &public].map(|path| path.to_str().unwrap());
        openssl(&["dgst", "-sha256", "-verify", public, "-signature", signature, content], b"");
    }

    #[test]
    fn extensions_stand_in_azures_order_with_azures_criticality() {
        let full = CertificateProfile { subject_alternative_names: all_names(), ..profile("CN=order") };
        let der = certificate(&full, &ec_key());
        assert_eq!(
            extension_order(&der, "x509"),
            [
                "X509v3 Key Usage: critical",
                "X509v3 Basic Constraints",
                "X509v3 Extended Key Usage",
                "X509v3 Subject Alternative Name",
                "X509v3 Authority Key Identifier",
                "X509v3 Subject Key Identifier",
            ]
        );
        let text = text(&der);
        assert_eq!(after(&text, "Basic Constraints:"), "CA:FALSE");
        assert_eq!(after(&text, "Authority Key Identifier:"), after(&text, "Subject Key Identifier:"));
        assert!(text.contains("Version: 3 (0x2)"));
    }

    #[test]
    fn the_subject_key_identifier_is_the_one_openssl_computes() {
        let key = ec_key();
        let theirs = openssl_text(
            &["x509", "-inform", "DER", "-noout", "-ocspid"],
            &certificate(&profile("CN=id"), &key),
        );
        let ours: String =
            key.public_key().subject_key_identifier().iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(after(&theirs, "Public key OCSP hash:"), ours);
    }

    #[test]
    fn alternative_names_stand_in_azures_order_and_are_critical_without_a_subject() {
        let full = CertificateProfile { subject_alternative_names: all_names(), ..profile("") };
        let der = certificate(&full, &ec_key());
        assert_eq!(
            after(&text(&der), "Subject Alternative Name: critical"),
            "email:admin@contoso.com, othername: UPN::jürgen@contoso.com, DNS:contoso.com, DNS:*.contoso.com, \
             URI:https://contoso.com/, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1"
        );
        verify(&der);
    }

    #[test]
    fn what_the_profile_leaves_out_is_no_extension() {
        let bare =
            CertificateProfile { subject: "CN=bare".parse().unwrap(), ..CertificateProfile::default() };
        let der = certificate(&bare, &ec_key());
        assert_eq!(
            extension_order(&der, "x509"),
            ["X509v3 Basic Constraints", "X509v3 Authority Key Identifier", "X509v3 Subject Key Identifier"]
        );
    }

    #[test]
    fn the_subject_is_written_as_it_was_given() {
        for subject in [
            r#"CN=Jürgen, OU=one, OU=two, O="Contoso, Ltd", C=US"#,
            r#"E=a@b.c, CN="say ""hi""", OU=x + OU=y, DC=contoso, DC=com"#,
        ] {
            let der = certificate(&profile(subject), &ec_key());
            verify(&der);
            let ours = profile(subject).subject.to_string();
            assert_eq!(ours, subject);
        }
        let der = certificate(&profile(r#"C=US, O="Contoso, Ltd", OU=b, OU=a, CN=Jürgen"#), &ec_key());
        let args = ["x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "oneline,utf8,-esc_msb"];
        let shown = openssl_text(&args, &der);
        assert_eq!(after(&shown, "subject="), r#"CN = Jürgen, OU = a, OU = b, O = "Contoso, Ltd", C = US"#);
    }

    #[test]
    fn serial_numbers_are_positive_and_as_short_as_der_wants() {
        let shown = |serial| {
            let der = self_signed(&profile("CN=serial"), &ec_key(), serial, this_century()).unwrap();
            after(&openssl_text(&["x509", "-inform", "DER", "-noout", "-serial"], &der), "serial=").to_owned()
        };
        assert_eq!(shown(SERIAL), "7F313233343536373839616263646566");
        let mut short = SERIAL;
        short[..2].copy_from_slice(&[0x80, 0x7f]);
        assert_eq!(shown(short), "7F3233343536373839616263646566");
    }

    #[test]
    fn dates_are_short_through_2049_and_long_from_then_on() {
        let validity = validity("2049-12-31T23:59:59Z", "2050-01-01");
        let der = self_signed(&profile("CN=dates"), &ec_key(), SERIAL, validity).unwrap();
        let parsed = openssl_text(&["asn1parse", "-inform", "DER"], &der);
        assert_eq!(after(&parsed, "UTCTIME"), ":491231235959Z");
        assert_eq!(after(&parsed, "GENERALIZEDTIME"), ":20500101000000Z");
    }

    #[test]
    fn a_date_before_1970_is_refused() {
        let validity = validity("1969-12-31", "2020-01-01");
        let refused = self_signed(&profile("CN=dates"), &ec_key(), SERIAL, validity);
        assert!(matches!(refused, Err(CryptoError::Asn1(_))));
    }

    #[test]
    fn openssl_builds_a_chain_from_an_issued_certificate_to_its_authority() {
        let authority = CertificateProfile {
            ca: true,
            key_usage: [KeyUsage::KeyCertSign].into_iter().collect(),
            subject: "CN=root, O=Contoso".parse().unwrap(),
            ..CertificateProfile::default()
        };
        let (root_key, leaf_key) = (key(KeySpec::Ec(Curve::P384)), ec_key());
        let root = certificate(&authority, &root_key);
        let key_identifier = &root_key.public_key().subject_key_identifier();
        let issuer = Issuer { name: &authority.subject, key: &root_key, key_identifier, pointers: None };
        let leaf =
            issue(&profile("CN=leaf"), leaf_key.public_key(), &issuer, [1; 16], this_century()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let root = pem(directory.path(), "root.pem", &root);
        let leaf = pem(directory.path(), "leaf.pem", &leaf);
        openssl(&["verify", "-CAfile", &root, &leaf], b"");
    }

    #[test]
    fn openssl_verifies_a_request_of_every_curve_and_of_rsa() {
        let curves = Curve::ALL.map(KeySpec::Ec).into_iter();
        for spec in curves.chain([KeySpec::Rsa(RsaSize::Bits2048)]) {
            let der = certificate_request(&profile("CN=request, OU=a, OU=b"), &key(spec)).unwrap();
            openssl(&["req", "-inform", "DER", "-verify", "-noout"], &der);
        }
    }

    #[test]
    fn a_request_asks_for_its_extensions_in_azures_order() {
        let full = CertificateProfile { subject_alternative_names: all_names(), ..profile("CN=request") };
        let der = certificate_request(&full, &ec_key()).unwrap();
        assert_eq!(
            extension_order(&der, "req"),
            [
                "X509v3 Key Usage: critical",
                "X509v3 Extended Key Usage",
                "X509v3 Subject Alternative Name",
                "X509v3 Basic Constraints",
            ]
        );
        let text = openssl_text(&["req", "-inform", "DER", "-noout", "-text"], &der);
        assert!(text.contains("Version: 1 (0x0)"));
    }
}
