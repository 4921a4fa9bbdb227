//! Certificates with keys as PKCS#12 files.
//!
//! It must not believe what a file says about which key belongs to which certificate, and must not judge passwords:
//! an empty one is as good as any.

use p12_keystore::error::Error;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, Pkcs12Archive, PrivateKeyChain,
};
use zeroize::Zeroizing;

use super::old_encryption::Password;
use super::{CertificateContent, CryptoError, PrivateKey, old_pkcs12, sha1_thumbprint};

/// How often Azure hashes the password, which is empty. Source: certificates.md section 2.13.
const ITERATIONS: u32 = 2000;

/// The localKeyId that Azure gives to a key and its certificate.
const LOCAL_KEY_ID: [u8; 4] = [1, 0, 0, 0];

/// Reads a file with one key and its certificate. No password and an empty one are the same, though not in the file.
///
/// # Errors
/// [`CryptoError::UnreadablePkcs12`] for another format or a wrong password, [`CryptoError::NoPrivateKey`],
/// [`CryptoError::SeveralPrivateKeys`], [`CryptoError::NoCertificateForKey`], [`CryptoError::MalformedCertificate`];
/// those of [`PrivateKey::from_pkcs8`] for the key.
pub fn read_pkcs12(der: &[u8], password: Option<&str>) -> Result<CertificateContent, CryptoError> {
    let password = password.unwrap_or_default();
    let archive = match Pkcs12Archive::from_pkcs12(der, password) {
        Err(Error::MacError(_)) if password.is_empty() => opened(der, Password::Absent),
        // Perhaps under a cipher that is even older.
        Err(error) if !matches!(error, Error::MacError(_)) => opened(der, Password::Given(password)),
        read => read.map_err(|_| CryptoError::UnreadablePkcs12),
    };
    let archive = archive?;
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
    let keys: Result<_, _> =
        archive.keys.iter().map(|bag| PrivateKey::from_pkcs8(bag.key.as_der())).collect();
    CertificateContent::assemble(certificates, keys?)
}

fn opened(der: &[u8], password: Password<'_>) -> Result<Pkcs12Archive, CryptoError> {
    let plain = old_pkcs12::open(der, password).ok_or(CryptoError::UnreadablePkcs12)?;
    Pkcs12Archive::from_pkcs12(&plain, "").map_err(|_| CryptoError::UnreadablePkcs12)
}

/// A file with an empty password; without a key, its certificates alone. Salted, so different each time.
///
/// The algorithms are Azure's own, old as they are: SHA-1 for the MAC, 3DES for keys and certificates. Whatever reads
/// Azure's files reads these. Source: certificates.md section 2.13.
///
/// # Errors
/// [`CryptoError::MalformedCertificate`] for a certificate that cannot be read.
pub fn write_pkcs12(content: &CertificateContent) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let certificates: Result<Vec<_>, _> = content.certificates().map(Certificate::from_der).collect();
    let certificates = certificates.map_err(|_| CryptoError::MalformedCertificate)?;
    let mut store = KeyStore::new();
    match &content.key {
        Some(key) => {
            let chain = PrivateKeyChain::new(&LOCAL_KEY_ID[..], bag_of(key)?, certificates);
            store.add_entry(&friendly_name(&content.leaf), KeyStoreEntry::PrivateKeyChain(chain));
        }
        None => {
            for certificate in certificates {
                let name = friendly_name(certificate.as_der());
                store.add_entry(&name, KeyStoreEntry::Certificate(certificate));
            }
        }
    }
    let written = store
        .writer("")
        .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(MacAlgorithm::HmacSha1)
        .mac_iterations(ITERATIONS)
        .write();
    written.map(Zeroizing::new).map_err(|_| CryptoError::MalformedCertificate)
}

fn bag_of(key: &PrivateKey) -> Result<p12_keystore::PrivateKey, CryptoError> {
    p12_keystore::PrivateKey::from_der(&key.pkcs8_der()).map_err(|_| CryptoError::MalformedKey)
}

/// Its thumbprint: what a keystore lists the certificate as.
fn friendly_name(certificate: &[u8]) -> String {
    sha1_thumbprint(certificate).iter().map(|byte| format!("{byte:02x}")).collect()
}
