//! Keys: what one version holds, how it is made, changed and used (keys-and-secrets.md section 4).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{KeyMaterial, PrivateKey, SymmetricKey};
use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::attributes::{Attributes, Changes};
use crate::vault::certificate::{CertificateVersion, Issued};
use crate::vault::collection::Collection;
use crate::vault::key_operation::{KeyOp, KeyOperation};
use crate::vault::key_plan::{Amendments, KeptPolicy, KeyPlan, Protection, Terms};
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::{Named, Object, View};
use crate::vault::rotation::KeptRotation;
use crate::vault::settings::Sku;
use crate::vault::versions::{ObjectVersion, Versions};

/// What a version of a key holds.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key itself.
    pub material: KeyMaterial,
    /// On what terms it is kept.
    pub terms: Terms,
}

/// A key's version as a backup keeps it. It holds the private key: whoever takes it must seal it.
#[derive(Deserialize, Serialize)]
pub struct KeyRecord {
    key: Zeroizing<String>,
    /// Whether `key` is the bytes of a symmetric key instead of PKCS#8.
    #[serde(default)]
    oct: bool,
    key_ops: Vec<String>,
    hsm: bool,
    exportable: bool,
    release_policy: Option<KeptPolicy>,
}

impl Object for Key {
    const FAMILY: Family = Family::Key;
    type Policy = KeptRotation;
    type Record = KeyRecord;

    fn collection(vault: &Vault) -> &RwLock<Collection<Versions<Self, KeptRotation>>> {
        &vault.keys
    }

    fn changed(vault: &Vault, entry: &Named<Self>) {
        vault.watch_rotation(entry);
    }

    fn of_certificate(version: &CertificateVersion, issued: &Arc<Issued>) -> Self {
        let (usages, spec) = (version.policy.profile.key_usage, issued.key.spec());
        let operations =
            KeyOperation::ALL.into_iter().filter(|operation| operation.follows_from(usages, spec));
        let terms = Terms {
            protection: version.policy.protection,
            operations: operations.map(KeyOp::Use).collect(),
            exportable: version.policy.is_exportable(),
            release_policy: None,
        };
        Self { material: issued.key.clone().into(), terms }
    }

    fn ensure_kept_in(&self, sku: Sku) -> Result<(), Error> {
        self.terms.protection.ensure_kept_in(sku)
    }

    fn to_record(&self) -> Option<KeyRecord> {
        let terms = &self.terms;
        let (key, oct) = match &self.material {
            KeyMaterial::Asymmetric(key) => (STANDARD.encode(key.pkcs8_der().as_slice()), false),
            KeyMaterial::Symmetric(key) => (STANDARD.encode(key.bytes()), true),
        };
        Some(KeyRecord {
            key: Zeroizing::new(key),
            oct,
            key_ops: terms.operations.iter().map(|entry| entry.name().to_owned()).collect(),
            hsm: terms.protection == Protection::Hardware,
            exportable: terms.exportable,
            release_policy: terms.release_policy.as_deref().cloned(),
        })
    }

    fn from_record(record: KeyRecord) -> Result<Self, Error> {
        let bytes = Zeroizing::new(STANDARD.decode(&*record.key).map_err(|_| Error::CorruptBackup)?);
        let material = match record.oct {
            true => SymmetricKey::from_bytes(&bytes).map(KeyMaterial::from),
            false => PrivateKey::from_pkcs8(&bytes).map(KeyMaterial::from),
        };
        let material = material.map_err(|_| Error::CorruptBackup)?;
        let operations = record.key_ops.iter().map(|name| KeyOp::from_name(name));
        let terms = Terms {
            protection: if record.hsm { Protection::Hardware } else { Protection::Software },
            operations: operations.collect::<Option<_>>().ok_or(Error::CorruptBackup)?,
            exportable: record.exportable,
            release_policy: record.release_policy.map(Arc::new),
        };
        Ok(Self { material, terms })
    }
}

impl View<Key> {
    /// Whether the key may do `operation` at `now`.
    ///
    /// # Errors
    /// 403 by the key's operations, its state or its time.
    pub fn ensure_may(&self, operation: KeyOperation, now: Timestamp) -> Result<(), Error> {
        let attributes = &self.version.attributes;
        if !self.version.content.terms.operations.contains(&KeyOp::Use(operation)) {
            return Err(Error::KeyOperationForbidden(operation.name()));
        }
        if operation.needs_enabled() && !attributes.enabled {
            return Err(Error::Disabled(Family::Key, operation.name()));
        }
        if operation.needs_validity() && !attributes.are_valid(now) {
            return Err(Error::KeyOutOfTime(operation.name()));
        }
        Ok(())
    }
}

impl Vault {
    /// Takes in the key that was made or read for `plan`, as a new version; `operation` is what the client calls that.
    ///
    /// # Errors
    /// 403 for a certificate's; 409 by the name's phase.
    pub fn add_key(
        &self,
        name: &ObjectName,
        operation: &'static str,
        plan: KeyPlan,
        material: KeyMaterial,
        version: Version,
        now: Timestamp,
    ) -> Result<View<Key>, Error> {
        let attributes = Attributes::new(plan.wishes, now)?;
        let content = Key { material, terms: plan.terms };
        self.create_version(name, operation, ObjectVersion { version, attributes, content }, now)
    }

    /// Changes attributes, tags, operations and release policy of the latest version or of that one.
    ///
    /// # Errors
    /// 404; 400 for what cannot be, with nothing changed; 403 for a certificate's.
    pub fn update_key(
        &self,
        name: &ObjectName,
        version: Option<Version>,
        changes: Changes,
        amendments: Amendments,
        now: Timestamp,
    ) -> Result<View<Key>, Error> {
        self.update_version::<Key>(name, version, changes, now, |key, _| {
            key.terms = key.terms.amended(key.material.kind(), amendments)?;
            Ok(())
        })
    }
}
