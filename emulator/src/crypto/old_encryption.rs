//! Encryption by password of before PBES2: PKCS#12's own ciphers (RFC 7292 appendices B and C) and PBES1 (RFC 8018
//! section 6.1), which OpenSSL still writes when it is asked to and wrote by itself before 1.1.
//!
//! It must only decrypt, and must not judge what comes out: a wrong password may leave plausible padding behind.

use aws_lc_rs::digest::{self, digest};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use der::Sequence;
use der::asn1::{ObjectIdentifier, OctetString};
use des::{Des, TdesEde2, TdesEde3};
use md5::{Digest, Md5};
use rc2::Rc2;
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

/// More would only keep the processor busy; `p12-keystore` has the same bound.
pub(super) const MAX_ITERATIONS: u32 = 1_000_000;

/// What a file is opened with.
#[derive(Clone, Copy)]
pub(super) enum Password<'a> {
    /// None at all, which in PKCS#12 is not the empty one.
    Absent,
    /// This one, however short.
    Given(&'a str),
}

impl Password<'_> {
    /// RFC 7292 appendix B.1: two bytes for each unit of UTF-16, and two zero bytes at the end.
    fn wide(self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Absent => Vec::new(),
            Self::Given(text) => text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect(),
        })
    }

    const fn bytes(&self) -> &[u8] {
        match self {
            Self::Absent => &[],
            Self::Given(text) => text.as_bytes(),
        }
    }
}

/// An encrypted PKCS#8 key (RFC 5958 section 3).
#[derive(Sequence)]
pub(super) struct EncryptedKey {
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) content: OctetString,
}

/// How a password becomes a key and an initialization vector.
#[derive(Clone, Copy)]
enum Derivation {
    /// RFC 7292 appendix B.2 with SHA-1, and the length of the key.
    Pkcs12(usize),
    /// RFC 8018 section 5.1: half of it is the key.
    Pbkdf1(fn(&[u8]) -> Vec<u8>),
}

#[derive(Clone, Copy)]
enum Cipher {
    Des,
    TwoKeyTripleDes,
    TripleDes,
    /// As strong as its key is long.
    Rc2,
}

/// By the last arcs of its identifier.
type Scheme = (ObjectIdentifier, Derivation, Cipher);

const SCHEMES: [Scheme; 8] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3"), Derivation::Pkcs12(24), Cipher::TripleDes),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4"),
        Derivation::Pkcs12(16),
        Cipher::TwoKeyTripleDes,
    ),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5"), Derivation::Pkcs12(16), Cipher::Rc2),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6"), Derivation::Pkcs12(5), Cipher::Rc2),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3"), Derivation::Pbkdf1(md5), Cipher::Des),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.6"), Derivation::Pbkdf1(md5), Cipher::Rc2),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.10"), Derivation::Pbkdf1(sha1), Cipher::Des),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.11"), Derivation::Pbkdf1(sha1), Cipher::Rc2),
];

