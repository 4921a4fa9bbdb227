//! A vault as one document: everything in it, as it is, in whatever phase of its life.
//!
//! It holds private keys and secret values: whoever takes it must not log it. What of it is the same as in a backup is
//! written as there ([`crate::vault::backup`], [`crate::vault::object_backup`]).

use serde::{Deserialize, Serialize};

use crate::error::Family;
use crate::timestamp::Timestamp;
use crate::vault::certificate_record::CertificateRecord;
use crate::vault::collection::{Collection, Entry};
use crate::vault::issuers::IssuersRecord;
use crate::vault::keys::{Key, KeyRecord};
use crate::vault::lifecycle::{Lifecycle, Phase};
use crate::vault::name::ObjectName;
use crate::vault::object_backup::ObjectBackup;
use crate::vault::objects::Object;
use crate::vault::rotation::KeptRotation;
use crate::vault::secrets::{Secret, SecretRecord};
use crate::vault::versions::Versions;
use crate::vault::{Deletion, Settings, Vault};

/// A vault with everything in it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VaultRecord {
    name: String,
    settings: Settings,
    deletion: Option<Deletion>,
    certificates: Vec<Kept<CertificateRecord>>,
    secrets: Vec<Kept<ObjectBackup<SecretRecord, ()>>>,
    keys: Vec<Kept<ObjectBackup<KeyRecord, KeptRotation>>>,
    issuers: IssuersRecord,
}

/// An object and where in its life it is.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept<R> {
    lifecycle: Lifecycle,
    object: R,
}

impl std::fmt::Debug for VaultRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VaultRecord").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a document is no vault: one line that names the object.
type Broken = String;

impl VaultRecord {
    /// The vault's name, in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The vault of this document.
    ///
    /// # Errors
    /// One line that names the object that cannot be.
    pub fn restore(self) -> Result<Vault, String> {
        let vault = Vault::new(self.name, self.settings);
        vault.set_deletion(self.deletion);
        *vault.issuers.write() = self.issuers.restore();
        for Kept { lifecycle, object } in self.certificates {
            let named = object.name.clone();
            let certificate = object.restore().map_err(|_| broken(&vault, Family::Certificate, &named))?;
            put(&vault, &mut vault.certificates.write(), named, lifecycle, certificate)?;
        }
        restore_objects::<Secret>(&vault, self.secrets)?;
        restore_objects::<Key>(&vault, self.keys)?;
        vault.watch_everything();
        Ok(vault)
    }
}

fn broken(vault: &Vault, family: Family, name: &impl std::fmt::Display) -> Broken {
    format!("the {} `{name}` of the vault `{}` is broken", family.lower(), vault.name)
}

fn restore_objects<T: Object>(
    vault: &Vault,
    kept: Vec<Kept<ObjectBackup<T::Record, T::Policy>>>,
) -> Result<(), Broken> {
    for Kept { lifecycle, object } in kept {
        let named = object.name().to_owned();
        let (name, versions) = object.restore::<T>().map_err(|_| broken(vault, T::FAMILY, &named))?;
        // A name has one owner: whatever phase it is in, a certificate answers at all three doors.
        if vault.certificates.read().entry(&name).is_some_and(|entry| is_kept(&entry.lifecycle))
            && is_kept(&lifecycle)
        {
            return Err(format!("the name `{name}` in the vault `{}` is a certificate's too", vault.name));
        }
        put(vault, &mut T::collection(vault).write(), name, lifecycle, versions)?;
    }
    Ok(())
}

/// What was purged by a request is kept until its name is free, and no longer.
fn is_purged(lifecycle: &Lifecycle, now: Timestamp) -> bool {
    matches!(lifecycle, Lifecycle::Purged { .. }) && lifecycle.phase(now) == Phase::Purged
}

const fn is_kept(lifecycle: &Lifecycle) -> bool {
    matches!(lifecycle, Lifecycle::Live { .. })
}

fn put<T>(
    vault: &Vault,
    collection: &mut Collection<T>,
    name: ObjectName,
    lifecycle: Lifecycle,
    object: T,
) -> Result<(), Broken> {
    let spelled = name.clone();
    let is_new = collection.put_back(Entry { name, lifecycle, object });
    is_new.then_some(()).ok_or_else(|| format!("`{spelled}` is in the vault `{}` twice", vault.name))
}

impl Vault {
    /// Everything in it as of `now`.
    #[must_use]
    pub fn record(&self, now: Timestamp) -> VaultRecord {
        let certificates = self.certificates.read();
        let (secrets, keys, issuers) = (self.secrets.read(), self.keys.read(), self.issuers.read());
        VaultRecord {
            name: self.name.clone(),
            settings: Settings::clone(&self.settings()),
            deletion: self.deletion(),
            certificates: certificates
                .iter()
                .filter(|entry| !is_purged(&entry.lifecycle, now))
                .map(|entry| Kept {
                    lifecycle: entry.lifecycle,
                    object: CertificateRecord::of(&entry.name, &entry.object),
                })
                .collect(),
            secrets: recorded::<Secret>(&secrets, now),
            keys: recorded::<Key>(&keys, now),
            issuers: IssuersRecord::of(&issuers),
        }
    }

    /// So that no lifetime action and no rotation is missed.
    fn watch_everything(&self) {
        let certificates = self.certificates.read();
        certificates.iter().for_each(|entry| self.watch(&certificates, &entry.name));
        self.keys.read().iter().for_each(|entry| self.watch_rotation(entry));
    }
}

fn recorded<T: Object>(
    collection: &Collection<Versions<T, T::Policy>>,
    now: Timestamp,
) -> Vec<Kept<ObjectBackup<T::Record, T::Policy>>> {
    let entries = collection.iter().filter(|entry| !is_purged(&entry.lifecycle, now));
    entries.map(|entry| Kept { lifecycle: entry.lifecycle, object: ObjectBackup::of(entry) }).collect()
}
