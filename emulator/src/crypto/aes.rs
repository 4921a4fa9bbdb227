//! AES: what `encrypt`, `decrypt`, `wrapkey` and `unwrapkey` of an `oct` key do.
//!
//! It must not tell why a ciphertext could not be decrypted, and must not ask whether a key may do it.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    self, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

use super::key_wrap::{self, Padding};
use super::{CryptoError, SymmetricKey, SymmetricSize, random_bytes};

/// What blocks of AES, and the initialization vectors of CBC, are long.
const BLOCK: usize = 16;
/// What GCM's tag is long. Source: keys-and-secrets.md section 4.4.
const TAG: usize = 16;

/// How AES is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Gcm,
    Cbc,
    CbcPad,
    KeyWrap(Padding),
}

/// A way to encrypt with AES, by its name on the wire.
///
/// Source: keys-and-secrets.md section 4.3. `CKM_AES_KEY_WRAP` is RFC 3394, as `A*KW`, with a key of any size;
/// `CKM_AES_KEY_WRAP_PAD` is RFC 5649: Azure's specification of imported key blobs uses it as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AesAlgorithm {
    name: &'static str,
    mode: Mode,
    /// The only size of key for it; `None` for any.
    size: Option<SymmetricSize>,
}

impl AesAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 14] = {
        use SymmetricSize::{Bits128, Bits192, Bits256};
        [
            Self::new("A128GCM", Mode::Gcm, Some(Bits128)),
            Self::new("A192GCM", Mode::Gcm, Some(Bits192)),
            Self::new("A256GCM", Mode::Gcm, Some(Bits256)),
            Self::new("A128CBC", Mode::Cbc, Some(Bits128)),
            Self::new("A192CBC", Mode::Cbc, Some(Bits192)),
            Self::new("A256CBC", Mode::Cbc, Some(Bits256)),
            Self::new("A128CBCPAD", Mode::CbcPad, Some(Bits128)),
            Self::new("A192CBCPAD", Mode::CbcPad, Some(Bits192)),
            Self::new("A256CBCPAD", Mode::CbcPad, Some(Bits256)),
            Self::new("A128KW", Mode::KeyWrap(Padding::None), Some(Bits128)),
            Self::new("A192KW", Mode::KeyWrap(Padding::None), Some(Bits192)),
            Self::new("A256KW", Mode::KeyWrap(Padding::None), Some(Bits256)),
            Self::new("CKM_AES_KEY_WRAP", Mode::KeyWrap(Padding::None), None),
            Self::new("CKM_AES_KEY_WRAP_PAD", Mode::KeyWrap(Padding::Zeros), None),
        ]
    };

    const fn new(name: &'static str, mode: Mode, size: Option<SymmetricSize>) -> Self {
        Self { name, mode, size }
    }

    /// `alg` on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The algorithm of that name, spelled exactly so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Whether it only wraps keys: it hides a text, and every change of it shows, but equal texts look equal.
    #[must_use]
    pub const fn wraps_keys(self) -> bool {
        matches!(self.mode, Mode::KeyWrap(_))
    }

    /// Whether a key of that size can be used with it.
    #[must_use]
    pub fn fits(self, size: SymmetricSize) -> bool {
        self.size.is_none_or(|own| own == size)
    }
}

/// What encrypting with AES makes, and decrypting takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ciphertext {
    /// As long as the plaintext, or a little longer.
    pub value: Vec<u8>,
    /// The initialization vector, 12 bytes for GCM, 16 for CBC.
    pub iv: Option<Vec<u8>>,
    /// GCM's authentication tag, 16 bytes.
    pub tag: Option<Vec<u8>>,
}

impl SymmetricKey {
    /// Encrypts `plaintext`. GCM draws its initialization vector itself; CBC takes the caller's, or draws one.
    /// Only GCM takes `associated` data, which its tag covers as well.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for a key of another size, [`CryptoError::Unfit`] for an input that the
    /// algorithm does not take or not in this length, [`CryptoError::Encryption`] when the library fails.
    pub fn encrypt(
        &self,
        algorithm: AesAlgorithm,
        plaintext: &[u8],
        iv: Option<&[u8]>,
        associated: Option<&[u8]>,
    ) -> Result<Ciphertext, CryptoError> {
        self.ensure_fits(algorithm, associated)?;
        match algorithm.mode {
            Mode::Gcm => {
                refuse("iv", iv)?;
                self.encrypt_gcm(plaintext, associated.unwrap_or_default())
            }
            Mode::Cbc | Mode::CbcPad => self.encrypt_cbc(algorithm.mode, plaintext, iv),
            Mode::KeyWrap(padding) => {
                refuse("iv", iv)?;
                let value = key_wrap::wrap(self, padding, plaintext)?;
                Ok(Ciphertext { value, ..Ciphertext::default() })
            }
        }
    }

    /// Decrypts what [`Self::encrypt`] made. The copy wipes itself.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for a key of another size, [`CryptoError::Unfit`] for an input that the
    /// algorithm does not take or not in this length, [`CryptoError::Decryption`] for everything else.
    pub fn decrypt(
        &self,
        algorithm: AesAlgorithm,
        ciphertext: &Ciphertext,
        associated: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.ensure_fits(algorithm, associated)?;
        let Ciphertext { value, iv, tag } = ciphertext;
        if algorithm.mode != Mode::Gcm {
            refuse("tag", tag.as_deref())?;
        }
        match algorithm.mode {
            Mode::Gcm => self.decrypt_gcm(ciphertext, associated.unwrap_or_default()),
            Mode::Cbc | Mode::CbcPad => self.decrypt_cbc(algorithm.mode, value, iv.as_deref()),
            Mode::KeyWrap(padding) => {
                refuse("iv", iv.as_deref())?;
                key_wrap::unwrap(self, padding, value)
            }
        }
    }

