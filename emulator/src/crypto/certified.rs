//! A signing key with a chain of certificates: what the hardware module of the emulator signs with.
//!
//! It must not know what is signed. The certificates are valid for any time that a test may choose, so that reading the
//! key needs no clock.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::pem::LineEnding;

use super::{
    CertificateProfile, CryptoError, DistinguishedName, Issuer, KeySpec, KeyUsage, PrivateKey, RsaSize,
    SignatureAlgorithm, Validity, issue, own_keys, self_signed, sha1_thumbprint, sha256,
};
use crate::timestamp::Timestamp;

const ROOT: &str = "CN=Azure Key Vault emulator HSM root";
const SIGNER: &str = "CN=Azure Key Vault emulator HSM";
/// From 2020 until the end of 2049, after which X.509 writes years in another form.
const VALIDITY: Validity = Validity {
    not_before: Timestamp::from_seconds(1_577_836_800),
    not_after: Timestamp::from_seconds(2_524_607_999),
};

/// An RSA key and the certificates that vouch for it, its own first.
#[derive(Clone, Debug)]
pub struct CertifiedKey {
    key: PrivateKey,
    chain: [Vec<u8>; 2],
}

impl CertifiedKey {
    /// A new key, vouched for by the root that [`generate_pem`](super::generate_pem) made.
    ///
    /// # Errors
    /// If the text is no RSA private key in that form, or the crypto library fails.
    pub fn from_pem(root: &str) -> Result<Self, CryptoError> {
        let root = own_keys::from_pem(root)?;
        let key = PrivateKey::generate(KeySpec::Rsa(RsaSize::Bits2048))?;
        let authority = CertificateProfile {
            subject: ROOT.parse()?,
            key_usage: [KeyUsage::KeyCertSign, KeyUsage::CrlSign].into_iter().collect(),
            ca: true,
            ..CertificateProfile::default()
        };
        let signer = CertificateProfile {
            subject: SIGNER.parse()?,
            key_usage: [KeyUsage::DigitalSignature].into_iter().collect(),
            ..CertificateProfile::default()
        };
        let name: DistinguishedName = ROOT.parse()?;
        let identifier = root.public_key().subject_key_identifier();
        let issuer = Issuer { name: &name, key: &root, key_identifier: &identifier, pointers: None };
        let chain = [
            issue(&signer, key.public_key(), &issuer, serial(&key), VALIDITY)?,
            self_signed(&authority, &root, serial(&root), VALIDITY)?,
        ];
        Ok(Self { key, chain })
    }

    /// The certificates, PEM, the signer's first.
    ///
    /// # Errors
    /// [`CryptoError::Asn1`] for what is too long for PEM.
    pub fn chain_pem(&self) -> Result<String, CryptoError> {
        let encode = |der: &Vec<u8>| der::pem::encode_string("CERTIFICATE", LineEnding::LF, der);
        let blocks = self.chain.iter().map(encode).collect::<Result<Vec<_>, _>>();
        Ok(blocks.map_err(der::Error::from)?.concat())
    }

    /// `payload` as a JSON Web Signature in compact form, the chain in its header.
    ///
    /// Source: keys-and-secrets.md section 4.7 for the header's members and their order.
    ///
    /// # Errors
    /// [`CryptoError::Signing`] when the library fails.
    pub fn sign(&self, payload: &[u8]) -> Result<String, CryptoError> {
        let [own, _] = &self.chain;
        let thumbprint = sha1_thumbprint(own);
        let kid: String = thumbprint.iter().map(|byte| format!("{byte:02X}")).collect();
        let chain = self.chain.each_ref().map(|der| format!("\"{}\"", STANDARD.encode(der))).join(",");
        let header = format!(
            r#"{{"alg":"RS256","kid":"{kid}","x5t":"{}","typ":"JWT","x5t#S256":"{}","x5c":[{chain}]}}"#,
            URL_SAFE_NO_PAD.encode(thumbprint),
            URL_SAFE_NO_PAD.encode(sha256(own)),
        );
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.key.sign_digest(SignatureAlgorithm::Rs256, &sha256(input.as_bytes()))?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A number that is the key's own.
fn serial(key: &PrivateKey) -> [u8; 16] {
    let mut serial = [0; 16];
    serial.copy_from_slice(&sha256(key.public_key().spki_der())[..16]);
    serial
}

#[cfg(test)]
mod tests {
    use super::super::openssl::{file, openssl_text};
    use super::super::{ParsedCertificate, generate_pem};
    use super::*;

    #[test]
    fn the_signature_is_its_certificates_and_openssl_trusts_the_chain() {
        let signer = CertifiedKey::from_pem(&generate_pem(None).unwrap()).unwrap();
        let token = signer.sign(b"{}").unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let header = URL_SAFE_NO_PAD.decode(input.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        let own = STANDARD.decode(header["x5c"][0].as_str().unwrap()).unwrap();
        let certificate = ParsedCertificate::from_der(&own).unwrap();
        let digest = sha256(input.as_bytes());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let public = certificate.public_key;
        assert!(public.verify_digest(SignatureAlgorithm::Rs256, &digest, &signature).unwrap());

        let folder = tempfile::tempdir().unwrap();
        let pem = signer.chain_pem().unwrap();
        let at = pem.rfind("-----BEGIN").unwrap();
        let (own, root) = pem.split_at(at);
        let own = file(folder.path(), "own.pem", own.as_bytes());
        let root = file(folder.path(), "root.pem", root.as_bytes());
        let said = openssl_text(&["verify", "-CAfile", root.to_str().unwrap(), own.to_str().unwrap()], b"");
        assert!(said.trim_end().ends_with("OK"), "{said}");
    }
}
