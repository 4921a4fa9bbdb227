//! Secrets: what one version holds, and how it is set (keys-and-secrets.md section 3).
//!
//! A value is shown to nobody but who asks for it: not in `Debug`, not in errors, and it is wiped when it goes.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::CertificateContent;
use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::attributes::{Attributes, Changes};
use crate::vault::certificate::{CertificateVersion, Issued};
use crate::vault::collection::Collection;
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::{Object, View};
use crate::vault::policy::ContentType;
use crate::vault::versions::{ObjectVersion, Versions};

/// The longest value, in UTF-16 units as the service counts characters (keys-and-secrets.md section 3.3).
const LONGEST_VALUE: usize = 25_600;

/// The longest content type, counted alike (Microsoft's page "About Azure Key Vault secrets").
const LONGEST_CONTENT_TYPE: usize = 255;

/// Refuses a content type that is too long, as other members out of range are.
fn ensure_content_type_fits(content_type: Option<&str>) -> Result<(), Error> {
    let fits = content_type.is_none_or(|text| text.encode_utf16().count() <= LONGEST_CONTENT_TYPE);
    if fits { Ok(()) } else { Err(Error::InvalidBody.assumed()) }
}

/// What a version of a secret holds.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The secret itself.
    pub value: SecretValue,
    /// What it is, if anybody said.
    pub content_type: Option<Arc<str>>,
}

/// The secret itself.
#[derive(Clone)]
pub enum SecretValue {
    /// As a client set it.
    Text(Zeroizing<Box<str>>),
    /// A certificate with its key, to be written when it is read.
    Certificate(Box<CertificateSecret>),
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(..)")
    }
}

impl SecretValue {
    /// A value that a client sets.
    ///
    /// # Errors
    /// 400 if it is too long.
    pub fn text(value: &str) -> Result<Self, Error> {
        // A UTF-16 unit is at least one byte of UTF-8.
        if value.len() > LONGEST_VALUE && value.encode_utf16().count() > LONGEST_VALUE {
            return Err(Error::SecretTooLarge);
        }
        Ok(Self::Text(Zeroizing::new(value.into())))
    }
}

/// A certificate as the contents of its secret.
#[derive(Clone, Debug)]
pub struct CertificateSecret {
    issued: Arc<Issued>,
    exportable: bool,
    /// The form that its policy wants.
    pub content_type: ContentType,
}

impl CertificateSecret {
    /// The certificate, its chain and, if the policy lets it out, its key.
    #[must_use]
    pub fn content(&self) -> CertificateContent {
        let key = self.exportable.then(|| self.issued.key.clone());
        CertificateContent { leaf: self.issued.der.clone(), chain: self.issued.chain.clone(), key }
    }
}

/// A secret's version as a backup keeps it. It holds the value: whoever takes it must seal it.
#[derive(Deserialize, Serialize)]
pub struct SecretRecord {
    value: Zeroizing<String>,
    content_type: Option<String>,
}

impl Object for Secret {
    const FAMILY: Family = Family::Secret;
    type Policy = ();
    type Record = SecretRecord;

    fn collection(vault: &Vault) -> &RwLock<Collection<Versions<Self, ()>>> {
        &vault.secrets
    }

    fn of_certificate(version: &CertificateVersion, issued: &Arc<Issued>) -> Self {
        let content_type = version.policy.content_type;
        let exportable = version.policy.is_exportable();
        let certificate = CertificateSecret { issued: Arc::clone(issued), exportable, content_type };
        Self {
            value: SecretValue::Certificate(Box::new(certificate)),
            content_type: Some(content_type.as_str().into()),
        }
    }

    fn to_record(&self) -> Option<SecretRecord> {
        match &self.value {
            SecretValue::Text(text) => Some(SecretRecord {
                value: Zeroizing::new(text.to_string()),
                content_type: self.content_type.as_deref().map(str::to_owned),
            }),
            SecretValue::Certificate(_) => None,
        }
    }

    fn from_record(record: SecretRecord) -> Result<Self, Error> {
        let value = SecretValue::text(&record.value).map_err(|_| Error::CorruptBackup)?;
        Ok(Self { value, content_type: record.content_type.map(Into::into) })
    }
}

impl View<Secret> {
    /// Lets the secret be read: only `enabled` decides, nbf and exp do not (keys-and-secrets.md section 3.2).
    ///
    /// # Errors
    /// 403 for a disabled one, deleted or not.
    pub fn ensure_readable(&self) -> Result<(), Error> {
        let enabled = self.version.attributes.enabled;
        if enabled { Ok(()) } else { Err(Error::Disabled(Family::Secret, "get")) }
    }
}

impl Vault {
    /// Sets a secret: a new version of it, or the first one.
    ///
    /// # Errors
    /// 400 for a value, content type or tags out of range; 403 for a certificate's; 409 by the name's phase.
    pub fn set_secret(
        &self,
        name: &ObjectName,
        secret: Secret,
        wishes: Changes,
        version: Version,
        now: Timestamp,
    ) -> Result<View<Secret>, Error> {
        let attributes = Attributes::new(wishes, now)?;
        ensure_content_type_fits(secret.content_type.as_deref())?;
        self.create_version(name, "set", ObjectVersion { version, attributes, content: secret }, now)
    }

    /// Changes attributes, tags and content type of the latest version or of that one.
    ///
    /// # Errors
    /// 404; 400 for tags or a content type out of range, with nothing changed; 403 for a certificate's.
    pub fn update_secret(
        &self,
        name: &ObjectName,
        version: Option<Version>,
        changes: Changes,
        content_type: Option<Arc<str>>,
        now: Timestamp,
    ) -> Result<View<Secret>, Error> {
        self.update_version::<Secret>(name, version, changes, now, |secret, _| {
            ensure_content_type_fits(content_type.as_deref())?;
            secret.content_type = content_type.or_else(|| secret.content_type.take());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// keys-and-secrets.md section 3.3.
    #[test]
    fn a_value_has_25600_characters_at_most() {
        for longest in ["x".repeat(25_600), "é".repeat(25_600), "🔑".repeat(12_800)] {
            assert!(SecretValue::text(&longest).is_ok());
            let refused = SecretValue::text(&format!("{longest}x")).unwrap_err();
            assert_eq!(refused, Error::SecretTooLarge);
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let secret = Secret { value: SecretValue::text("hunter2").unwrap(), content_type: None };
        assert_eq!(format!("{secret:?}"), "Secret { value: SecretValue(..), content_type: None }");
    }
}
