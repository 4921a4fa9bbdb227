//! What the control plane keeps: resource groups, vaults, managed HSMs, roles, assignments, deployments.
//!
//! One store under one lock, its indexes ordered by name, so that every list pages the same way and a transition is one
//! step. Pure: values in, values out, `now` and everything drawn given by the caller; what takes time is facts compared
//! with `now`. The vaults themselves are [`crate::vault::Vaults`]; a [`vault_resource::VaultResource`] holds its vault and
//! what only the control plane knows of it.

pub mod access;
pub mod deployments;
pub mod groups;
pub mod hsms;
pub mod operations;
pub mod snapshot;
pub mod vault_policies;
pub mod vault_resource;
pub mod vaults;

use std::collections::BTreeMap;

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::deployments::Deployment;
use self::groups::Group;
use self::hsms::ManagedHsm;
use self::vault_resource::VaultResource;
use crate::authorization::assignment::RoleAssignment;
use crate::authorization::role::RoleDefinition;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;

/// `tags`.
pub type Tags = BTreeMap<String, String>;

/// A name without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// The key of a name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(name.to_lowercase())
    }
}

/// When something was done, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Stamp {
    /// When.
    #[serde(with = "crate::timestamp::exact")]
    pub at: Timestamp,
    /// Object id.
    pub by: Uuid,
}

/// Whether something came into being or was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is new.
    Created,
    /// It was changed.
    Updated,
}

/// The control plane's state.
#[derive(Debug)]
pub struct Store {
    /// The one tenant.
    pub tenant: Uuid,
    /// The one subscription.
    pub subscription: Uuid,
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    groups: BTreeMap<Key, Group>,
    vaults: BTreeMap<Key, VaultResource>,
    hsms: BTreeMap<Key, ManagedHsm>,
    roles: BTreeMap<Uuid, RoleDefinition>,
    assignments: BTreeMap<(Scope, Uuid), RoleAssignment>,
    deployments: BTreeMap<(Key, Key), Deployment>,
    operations: BTreeMap<Uuid, Timestamp>,
}

impl Store {
    /// An empty subscription of a tenant. The one that it has unless another is named follows from the tenant, because
    /// scripts write it down.
    #[must_use]
    pub fn new(tenant: Uuid, subscription: Option<Uuid>) -> Self {
        let subscription = subscription.unwrap_or_else(|| Uuid::new_v5(&tenant, b"subscription"));
        Self { tenant, subscription, inner: RwLock::default() }
    }

    /// Forgets everything but tenant and subscription.
    pub fn clear(&self) {
        *self.inner.write() = Inner::default();
    }

    /// The subscription's scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::subscription(&self.subscription.to_string())
    }
}
