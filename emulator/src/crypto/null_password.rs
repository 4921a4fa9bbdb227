//! PKCS#12 files that are sealed with no password at all, which is not the empty one.
//!
//! It must not open any other file: it vouches for a file without its MAC only after it has verified that MAC.
//!
//! The key derivation of PKCS#12 ends every password in two zero bytes, the empty one as well. A program that was
//! given no password, such as one that calls OpenSSL's PKCS12_create or .NET's Export without, leaves them out.
//! `p12-keystore` always puts them in.

use aws_lc_rs::digest::{self, digest};
use aws_lc_rs::hmac;
use const_oid::db::rfc5912::{ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512};
use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

/// More would only keep the processor busy; `p12-keystore` has the same bound.
const MAX_ITERATIONS: u32 = 1_000_000;

/// RFC 7292 section 4.
#[derive(Sequence)]
struct Pfx {
    version: u8,
    auth_safe: ContentInfo,
    mac_data: Option<MacData>,
}

/// RFC 5652 section 3.
#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Any,
}

#[derive(Sequence)]
struct MacData {
    mac: DigestInfo,
    salt: OctetString,
    #[asn1(default = "once")]
    iterations: u32,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

const fn once() -> u32 {
    1
}

/// The same file without its MAC; `None` unless the MAC was made without a password.
pub(super) fn open(der: &[u8]) -> Option<Vec<u8>> {
    let mut file = Pfx::from_der(der).ok()?;
    let mac = file.mac_data.take()?;
    mac.verify(file.auth_safe.content.value())?;
    file.to_der().ok()
}

impl MacData {
    fn verify(&self, content: &[u8]) -> Option<()> {
        let (hash, algorithm) = match self.mac.algorithm.oid {
            ID_SHA_1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            ID_SHA_256 => (&digest::SHA256, hmac::HMAC_SHA256),
            ID_SHA_384 => (&digest::SHA384, hmac::HMAC_SHA384),
            ID_SHA_512 => (&digest::SHA512, hmac::HMAC_SHA512),
            _ => return None,
        };
        if self.iterations > MAX_ITERATIONS {
            return None;
        }
        let key = mac_key(hash, self.salt.as_bytes(), self.iterations);
        hmac::verify(&hmac::Key::new(algorithm, &key), content, self.mac.digest.as_bytes()).ok()
    }
}

/// RFC 7292 appendix B.2 for a MAC key and a password of no bytes. As long as the digest, it takes one round of it.
fn mac_key(hash: &'static digest::Algorithm, salt: &[u8], iterations: u32) -> Vec<u8> {
    const MAC: u8 = 3;
    let block = hash.block_len();
    let salt_len = block * salt.len().div_ceil(block);
    let mut input = vec![MAC; block];
    input.extend(salt.iter().cycle().take(salt_len));
    let mut key = digest(hash, &input);
    for _ in 1..iterations {
        key = digest(hash, key.as_ref());
    }
    key.as_ref().to_vec()
}
