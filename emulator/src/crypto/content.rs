//! A certificate with its chain and its key, as one is imported and handed out again.
//!
//! It must not know a file format: the modules `pkcs12` and `pem` read and write those. It trusts a key to belong to
//! a certificate only because their public keys are the same, whatever a file says about it.

use super::certificate::{Link, public_key_of_certificate};
use super::{CryptoError, PrivateKey};

/// A certificate, what it came with, and its key.
#[derive(Clone, Debug)]
pub struct CertificateContent {
    /// The certificate itself, DER.
    pub leaf: Vec<u8>,
    /// The other certificates, DER.
    pub chain: Vec<Vec<u8>>,
    /// The key of the leaf; `None` when it is not to be handed out.
    pub key: Option<PrivateKey>,
}

impl CertificateContent {
    /// Finds among `certificates` the one that `keys` is for. The others stay in their order; copies of the leaf go.
    pub(super) fn assemble(
        mut certificates: Vec<Vec<u8>>,
        mut keys: Vec<PrivateKey>,
    ) -> Result<Self, CryptoError> {
        let key = keys.pop().ok_or(CryptoError::NoPrivateKey)?;
        if !keys.is_empty() {
            return Err(CryptoError::SeveralPrivateKeys);
        }
        let own = position_of(&key, &certificates)?;
        let leaf = certificates.remove(own);
        certificates.retain(|certificate| *certificate != leaf);
        Ok(Self { leaf, chain: certificates, key: Some(key) })
    }

    /// The same with its chain in order: each certificate is followed by its issuer, from the leaf's on. What is
    /// left over keeps its order and comes last.
    ///
    /// # Errors
    /// [`CryptoError::MalformedCertificate`] when one cannot be read.
    pub fn in_issuing_order(self) -> Result<Self, CryptoError> {
        let mut rest = Vec::with_capacity(self.chain.len());
        for der in self.chain {
            rest.push((Link::from_der(&der)?, der));
        }
        let mut chain = Vec::with_capacity(rest.len());
        let mut last = Link::from_der(&self.leaf)?;
        while last.issuer != last.subject
            && let Some(next) = rest.iter().position(|(link, _)| link.subject == last.issuer)
        {
            let (link, der) = rest.remove(next);
            chain.push(der);
            last = link;
        }
        chain.extend(rest.into_iter().map(|(_, der)| der));
        Ok(Self { chain, ..self })
    }

    /// The leaf and its chain.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&self.leaf).chain(&self.chain).map(Vec::as_slice)
    }
}

/// Where the key's certificate is. A certificate whose key is none of Key Vault's may be in a chain; one that is no
/// certificate may not.
fn position_of(key: &PrivateKey, certificates: &[Vec<u8>]) -> Result<usize, CryptoError> {
    let mut own = None;
    for (position, certificate) in certificates.iter().enumerate() {
        match public_key_of_certificate(certificate) {
            Ok(public) if public == *key.public_key() => own = own.or(Some(position)),
            Err(CryptoError::MalformedCertificate) => return Err(CryptoError::MalformedCertificate),
            _ => {}
        }
    }
    own.ok_or(CryptoError::NoCertificateForKey)
}
