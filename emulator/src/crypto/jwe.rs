//! JSON Web Encryption in the one form that backups have: RSA-OAEP-256 with A256CBC-HS512 (RFC 7516, RFC 7518
//! sections 4.3 and 5.2).
//!
//! It must not know what it seals.

use aws_lc_rs::cipher::{
    AES_256, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::{CryptoError, EncryptionAlgorithm, PrivateKey, own_keys, random_bytes, sha256};

/// Half of the content key authenticates, half encrypts; the tag is the first half of the authentication code.
const HALF: usize = 32;

/// An RSA key that seals and opens.
#[derive(Clone, Debug)]
pub struct SealingKey {
    header: String,
    key: PrivateKey,
}

impl SealingKey {
    /// The key that [`generate_pem`](super::generate_pem) made.
    ///
    /// # Errors
    /// If it is no RSA private key in that form.
    pub fn from_pem(pem: &str) -> Result<Self, CryptoError> {
        let key = own_keys::from_pem(pem)?;
        let id = sha256(key.public_key().spki_der());
        let guid = [0..4, 4..6, 6..8, 8..10, 10..16].map(|part| hexadecimal(&id[part])).join("-");
        let header = format!(r#"{{"kid":"{guid}","alg":"RSA-OAEP-256","enc":"A256CBC-HS512"}}"#);
        Ok(Self { header: URL_SAFE_NO_PAD.encode(header), key })
    }

    /// Compact serialisation of `plaintext`, sealed for this key.
    ///
    /// # Errors
    /// If the crypto library fails.
    pub fn seal(&self, plaintext: &[u8]) -> Result<String, CryptoError> {
        let content_key = Zeroizing::new(random_bytes::<{ 2 * HALF }>()?);
        let encrypted_key = self.key.public_key().encrypt(EncryptionAlgorithm::RsaOaep256, &*content_key)?;
        let (authentication, encryption) = content_key.split_at(HALF);
        let cipher = UnboundCipherKey::new(&AES_256, encryption).map_err(|_| CryptoError::Encryption)?;
        let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(cipher).map_err(|_| CryptoError::Encryption)?;
        let mut ciphertext = plaintext.to_vec();
        let context = cipher.encrypt(&mut ciphertext).map_err(|_| CryptoError::Encryption)?;
        let iv: &[u8] = (&context).try_into().map_err(|_| CryptoError::Encryption)?;
        let tag = self.tag(authentication, iv, &ciphertext);
        let parts = [&encrypted_key, iv, &ciphertext, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(format!("{}.{}", self.header, parts.join(".")))
    }

    /// What [`Self::seal`] sealed.
    ///
    /// # Errors
    /// [`CryptoError::Decryption`] for anything else; why, nobody is told.
    pub fn open(&self, sealed: &str) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.try_open(sealed).ok_or(CryptoError::Decryption)
    }

    fn try_open(&self, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut parts = sealed.split('.');
        let ours = parts.next()? == self.header;
        let mut part = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
        let (encrypted_key, iv, mut ciphertext, tag) = (part()?, part()?, part()?, part()?);
        if !ours || parts.next().is_some() {
            return None;
        }
        let content_key = self.key.decrypt(EncryptionAlgorithm::RsaOaep256, &encrypted_key).ok()?;
        let (authentication, encryption) = content_key.split_at_checked(HALF)?;
        constant_time::verify_slices_are_equal(&self.tag(authentication, &iv, &ciphertext), &tag).ok()?;
        let cipher = UnboundCipherKey::new(&AES_256, encryption).ok()?;
        let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(cipher).ok()?;
        let iv: [u8; 16] = iv.try_into().ok()?;
        let context = DecryptionContext::Iv128(iv.into());
        let length = cipher.decrypt(&mut ciphertext, context).ok()?.len();
        ciphertext.truncate(length);
        Some(Zeroizing::new(ciphertext))
    }

    fn tag(&self, key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let associated = self.header.as_bytes();
        let bits = u64::try_from(associated.len()).unwrap_or(u64::MAX).saturating_mul(8).to_be_bytes();
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key));
        for part in [associated, iv, ciphertext, &bits] {
            context.update(part);
        }
        context.sign().as_ref()[..HALF].to_vec()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealingKey {
        SealingKey::from_pem(&super::super::generate_pem(None).unwrap()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_only() {
        let (ours, other) = (key(), key());
        for plaintext in [&b""[..], b"x", &[7; 100_000]] {
            let sealed = ours.seal(plaintext).unwrap();
            assert_eq!(ours.open(&sealed).unwrap().as_slice(), plaintext);
            assert_eq!(other.open(&sealed).unwrap_err(), CryptoError::Decryption);
        }
    }

    #[test]
    fn a_change_anywhere_is_noticed() {
        let ours = key();
        let sealed = ours.seal(b"secret").unwrap();
        for (part, _) in sealed.split('.').enumerate() {
            let mut parts: Vec<String> = sealed.split('.').map(str::to_owned).collect();
            let flipped = if parts[part].starts_with('A') { "B" } else { "A" };
            parts[part].replace_range(0..1, flipped);
            assert_eq!(ours.open(&parts.join(".")).unwrap_err(), CryptoError::Decryption, "part {part}");
        }
        for garbage in ["", "....", "a.b.c.d.e", &sealed[1..], &format!("{sealed}.x")] {
            assert_eq!(ours.open(garbage).unwrap_err(), CryptoError::Decryption);
        }
    }

    /// keys-and-secrets.md section 3.4.
    #[test]
    fn the_header_is_the_recorded_one() {
        let sealed = key().seal(b"x").unwrap();
        let header = URL_SAFE_NO_PAD.decode(sealed.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(
            (header["alg"].as_str(), header["enc"].as_str()),
            (Some("RSA-OAEP-256"), Some("A256CBC-HS512"))
        );
        assert_eq!(header["kid"].as_str().unwrap().len(), 36);
    }
}
