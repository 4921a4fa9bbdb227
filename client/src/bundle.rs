//! A private key and its certificates, out of PKCS#12 or PEM.
//!
//! It must not believe the order in which a file lists certificates, nor show a key.

use std::fmt;

use p12_keystore::{Certificate, Pkcs12Archive};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a file holds.
pub(crate) struct Bundle {
    pub(crate) key: Option<PrivateKeyDer<'static>>,
    certificates: Vec<CertificateDer<'static>>,
}

/// A file that is neither.
#[derive(Clone, Debug)]
pub struct UnreadableBundle(String);

impl fmt::Display for UnreadableBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnreadableBundle {}

impl Bundle {
    pub(crate) fn from_pkcs12(der: &[u8], password: &str) -> Result<Self, UnreadableBundle> {
        let archive = Pkcs12Archive::from_pkcs12(der, password)
            .map_err(|error| UnreadableBundle(format!("no PKCS#12, or another password: {error}")))?;
        let key = archive.keys.first().map(|bag| PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()).into());
        let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec().into()).collect();
        Ok(Self { key, certificates })
    }

    pub(crate) fn from_pem(text: &[u8]) -> Result<Self, UnreadableBundle> {
        let unreadable = |error: pem::Error| UnreadableBundle(format!("no PEM: {error}"));
        let key = match PrivateKeyDer::from_pem_slice(text) {
            Ok(key) => Some(key),
            Err(pem::Error::NoItemsFound) => None,
            Err(error) => return Err(unreadable(error)),
        };
        let certificates =
            CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().map_err(unreadable)?;
        Ok(Self { key, certificates })
    }

    /// `leaf`, or the certificate that issued no other; then who issued it, and so on.
    pub(crate) fn into_chain(
        self,
        leaf: Option<&[u8]>,
    ) -> Result<Vec<CertificateDer<'static>>, UnreadableBundle> {
        let read = |der: &CertificateDer<'_>| Certificate::from_der(der);
        let mut rest: Vec<_> = self
            .certificates
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(|error| UnreadableBundle(format!("a certificate cannot be read: {error}")))?;
        let first = rest.iter().position(|certificate| match leaf {
            Some(leaf) => certificate.as_der() == leaf,
            None => !rest.iter().any(|other| {
                other.issuer() == certificate.subject() && other.as_der() != certificate.as_der()
            }),
        });
        let mut chain = Vec::with_capacity(rest.len());
        let mut next = first;
        while let Some(index) = next {
            let certificate = rest.swap_remove(index);
            let issuer = certificate.issuer().to_owned();
            next = rest.iter().position(|candidate| candidate.subject() == issuer);
            chain.push(CertificateDer::from(certificate.as_der().to_vec()));
        }
        if chain.is_empty() {
            return Err(UnreadableBundle("the certificate itself is not in it".to_owned()));
        }
        Ok(chain)
    }
}
