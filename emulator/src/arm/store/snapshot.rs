//! The control plane as one document, and back: what stands in it, and the deployments that brought it about.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::deployments::{self, Deployment};
use super::groups::Group;
use super::hsms::ManagedHsm;
use super::vault_resource::{EnabledFor, VaultResource};
use super::{Inner, Key, Stamp, Store, Tags, access};
use crate::authorization::assignment::RoleAssignment;
use crate::authorization::role::RoleDefinition;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;
use crate::vault::{Vault, Vaults};

/// Everything that a [`Store`] keeps.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreRecord {
    tenant: Uuid,
    subscription: Uuid,
    groups: Vec<Group>,
    vaults: Vec<ResourceRecord>,
    hsms: Vec<ManagedHsm>,
    roles: Vec<RoleDefinition>,
    assignments: Vec<RoleAssignment>,
    /// The first documents of version 1 are without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deployments: Vec<Deployment>,
    operations: Vec<OperationRecord>,
}

/// A vault as a resource; the vault itself goes by its name.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ResourceRecord {
    name: String,
    group: String,
    scope: Scope,
    tags: Tags,
    enabled_for: EnabledFor,
    created: Stamp,
    modified: Stamp,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OperationRecord {
    id: Uuid,
    #[serde(with = "crate::timestamp::exact")]
    done_at: Timestamp,
}

/// What a store is to hold from now on: nothing of it can fail any more.
#[derive(Debug)]
pub struct Restored(Inner);

impl Store {
    /// Everything it keeps, as of `now`; `vaults` are the vaults of its resources.
    #[must_use]
    pub fn record(&self, vaults: &Vaults, now: Timestamp) -> StoreRecord {
        let inner = self.inner.read();
        // A resource whose vault was purged, and perhaps made anew by its first use, is gone.
        let stands = |resource: &&VaultResource| {
            vaults.get(&resource.vault.name, now).is_some_and(|found| Arc::ptr_eq(&found, &resource.vault))
        };
        StoreRecord {
            tenant: self.tenant,
            subscription: self.subscription,
            groups: inner.groups.values().cloned().collect(),
            vaults: inner.vaults.values().filter(stands).map(ResourceRecord::of).collect(),
            hsms: inner.hsms.values().cloned().collect(),
            roles: inner.roles.values().cloned().collect(),
            assignments: inner.assignments.values().cloned().collect(),
            deployments: inner.deployments.values().cloned().collect(),
            operations: inner
                .operations
                .iter()
                .map(|(&id, &done_at)| OperationRecord { id, done_at })
                .collect(),
        }
    }

    /// What the record says, if it is of this tenant and subscription; `vaults` by name.
    ///
    /// # Errors
    /// One line that names what does not fit.
    pub fn restored(
        &self,
        record: StoreRecord,
        vaults: &BTreeMap<String, Arc<Vault>>,
    ) -> Result<Restored, String> {
        if (record.tenant, record.subscription) != (self.tenant, self.subscription) {
            return Err(format!(
                "it is of tenant {} and subscription {}: start the emulator with --tenant {} --subscription {}",
                record.tenant, record.subscription, record.tenant, record.subscription
            ));
        }
        let resources = record.vaults.into_iter().map(|resource| resource.restore(vaults));
        let resources = resources.collect::<Result<Vec<_>, _>>()?;
        Ok(Restored(Inner {
            groups: record.groups.into_iter().map(|group| (Key::of(&group.name), group)).collect(),
            vaults: resources.into_iter().map(|vault| (Key::of(&vault.name), vault)).collect(),
            hsms: record.hsms.into_iter().map(|hsm| (Key::of(&hsm.name), hsm)).collect(),
            roles: record.roles.into_iter().map(|role| (role.id, role)).collect(),
            assignments: record.assignments.into_iter().map(|a| (access::at(&a.scope, a.id), a)).collect(),
            deployments: record.deployments.into_iter().map(|own| (deployments::key(&own), own)).collect(),
            operations: record.operations.into_iter().map(|one| (one.id, one.done_at)).collect(),
        }))
    }

    /// Holds that and nothing else.
    pub fn replace(&self, restored: Restored) {
        *self.inner.write() = restored.0;
    }
}

impl ResourceRecord {
    fn of(resource: &VaultResource) -> Self {
        Self {
            name: resource.name.clone(),
            group: resource.group.clone(),
            scope: resource.scope.clone(),
            tags: resource.tags.clone(),
            enabled_for: resource.enabled_for,
            created: resource.created,
            modified: resource.modified,
        }
    }

    fn restore(self, vaults: &BTreeMap<String, Arc<Vault>>) -> Result<VaultResource, String> {
        let vault = vaults.get(&self.name.to_ascii_lowercase());
        let vault = vault
            .ok_or_else(|| format!("the control plane names a vault `{}` that is not there", self.name))?;
        Ok(VaultResource {
            vault: Arc::clone(vault),
            name: self.name,
            group: self.group,
            scope: self.scope,
            tags: self.tags,
            enabled_for: self.enabled_for,
            created: self.created,
            modified: self.modified,
        })
    }
}
