//! How much is too much: Azure's published limits for each vault and ten seconds.
//!
//! Source: "Azure Key Vault service limits", learn.microsoft.com/azure/key-vault/general/service-limits. Weights are
//! summed within a column of its table, as it says; what was refused does not count, as the throttling guidance says.
//! What neither says is decided here: a window begins with the first transaction in it. The fivefold limit of a
//! subscription and the limits of Managed HSM are not kept. It must not read a clock or answer anything.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::crypto::{KeyKind, KeySpec, RsaSize};
use crate::timestamp::Timestamp;
use crate::vault::key_plan::Protection;

/// For how long transactions are summed.
const WINDOW: Duration = Duration::from_secs(10);

/// Which limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Throttle {
    /// None.
    #[default]
    Off,
    /// Azure's.
    Azure,
}

/// A column of the table of limits: what is summed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    KeyCreation,
    Keys,
    SecretCreation,
    Others,
}

impl Column {
    /// The most that fits into a window.
    const fn limit(self) -> u32 {
        match self {
            Self::KeyCreation => 20,
            Self::SecretCreation => 300,
            Self::Keys | Self::Others => 4000,
        }
    }
}

/// One transaction, as the limits see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    column: Column,
    weight: u32,
}

/// What is kept in hardware counts twice.
const fn factor(protection: Protection) -> u32 {
    match protection {
        Protection::Software => 1,
        Protection::Hardware => 2,
    }
}

impl Transaction {
    /// A secret is set, a certificate or a key imported.
    pub const SECRET_CREATION: Self = Self { column: Column::SecretCreation, weight: 1 };
    /// Whatever is no transaction of keys.
    pub const OTHER: Self = Self { column: Column::Others, weight: 1 };
    /// One of keys that is about no key, such as a list.
    pub const KEYS: Self = Self { column: Column::Keys, weight: 1 };

    /// A key is made.
    #[must_use]
    pub const fn key_creation(protection: Protection) -> Self {
        Self { column: Column::KeyCreation, weight: factor(protection) }
    }

    /// A key is read or used.
    #[must_use]
    pub const fn key(kind: KeyKind, protection: Protection) -> Self {
        let weight = match kind {
            KeyKind::Asymmetric(KeySpec::Rsa(RsaSize::Bits3072)) => 4,
            KeyKind::Asymmetric(KeySpec::Rsa(RsaSize::Bits4096)) => 8,
            _ => 1,
        };
        Self { column: Column::Keys, weight: weight * factor(protection) }
    }
}

/// What fell into one window.
#[derive(Clone, Copy, Debug)]
struct Window {
    begun: Timestamp,
    sum: u32,
}

/// The limits that hold, and what was done within their windows.
#[derive(Debug, Default)]
pub struct Throttling {
    limits: Mutex<Throttle>,
    windows: Mutex<HashMap<(String, Column), Window>>,
}

impl Throttling {
    /// Nothing was done yet.
    #[must_use]
    pub fn new(limits: Throttle) -> Self {
        Self { limits: Mutex::new(limits), ..Self::default() }
    }

    /// Which limits hold.
    #[must_use]
    pub fn limits(&self) -> Throttle {
        *self.limits.lock()
    }

    /// Lets these limits hold; what was done before does not count.
    pub fn set(&self, limits: Throttle) {
        *self.limits.lock() = limits;
        self.clear();
    }

    /// Forgets what was done.
    pub fn clear(&self) {
        self.windows.lock().clear();
    }

    /// Whether `vault` takes a transaction at `now`; what it takes counts. `transaction` is asked only if limits hold.
    pub fn admits(&self, vault: &str, now: Timestamp, transaction: impl FnOnce() -> Transaction) -> bool {
        if self.limits() == Throttle::Off {
            return true;
        }
        let Transaction { column, weight } = transaction();
        let mut windows = self.windows.lock();
        let window = windows.entry((vault.to_owned(), column)).or_insert(Window { begun: now, sum: 0 });
        // A clock that was moved back begins anew.
        if now < window.begun || now >= window.begun + WINDOW {
            *window = Window { begun: now, sum: 0 };
        }
        let fits = window.sum + weight <= column.limit();
        window.sum += if fits { weight } else { 0 };
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn rsa(size: RsaSize) -> KeyKind {
        KeyKind::Asymmetric(KeySpec::Rsa(size))
    }

    fn taken(transaction: Transaction) -> u32 {
        let throttling = Throttling::new(Throttle::Azure);
        (0..10_000).filter(|_| throttling.admits("kv", NOW, || transaction)).count().try_into().unwrap()
    }

    /// The table of "Azure Key Vault service limits".
    #[test]
    fn as_many_are_taken_in_ten_seconds_as_the_table_says() {
        use Protection::{Hardware, Software};
        for (transaction, most) in [
            (Transaction::key(rsa(RsaSize::Bits2048), Software), 4000),
            (Transaction::key(rsa(RsaSize::Bits3072), Software), 1000),
            (Transaction::key(rsa(RsaSize::Bits4096), Software), 500),
            (Transaction::key(rsa(RsaSize::Bits2048), Hardware), 2000),
            (Transaction::key(rsa(RsaSize::Bits3072), Hardware), 500),
            (Transaction::key(rsa(RsaSize::Bits4096), Hardware), 250),
            (Transaction::key_creation(Software), 20),
            (Transaction::key_creation(Hardware), 10),
            (Transaction::SECRET_CREATION, 300),
            (Transaction::OTHER, 4000),
        ] {
            assert_eq!(taken(transaction), most, "{transaction:?}");
        }
    }

    #[test]
    fn weights_are_summed_in_a_window_of_each_vault_and_refusals_do_not_count() {
        let throttling = Throttling::new(Throttle::Azure);
        let big = Transaction::key(rsa(RsaSize::Bits4096), Protection::Hardware);
        let small = Transaction::key(rsa(RsaSize::Bits2048), Protection::Software);
        assert!((0..249).all(|_| throttling.admits("kv", NOW, || big)));
        assert!((0..15).all(|_| throttling.admits("kv", NOW, || small)));
        assert!(!throttling.admits("kv", NOW, || big));
        assert!(throttling.admits("kv", NOW, || small));
        assert!(!throttling.admits("kv", NOW + Duration::from_millis(9_999), || small));
        assert!(throttling.admits("other", NOW, || big));
        assert!(throttling.admits("kv", NOW + WINDOW, || big));
    }

    #[test]
    fn nothing_is_too_much_unless_limits_hold() {
        let throttling = Throttling::default();
        assert!((0..10_000).all(|_| throttling.admits("kv", NOW, || Transaction::OTHER)));
        throttling.set(Throttle::Azure);
        assert!(!(0..301).all(|_| throttling.admits("kv", NOW, || Transaction::SECRET_CREATION)));
    }
}
