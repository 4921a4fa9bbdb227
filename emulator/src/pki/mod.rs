//! What stands behind a vault's issuers: one root, one authority below it that issues, and what they publish.
//!
//! It issues to whoever is asked for, whatever the provider of the issuer object: whether and when, the vault decides.
//! The two keys are kept in the data directory and the certificates follow from them, so that a root that was trusted
//! once stays the root; what was revoked is kept beside them. It is unrelated to the authority of `tls`, which vouches for the emulator's own hosts.
//!
//! Certificates name the places where clients find the issuer's certificate, its list of revoked certificates and its
//! OCSP answers: plain HTTP at the emulator's own address, under the first `--name` if there is one. That address is
//! known once the emulator listens ([`Pki::publish_at`]); what is issued before names no places, as nobody could reach
//! them.

mod revocations;

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use crate::crypto::{
    Authority, CertificateProfile, CryptoError, ParsedCertificate, Pointers, PrivateKey, PublicKey,
    Revocation, SerialNumber, Standing, Validity, answer_ocsp, generate_pem, own_key_from_pem,
};
use crate::error::Error;
use crate::keystore::{Kept, KeyStore};

pub use self::revocations::Revocations;

const ROOT_NAME: &str = "CN=akv Issuers Root CA, O=akv";
const ISSUING_NAME: &str = "CN=akv Issuing CA 1, O=akv";

/// The authorities.
#[derive(Debug)]
pub struct Pki {
    root_key: Kept<PrivateKey>,
    issuing_key: Kept<PrivateKey>,
    /// The URL below which it publishes.
    url: RwLock<Option<String>>,
    /// Made when first needed, and again when the URL changes.
    authorities: Mutex<Option<Arc<Authorities>>>,
    revoked: Revocations,
}

/// One of the two authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Vouches for the other one.
    Root,
    /// Issues.
    Issuing,
}

impl Rank {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Root, Self::Issuing];

    /// Its name in URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuing => "issuing",
        }
    }

    /// Where it publishes, below `url`.
    fn pointers(self, url: &str) -> Pointers {
        let name = self.name();
        Pointers {
            certificate: format!("{url}/{name}.cer"),
            revocation_list: format!("{url}/{name}.crl"),
            ocsp: format!("{url}/ocsp"),
        }
    }
}

#[derive(Debug)]
struct Authorities {
    root: Authority,
    issuing: Authority,
    /// Where the one that issues publishes.
    pointers: Option<Pointers>,
}

/// A certificate with the authorities above it, the nearest first; DER.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The certificate.
    pub leaf: Vec<u8>,
    /// The authorities.
    pub above: Vec<Vec<u8>>,
}

impl Pki {
    /// Authorities whose keys are kept in these two places, made when first needed, and what they have revoked.
    #[must_use]
    pub fn new(root: KeyStore, issuing: KeyStore, revoked: Revocations) -> Self {
        Self {
            root_key: Kept::new(root, generate_pem, own_key_from_pem),
            issuing_key: Kept::new(issuing, generate_pem, own_key_from_pem),
            url: RwLock::default(),
            authorities: Mutex::default(),
            revoked,
        }
    }

    /// Names the URL below which clients find what is published, without a trailing slash.
    pub fn publish_at(&self, url: String) {
        *self.url.write() = Some(url);
        *self.authorities.lock() = None;
    }

    /// Issues a certificate for `key`. The first call makes the authorities: keep it off the async threads.
    ///
    /// # Errors
    /// If the authorities' keys can be neither read nor made, or the crypto library fails.
    pub fn issue(
        &self,
        profile: &CertificateProfile,
        key: &PublicKey,
        serial: [u8; 16],
        validity: Validity,
    ) -> Result<Chain, Error> {
        let authorities = self.authorities()?;
        let Authorities { root, issuing, pointers } = &*authorities;
        let leaf = issuing.issue(profile, key, serial, validity, pointers.as_ref()).map_err(unexpected)?;
        Ok(Chain { leaf, above: vec![issuing.certificate().to_vec(), root.certificate().to_vec()] })
    }

