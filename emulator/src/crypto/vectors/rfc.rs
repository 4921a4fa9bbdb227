//! The examples of RFC 7515, 7516 and 7520 (JWS, JWE and their cookbook), RFC 3394 and RFC 5649 (key wrap), and the test
//! cases of the GCM specification that NIST adopted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::{
    AesAlgorithm, Ciphertext, Curve, EcNumbers, EncryptionAlgorithm, KeyMaterial, KeySpec, MacAlgorithm,
    PrivateKey, RsaFactors, RsaNumbers, SignatureAlgorithm, SymmetricKey,
};
use super::{hash, hex};

fn read(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The key of an example, read through the door of an import.
fn import(jwk: &Value) -> KeyMaterial {
    let number = |name: &str| read(jwk[name].as_str().unwrap());
    match jwk["kty"].as_str().unwrap() {
        "oct" => SymmetricKey::from_bytes(&number("k")).unwrap().into(),
        "EC" => {
            let curve = if jwk["crv"] == "P-256" { Curve::P256 } else { Curve::P521 };
            let (x, y, scalar) = (number("x"), number("y"), number("d"));
            PrivateKey::from_ec_numbers(&EcNumbers { curve, x: &x, y: &y, scalar: &scalar }).unwrap().into()
        }
        _ => {
            let [n, e, d, p, q, dp, dq, qi] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(number);
            let factors = Some(RsaFactors { p: &p, q: &q, dp: &dp, dq: &dq, qi: &qi });
            let numbers = RsaNumbers { modulus: &n, exponent: &e, private_exponent: &d, factors };
            PrivateKey::from_rsa_numbers(&numbers).unwrap().into()
        }
    }
}

#[test]
fn every_example_verifies_or_decrypts_with_its_key() {
    let examples: Vec<Value> = serde_json::from_str(include_str!("rfc_examples.json")).unwrap();
    for example in &examples {
        let source = example["source"].as_str().unwrap();
        let key = import(&example["key"]);
        let token: Vec<&str> = example["token"].as_str().unwrap().split('.').collect();
        let header: Value = serde_json::from_slice(&read(token[0])).unwrap();
        let algorithm = header["alg"].as_str().unwrap();
        match token.as_slice() {
            [header, payload, signature] => {
                let (message, signature) = (format!("{header}.{payload}"), read(signature));
                verify(source, &key, algorithm, message.as_bytes(), &signature);
            }
            [_, encrypted_key, ..] => {
                let content_key = decrypt(&key, algorithm, &read(encrypted_key));
                assert_eq!(content_key.len(), if header["enc"] == "A128GCM" { 16 } else { 32 }, "{source}");
                if let Some(content) = AesAlgorithm::from_name(header["enc"].as_str().unwrap()) {
                    let sealed = Ciphertext {
                        value: read(token[3]),
                        iv: Some(read(token[2])),
                        tag: Some(read(token[4])),
                    };
                    let key = SymmetricKey::from_bytes(&content_key).unwrap();
                    let text = key.decrypt(content, &sealed, Some(token[0].as_bytes())).unwrap();
                    assert!(text.is_ascii() || source.starts_with("RFC 7520"), "{source}");
                }
            }
            _ => panic!("{source}: a token of three or five parts"),
        }
    }
    assert_eq!(examples.len(), 13);
}

fn verify(source: &str, key: &KeyMaterial, algorithm: &str, message: &[u8], signature: &[u8]) {
    match key {
        KeyMaterial::Symmetric(key) => {
            let algorithm = MacAlgorithm::from_name(algorithm).unwrap();
            assert_eq!(key.sign(algorithm, message), signature, "{source}");
            assert!(key.verify(algorithm, message, signature), "{source}");
        }
        KeyMaterial::Asymmetric(key) => {
            let algorithm = SignatureAlgorithm::from_name(algorithm).unwrap();
            let digest = hash(algorithm, message);
            assert!(key.public_key().verify_digest(algorithm, &digest, signature).unwrap(), "{source}");
            if algorithm == SignatureAlgorithm::Rs256 {
                assert_eq!(key.sign_digest(algorithm, &digest).unwrap(), signature, "{source}");
            }
        }
    }
}

fn decrypt(key: &KeyMaterial, algorithm: &str, value: &[u8]) -> Vec<u8> {
    match key {
        KeyMaterial::Symmetric(key) => {
            let algorithm = AesAlgorithm::from_name(algorithm).unwrap();
            let sealed = Ciphertext { value: value.to_vec(), ..Ciphertext::default() };
            key.decrypt(algorithm, &sealed, None).unwrap().to_vec()
        }
        KeyMaterial::Asymmetric(key) => {
            assert!(matches!(key.spec(), KeySpec::Rsa(_)));
            key.decrypt(EncryptionAlgorithm::from_name(algorithm).unwrap(), value).unwrap().to_vec()
        }
    }
}

fn wraps(algorithm: &str, [key, text, wrapped]: [&str; 3]) {
    let algorithm = AesAlgorithm::from_name(algorithm).unwrap();
    let key = SymmetricKey::from_bytes(&hex(key)).unwrap();
    let made = key.encrypt(algorithm, &hex(text), None, None).unwrap();
    assert_eq!(made.value, hex(wrapped), "{wrapped}");
    assert_eq!(key.decrypt(algorithm, &made, None).unwrap().as_slice(), hex(text));
}

/// RFC 3394 section 4, the six of them.
#[test]
fn the_key_wraps_of_rfc_3394() {
    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const TEXT: &str = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
    for (bits, text, wrapped) in [
        (128, 128, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
        (192, 128, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"),
        (256, 128, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"),
        (192, 192, "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"),
        (256, 192, "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"),
        (256, 256, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"),
    ] {
        wraps(&format!("A{bits}KW"), [&KEY[..bits / 4], &TEXT[..text / 4], wrapped]);
    }
}

/// RFC 5649 section 6.
#[test]
fn the_padded_key_wraps_of_rfc_5649() {
    const KEY: &str = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
    for (text, wrapped) in [
        (
            "c37b7e6492584340bed12207808941155068f738",
            "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
        ),
        ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
    ] {
        wraps("CKM_AES_KEY_WRAP_PAD", [KEY, text, wrapped]);
    }
}

/// Test cases 4, 10 and 16 of the GCM specification that NIST SP 800-38D refers to.
#[test]
fn the_gcm_cases_of_the_specification() {
    const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    const IV: &str = "cafebabefacedbaddecaf888";
    const AAD: &str = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    const TEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
    for (bits, value, tag) in [
        (
            128,
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
             21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
            "5bc94fbc3221a5db94fae95ae7121a47",
        ),
        (
            192,
            "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
             7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
            "2519498e80f1478f37ba55bd6d27618c",
        ),
        (
            256,
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
    ] {
        let key = SymmetricKey::from_bytes(&hex(&KEY[..bits / 4])).unwrap();
        let sealed = Ciphertext { value: hex(value), iv: Some(hex(IV)), tag: Some(hex(tag)) };
        let algorithm = AesAlgorithm::from_name(&format!("A{bits}GCM")).unwrap();
        let text = key.decrypt(algorithm, &sealed, Some(&hex(AAD))).unwrap();
        assert_eq!(text.as_slice(), hex(TEXT), "{bits}");
    }
}

/// NIST SP 800-38A section F.2: CBC with 128, 192 and 256 bits, the first two blocks.
#[test]
fn the_cbc_examples_of_nist() {
    const IV: &str = "000102030405060708090a0b0c0d0e0f";
    const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    for (algorithm, key, value) in [
        (
            "A128CBC",
            "2b7e151628aed2a6abf7158809cf4f3c",
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
        ),
        (
            "A192CBC",
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a",
        ),
        (
            "A256CBC",
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
        ),
    ] {
        let key = SymmetricKey::from_bytes(&hex(key)).unwrap();
        let algorithm = AesAlgorithm::from_name(algorithm).unwrap();
        let made = key.encrypt(algorithm, &hex(TEXT), Some(&hex(IV)), None).unwrap();
        assert_eq!(made.value, hex(value));
        assert_eq!(key.decrypt(algorithm, &made, None).unwrap().as_slice(), hex(TEXT));
    }
}
