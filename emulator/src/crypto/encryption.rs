//! RSA encryption: what `encrypt`, `decrypt`, `wrapkey` and `unwrapkey` of a Key Vault key do.
//!
//! It must not tell why a ciphertext could not be decrypted, and must not ask whether a key may do it.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::{CryptoError, KeySpec, PrivateKey, PublicComponents, PublicKey};

/// A way to encrypt, by its name in JSON Web Algorithms. No elliptic curve has any.
///
/// Source: keys-and-secrets.md section 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EncryptionAlgorithm {
    /// RSAES-PKCS1-v1_5.
    Rsa1_5,
    /// RSAES-OAEP with SHA-1.
    RsaOaep,
    /// RSAES-OAEP with SHA-256.
    RsaOaep256,
}

impl EncryptionAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Rsa1_5, Self::RsaOaep, Self::RsaOaep256];

    /// `alg` on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa1_5 => "RSA1_5",
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
        }
    }

    /// The algorithm of that name, spelled exactly so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its OAEP parameters; `None` for the older padding.
    const fn oaep(self) -> Option<&'static OaepAlgorithm> {
        match self {
            Self::Rsa1_5 => None,
            Self::RsaOaep => Some(&OAEP_SHA1_MGF1SHA1),
            Self::RsaOaep256 => Some(&OAEP_SHA256_MGF1SHA256),
        }
    }
}

impl PublicKey {
    /// Encrypts `plaintext`, differently each time.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for an EC key, [`CryptoError::PlaintextLength`] for more than fits into
    /// the key, [`CryptoError::Encryption`] when the library fails.
    pub fn encrypt(&self, algorithm: EncryptionAlgorithm, plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let KeySpec::Rsa(size) = self.spec() else { return Err(CryptoError::AlgorithmMismatch) };
        let key = PublicEncryptingKey::from_der(self.spki_der()).map_err(|_| CryptoError::MalformedKey)?;
        let mut ciphertext = vec![0; usize::from(size.bits() / 8)];
        match algorithm.oaep() {
            Some(oaep) => {
                let key = OaepPublicEncryptingKey::new(key).map_err(|_| CryptoError::Encryption)?;
                check_length(plaintext, key.max_plaintext_size(oaep))?;
                key.encrypt(oaep, plaintext, &mut ciphertext, None).map_err(|_| CryptoError::Encryption)?;
            }
            None => {
                let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| CryptoError::Encryption)?;
                check_length(plaintext, key.max_plaintext_size())?;
                key.encrypt(plaintext, &mut ciphertext).map_err(|_| CryptoError::Encryption)?;
            }
        }
        Ok(ciphertext)
    }
}

const fn check_length(plaintext: &[u8], limit: usize) -> Result<(), CryptoError> {
    let found = plaintext.len();
    if found > limit { Err(CryptoError::PlaintextLength { limit, found }) } else { Ok(()) }
}

