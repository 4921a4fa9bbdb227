//! The raw operations of aws-lc, without anything around them.

use std::sync::Arc;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaEncoding};

use crate::common::Outcome;

/// One operation, done once.
pub(crate) type Operation = Box<dyn FnMut() + Send>;

/// Keys of aws-lc, without anything around them.
pub(crate) struct RawKeys {
    rsa: Arc<RsaKeyPair>,
    ec: Arc<EcdsaKeyPair>,
}

fn text() -> Digest {
    digest(&SHA256, b"text")
}

impl RawKeys {
    pub(crate) fn new() -> Outcome<Self> {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Self { rsa: Arc::new(rsa), ec: Arc::new(ec) })
    }

    pub(crate) fn rsa(&self, padding: &'static dyn RsaEncoding) -> Operation {
        let (key, text) = (Arc::clone(&self.rsa), text());
        let mut signature = vec![0; 256];
        Box::new(move || assert!(key.sign_digest(padding, &text, &mut signature).is_ok()))
    }

    pub(crate) fn ec(&self) -> Operation {
        let (key, text) = (Arc::clone(&self.ec), text());
        Box::new(move || assert!(key.sign_digest(&text).is_ok()))
    }

    pub(crate) fn decrypt(&self) -> Outcome<Operation> {
        let der: Pkcs8V1Der<'_> = self.rsa.as_der()?;
        let key = PrivateDecryptingKey::from_pkcs8(der.as_ref())?;
        let mut sealed = vec![0; 256];
        let public = OaepPublicEncryptingKey::new(key.public_key())?;
        public.encrypt(&OAEP_SHA256_MGF1SHA256, text().as_ref(), &mut sealed, None)?;
        let key = OaepPrivateDecryptingKey::new(key)?;
        let mut opened = vec![0; 256];
        Ok(Box::new(move || {
            assert!(key.decrypt(&OAEP_SHA256_MGF1SHA256, &sealed, &mut opened, None).is_ok());
        }))
    }
}
