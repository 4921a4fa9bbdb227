//! Symmetric keys: `oct` on the wire, generated, derived from a seed or imported.
//!
//! It must not show the key to anyone but the caller of [`SymmetricKey::bytes`]: not in `Debug`, not in errors.

use std::fmt;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::CryptoError;

/// A size of symmetric key that an HSM makes; also a size of AES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymmetricSize {
    /// 128 bits.
    Bits128,
    /// 192 bits.
    Bits192,
    /// 256 bits.
    Bits256,
}

impl SymmetricSize {
    /// Every size, the smallest first.
    pub const ALL: [Self; 3] = [Self::Bits128, Self::Bits192, Self::Bits256];

    /// The length of the key.
    #[must_use]
    pub const fn bits(self) -> u16 {
        match self {
            Self::Bits128 => 128,
            Self::Bits192 => 192,
            Self::Bits256 => 256,
        }
    }

    /// The size of a key of so many bits.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] for a size that no HSM of Azure's has.
    pub fn from_bits(bits: usize) -> Result<Self, CryptoError> {
        let known = Self::ALL.into_iter().find(|size| usize::from(size.bits()) == bits);
        known.ok_or(CryptoError::UnsupportedKey)
    }

    const fn bytes(self) -> usize {
        self.bits() as usize / 8
    }

    /// Which ChaCha20 stream of a seed its keys come from; 1 to 7 are those of [`KeySpec`](super::KeySpec). Part of
    /// what a seed means: never renumber.
    const fn stream(self) -> u64 {
        match self {
            Self::Bits128 => 8,
            Self::Bits192 => 9,
            Self::Bits256 => 10,
        }
    }
}

/// A symmetric key. Clones share one copy, which is wiped when the last of them goes.
#[derive(Clone)]
pub struct SymmetricKey {
    size: SymmetricSize,
    bytes: Arc<Zeroizing<Vec<u8>>>,
}

impl SymmetricKey {
    /// A new key.
    ///
    /// # Errors
    /// [`CryptoError::KeyGeneration`] when the machine has no entropy to give.
    pub fn generate(size: SymmetricSize) -> Result<Self, CryptoError> {
        let mut bytes = Zeroizing::new(vec![0; size.bytes()]);
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| CryptoError::KeyGeneration)?;
        Ok(Self { size, bytes: Arc::new(bytes) })
    }

    /// The key that `seed` stands for: the same for the same seed, unrelated for any other seed or size.
    #[must_use]
    pub fn derive(size: SymmetricSize, seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        rng.set_stream(size.stream());
        let mut bytes = Zeroizing::new(vec![0; size.bytes()]);
        rng.fill_bytes(&mut bytes);
        Self { size, bytes: Arc::new(bytes) }
    }

    /// The key of these bytes, `k` of a JSON Web Key. Every zero counts.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] for a size that no HSM of Azure's has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        let size = SymmetricSize::from_bits(bytes.len() * 8)?;
        Ok(Self { size, bytes: Arc::new(Zeroizing::new(bytes.to_vec())) })
    }

    /// How long it is.
    #[must_use]
    pub const fn size(&self) -> SymmetricSize {
        self.size
    }

    /// The key itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for SymmetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SymmetricKey").field(&self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_as_long_as_its_size_and_no_two_are_alike() {
        for size in SymmetricSize::ALL {
            let [one, other] = [(); 2].map(|()| SymmetricKey::generate(size).unwrap());
            assert_eq!(one.bytes().len() * 8, usize::from(size.bits()));
            assert_ne!(one.bytes(), other.bytes());
            assert_eq!(SymmetricKey::from_bytes(one.bytes()).unwrap().size(), size);
        }
        for length in [0, 8, 15, 17, 33, 64] {
            assert_eq!(SymmetricKey::from_bytes(&vec![7; length]).unwrap_err(), CryptoError::UnsupportedKey);
        }
    }

    #[test]
    fn what_a_seed_stands_for_never_changes() {
        for (size, start) in [
            (SymmetricSize::Bits128, [0, 101, 90, 77]),
            (SymmetricSize::Bits192, [21, 54, 166, 90]),
            (SymmetricSize::Bits256, [106, 179, 200, 65]),
        ] {
            let key = SymmetricKey::derive(size, [7; 32]);
            assert_eq!(key.bytes()[..4], start, "{size:?}");
            assert_ne!(key.bytes(), SymmetricKey::derive(size, [8; 32]).bytes());
        }
    }

    #[test]
    fn debug_shows_the_size_and_nothing_else() {
        let key = SymmetricKey::generate(SymmetricSize::Bits256).unwrap();
        assert_eq!(format!("{key:?}"), "SymmetricKey(Bits256, ..)");
    }
}
