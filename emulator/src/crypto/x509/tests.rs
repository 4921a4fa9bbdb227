//! What openssl says of the certificates and requests that are written here.

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
    let theirs =
        openssl_text(&["x509", "-inform", "DER", "-noout", "-ocspid"], &certificate(&profile("CN=id"), &key));
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
    let bare = CertificateProfile { subject: "CN=bare".parse().unwrap(), ..CertificateProfile::default() };
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
    let leaf = issue(&profile("CN=leaf"), leaf_key.public_key(), &issuer, [1; 16], this_century()).unwrap();
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
