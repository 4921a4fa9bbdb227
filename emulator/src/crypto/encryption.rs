//! RSA encryption: what `encrypt`, `decrypt`, `wrapkey` and `unwrapkey` of a Key Vault key do.
//!
//! It must not tell why a ciphertext could not be decrypted, and must not ask whether a key may do it.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::{CryptoError, KeySpec, PrivateKey, PublicKey};

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
        let mut plaintext = Zeroizing::new(vec![0; key.key_size_bytes()]);
        let opened = match algorithm.oaep() {
            Some(oaep) => OaepPrivateDecryptingKey::new(key)
                .and_then(|key| Ok(key.decrypt(oaep, ciphertext, &mut plaintext, None)?.len())),
            None => Pkcs1PrivateDecryptingKey::new(key)
                .and_then(|key| Ok(key.decrypt(ciphertext, &mut plaintext)?.len())),
        };
        plaintext.truncate(opened.map_err(|_| CryptoError::Decryption)?);
        Ok(plaintext)
    }
}
