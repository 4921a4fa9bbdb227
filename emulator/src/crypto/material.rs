//! Whatever a key of the keys family is made of: a pair, or a symmetric key.
//!
//! It must not know what the key may be used for.

use super::{PrivateKey, SymmetricKey};

/// A private or a symmetric key.
#[derive(Clone, Debug)]
pub enum KeyMaterial {
    /// `RSA` and `EC`.
    Asymmetric(PrivateKey),
    /// `oct`.
    Symmetric(SymmetricKey),
}

impl From<PrivateKey> for KeyMaterial {
    fn from(key: PrivateKey) -> Self {
        Self::Asymmetric(key)
    }
}

impl From<SymmetricKey> for KeyMaterial {
    fn from(key: SymmetricKey) -> Self {
        Self::Symmetric(key)
    }
}
