//! What holds for all objects of a vault: where it is, what it offers, how long it keeps what was deleted, whom it lets in.
//!
//! The control plane changes settings; the data plane reads them once per request.

use std::sync::Arc;
use std::time::Duration;

use crate::authorization::Governance;
use crate::vault::location::Location;
use serde::{Deserialize, Serialize};

/// `sku.name`: whether keys may be kept in hardware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sku {
    /// Software keys only.
    #[default]
    Standard,
    /// Also keys in hardware, `RSA-HSM` and `EC-HSM`.
    Premium,
    /// A pool of Managed HSM, which is no vault: keys in hardware only, symmetric ones as well.
    ManagedHsm,
}

impl Sku {
    /// As bodies have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Premium => "premium",
            Self::ManagedHsm => "Standard_B1",
        }
    }

    /// Reads a vault's `sku.name`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Standard, Self::Premium].into_iter().find(|sku| sku.name().eq_ignore_ascii_case(text))
    }
}

/// Whom a vault lets in.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Whoever has a token: a vault that came into being by its first use.
    #[default]
    Open,
    /// Those whom policies or roles permit: a vault made through the control plane.
    Governed(Arc<Governance>),
}

/// The settings of one vault.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Settings {
    /// Days until a deleted object is purged, 7 to 90.
    pub retention_days: u16,
    /// Whether nothing may be purged before that.
    pub purge_protection: bool,
    /// The region.
    pub location: Location,
    /// What it offers.
    pub sku: Sku,
    /// Whom it lets in.
    pub access: Access,
}

impl Default for Settings {
    /// What a vault has when its creator says nothing.
    fn default() -> Self {
        Self {
            retention_days: 90,
            purge_protection: false,
            location: Location::DEFAULT,
            sku: Sku::Standard,
            access: Access::Open,
        }
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

    /// The same for a pool of Managed HSM.
    #[must_use]
    pub fn of_a_pool(&self) -> Self {
        Self { sku: Sku::ManagedHsm, ..self.clone() }
    }

    /// How long a deleted object is kept.
    #[must_use]
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_days) * 86_400)
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
    fn a_sku_is_read_in_any_case() {
        assert_eq!(Sku::parse("Premium"), Some(Sku::Premium));
        assert_eq!(Sku::parse("gold"), None);
    }
}