    /// The certificate of an authority, DER.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn certificate(&self, rank: Rank) -> Result<Vec<u8>, Error> {
        Ok(self.authorities()?.of(rank).certificate().to_vec())
    }

    /// Notes that a certificate was revoked and gives its serial number. A second time changes nothing.
    ///
    /// # Errors
    /// [`Error::InvalidCertificate`] if it is none that was issued here; [`Error::Unexpected`] if it cannot be kept.
    pub fn revoke(&self, der: &[u8], revocation: Revocation) -> Result<SerialNumber, Error> {
        let authorities = self.authorities()?;
        let issuing = ParsedCertificate::from_der(authorities.issuing.certificate()).map_err(unexpected)?;
        let parsed = ParsedCertificate::from_der(der).map_err(|_| Error::InvalidCertificate)?;
        let serial = SerialNumber::of_certificate(der).ok().flatten();
        let serial = serial.filter(|_| parsed.issuer == issuing.subject).ok_or(Error::InvalidCertificate)?;
        let unkept = |error| Error::Unexpected(format!("revocations cannot be kept: {error}"));
        self.revoked.add(serial, revocation).map_err(unkept)?;
        Ok(serial)
    }

    /// The list of what an authority has revoked, DER, which holds for `period`. Its number counts with time, so that
    /// it grows over restarts too.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn revocation_list(&self, rank: Rank, period: Validity, number: u64) -> Result<Vec<u8>, Error> {
        let revoked: Vec<_> = match rank {
            Rank::Root => Vec::new(),
            Rank::Issuing => self.revoked.all(),
        };
        let authorities = self.authorities()?;
        authorities.of(rank).revocation_list(&revoked, period, number).map_err(unexpected)
    }

    /// The answer to an OCSP request, both DER, which holds for `period`.
    ///
    /// # Errors
    /// As [`Self::issue`]; a request that is none is answered, not refused.
    pub fn ocsp(&self, request: &[u8], period: Validity) -> Result<Vec<u8>, Error> {
        let authorities = self.authorities()?;
        let standing = |index: usize, serial| match (Rank::ALL[index], self.revoked.get(serial)) {
            (Rank::Issuing, Some(revocation)) => Standing::Revoked(revocation),
            _ => Standing::Good,
        };
        answer_ocsp(request, &Rank::ALL.map(|rank| authorities.of(rank)), standing, period)
            .map_err(unexpected)
    }

    fn authorities(&self) -> Result<Arc<Authorities>, Error> {
        let (root_key, issuing_key) = (self.root_key.get()?, self.issuing_key.get()?);
        let mut made = self.authorities.lock();
        if let Some(made) = &*made {
            return Ok(Arc::clone(made));
        }
        let url = self.url.read().clone();
        let authorities = Authorities::new(root_key, issuing_key, url.as_deref()).map_err(unexpected)?;
        Ok(Arc::clone(made.insert(Arc::new(authorities))))
    }
}

impl Authorities {
    fn new(root: &PrivateKey, issuing: &PrivateKey, url: Option<&str>) -> Result<Self, CryptoError> {
        let pointers = |rank: Rank| url.map(|url| rank.pointers(url));
        let root = Authority::root(ROOT_NAME.parse()?, root.clone())?;
        let issuing =
            root.subordinate(ISSUING_NAME.parse()?, issuing.clone(), pointers(Rank::Root).as_ref())?;
        Ok(Self { root, issuing, pointers: pointers(Rank::Issuing) })
    }

    const fn of(&self, rank: Rank) -> &Authority {
        match rank {
            Rank::Root => &self.root,
            Rank::Issuing => &self.issuing,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unexpected(error: CryptoError) -> Error {
    Error::Unexpected(error.to_string())
}
