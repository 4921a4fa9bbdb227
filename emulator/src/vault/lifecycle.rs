//! The soft-delete states of one object, as a function of two facts and `now`.
//!
//! Nothing here reads a clock and no state is ever written by the passing of time: [`Lifecycle::phase`] compares.
//! Source: keys-and-secrets.md section 6, certificates.md section 3.

use std::time::Duration;

use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// What has happened to an object last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Created or recovered.
    Live {
        /// When reads begin to see it.
        #[serde(with = "crate::timestamp::exact")]
        visible_at: Timestamp,
    },
    /// Deleted.
    Deleted {
        /// When it was deleted.
        #[serde(with = "crate::timestamp::exact")]
        at: Timestamp,
        /// When it may be recovered or purged.
        #[serde(with = "crate::timestamp::exact")]
        settled_at: Timestamp,
        /// When the service purges it.
        #[serde(with = "crate::timestamp::exact")]
        purge_at: Timestamp,
    },
    /// Purged by a request, which has to settle too.
    Purged {
        /// When its name is free.
        #[serde(with = "crate::timestamp::exact")]
        free_at: Timestamp,
    },
}

/// Where in its life an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Recovered, not to be seen yet.
    Recovering,
    /// In use.
    Live,
    /// Deleted, not to be recovered or purged yet.
    Deleting,
    /// Deleted and recoverable.
    Deleted,
    /// Gone, but its name is not free yet.
    Purging,
    /// Gone: its name is free.
    Purged,
}

impl Lifecycle {
    /// An object that is there from now on.
    #[must_use]
    pub const fn created(now: Timestamp) -> Self {
        Self::Live { visible_at: now }
    }

    /// The same object deleted `now`, recoverable after `settle` and kept for `retention`.
    #[must_use]
    pub fn deleted(now: Timestamp, settle: Duration, retention: Duration) -> Self {
        Self::Deleted { at: now, settled_at: now + settle, purge_at: now + retention }
    }

    /// The phase at `now`.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        match *self {
            // The clock may have been moved to before the object's creation: it stays what it is.
            Self::Live { visible_at } if now < visible_at => Phase::Recovering,
            Self::Live { .. } => Phase::Live,
            Self::Deleted { purge_at, .. } if now >= purge_at => Phase::Purged,
            Self::Deleted { settled_at, .. } if now < settled_at => Phase::Deleting,
            Self::Deleted { .. } => Phase::Deleted,
            Self::Purged { free_at } if now < free_at => Phase::Purging,
            Self::Purged { .. } => Phase::Purged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn deletion_settles_then_waits_then_purges_by_comparison_alone() {
        let now = Timestamp::from_seconds(1_000_000);
        let deleted = Lifecycle::deleted(now, SECOND, DAY);
        for (when, phase) in [
            (now - DAY, Phase::Deleting),
            (now, Phase::Deleting),
            (now + SECOND, Phase::Deleted),
            (now + DAY - SECOND, Phase::Deleted),
            (now + DAY, Phase::Purged),
        ] {
            assert_eq!(deleted.phase(when), phase, "{when}");
        }
    }

    /// keys-and-secrets.md section 6, 4.
    #[test]
    fn a_purged_objects_name_is_free_once_that_has_settled_and_the_object_never_comes_back() {
        let now = Timestamp::from_seconds(1_000_000);
        let purged = Lifecycle::Purged { free_at: now + SECOND };
        for (when, phase) in
            [(now - DAY, Phase::Purging), (now, Phase::Purging), (now + SECOND, Phase::Purged)]
        {
            assert_eq!(purged.phase(when), phase, "{when}");
        }
    }

    #[test]
    fn a_recovered_object_is_seen_once_it_is_visible() {
        let now = Timestamp::from_seconds(1_000_000);
        let recovered = Lifecycle::Live { visible_at: now + SECOND };
        assert_eq!(recovered.phase(now), Phase::Recovering);
        assert_eq!(recovered.phase(now + SECOND), Phase::Live);
    }
}
