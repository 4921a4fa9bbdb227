//! Whatever a key of the keys family is made of: a pair, or a symmetric key.
//!
//! It must not know what the key may be used for.

use super::{CryptoError, KeySpec, PrivateKey, PublicKey, SymmetricKey, SymmetricSize};

/// A private or a symmetric key.
#[derive(Clone, Debug)]
pub enum KeyMaterial {
    /// `RSA` and `EC`.
    Asymmetric(PrivateKey),
    /// `oct`.
    Symmetric(SymmetricKey),
}

/// A kind of key, with its size or curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `RSA` and `EC`.
    Asymmetric(KeySpec),
    /// `oct`.
    Symmetric(SymmetricSize),
}

impl KeyMaterial {
    /// The key that `seed` stands for.
    ///
    /// # Errors
    /// As [`PrivateKey::derive`].
    pub fn derive(kind: KeyKind, seed: [u8; 32]) -> Result<Self, CryptoError> {
        match kind {
            KeyKind::Asymmetric(spec) => PrivateKey::derive(spec, seed).map(Self::Asymmetric),
            KeyKind::Symmetric(size) => Ok(SymmetricKey::derive(size, seed).into()),
        }
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Asymmetric(key) => KeyKind::Asymmetric(key.spec()),
            Self::Symmetric(key) => KeyKind::Symmetric(key.size()),
        }
    }

    /// The public half; a symmetric key has none.
    #[must_use]
    pub fn public_key(&self) -> Option<&PublicKey> {
        match self {
            Self::Asymmetric(key) => Some(key.public_key()),
            Self::Symmetric(_) => None,
        }
    }
}

impl From<KeySpec> for KeyKind {
    fn from(spec: KeySpec) -> Self {
        Self::Asymmetric(spec)
    }
}

impl From<SymmetricSize> for KeyKind {
    fn from(size: SymmetricSize) -> Self {
        Self::Symmetric(size)
    }
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
