//! Wycheproof: for every algorithm what must be accepted and, above all, what must be refused.
//!
//! Vectors that its authors call `acceptable` are passed over: both answers are right. How many were judged stands with
//! each test, so that none is passed over unseen.

use std::ops::Deref;

use wycheproof::{HashFunction, TestResult, aead, cipher, ecdsa, keywrap, mac, rsa_oaep, rsa_pkcs1_decrypt};
use wycheproof::{rsa_pkcs1_verify, rsa_pss_verify};

use super::super::{
    AesAlgorithm, Ciphertext, CryptoError, EncryptionAlgorithm, MacAlgorithm, PrivateKey, PublicKey,
    SignatureAlgorithm, SymmetricKey,
};
use super::hash;

/// Whether this project agrees: `Some` where the vector has one right answer.
fn expected(result: TestResult) -> Option<bool> {
    match result {
        TestResult::Valid => Some(true),
        TestResult::Invalid => Some(false),
        TestResult::Acceptable => None,
    }
}

/// How many vectors were held against this project's answer.
#[derive(Debug, Default, PartialEq, Eq)]
struct Judged {
    /// Those that must be accepted, and were.
    accepted: usize,
    /// Those that must be refused, and were.
    refused: usize,
}

impl Judged {
    fn count(&mut self, result: TestResult) {
        match expected(result) {
            Some(true) => self.accepted += 1,
            Some(false) => self.refused += 1,
            None => {}
        }
    }

    fn signature(
        &mut self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        (message, signature): (&[u8], &[u8]),
        result: TestResult,
        id: usize,
    ) {
        let verified = key.verify_digest(algorithm, &hash(algorithm, message), signature).unwrap();
        if let Some(expected) = expected(result) {
            assert_eq!(verified, expected, "{algorithm:?} {id}");
        }
        self.count(result);
    }

    fn text<T: Deref<Target = Vec<u8>>>(
        &mut self,
        opened: Result<T, CryptoError>,
        text: &[u8],
        result: TestResult,
        id: usize,
    ) {
        match expected(result) {
            Some(true) => assert_eq!(opened.unwrap().as_slice(), text, "{id}"),
            Some(false) => assert!(opened.is_err(), "{id}"),
            None => {}
        }
        self.count(result);
    }

    fn are(&self, accepted: usize, refused: usize) {
        assert_eq!(*self, Self { accepted, refused });
    }
}

/// What the vector would be if it were only right under other terms than the service's.
fn on_terms(fit: bool, result: TestResult) -> TestResult {
    if fit { result } else { TestResult::Invalid }
}

#[test]
fn rsa_signatures_with_the_old_padding() {
    use rsa_pkcs1_verify::TestName as Name;
    let mut judged = Judged::default();
    for (algorithm, names) in [
        (SignatureAlgorithm::Rs256, &[Name::Rsa2048Sha256, Name::Rsa3072Sha256, Name::Rsa4096Sha256][..]),
        (SignatureAlgorithm::Rs384, &[Name::Rsa2048Sha384, Name::Rsa3072Sha384, Name::Rsa4096Sha384]),
        (SignatureAlgorithm::Rs512, &[Name::Rsa2048Sha512, Name::Rsa3072Sha512, Name::Rsa4096Sha512]),
    ] {
        for group in names.iter().flat_map(|name| rsa_pkcs1_verify::TestSet::load(*name).unwrap().test_groups)
        {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                judged.signature(algorithm, &key, (&test.msg, &test.sig), test.result, test.tc_id);
            }
        }
    }
    judged.are(68, 2253);
}

#[test]
fn rsa_signatures_with_the_new_padding_and_a_salt_as_long_as_the_digest() {
    use rsa_pss_verify::TestName as Name;
    let mut judged = Judged::default();
    for (algorithm, names) in [
        (
            SignatureAlgorithm::Ps256,
            &[
                Name::RsaPss2048Sha256Mgf1SaltLen32,
                Name::RsaPss3072Sha256Mgf1SaltLen32,
                Name::RsaPss4096Sha256Mgf1SaltLen32,
            ][..],
        ),
        (
            SignatureAlgorithm::Ps384,
            &[Name::RsaPss2048Sha384Mgf1SaltLen48, Name::RsaPss4096Sha384Mgf1SaltLen48],
        ),
        (SignatureAlgorithm::Ps512, &[Name::RsaPss4096Sha512Mgf1SaltLen64]),
    ] {
        for group in names.iter().flat_map(|name| rsa_pss_verify::TestSet::load(*name).unwrap().test_groups) {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                judged.signature(algorithm, &key, (&test.msg, &test.sig), test.result, test.tc_id);
            }
        }
    }
    judged.are(511, 274);
}