fn md5(bytes: &[u8]) -> Vec<u8> {
    Md5::digest(bytes).to_vec()
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// One of the old schemes with what it was salted with.
pub(super) struct OldEncryption {
    derivation: Derivation,
    cipher: Cipher,
    parameters: Parameters,
}

/// RFC 7292 appendix C, RFC 8018 appendix A.3.
#[derive(Sequence)]
struct Parameters {
    salt: OctetString,
    iterations: u32,
}

impl OldEncryption {
    /// `None` for every other algorithm.
    pub(super) fn of(algorithm: &AlgorithmIdentifierOwned) -> Option<Self> {
        let (_, derivation, cipher) = SCHEMES.into_iter().find(|(oid, ..)| *oid == algorithm.oid)?;
        let parameters = algorithm.parameters.as_ref()?.decode_as().ok()?;
        Some(Self { derivation, cipher, parameters })
    }

    /// `None` if the password is wrong, as far as the padding tells.
    pub(super) fn decrypt(&self, content: &[u8], password: Password<'_>) -> Option<Zeroizing<Vec<u8>>> {
        if self.parameters.iterations > MAX_ITERATIONS {
            return None;
        }
        let (key, iv) = self.derive(password);
        match self.cipher {
            Cipher::Des => decrypt_with::<Des>(&key, &iv, content),
            Cipher::TwoKeyTripleDes => decrypt_with::<TdesEde2>(&key, &iv, content),
            Cipher::TripleDes => decrypt_with::<TdesEde3>(&key, &iv, content),
            Cipher::Rc2 => decrypt_with::<Rc2>(&key, &iv, content),
        }
    }

    fn derive(&self, password: Password<'_>) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let Parameters { salt, iterations } = &self.parameters;
        match self.derivation {
            Derivation::Pkcs12(length) => {
                let derive = |purpose, length| {
                    let hash = &digest::SHA1_FOR_LEGACY_USE_ONLY;
                    derive(hash, purpose, password, salt.as_bytes(), *iterations, length)
                };
                (derive(Purpose::Key, length), derive(Purpose::Iv, 8))
            }
            Derivation::Pbkdf1(hash) => {
                let mut round = Zeroizing::new(hash(&[password.bytes(), salt.as_bytes()].concat()));
                for _ in 1..*iterations {
                    round = Zeroizing::new(hash(&round));
                }
                (Zeroizing::new(round[..8].to_vec()), Zeroizing::new(round[8..16].to_vec()))
            }
        }
    }
}

fn decrypt_with<C: KeyInit + BlockCipherDecrypt>(
    key: &[u8],
    iv: &[u8],
    content: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(content).ok().map(Zeroizing::new)
}

/// What a derived key is for, by its number in RFC 7292 appendix B.3.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// RFC 7292 appendix B.2.
pub(super) fn derive(
    hash: &'static digest::Algorithm,
    purpose: Purpose,
    password: Password<'_>,
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new(whole_blocks(salt, block));
    input.extend(whole_blocks(&password.wide(), block));
    let mut key = Zeroizing::new(Vec::new());
    while key.len() < length {
        let mut round = digest(hash, &[&diversifier[..], &input].concat());
        for _ in 1..iterations {
            round = digest(hash, round.as_ref());
        }
        key.extend_from_slice(round.as_ref());
        let addend: Vec<u8> = round.as_ref().iter().copied().cycle().take(block).collect();
        input.chunks_exact_mut(block).for_each(|part| add(part, &addend));
    }
    key.truncate(length);
    key
}

/// The bytes again and again until they end with a block; none stay none.
fn whole_blocks(bytes: &[u8], block: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(block * bytes.len().div_ceil(block)).collect()
}

/// Adds two numbers of the same length and one, forgetting what flows over.
fn add(sum: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (byte, other) in sum.iter_mut().zip(addend).rev() {
        let total = u16::from(*byte) + u16::from(*other) + carry;
        let [high, low] = total.to_be_bytes();
        (*byte, carry) = (low, u16::from(high));
    }
}

#[cfg(test)]
mod tests {
    use super::super::openssl::{file, openssl_text};
    use super::super::{CryptoError, Curve, KeySpec, PrivateKey, read_pem};
    use super::*;

    /// Every name that `openssl pkcs8 -v1` knows but the one of MD2, which OpenSSL has forgotten.
    #[test]
    fn openssl_encrypts_a_key_under_every_scheme_and_only_its_password_opens_it() {
        let key = PrivateKey::derive(KeySpec::Ec(Curve::P256), [9; 32]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let plain = file(folder.path(), "key.der", &key.pkcs8_der());
        let plain = ["-in", plain.to_str().unwrap(), "-inform", "DER"];
        let key_in = ["-key", plain[1], "-keyform", "DER"];
        let certificate = openssl_text(&[&["req", "-x509", "-subj", "/CN=a"], &key_in[..]].concat(), b"");
        for scheme in [
            "PBE-SHA1-3DES",
            "PBE-SHA1-2DES",
            "PBE-SHA1-RC2-128",
            "PBE-SHA1-RC2-40",
            "PBE-MD5-DES",
            "PBE-MD5-RC2-64",
            "PBE-SHA1-DES",
            "PBE-SHA1-RC2-64",
        ] {
            for password in ["", "secret", "Grüße 🔑"] {
                let passed = format!("pass:{password}");
                let options = ["pkcs8", "-topk8", "-v1", scheme, "-passout", &passed];
                let providers = ["-provider", "legacy", "-provider", "default"];
                let sealed = openssl_text(&[&options[..], &plain, &providers].concat(), b"");
                let read = |password| read_pem(&format!("{sealed}{certificate}"), Some(password));
                let opened = read(password).unwrap_or_else(|error| panic!("{scheme} {password}: {error}"));
                assert_eq!(opened.key.unwrap().public_key(), key.public_key(), "{scheme}");
                assert_eq!(read("wrong").unwrap_err(), CryptoError::UnreadablePem, "{scheme}");
            }
        }
    }

    #[test]
    fn iterations_without_bound_are_refused() {
        for (_, derivation, cipher) in SCHEMES {
            let parameters =
                Parameters { salt: OctetString::new(*b"saltsalt").unwrap(), iterations: u32::MAX };
            let endless = OldEncryption { derivation, cipher, parameters };
            assert!(endless.decrypt(&[0; 8], Password::Given("x")).is_none());
        }
    }
}
