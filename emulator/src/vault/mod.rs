//! The vaults: a pure state machine. Values in, values out, `now` and everything drawn given by the caller.
//!
//! No I/O, no clock, no randomness, no async, no HTTP words: a test reads the sources and holds that. Every transition
//! is one step under one lock, and no lock is held while a key is made or a certificate signed.

pub mod arrival;
pub mod backup;
pub mod certificate;
pub mod certificate_operations;
pub mod certificates;
pub mod collection;
pub mod doors;
pub mod issuance;
pub mod issuers;
pub mod lifecycle;
pub mod name;
pub mod operation;
pub mod policy;

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use parking_lot::RwLock;

use crate::error::{Error, Family};
use crate::vault::certificate::Certificate;
use crate::vault::collection::Collection;
use crate::vault::issuers::Issuers;

/// What holds for all objects of a vault.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Days until a deleted object is purged, 7 to 90.
    pub retention_days: u16,
    /// Whether nothing may be purged before that.
    pub purge_protection: bool,
    /// The region, as `x-ms-keyvault-region` has it.
    pub location: &'static str,
}

impl Default for Settings {
    /// What a vault has when its creator says nothing.
    fn default() -> Self {
        Self { retention_days: 90, purge_protection: false, location: "westus" }
    }
}

impl Settings {
    /// `attributes.recoveryLevel` (keys-and-secrets.md section 3.1).
    #[must_use]
    pub const fn recovery_level(&self) -> &'static str {
        match (self.retention_days, self.purge_protection) {
            (90, false) => "Recoverable+Purgeable",
            (90, true) => "Recoverable",
            (_, false) => "CustomizedRecoverable+Purgeable",
            (_, true) => "CustomizedRecoverable",
        }
    }

    /// How long a deleted object is kept.
    #[must_use]
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_days) * 86_400)
    }
}

/// One vault.
#[derive(Debug)]
pub struct Vault {
    /// Lower case, the first label of its host name.
    pub name: String,
    /// What holds for all its objects.
    pub settings: Settings,
    certificates: RwLock<Collection<Certificate>>,
    issuers: RwLock<Issuers>,
}

impl Vault {
    /// An empty vault.
    #[must_use]
    pub fn new(name: String, settings: Settings) -> Self {
        let certificates = RwLock::new(Collection::new(Family::Certificate));
        Self { name, settings, certificates, issuers: RwLock::default() }
    }
}

/// All vaults of the emulator.
#[derive(Debug)]
pub struct Vaults {
    vaults: DashMap<String, Arc<Vault>>,
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
        Self { vaults: DashMap::new(), settings, first_use }
    }

    /// Makes a vault, unless it is there.
    pub fn create(&self, name: &str) -> Arc<Vault> {
        let make = || Arc::new(Vault::new(name.to_owned(), self.settings.clone()));
        Arc::clone(&self.vaults.entry(name.to_owned()).or_insert_with(make))
    }

    /// The vault of that (lower case) name.
    ///
    /// # Errors
    /// 404 if it is not there and vaults are not made on first use.
    pub fn find(&self, name: &str) -> Result<Arc<Vault>, Error> {
        if let Some(vault) = self.vaults.get(name) {
            return Ok(Arc::clone(&vault));
        }
        match self.first_use {
            FirstUse::Creates => Ok(self.create(name)),
            FirstUse::Refused => Err(Error::VaultNotFound(name.to_owned())),
        }
    }

    /// How many vaults there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.vaults.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// keys-and-secrets.md section 3.1.
    #[test]
    fn the_recovery_level_follows_from_retention_and_purge_protection() {
        let level = |retention_days, purge_protection| {
            Settings { retention_days, purge_protection, ..Settings::default() }.recovery_level()
        };
        assert_eq!(level(90, false), "Recoverable+Purgeable");
        assert_eq!(level(90, true), "Recoverable");
        assert_eq!(level(7, false), "CustomizedRecoverable+Purgeable");
        assert_eq!(level(7, true), "CustomizedRecoverable");
    }

    #[test]
    fn a_vault_comes_into_being_on_first_use_unless_that_is_off() {
        let open = Vaults::new(Settings::default(), FirstUse::Creates);
        assert!(Arc::ptr_eq(&open.find("a").unwrap(), &open.find("a").unwrap()));
        let closed = Vaults::new(Settings::default(), FirstUse::Refused);
        closed.create("a");
        assert!(closed.find("a").is_ok());
        assert_eq!(closed.find("b").unwrap_err(), Error::VaultNotFound("b".into()));
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
