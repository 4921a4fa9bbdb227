//! AES key wrap, RFC 3394 and RFC 5649 (NIST SP 800-38F: KW and KWP).
//!
//! It must not tell why a key could not be unwrapped.
//!
//! RustCrypto does it for every size: aws-lc-rs has no wrapping with 192 bits, and two libraries for one algorithm would
//! be one too many. Both use the processor's AES and take the same time whatever the key.

use aes_kw::aes::{Aes128, Aes192, Aes256};
use aes_kw::cipher::consts::U16;
use aes_kw::cipher::{BlockCipherDecrypt, BlockCipherEncrypt};
use aes_kw::{AesKw, AesKwp, IV_LEN, InnerInit, KeyInit};
use zeroize::Zeroizing;

use super::{CryptoError, SymmetricKey, SymmetricSize};

/// What becomes of a text that is not made of whole semiblocks of eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// It is refused, as is less than two of them: RFC 3394.
    None,
    /// It is filled up with zeros, and its length is kept: RFC 5649. Only an empty text is refused.
    Zeros,
}

impl Padding {
    fn takes(self, text: &[u8]) -> bool {
        match self {
            Self::None => text.len() >= 2 * IV_LEN && text.len().is_multiple_of(IV_LEN),
            Self::Zeros => !text.is_empty(),
        }
    }
}

/// Wraps `text`: the same text gives the same result.
pub(super) fn wrap(key: &SymmetricKey, padding: Padding, text: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if !padding.takes(text) {
        return Err(CryptoError::Unfit("value"));
    }
    let mut wrapped = vec![0; text.len().next_multiple_of(IV_LEN) + IV_LEN];
    match key.size() {
        SymmetricSize::Bits128 => wrap_with::<Aes128>(key, padding, text, &mut wrapped),
        SymmetricSize::Bits192 => wrap_with::<Aes192>(key, padding, text, &mut wrapped),
        SymmetricSize::Bits256 => wrap_with::<Aes256>(key, padding, text, &mut wrapped),
    }
    .ok_or(CryptoError::Encryption)?;
    Ok(wrapped)
}

/// What [`wrap`] wrapped.
pub(super) fn unwrap(
    key: &SymmetricKey,
    padding: Padding,
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let mut text = Zeroizing::new(vec![0; wrapped.len()]);
    let length = match key.size() {
        SymmetricSize::Bits128 => unwrap_with::<Aes128>(key, padding, wrapped, &mut text),
        SymmetricSize::Bits192 => unwrap_with::<Aes192>(key, padding, wrapped, &mut text),
        SymmetricSize::Bits256 => unwrap_with::<Aes256>(key, padding, wrapped, &mut text),
    };
    text.truncate(length.ok_or(CryptoError::Decryption)?);
    if padding.takes(&text) { Ok(text) } else { Err(CryptoError::Decryption) }
}

fn wrap_with<C>(key: &SymmetricKey, padding: Padding, text: &[u8], wrapped: &mut [u8]) -> Option<()>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16>,
{
    let cipher = C::new_from_slice(key.bytes()).ok()?;
    let done = match padding {
        Padding::None => AesKw::inner_init(cipher).wrap_key(text, wrapped),
        Padding::Zeros => AesKwp::inner_init(cipher).wrap_key(text, wrapped),
    };
    done.ok().map(|_| ())
}

/// The length of the text.
fn unwrap_with<C>(key: &SymmetricKey, padding: Padding, wrapped: &[u8], text: &mut [u8]) -> Option<usize>
where
    C: KeyInit + BlockCipherDecrypt<BlockSize = U16>,
{
    let cipher = C::new_from_slice(key.bytes()).ok()?;
    let done = match padding {
        Padding::None => AesKw::inner_init(cipher).unwrap_key(wrapped, text),
        Padding::Zeros => AesKwp::inner_init(cipher).unwrap_key(wrapped, text),
    };
    done.ok().map(<[u8]>::len)
}
