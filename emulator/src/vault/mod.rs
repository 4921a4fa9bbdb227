//! The vaults: a pure state machine. Values in, values out, `now` and everything drawn given by the caller.
//!
//! No I/O, no clock, no randomness, no async, no HTTP words: a test reads the sources and holds that. Every transition
//! is one step under one lock, and no lock is held while a key is made or a certificate signed.

pub mod arrival;
pub mod attributes;
pub mod backup;
pub mod certificate;
pub mod certificate_operations;
mod certificate_record;
pub mod certificates;
pub mod collection;
pub mod issuance;
pub mod issuers;
pub mod key_operation;
pub mod key_plan;
pub mod keys;
pub mod lifecycle;
pub mod location;
pub mod mail;
pub mod name;
pub mod object_backup;
pub mod objects;
pub mod operation;
pub mod policy;
pub mod release_policy;
pub mod renewal;
pub mod rotation;
pub mod rotation_policy;
pub mod secrets;
pub mod settings;
pub mod snapshot;
pub mod span;
pub mod versions;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use dashmap::{DashMap, Entry};
use parking_lot::RwLock;

use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::certificate::Certificate;
use crate::vault::collection::Collection;
use crate::vault::issuers::Issuers;
use crate::vault::keys::Key;
use crate::vault::rotation::KeptRotation;
use crate::vault::secrets::Secret;
pub use crate::vault::settings::{Access, Settings, Sku};
use crate::vault::versions::Versions;
use serde::{Deserialize, Serialize};

/// One vault.
#[derive(Debug)]
pub struct Vault {
    /// Lower case, the first label of its host name.
    pub name: String,
    settings: RwLock<Arc<Settings>>,
    deletion: RwLock<Option<Deletion>>,
    certificates: RwLock<Collection<Certificate>>,
    secrets: RwLock<Collection<Versions<Secret, ()>>>,
    keys: RwLock<Collection<Versions<Key, KeptRotation>>>,
    /// No lifetime action is due before this instant, in milliseconds.
    next_due: AtomicI64,
    /// The same for the rotation of keys.
    next_rotation: AtomicI64,
    issuers: RwLock<Issuers>,
}

impl Vault {
    /// An empty vault.
    #[must_use]
    pub fn new(name: String, settings: Settings) -> Self {
        Self {
            name,
            settings: RwLock::new(Arc::new(settings)),
            deletion: RwLock::default(),
            certificates: RwLock::new(Collection::new(Family::Certificate)),
            secrets: RwLock::new(Collection::new(Family::Secret)),
            keys: RwLock::new(Collection::new(Family::Key)),
            next_due: AtomicI64::new(i64::MAX),
            next_rotation: AtomicI64::new(i64::MAX),
            issuers: RwLock::default(),
        }
    }

    /// What holds for all its objects, as of now: one request reads it once.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read())
    }

    /// Changes what holds for all its objects, from the next request on.
    pub fn change_settings(&self, settings: Settings) {
        *self.settings.write() = Arc::new(settings);
    }

    /// When it was deleted and will be purged; `None` if it is not deleted.
    #[must_use]
    pub fn deletion(&self) -> Option<Deletion> {
        *self.deletion.read()
    }

    /// Deletes it or brings it back, its objects with it.
    pub fn set_deletion(&self, deletion: Option<Deletion>) {
        *self.deletion.write() = deletion;
    }
}

/// The facts of a deleted vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Deletion {
    /// When it was deleted.
    #[serde(with = "crate::timestamp::exact")]
    pub at: Timestamp,
    /// From when on it is gone for good.
    #[serde(with = "crate::timestamp::exact")]
    pub purge_at: Timestamp,
}

/// All vaults of the emulator.
#[derive(Debug)]
pub struct Vaults {
    /// Behind a lock so that all of them can be replaced in one step.
    vaults: RwLock<DashMap<String, Arc<Vault>>>,
    settings: Settings,
    first_use: FirstUse,
}

/// What happens when a vault is called that nobody made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstUse {
    /// It comes into being.
    Creates,
    /// The call is refused.
    Refused,
}

impl Vaults {
    /// No vaults; those made later get `settings`.
    #[must_use]
    pub fn new(settings: Settings, first_use: FirstUse) -> Self {
        Self { vaults: RwLock::default(), settings, first_use }
    }

    /// Makes a vault, unless it is there.
    pub fn create(&self, name: &str) -> Arc<Vault> {
        let make = || Arc::new(Vault::new(name.to_owned(), self.settings.clone()));
        Arc::clone(&self.vaults.read().entry(name.to_owned()).or_insert_with(make))
    }