impl PrivateKey {
    /// Decrypts what [`PublicKey::encrypt`] made. The copy wipes itself.
    ///
    /// Whatever is wrong with a ciphertext, the answer is the same and takes a whole private operation: who may decrypt
    /// learns no more of the padding than that it was wrong. Only the bytes of a good plaintext tell more.
    ///
    /// It takes 0.3 to 2 ms of processor time: keep it off the async threads.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for an EC key, [`CryptoError::Decryption`] for everything else.
    pub fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let key = self.decryptor()?.clone(); // one more reference to the same key
        let stand_in = self.stand_in(ciphertext);
        let input = stand_in.as_deref().unwrap_or(ciphertext);
        let mut plaintext = Zeroizing::new(vec![0; key.key_size_bytes()]);
        let opened = match algorithm.oaep() {
            Some(oaep) => OaepPrivateDecryptingKey::new(key)
                .and_then(|key| Ok(key.decrypt(oaep, input, &mut plaintext, None)?.len())),
            None => Pkcs1PrivateDecryptingKey::new(key)
                .and_then(|key| Ok(key.decrypt(input, &mut plaintext)?.len())),
        };
        let length = opened.ok().filter(|_| stand_in.is_none());
        plaintext.truncate(length.ok_or(CryptoError::Decryption)?);
        Ok(plaintext)
    }
    /// What is decrypted in place of a ciphertext that is too long, too short or not below the modulus, so that being
    /// refused takes as long as for any other reason.
    fn stand_in(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let PublicComponents::Rsa { modulus, .. } = self.public_key().components() else { return None };
        let fits = ciphertext.len() == modulus.len() && ciphertext < modulus.as_slice();
        (!fits).then(|| {
            let mut number = vec![0x55; modulus.len()];
            number[0] = 0;
            number
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::{Curve, RsaSize};
    use super::*;

    #[test]
    fn every_fault_of_a_ciphertext_is_one_answer() {
        let key = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [7; 32]).unwrap();
        for algorithm in EncryptionAlgorithm::ALL {
            let good = key.public_key().encrypt(algorithm, b"text").unwrap();
            let mut changed = good.clone();
            changed[255] ^= 1;
            for wrong in
                [&[][..], &good[1..], &[&[0], good.as_slice()].concat(), &changed, &[0; 256], &[0xff; 256]]
            {
                assert_eq!(key.decrypt(algorithm, wrong).unwrap_err(), CryptoError::Decryption);
            }
            assert_eq!(key.decrypt(algorithm, &good).unwrap().as_slice(), b"text");
        }
    }

    /// Without the private operation a refusal would take a hundredth of the time.
    #[test]
    fn every_fault_takes_a_private_operation() {
        let key = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [7; 32]).unwrap();
        for algorithm in EncryptionAlgorithm::ALL {
            let good = key.public_key().encrypt(algorithm, b"text").unwrap();
            let time = fastest(|| drop(key.decrypt(algorithm, &good)));
            let mut changed = good.clone();
            changed[255] ^= 1;
            for wrong in [&[][..], &good[1..], &changed, &[0xff; 256]] {
                let refused = fastest(|| drop(key.decrypt(algorithm, wrong)));
                assert!(refused > time / 2 && refused < time * 2, "{algorithm:?}: {refused:?}, not {time:?}");
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "what is measured is the processor's work")]
    fn fastest(work: impl Fn()) -> Duration {
        let once = || {
            let start = Instant::now();
            work();
            start.elapsed()
        };
        (0..10).map(|_| once()).min().unwrap_or_default()
    }

    #[test]
    fn a_text_fits_up_to_the_padding_and_no_further() {
        for (size, bytes) in RsaSize::ALL.into_iter().zip([256, 384, 512]) {
            let key = PrivateKey::derive(KeySpec::Rsa(size), [7; 32]).unwrap();
            for (algorithm, overhead) in EncryptionAlgorithm::ALL.into_iter().zip([11, 42, 66]) {
                let limit = bytes - overhead;
                let text = vec![7; limit + 1];
                assert_eq!(
                    key.public_key().encrypt(algorithm, &text).unwrap_err(),
                    CryptoError::PlaintextLength { limit, found: limit + 1 }
                );
                let longest = key.public_key().encrypt(algorithm, &text[1..]).unwrap();
                assert_eq!(key.decrypt(algorithm, &longest).unwrap().as_slice(), &text[1..]);
                let empty = key.public_key().encrypt(algorithm, b"").unwrap();
                assert_eq!(key.decrypt(algorithm, &empty).unwrap().as_slice(), b"");
            }
        }
    }

    #[test]
    fn an_elliptic_curve_encrypts_nothing() {
        let key = PrivateKey::derive(KeySpec::Ec(Curve::P256), [7; 32]).unwrap();
        for algorithm in EncryptionAlgorithm::ALL {
            let refused = key.public_key().encrypt(algorithm, b"text");
            assert_eq!(refused.unwrap_err(), CryptoError::AlgorithmMismatch);
            assert_eq!(key.decrypt(algorithm, &[0; 256]).unwrap_err(), CryptoError::AlgorithmMismatch);
        }
    }
}
