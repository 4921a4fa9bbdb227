//! openssl is the witness: chains, lists and OCSP answers are its to judge.

use std::path::Path;

use super::super::openssl::{file, openssl, openssl_text};
use super::super::{Curve, KeySpec, RsaSize};
use super::*;

fn key(seed: u8) -> PrivateKey {
    PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [seed; 32]).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn pointers(name: &str) -> Pointers {
    Pointers {
        certificate: format!("http://127.0.0.1:1/pki/{name}.cer"),
        revocation_list: format!("http://127.0.0.1:1/pki/{name}.crl"),
        ocsp: "http://127.0.0.1:1/pki/ocsp".to_owned(),
    }
}

/// Root, issuing authority, and a leaf, each in a file of its own, with what openssl needs to find a list.
struct Hierarchy {
    folder: tempfile::TempDir,
    root: Authority,
    issuing: Authority,
    leaf: Vec<u8>,
}

impl Hierarchy {
    fn new() -> Self {
        let root = Authority::root("CN=Root".parse().unwrap(), key(1)).unwrap();
        let issuing =
            root.subordinate("CN=Issuing".parse().unwrap(), key(2), Some(&pointers("root"))).unwrap();
        let profile = CertificateProfile { subject: "CN=leaf".parse().unwrap(), ..Default::default() };
        let own = PrivateKey::derive(KeySpec::Ec(Curve::P256), [3; 32]).unwrap();
        let validity = Validity { not_before: at("2020-01-01"), not_after: at("2099-01-01") };
        let place = pointers("issuing");
        let leaf = issuing
            .issue(&profile, own.public_key(), *b"\x00123456789abcdef", validity, Some(&place))
            .unwrap();
        let made = Self { folder: tempfile::tempdir().unwrap(), root, issuing, leaf };
        for (name, der) in [
            ("root.pem", made.root.certificate()),
            ("issuing.pem", made.issuing.certificate()),
            ("leaf.pem", &made.leaf),
        ] {
            file(made.path(), name, &openssl(&["x509", "-inform", "DER"], der));
        }
        made
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn text(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }

    fn revoked(&self) -> (SerialNumber, Revocation) {
        let serial = SerialNumber::of_certificate(&self.leaf).unwrap().unwrap();
        (serial, Revocation { at: at("2025-06-01"), reason: RevocationReason::KeyCompromise })
    }
}

fn period() -> Validity {
    Validity { not_before: at("2025-01-01"), not_after: at("2098-01-01") }
}

#[test]
fn openssl_builds_the_chain_strictly_and_finds_where_the_issuer_publishes() {
    let made = Hierarchy::new();
    let [root, issuing, leaf] = ["root.pem", "issuing.pem", "leaf.pem"].map(|name| made.text(name));
    openssl(&["verify", "-x509_strict", "-CAfile", &root, "-untrusted", &issuing, &leaf], b"");
    let text = openssl_text(&["x509", "-in", &leaf, "-noout", "-text"], b"");
    for part in [
        "URI:http://127.0.0.1:1/pki/issuing.crl",
        "OCSP - URI:http://127.0.0.1:1/pki/ocsp",
        "CA Issuers - URI:http://127.0.0.1:1/pki/issuing.cer",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_authority_follows_from_its_name_and_key_alone() {
    let [one, other] = [Hierarchy::new(), Hierarchy::new()];
    assert_eq!(one.root.certificate(), other.root.certificate());
    assert_eq!(one.issuing.certificate(), other.issuing.certificate());
}

#[test]
fn openssl_sees_a_revocation_in_the_list() {
    let made = Hierarchy::new();
    let [root, issuing, leaf] = ["root.pem", "issuing.pem", "leaf.pem"].map(|name| made.text(name));
    let verify = |revoked: &[(SerialNumber, Revocation)]| {
        let list = made.issuing.revocation_list(revoked, period(), 7).unwrap();
        let above = made.root.revocation_list(&[], period(), 1).unwrap();
        let mut lists = openssl(&["crl", "-inform", "DER"], &list);
        lists.extend(openssl(&["crl", "-inform", "DER"], &above));
        let lists = file(made.path(), "lists.pem", &lists);
        std::process::Command::new("openssl")
            .args(["verify", "-x509_strict", "-crl_check_all", "-CAfile", &root, "-untrusted", &issuing])
            .args(["-CRLfile", lists.to_str().unwrap(), &leaf])
            .output()
            .unwrap()
    };
    assert!(verify(&[]).status.success());
    let refused = verify(&[made.revoked()]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("certificate revoked"), "{refused:?}");
    let list = made.issuing.revocation_list(&[made.revoked()], period(), 7).unwrap();
    let text = openssl_text(&["crl", "-inform", "DER", "-noout", "-text"], &list);
    assert!(
        text.contains("Key Compromise") && text.contains("X509v3 CRL Number: \n                7"),
        "{text}"
    );
}

#[test]
fn openssl_accepts_the_ocsp_answers_and_reads_what_they_say() {
    let made = Hierarchy::new();
    let [root, issuing, leaf] = ["root.pem", "issuing.pem", "leaf.pem"].map(|name| made.text(name));
    let (request, response) = (made.text("request.der"), made.text("response.der"));
    let ask = |certificate: &str, issuer: &str, hash: &str, standing: Standing| {
        let asked = ["ocsp", hash, "-issuer", issuer, "-cert", certificate];
        openssl(&[&asked[..], &["-reqout", &request]].concat(), b"");
        let authorities = [&made.root, &made.issuing];
        let answer =
            answer_ocsp(&std::fs::read(&request).unwrap(), &authorities, |_, _| standing, period()).unwrap();
        std::fs::write(&response, answer).unwrap();
        let read = ["-no_nonce", "-resp_text", "-respin", &response, "-CAfile", &root];
        let asked = ["ocsp", hash, "-issuer", issuer, "-cert", certificate, "-verify_other", &issuing];
        let read = [&asked[..], &read].concat();
        let output = std::process::Command::new("openssl").args(read).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    for (certificate, issuer, hash, standing, says) in [
        (&leaf, &issuing, "-sha1", Standing::Good, "leaf.pem: good"),
        (&leaf, &issuing, "-sha256", Standing::Good, "leaf.pem: good"),
        (&leaf, &issuing, "-sha1", Standing::Revoked(made.revoked().1), "leaf.pem: revoked"),
        (&issuing, &root, "-sha1", Standing::Good, "issuing.pem: good"),
    ] {
        let said = ask(certificate, issuer, hash, standing);
        assert!(said.contains("Response verify OK") && said.contains(says), "{said}");
        assert!(said.contains("OCSP Nonce"), "the nonce comes back: {said}");
    }
    // Who did not issue a certificate says nothing about it.
    assert!(ask(&leaf, &leaf, "-sha1", Standing::Good).contains("unauthorized"));
    let rubbish = answer_ocsp(b"rubbish", &[&made.root], |_, _| Standing::Good, period()).unwrap();
    assert_eq!(rubbish, [0x30, 3, 0x0a, 1, 1]);
}