    /// Makes a vault with settings of its own; `false` if its name is taken.
    pub fn add(&self, name: &str, settings: Settings) -> bool {
        let vaults = self.vaults.read();
        let Entry::Vacant(place) = vaults.entry(name.to_owned()) else { return false };
        place.insert(Arc::new(Vault::new(name.to_owned(), settings)));
        true
    }

    /// Removes every vault with everything in it.
    pub fn clear(&self) {
        self.vaults.read().clear();
    }

    /// Puts these, by their lower case names, in place of all there are.
    pub fn replace(&self, vaults: impl IntoIterator<Item = (String, Arc<Vault>)>) {
        let vaults = vaults.into_iter().collect();
        *self.vaults.write() = vaults;
    }

    /// The vault of that (lower case) name, deleted or not; none is made.
    #[must_use]
    pub fn get(&self, name: &str, now: Timestamp) -> Option<Arc<Vault>> {
        let vault = Arc::clone(&*self.vaults.read().get(name)?);
        if vault.deletion().is_none_or(|deletion| now < deletion.purge_at) {
            return Some(vault);
        }
        self.vaults.read().remove_if(name, |_, found| Arc::ptr_eq(found, &vault));
        None
    }

    /// The vault of that (lower case) name, for a call to it.
    ///
    /// # Errors
    /// 404 if it is deleted, or not there while vaults are not made on first use.
    pub fn find(&self, name: &str, now: Timestamp) -> Result<Arc<Vault>, Error> {
        match (self.get(name, now), self.first_use) {
            (Some(vault), _) if vault.deletion().is_none() => Ok(vault),
            (Some(_), _) => Err(Error::VaultDeleted(name.to_owned())),
            (None, FirstUse::Creates) => Ok(self.create(name)),
            (None, FirstUse::Refused) => Err(Error::VaultNotFound(name.to_owned())),
        }
    }

    /// Removes a vault and all that is in it, for good.
    pub fn purge(&self, name: &str) {
        self.vaults.read().remove(name);
    }

    /// All vaults there are, in no order.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Vault>> {
        self.vaults.read().iter().map(|vault| Arc::clone(&vault)).collect()
    }

    /// How many vaults there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.vaults.read().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_comes_into_being_on_first_use_unless_that_is_off() {
        let now = Timestamp::default();
        let open = Vaults::new(Settings::default(), FirstUse::Creates);
        assert!(Arc::ptr_eq(&open.find("a", now).unwrap(), &open.find("a", now).unwrap()));
        let closed = Vaults::new(Settings::default(), FirstUse::Refused);
        closed.create("a");
        assert!(closed.find("a", now).is_ok());
        assert_eq!(closed.find("b", now).unwrap_err(), Error::VaultNotFound("b".into()));
    }

    #[test]
    fn a_deleted_vault_is_refused_until_it_is_recovered_and_gone_once_its_time_is_over() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let vaults = Vaults::new(Settings::default(), FirstUse::Creates);
        let vault = vaults.create("a");
        vault.set_deletion(Some(Deletion { at: at(0), purge_at: at(10) }));
        assert_eq!(vaults.find("a", at(9)).unwrap_err(), Error::VaultDeleted("a".into()));
        vault.set_deletion(None);
        assert!(Arc::ptr_eq(&vaults.find("a", at(9)).unwrap(), &vault));
        vault.set_deletion(Some(Deletion { at: at(0), purge_at: at(10) }));
        assert!(vaults.get("a", at(10)).is_none());
        assert!(!Arc::ptr_eq(&vaults.find("a", at(10)).unwrap(), &vault), "a new one, by its first use");
    }

    /// The house rule that keeps every state testable without a machine around it.
    #[test]
    fn the_vault_knows_no_http_no_clock_no_chance_and_no_async() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/vault");
        let files = |folder: &str| {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect::<Vec<_>>()
        };
        for path in [files(root), files(&format!("{root}/policy"))].concat() {
            let source = std::fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap();
            for word in [
                "crate::http",
                "crate::clock",
                "crate::chance",
                "crate::config",
                "tokio",
                "hyper",
                "async ",
                "SystemTime",
                "Instant::now",
            ] {
                let found =
                    code.lines().find(|line| line.contains(word) && !line.trim_start().starts_with("//"));
                assert_eq!(found, None, "{} names {word}", path.display());
            }
        }
    }
}