    fn ensure_fits(&self, algorithm: AesAlgorithm, associated: Option<&[u8]>) -> Result<(), CryptoError> {
        if !algorithm.fits(self.size()) {
            return Err(CryptoError::AlgorithmMismatch);
        }
        if algorithm.mode == Mode::Gcm { Ok(()) } else { refuse("aad", associated) }
    }

    fn encrypt_gcm(&self, plaintext: &[u8], associated: &[u8]) -> Result<Ciphertext, CryptoError> {
        let iv = random_bytes::<NONCE_LEN>()?;
        let mut value = plaintext.to_vec();
        let tag = self
            .gcm()
            .and_then(|key| {
                let nonce = Nonce::assume_unique_for_key(iv);
                key.seal_in_place_separate_tag(nonce, Aad::from(associated), &mut value)
            })
            .map_err(|_| CryptoError::Encryption)?;
        Ok(Ciphertext { value, iv: Some(iv.to_vec()), tag: Some(tag.as_ref().to_vec()) })
    }

    fn decrypt_gcm(
        &self,
        ciphertext: &Ciphertext,
        associated: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let nonce = Nonce::assume_unique_for_key(exactly("iv", ciphertext.iv.as_deref())?);
        let tag: [u8; TAG] = exactly("tag", ciphertext.tag.as_deref())?;
        let mut plaintext = Zeroizing::new(vec![0; ciphertext.value.len()]);
        let key = self.gcm().map_err(|_| CryptoError::Decryption)?;
        key.open_separate_gather(nonce, Aad::from(associated), &ciphertext.value, &tag, &mut plaintext)
            .map_err(|_| CryptoError::Decryption)?;
        Ok(plaintext)
    }

    fn gcm(&self) -> Result<LessSafeKey, Unspecified> {
        let algorithm = match self.size() {
            SymmetricSize::Bits128 => &aead::AES_128_GCM,
            SymmetricSize::Bits192 => &aead::AES_192_GCM,
            SymmetricSize::Bits256 => &aead::AES_256_GCM,
        };
        Ok(LessSafeKey::new(UnboundKey::new(algorithm, self.bytes())?))
    }

    fn encrypt_cbc(
        &self,
        mode: Mode,
        plaintext: &[u8],
        iv: Option<&[u8]>,
    ) -> Result<Ciphertext, CryptoError> {
        let iv: [u8; BLOCK] = match iv {
            Some(_) => exactly("iv", iv)?,
            None => random_bytes()?,
        };
        let context = EncryptionContext::Iv128(iv.into());
        let mut value = plaintext.to_vec();
        let done = if mode == Mode::Cbc {
            whole_blocks(plaintext)?;
            self.cipher()
                .and_then(EncryptingKey::cbc)
                .and_then(|key| key.less_safe_encrypt(&mut value, context))
        } else {
            self.cipher()
                .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
                .and_then(|key| key.less_safe_encrypt(&mut value, context))
        };
        done.map_err(|_| CryptoError::Encryption)?;
        Ok(Ciphertext { value, iv: Some(iv.to_vec()), tag: None })
    }

    /// A wrong padding is as wrong as a wrong length: one answer.
    fn decrypt_cbc(
        &self,
        mode: Mode,
        ciphertext: &[u8],
        iv: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let iv: [u8; BLOCK] = exactly("iv", iv)?;
        whole_blocks(ciphertext)?;
        let context = DecryptionContext::Iv128(iv.into());
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        let length = if mode == Mode::Cbc {
            let key = self.cipher().and_then(DecryptingKey::cbc);
            key.and_then(|key| Ok(key.decrypt(&mut plaintext, context)?.len()))
        } else {
            let key = self.cipher().and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
            key.and_then(|key| Ok(key.decrypt(&mut plaintext, context)?.len()))
        };
        plaintext.truncate(length.map_err(|_| CryptoError::Decryption)?);
        Ok(plaintext)
    }

    fn cipher(&self) -> Result<UnboundCipherKey, Unspecified> {
        let algorithm = match self.size() {
            SymmetricSize::Bits128 => &cipher::AES_128,
            SymmetricSize::Bits192 => &cipher::AES_192,
            SymmetricSize::Bits256 => &cipher::AES_256,
        };
        UnboundCipherKey::new(algorithm, self.bytes())
    }
}

/// An input that the algorithm has no place for.
const fn refuse(name: &'static str, input: Option<&[u8]>) -> Result<(), CryptoError> {
    if input.is_some() { Err(CryptoError::Unfit(name)) } else { Ok(()) }
}

/// An input that the algorithm needs in one length.
fn exactly<const N: usize>(name: &'static str, input: Option<&[u8]>) -> Result<[u8; N], CryptoError> {
    input.and_then(|bytes| bytes.try_into().ok()).ok_or(CryptoError::Unfit(name))
}

const fn whole_blocks(text: &[u8]) -> Result<(), CryptoError> {
    if text.is_empty() || !text.len().is_multiple_of(BLOCK) {
        Err(CryptoError::Unfit("value"))
    } else {
        Ok(())
    }
}