/// RFC 7518 section 3.5 fixes the salt and the hash of the mask; these signatures are good on other terms. What is wrong on
/// those may be right here.
#[test]
fn another_salt_or_mask_makes_no_signature() {
    use rsa_pss_verify::TestName as Name;
    let mut judged = Judged::default();
    for name in [Name::RsaPss2048Sha256Mgf1SaltLen0, Name::RsaPss4096Sha512Mgf1SaltLen32, Name::RsaPssmisc] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let (algorithm, length) = match group.hash {
                HashFunction::Sha2_256 => (SignatureAlgorithm::Ps256, 32),
                HashFunction::Sha2_384 => (SignatureAlgorithm::Ps384, 48),
                HashFunction::Sha2_512 => (SignatureAlgorithm::Ps512, 64),
                _ => continue, // the service has no such hash
            };
            let fit = group.mgf_hash == Some(group.hash) && group.salt_size == length;
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                let result = on_terms(fit, test.result);
                judged.signature(algorithm, &key, (&test.msg, &test.sig), result, test.tc_id);
            }
        }
    }
    judged.are(3, 193 + 87);
}

#[test]
fn signatures_on_every_curve() {
    use ecdsa::TestName as Name;
    let mut judged = Judged::default();
    for (algorithm, name) in [
        (SignatureAlgorithm::Es256, Name::EcdsaSecp256r1Sha256P1363),
        (SignatureAlgorithm::Es384, Name::EcdsaSecp384r1Sha384P1363),
        (SignatureAlgorithm::Es512, Name::EcdsaSecp521r1Sha512P1363),
        (SignatureAlgorithm::Es256K, Name::EcdsaSecp256k1Sha256P1363),
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                judged.signature(algorithm, &key, (&test.msg, &test.sig), test.result, test.tc_id);
            }
        }
    }
    judged.are(764, 348);
}

#[test]
fn rsa_decryption_with_the_old_padding() {
    use rsa_pkcs1_decrypt::TestName as Pkcs1;
    let mut judged = Judged::default();
    for name in [Pkcs1::Rsa2048, Pkcs1::Rsa3072, Pkcs1::Rsa4096] {
        for group in rsa_pkcs1_decrypt::TestSet::load(name).unwrap().test_groups {
            let key = PrivateKey::from_pkcs8(&group.pkcs8).unwrap();
            for test in group.tests {
                let opened = key.decrypt(EncryptionAlgorithm::Rsa1_5, &test.ct);
                judged.text(opened, &test.pt, test.result, test.tc_id);
            }
        }
    }
    judged.are(124, 77);
}

/// With another hash of text or mask, or with a label, a ciphertext is none: the service has neither.
#[test]
fn rsa_decryption_with_the_new_padding() {
    use rsa_oaep::TestName as Name;
    let mut judged = Judged::default();
    for name in [
        Name::Rsa2048Sha1Mgf1Sha1,
        Name::Rsa2048Sha256Mgf1Sha256,
        Name::Rsa3072Sha256Mgf1Sha256,
        Name::Rsa4096Sha256Mgf1Sha256,
        Name::RsaMisc,
    ] {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            if ![2048, 3072, 4096].contains(&group.key_size) {
                continue; // the service has no such key
            }
            let key = PrivateKey::from_pkcs8(&group.pkcs8).unwrap();
            for (algorithm, hash) in [
                (EncryptionAlgorithm::RsaOaep, HashFunction::Sha1),
                (EncryptionAlgorithm::RsaOaep256, HashFunction::Sha2_256),
            ] {
                for test in &group.tests {
                    let fit = group.hash == hash && group.mgf_hash == hash && test.label.is_empty();
                    let opened = key.decrypt(algorithm, &test.ct);
                    judged.text(opened, &test.pt, on_terms(fit, test.result), test.tc_id);
                }
            }
        }
    }
    // Each vector once under its own terms and once under the other algorithm's.
    judged.are(40 + 18, 107 + 147 + 402);
}

