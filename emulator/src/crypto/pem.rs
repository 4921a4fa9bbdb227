//! Certificates with keys as PEM text.
//!
//! It must take only the forms that Key Vault takes. Source: certificates.md sections 2.7, 2.13 and 4.2.

use der::Decode;
use der::pem::{Decoder, LineEnding, encode_string};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::old_encryption::{EncryptedKey, OldEncryption, Password};
use super::{CertificateContent, CryptoError, PrivateKey};

const CERTIFICATE: &str = "CERTIFICATE";
const PRIVATE_KEY: &str = "PRIVATE KEY";
const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";

/// More would only keep the processor busy; `p12-keystore` has the same bounds.
const MAX_ITERATIONS: u32 = 1_000_000;
const MAX_SCRYPT_BYTES: u64 = 1 << 30;
const MAX_SCRYPT_PARALLELISM: u16 = 16;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// Reads certificates and one PKCS#8 key in any order. Text between them, and PEM of other kinds, is passed over.
///
/// `password` opens an `ENCRYPTED PRIVATE KEY`: PBES2, or what OpenSSL wrote before it (PBES1, PKCS#12's ciphers).
///
/// # Errors
/// [`CryptoError::UnexpectedPem`] for lines that end in CR LF and for a key that is not PKCS#8,
/// [`CryptoError::UnreadablePem`] for text that holds no PEM, broken PEM and a wrong password,
/// [`CryptoError::NoPrivateKey`], [`CryptoError::SeveralPrivateKeys`], [`CryptoError::NoCertificateForKey`],
/// [`CryptoError::MalformedCertificate`]; those of [`PrivateKey::from_pkcs8`] for the key.
pub fn read_pem(text: &str, password: Option<&str>) -> Result<CertificateContent, CryptoError> {
    if text.contains('\r') {
        return Err(CryptoError::UnexpectedPem);
    }
    let mut certificates = Vec::new();
    let mut keys = Vec::new();
    for block in Blocks(text) {
        let Block { label, text } = block?;
        match label {
            CERTIFICATE => certificates.push(decode(text)?.to_vec()),
            PRIVATE_KEY => keys.push(PrivateKey::from_pkcs8(&decode(text)?)?),
            ENCRYPTED_PRIVATE_KEY => keys.push(open(&decode(text)?, password)?),
            _ if label.ends_with(PRIVATE_KEY) => return Err(CryptoError::UnexpectedPem),
            _ => {}
        }
    }
    if certificates.is_empty() && keys.is_empty() {
        return Err(CryptoError::UnreadablePem);
    }
    CertificateContent::assemble(certificates, keys)
}

/// The key, if there is one, then the leaf, then the chain: lines of 64 characters that end in LF, the last as well.
///
/// # Errors
/// [`CryptoError::Asn1`] for what is too long for PEM.
pub fn write_pem(content: &CertificateContent) -> Result<Zeroizing<String>, CryptoError> {
    let mut text = Zeroizing::new(String::new());
    if let Some(key) = &content.key {
        text.push_str(&encode(PRIVATE_KEY, &key.pkcs8_der())?);
    }
    for certificate in content.certificates() {
        text.push_str(&encode(CERTIFICATE, certificate)?);
    }
    Ok(text)
}

fn encode(label: &str, der: &[u8]) -> Result<Zeroizing<String>, CryptoError> {
    Ok(Zeroizing::new(encode_string(label, LineEnding::LF, der).map_err(der::Error::from)?))
}

/// The bytes of one block, its lines as long as its first.
fn decode(block: &str) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let mut bytes = Zeroizing::new(Vec::new());
    Decoder::new_detect_wrap(block.as_bytes())
        .and_then(|mut decoder| decoder.decode_to_end(&mut bytes).map(|_| ()))
        .map_err(|_| CryptoError::UnreadablePem)?;
    Ok(bytes)
}

fn open(der: &[u8], password: Option<&str>) -> Result<PrivateKey, CryptoError> {
    let password = password.unwrap_or_default();
    let sealed = EncryptedKey::from_der(der).map_err(|_| CryptoError::UnreadablePem)?;
    let opened = match OldEncryption::of(&sealed.algorithm) {
        Some(old) => old.decrypt(sealed.content.as_bytes(), Password::Given(password)),
        None => open_pbes2(der, password),
    };
    // A wrong password may leave nonsense behind.
    let opened = opened.filter(|opened| PrivateKeyInfoRef::try_from(opened.as_slice()).is_ok());
    PrivateKey::from_pkcs8(&opened.ok_or(CryptoError::UnreadablePem)?)
}

fn open_pbes2(der: &[u8], password: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = EncryptedPrivateKeyInfoRef::try_from(der).ok()?;
    let opened = is_affordable(&sealed.encryption_algorithm).then(|| sealed.decrypt(password).ok())??;
    Some(opened.to_bytes())
}

/// Whether deriving the key takes no longer than a client may ask for.
fn is_affordable(encryption: &EncryptionScheme) -> bool {
    match encryption {
        EncryptionScheme::Pbes2(parameters) => match &parameters.kdf {
            Kdf::Pbkdf2(kdf) => kdf.iteration_count <= MAX_ITERATIONS,
            Kdf::Scrypt(kdf) => {
                let memory = u64::from(kdf.block_size)
                    .checked_mul(128)
                    .and_then(|bytes| bytes.checked_mul(kdf.cost_parameter));
                kdf.parallelization <= MAX_SCRYPT_PARALLELISM
                    && memory.is_some_and(|bytes| bytes <= MAX_SCRYPT_BYTES)
            }
            _ => false,
        },
        _ => true,
    }
}

/// The blocks of a text, from each `BEGIN` to the `END` of the same label.
struct Blocks<'a>(&'a str);

struct Block<'a> {
    label: &'a str,
    text: &'a str,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, CryptoError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = &self.0[self.0.find(BEGIN)?..];
        let block = Block::at(start);
        self.0 = block.as_ref().map_or("", |block| &start[block.text.len()..]);
        Some(block.ok_or(CryptoError::UnreadablePem))
    }
}

impl<'a> Block<'a> {
    /// The block that `text` starts with.
    fn at(text: &'a str) -> Option<Self> {
        let (label, _) = text[BEGIN.len()..].split_once(DASHES)?;
        let end = format!("{DASHES}END {label}{DASHES}");
        let length = text.find(&end)? + end.len();
        Some(Self { label, text: &text[..length] })
    }
}
