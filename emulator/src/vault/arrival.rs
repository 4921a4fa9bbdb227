//! Certificates that come from outside: merged into an operation, or imported with their key.
//!
//! Files have been read and certificates parsed by the caller; here they become versions.

use std::sync::Arc;

use crate::crypto::{CertificateContent, ParsedCertificate};
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::attributes::checked_tags;
use crate::vault::certificate::{Attributes, CertificateVersion, Issued};
use crate::vault::name::Version;
use crate::vault::operation::Operation;
use crate::vault::policy::Policy;
use crate::wire::certificates as wire;

/// A certificate with what it says.
#[derive(Clone, Debug)]
pub struct Certified {
    /// DER.
    pub der: Vec<u8>,
    /// What it says; `None` for a link of a chain whose key is none of Key Vault's.
    pub parsed: Option<ParsedCertificate>,
}

/// What a client may say of the version that it brings.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Tags.
    pub tags: Option<wire::Tags>,
    /// Whether the chain keeps the order it was given in.
    pub preserve_cert_order: Option<bool>,
}

/// What is merged into an operation: a certificate for its request and the authorities above it, in any order.
#[derive(Debug)]
pub struct Merge {
    /// The certificates.
    pub certificates: Vec<Certified>,
    /// What the client says of the version.
    pub wishes: Wishes,
}

/// What is imported: a certificate, its chain and its key.
#[derive(Debug)]
pub struct Import {
    /// The certificates and the key.
    pub content: CertificateContent,
    /// What the certificate says.
    pub parsed: ParsedCertificate,
    /// What the client sent as policy.
    pub policy: wire::CertificatePolicy,
    /// What the client says of the version.
    pub wishes: Wishes,
}

impl Merge {
    /// The version that it makes of `operation`.
    ///
    /// # Errors
    /// 400 if no certificate is for the operation's key, or for tags out of range.
    pub(super) fn version(
        mut self,
        operation: &Operation,
        policy: Arc<Policy>,
        version: Version,
        now: Timestamp,
    ) -> Result<CertificateVersion, Error> {
        let own = operation.key.public_key().components();
        let is_own = |parsed: &ParsedCertificate| parsed.public_key.components() == own;
        let leaf = self.certificates.iter().position(|one| one.parsed.as_ref().is_some_and(is_own));
        let leaf = self.certificates.remove(leaf.ok_or(Error::ForeignPublicKey)?);
        let parsed = leaf.parsed.ok_or(Error::ForeignPublicKey)?;
        let chain = self.certificates.into_iter().map(|one| one.der).collect();
        let content = CertificateContent { leaf: leaf.der, chain, key: Some(operation.key.clone()) };
        self.wishes.preserve_cert_order = operation.preserve_cert_order;
        self.wishes.version(content, &parsed, policy, version, now)
    }
}

impl Import {
    /// The policy and the version that it makes; `created` is when the name's first policy was made.
    ///
    /// # Errors
    /// 400 for what cannot be imported, a policy that cannot be, or tags out of range.
    pub(super) fn version(
        self,
        created: Timestamp,
        version: Version,
        now: Timestamp,
    ) -> Result<(Arc<Policy>, CertificateVersion), Error> {
        if self.parsed.not_after <= now {
            return Err(Error::InvalidCertificate);
        }
        let policy = Arc::new(Policy::imported(self.policy, &self.parsed, created, now)?);
        let made = self.wishes.version(self.content, &self.parsed, Arc::clone(&policy), version, now)?;
        Ok((policy, made))
    }
}

impl Wishes {
    fn version(
        self,
        content: CertificateContent,
        parsed: &ParsedCertificate,
        policy: Arc<Policy>,
        version: Version,
        now: Timestamp,
    ) -> Result<CertificateVersion, Error> {
        let content = match self.preserve_cert_order {
            Some(true) => content,
            _ => content.in_issuing_order().map_err(|_| Error::InvalidCertificate)?,
        };
        let attributes = Attributes {
            enabled: self.enabled.unwrap_or(true),
            not_before: parsed.not_before,
            not_after: parsed.not_after,
            created: now,
            updated: now,
            tags: self.tags.map(checked_tags).transpose()?,
            preserve_cert_order: self.preserve_cert_order,
        };
        let key = content.key.ok_or(Error::NoKeyInPkcs12)?;
        let issued = Issued { thumbprint: parsed.thumbprint, der: content.leaf, chain: content.chain, key };
        Ok(CertificateVersion { version, issued: Some(Arc::new(issued)), policy, attributes })
    }
}