fn aes(bits: usize, mode: &str) -> Option<AesAlgorithm> {
    AesAlgorithm::from_name(&format!("A{bits}{mode}"))
}

#[test]
fn gcm_takes_its_own_lengths_only() {
    let mut judged = Judged::default();
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        let algorithm = aes(group.key_size, "GCM").unwrap();
        let regular = group.nonce_size == 96 && group.tag_size == 128;
        for test in group.tests {
            let key = SymmetricKey::from_bytes(&test.key).unwrap();
            let (iv, tag) = (Some(test.nonce.to_vec()), Some(test.tag.to_vec()));
            let opened =
                key.decrypt(algorithm, &Ciphertext { value: test.ct.to_vec(), iv, tag }, Some(&test.aad));
            judged.text(opened, &test.pt, on_terms(regular, test.result), test.tc_id);
        }
    }
    judged.are(116, 200);
}

#[test]
fn cbc_with_padding_both_ways() {
    let mut judged = Judged::default();
    for group in cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap().test_groups {
        let algorithm = aes(group.key_size, "CBCPAD").unwrap();
        for test in group.tests {
            let key = SymmetricKey::from_bytes(&test.key).unwrap();
            if expected(test.result) == Some(true) {
                let made = key.encrypt(algorithm, &test.pt, Some(&test.nonce), None).unwrap();
                assert_eq!(made.value, test.ct.to_vec(), "{}", test.tc_id);
            }
            let sealed = Ciphertext { value: test.ct.to_vec(), iv: Some(test.nonce.to_vec()), tag: None };
            judged.text(key.decrypt(algorithm, &sealed, None), &test.pt, test.result, test.tc_id);
        }
    }
    judged.are(72, 144);
}

#[test]
fn key_wraps_both_ways() {
    let mut judged = Judged::default();
    for (name, padded) in
        [(keywrap::TestName::AesKeyWrap, false), (keywrap::TestName::AesKeyWrapWithPadding, true)]
    {
        for group in keywrap::TestSet::load(name).unwrap().test_groups {
            let name = if padded { "CKM_AES_KEY_WRAP_PAD" } else { "CKM_AES_KEY_WRAP" };
            let algorithm = AesAlgorithm::from_name(name).unwrap();
            for test in group.tests {
                let key = SymmetricKey::from_bytes(&test.key).unwrap();
                if expected(test.result) == Some(true) {
                    let made = key.encrypt(algorithm, &test.pt, None, None).unwrap();
                    assert_eq!(made.value, test.ct.to_vec(), "{}", test.tc_id);
                }
                let sealed = Ciphertext { value: test.ct.to_vec(), ..Ciphertext::default() };
                judged.text(key.decrypt(algorithm, &sealed, None), &test.pt, test.result, test.tc_id);
            }
        }
    }
    judged.are(36 + 77, 126 + 177);
}

/// Of keys of the sizes that an HSM makes. For two of the hashes no vector of those has a wrong code, so each good one is
/// also refused when a bit of it is another.
#[test]
fn authentication_codes_of_full_length() {
    let mut judged = Judged::default();
    for (algorithm, name, bits) in [
        (MacAlgorithm::Hs256, mac::TestName::HmacSha256, 256),
        (MacAlgorithm::Hs384, mac::TestName::HmacSha384, 384),
        (MacAlgorithm::Hs512, mac::TestName::HmacSha512, 512),
    ] {
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let Ok(key) = SymmetricKey::from_bytes(&test.key) else { continue };
                let result = on_terms(group.tag_size == bits, test.result);
                let good = result == TestResult::Valid;
                assert_eq!(key.verify(algorithm, &test.msg, &test.tag), good, "{}", test.tc_id);
                judged.count(result);
                for bit in 0..if good { bits } else { 0 } {
                    let mut changed = test.tag.to_vec();
                    changed[bit / 8] ^= 1 << (bit % 8);
                    assert!(!key.verify(algorithm, &test.msg, &changed), "{}", test.tc_id);
                }
            }
        }
    }
    judged.are(30 + 3 + 3, 138 + 3 + 3);
}
