//! Key material on its way to somebody else's machine, wrapped for the RSA key that an attested environment shows, or from
//! there, wrapped for a key of a vault's.
//!
//! It must not decide who may have it. The form is PKCS#11's `CKM_RSA_AES_KEY_WRAP`: a fresh AES-256 key in RSA-OAEP,
//! then the material in AES key wrap with padding (RFC 5649); a private key as PKCS#8, a symmetric key as it is.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OaepAlgorithm,
    OaepPublicEncryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::{
    AesAlgorithm, Ciphertext, CryptoError, EncryptionAlgorithm, KeyMaterial, KeySpec, PrivateKey, PublicKey,
    SymmetricKey, SymmetricSize,
};

/// How released material is wrapped: `enc` of a release. They differ in the digest of OAEP.
///
/// Source: keys-and-secrets.md section 4.7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReleaseWrap {
    /// SHA-1.
    #[default]
    CkmRsaAesKeyWrap,
    /// SHA-256.
    RsaAesKeyWrap256,
    /// SHA-384.
    RsaAesKeyWrap384,
}

impl ReleaseWrap {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::CkmRsaAesKeyWrap, Self::RsaAesKeyWrap256, Self::RsaAesKeyWrap384];

    /// `enc` on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CkmRsaAesKeyWrap => "CKM_RSA_AES_KEY_WRAP",
            Self::RsaAesKeyWrap256 => "RSA_AES_KEY_WRAP_256",
            Self::RsaAesKeyWrap384 => "RSA_AES_KEY_WRAP_384",
        }
    }

    /// The way of that name, spelled exactly so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wrap| wrap.name() == name)
    }

    const fn oaep(self) -> &'static OaepAlgorithm {
        match self {
            Self::CkmRsaAesKeyWrap => &OAEP_SHA1_MGF1SHA1,
            Self::RsaAesKeyWrap256 => &OAEP_SHA256_MGF1SHA256,
            Self::RsaAesKeyWrap384 => &OAEP_SHA384_MGF1SHA384,
        }
    }
}

/// How the material itself is wrapped.
const KEY_WRAP: &str = "CKM_AES_KEY_WRAP_PAD";

impl PrivateKey {
    /// What was wrapped for this key in [`ReleaseWrap::CkmRsaAesKeyWrap`], by whatever size of AES key.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for an EC key, [`CryptoError::Decryption`] for whatever else is wrong.
    pub fn unwrap_material(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let KeySpec::Rsa(size) = self.spec() else { return Err(CryptoError::AlgorithmMismatch) };
        let length = usize::from(size.bits() / 8).min(wrapped.len());
        let (key, rest) = wrapped.split_at(length);
        let key = SymmetricKey::from_bytes(&self.decrypt(EncryptionAlgorithm::RsaOaep, key)?);
        let padded = AesAlgorithm::from_name(KEY_WRAP).ok_or(CryptoError::Decryption)?;
        let sealed = Ciphertext { value: rest.to_vec(), ..Ciphertext::default() };
        let opened = key.and_then(|key| key.decrypt(padded, &sealed, None));
        opened.map_err(|_| CryptoError::Decryption)
    }
}

impl PublicKey {
    /// Wraps `material` so that only the holder of this key's private half can read it.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for an EC key, [`CryptoError::Encryption`] when the library fails.
    pub fn wrap_material(&self, wrap: ReleaseWrap, material: &KeyMaterial) -> Result<Vec<u8>, CryptoError> {
        let KeySpec::Rsa(size) = self.spec() else { return Err(CryptoError::AlgorithmMismatch) };
        let failed = |_| CryptoError::Encryption;
        let key = PublicEncryptingKey::from_der(self.spki_der()).map_err(|_| CryptoError::MalformedKey)?;
        let ephemeral = SymmetricKey::generate(SymmetricSize::Bits256)?;
        let mut wrapped = vec![0; usize::from(size.bits() / 8)];
        OaepPublicEncryptingKey::new(key)
            .and_then(|key| key.encrypt(wrap.oaep(), ephemeral.bytes(), &mut wrapped, None).map(|_| ()))
            .map_err(failed)?;
        let plain = match material {
            KeyMaterial::Asymmetric(key) => key.pkcs8_der(),
            KeyMaterial::Symmetric(key) => Zeroizing::new(key.bytes().to_vec()),
        };
        let padded = AesAlgorithm::from_name(KEY_WRAP).ok_or(CryptoError::Encryption)?;
        wrapped.extend(ephemeral.encrypt(padded, &plain, None, None)?.value);
        Ok(wrapped)
    }
}

#[cfg(test)]
mod tests {
    use super::super::RsaSize;
    use super::*;

    #[test]
    fn the_recipient_unwraps_in_two_steps_what_was_wrapped() {
        let recipient = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [4; 32]).unwrap();
        let symmetric = SymmetricKey::derive(SymmetricSize::Bits192, [5; 32]);
        let pair = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [6; 32]).unwrap();
        let padded = AesAlgorithm::from_name("CKM_AES_KEY_WRAP_PAD").unwrap();
        for (wrap, algorithm) in [
            (ReleaseWrap::CkmRsaAesKeyWrap, EncryptionAlgorithm::RsaOaep),
            (ReleaseWrap::RsaAesKeyWrap256, EncryptionAlgorithm::RsaOaep256),
        ] {
            for (material, plain) in [
                (symmetric.clone().into(), symmetric.bytes().to_vec()),
                (pair.clone().into(), pair.pkcs8_der().to_vec()),
            ] {
                let wrapped = recipient.public_key().wrap_material(wrap, &material).unwrap();
                let (key, rest) = wrapped.split_at(256);
                let key = SymmetricKey::from_bytes(&recipient.decrypt(algorithm, key).unwrap()).unwrap();
                let sealed = Ciphertext { value: rest.to_vec(), ..Ciphertext::default() };
                assert_eq!(key.decrypt(padded, &sealed, None).unwrap().as_slice(), plain);
            }
        }
    }

    #[test]
    fn what_was_wrapped_for_a_key_that_key_unwraps_and_nothing_else() {
        let recipient = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [4; 32]).unwrap();
        let other = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [5; 32]).unwrap();
        let material = KeyMaterial::from(other.clone());
        let wrap = |wrap| recipient.public_key().wrap_material(wrap, &material).unwrap();
        let wrapped = wrap(ReleaseWrap::CkmRsaAesKeyWrap);
        let opened = recipient.unwrap_material(&wrapped).unwrap();
        assert_eq!(opened.as_slice(), other.pkcs8_der().as_slice());
        let mut bent = wrapped.clone();
        bent[300] ^= 1;
        for wrong in [&bent[..], &wrapped[..256], &wrapped[..100], &[], &wrap(ReleaseWrap::RsaAesKeyWrap256)]
        {
            assert_eq!(recipient.unwrap_material(wrong).err(), Some(CryptoError::Decryption));
        }
        assert_eq!(other.unwrap_material(&wrapped).err(), Some(CryptoError::Decryption));
    }
}
