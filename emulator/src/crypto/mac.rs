//! Message authentication with symmetric keys: what `sign` and `verify` of an `oct` key do.
//!
//! It must not ask whether a key may sign: that is the vault's business.

use aws_lc_rs::hmac;

use super::SymmetricKey;

/// A way to authenticate, by its name in JSON Web Algorithms (RFC 7518 section 3.2).
///
/// Source: keys-and-secrets.md section 4.3. The value that is signed may have any length: no other rule is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MacAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl MacAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// `alg` on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The algorithm of that name, spelled exactly so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    const fn aws_lc(self) -> hmac::Algorithm {
        match self {
            Self::Hs256 => hmac::HMAC_SHA256,
            Self::Hs384 => hmac::HMAC_SHA384,
            Self::Hs512 => hmac::HMAC_SHA512,
        }
    }
}

impl SymmetricKey {
    /// The authentication code of `value`.
    #[must_use]
    pub fn sign(&self, algorithm: MacAlgorithm, value: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(algorithm.aws_lc(), self.bytes()), value).as_ref().to_vec()
    }

    /// Whether `code` is this key's over `value`; in time that does not tell how much of it is right.
    #[must_use]
    pub fn verify(&self, algorithm: MacAlgorithm, value: &[u8], code: &[u8]) -> bool {
        hmac::verify(&hmac::Key::new(algorithm.aws_lc(), self.bytes()), value, code).is_ok()
    }
}
