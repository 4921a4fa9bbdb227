//! Wycheproof: for every algorithm what must be accepted and, above all, what must be refused.
//!
//! Vectors that its authors call `acceptable` are passed over: both answers are right.

use std::ops::Deref;

use wycheproof::{TestResult, aead, cipher, ecdsa, keywrap, mac, rsa_oaep, rsa_pkcs1_decrypt};
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

fn check_signature(
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
}

#[test]
fn rsa_signatures_with_the_old_padding() {
    use rsa_pkcs1_verify::TestName as Name;
    for (algorithm, names) in [
        (SignatureAlgorithm::Rs256, &[Name::Rsa2048Sha256, Name::Rsa3072Sha256, Name::Rsa4096Sha256][..]),
        (SignatureAlgorithm::Rs384, &[Name::Rsa2048Sha384, Name::Rsa3072Sha384, Name::Rsa4096Sha384]),
        (SignatureAlgorithm::Rs512, &[Name::Rsa2048Sha512, Name::Rsa3072Sha512, Name::Rsa4096Sha512]),
    ] {
        for group in names.iter().flat_map(|name| rsa_pkcs1_verify::TestSet::load(*name).unwrap().test_groups)
        {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                check_signature(algorithm, &key, (&test.msg, &test.sig), test.result, test.tc_id);
            }
        }
    }
}

#[test]
fn rsa_signatures_with_the_new_padding_and_a_salt_as_long_as_the_digest() {
    use rsa_pss_verify::TestName as Name;
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
                check_signature(algorithm, &key, (&test.msg, &test.sig), test.result, test.tc_id);
            }
        }
    }
}

/// RFC 7518 section 3.5 fixes the salt; these signatures are good with another one.
#[test]
fn a_salt_of_another_length_is_no_signature() {
    use rsa_pss_verify::TestName as Name;
    for (algorithm, name) in [
        (SignatureAlgorithm::Ps256, Name::RsaPss2048Sha256Mgf1SaltLen0),
        (SignatureAlgorithm::Ps512, Name::RsaPss4096Sha512Mgf1SaltLen32),
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                let hash = hash(algorithm, &test.msg);
                assert!(!key.verify_digest(algorithm, &hash, &test.sig).unwrap(), "{}", test.tc_id);
            }
        }
    }
}

#[test]
fn signatures_on_every_curve() {
    use ecdsa::TestName as Name;
    for (algorithm, name) in [
        (SignatureAlgorithm::Es256, Name::EcdsaSecp256r1Sha256P1363),
        (SignatureAlgorithm::Es384, Name::EcdsaSecp384r1Sha384P1363),
        (SignatureAlgorithm::Es512, Name::EcdsaSecp521r1Sha512P1363),
        (SignatureAlgorithm::Es256K, Name::EcdsaSecp256k1Sha256P1363),
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            for test in group.tests {
                check_signature(algorithm, &key, (&test.msg, &test.sig), test.result, test.tc_id);
            }
        }
    }
}

fn check_text<T: Deref<Target = Vec<u8>>>(
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
}

#[test]
fn rsa_decryption() {
    use rsa_oaep::TestName as Oaep;
    use rsa_pkcs1_decrypt::TestName as Pkcs1;
    for name in [Pkcs1::Rsa2048, Pkcs1::Rsa3072, Pkcs1::Rsa4096] {
        for group in rsa_pkcs1_decrypt::TestSet::load(name).unwrap().test_groups {
            let key = PrivateKey::from_pkcs8(&group.pkcs8).unwrap();
            for test in group.tests {
                let opened = key.decrypt(EncryptionAlgorithm::Rsa1_5, &test.ct);
                check_text(opened, &test.pt, test.result, test.tc_id);
            }
        }
    }
    for (algorithm, name) in [
        (EncryptionAlgorithm::RsaOaep, Oaep::Rsa2048Sha1Mgf1Sha1),
        (EncryptionAlgorithm::RsaOaep256, Oaep::Rsa2048Sha256Mgf1Sha256),
        (EncryptionAlgorithm::RsaOaep256, Oaep::Rsa3072Sha256Mgf1Sha256),
        (EncryptionAlgorithm::RsaOaep256, Oaep::Rsa4096Sha256Mgf1Sha256),
    ] {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let key = PrivateKey::from_pkcs8(&group.pkcs8).unwrap();
            for test in group.tests {
                let opened = key.decrypt(algorithm, &test.ct);
                let labelled = !test.label.is_empty(); // the service has no labels
                let result = if labelled { TestResult::Invalid } else { test.result };
                check_text(opened, &test.pt, result, test.tc_id);
            }
        }
    }
}

fn aes(bits: usize, mode: &str) -> Option<AesAlgorithm> {
    AesAlgorithm::from_name(&format!("A{bits}{mode}"))
}

#[test]
fn gcm_takes_its_own_lengths_only() {
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        let Some(algorithm) = aes(group.key_size, "GCM") else { continue };
        let regular = group.nonce_size == 96 && group.tag_size == 128;
        for test in group.tests {
            let key = SymmetricKey::from_bytes(&test.key).unwrap();
            let (iv, tag) = (Some(test.nonce.to_vec()), Some(test.tag.to_vec()));
            let opened =
                key.decrypt(algorithm, &Ciphertext { value: test.ct.to_vec(), iv, tag }, Some(&test.aad));
            let result = if regular { test.result } else { TestResult::Invalid };
            check_text(opened, &test.pt, result, test.tc_id);
        }
    }
}

#[test]
fn cbc_with_padding_both_ways() {
    for group in cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap().test_groups {
        let algorithm = aes(group.key_size, "CBCPAD").unwrap();
        for test in group.tests {
            let key = SymmetricKey::from_bytes(&test.key).unwrap();
            if expected(test.result) == Some(true) {
                let made = key.encrypt(algorithm, &test.pt, Some(&test.nonce), None).unwrap();
                assert_eq!(made.value, test.ct.to_vec(), "{}", test.tc_id);
            }
            let sealed = Ciphertext { value: test.ct.to_vec(), iv: Some(test.nonce.to_vec()), tag: None };
            check_text(key.decrypt(algorithm, &sealed, None), &test.pt, test.result, test.tc_id);
        }
    }
}

#[test]
fn key_wraps_both_ways() {
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
                check_text(key.decrypt(algorithm, &sealed, None), &test.pt, test.result, test.tc_id);
            }
        }
    }
}

#[test]
fn authentication_codes_of_full_length() {
    for (algorithm, name, bits) in [
        (MacAlgorithm::Hs256, mac::TestName::HmacSha256, 256),
        (MacAlgorithm::Hs384, mac::TestName::HmacSha384, 384),
        (MacAlgorithm::Hs512, mac::TestName::HmacSha512, 512),
    ] {
        let mut seen = 0;
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let Ok(key) = SymmetricKey::from_bytes(&test.key) else { continue };
                let good = test.result == TestResult::Valid && group.tag_size == bits;
                assert_eq!(key.verify(algorithm, &test.msg, &test.tag), good, "{}", test.tc_id);
                seen += 1;
            }
        }
        assert!(seen > 0, "no vector of {algorithm:?} has a key of a size that an HSM makes");
    }
}
