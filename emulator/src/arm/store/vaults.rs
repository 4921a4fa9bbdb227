//! Vaults as resources: created, changed, deleted, recovered, purged.

use std::sync::Arc;

use super::vault_resource::{CreateMode, EnabledFor, KIND, VaultChange, VaultResource, is_valid_name};
use super::{Inner, Key, Stamp, Store, Written};
use crate::arm::error::ArmError;
use crate::authorization::network::{NetworkRules, PublicAccess};
use crate::authorization::scope::Scope;
use crate::authorization::{Governance, PermissionModel};
use crate::timestamp::Timestamp;
use crate::vault::location::Location;
use crate::vault::{Access, Deletion, Settings, Vault, Vaults};

impl Inner {
    pub(super) fn live_vault(&self, group: &str, name: &str) -> Option<&VaultResource> {
        let found = self.vaults.get(&Key::of(name))?;
        (found.is_live() && Key::of(&found.group) == Key::of(group)).then_some(found)
    }

    /// Soft-deletes a group's vaults and forgets their role assignments, as Azure does.
    pub(super) fn delete_vaults_of(&mut self, group: &Key, now: Timestamp) {
        for resource in self.vaults.values().filter(|v| Key::of(&v.group) == *group && v.is_live()) {
            resource.vault.set_deletion(Some(deletion(&resource.vault, now)));
        }
    }
}

fn deletion(vault: &Vault, now: Timestamp) -> Deletion {
    Deletion { at: now, purge_at: now + vault.settings().retention() }
}

impl Store {
    /// Creates a vault, changes all of it, or recovers it.
    ///
    /// # Errors
    /// 400 for what is no vault's, 404 for its group or for a deleted vault to recover, 409 for a name that is taken.
    pub fn put_vault(
        &self,
        vaults: &Vaults,
        group: &str,
        name: &str,
        change: VaultChange,
        stamp: Stamp,
    ) -> Result<(VaultResource, Written), ArmError> {
        if !is_valid_name(name) {
            return Err(ArmError::VaultNameNotValid(name.to_owned()));
        }
        let mut inner = self.inner.write();
        let owner = inner.standing_group(group, stamp.at)?;
        let (owner_scope, owner_name) = (owner.scope(self), owner.name.clone());
        let key = Key::of(name);
        let standing = inner.vaults.get(&key).filter(|v| v.is_live() || v.deleted(stamp.at).is_some());
        let (resource, written) = match (standing.cloned(), change.create_mode) {
            (Some(found), CreateMode::Recover) if !found.is_live() => {
                found.vault.set_deletion(None);
                (VaultResource { modified: stamp, ..found }, Written::Updated)
            }
            (None, CreateMode::Recover) => return Err(ArmError::VaultNotDeleted(name.to_owned())),
            (Some(found), _) if !found.is_live() => return Err(ArmError::DeletedVaultExists),
            (Some(found), _) if Key::of(&found.group) != Key::of(group) => {
                return Err(ArmError::VaultAlreadyExists(name.to_owned()));
            }
            (Some(found), _) => (self.changed(found, change, stamp)?, Written::Updated),
            (None, CreateMode::Default) => {
                let scope = owner_scope.child(&format!("providers/{KIND}/{name}"));
                let settings = self.first_settings(&scope, &change)?;
                let vault = vaults.create(&name.to_ascii_lowercase());
                vault.change_settings(settings);
                let resource = VaultResource {
                    name: name.to_owned(),
                    group: owner_name,
                    scope,
                    tags: change.tags.unwrap_or_default(),
                    enabled_for: change.enabled_for,
                    created: stamp,
                    modified: stamp,
                    vault,
                };
                (resource, Written::Created)
            }
        };
        inner.vaults.insert(key, resource.clone());
        Ok((resource, written))
    }

    /// The settings of a vault that is made: what Azure asks for must be there.
    fn first_settings(&self, scope: &Scope, change: &VaultChange) -> Result<Settings, ArmError> {
        let asked = change.location.clone().ok_or(ArmError::LocationRequired)?;
        let location = Location::parse(&asked).ok_or(ArmError::LocationNotAvailable(asked, KIND))?;
        let model = change.model.unwrap_or(PermissionModel::AccessPolicies);
        if model == PermissionModel::AccessPolicies && change.policies.is_none() {
            return Err(ArmError::InvalidValue("accessPolicies"));
        }
        if change.purge_protection == Some(false) {
            return Err(ArmError::PurgeProtectionIsOn);
        }
        let governance = Governance {
            scope: scope.clone(),
            tenant: change.tenant.ok_or(ArmError::InvalidValue("tenantId"))?,
            model,
            policies: change.policies.clone().unwrap_or_default(),
            network: change.network.clone().unwrap_or_default(),
            public_access: change.public_access.unwrap_or_default(),
        };
        Ok(Settings {
            retention_days: change.retention_days.map_or(Ok(90), retention)?,
            purge_protection: change.purge_protection == Some(true),
            location,
            sku: change.sku.ok_or(ArmError::InvalidValue("sku"))?,
            access: Access::Governed(Arc::new(governance)),
        })
    }

    /// Changes a vault that is there, leaving what the request does not name.
    pub(super) fn changed(
        &self,
        found: VaultResource,
        change: VaultChange,
        stamp: Stamp,
    ) -> Result<VaultResource, ArmError> {
        let old = found.vault.settings();
        if let Some(asked) = change.location {
            let location = Location::parse(&asked).ok_or(ArmError::LocationNotAvailable(asked, KIND))?;
            if location != old.location {
                return Err(ArmError::InvalidResourceLocation(
                    found.name,
                    old.location,
                    found.group,
                    location,
                ));
            }
        }
        if change.retention_days.is_some_and(|days| days != i64::from(old.retention_days)) {
            return Err(ArmError::RetentionIsFixed);
        }
        if change.soft_delete == Some(false) {
            return Err(ArmError::SoftDeleteIsOn);
        }
        if change.purge_protection == Some(false) {
            return Err(ArmError::PurgeProtectionIsOn);
        }
        let mut governance = self.governance(&found.scope, &old);
        governance.tenant = change.tenant.unwrap_or(governance.tenant);
        governance.model = change.model.unwrap_or(governance.model);
        governance.policies = change.policies.unwrap_or(governance.policies);
        governance.network = change.network.unwrap_or(governance.network);
        governance.public_access = change.public_access.unwrap_or(governance.public_access);
        found.vault.change_settings(Settings {
            retention_days: old.retention_days,
            purge_protection: old.purge_protection || change.purge_protection == Some(true),
            location: old.location,
            sku: change.sku.unwrap_or(old.sku),
            access: Access::Governed(Arc::new(governance)),
        });
        let enabled = found.enabled_for;
        Ok(VaultResource {
            tags: change.tags.unwrap_or(found.tags),
            enabled_for: EnabledFor {
                deployment: change.enabled_for.deployment.or(enabled.deployment),
                disk_encryption: change.enabled_for.disk_encryption.or(enabled.disk_encryption),
                template_deployment: change.enabled_for.template_deployment.or(enabled.template_deployment),
            },
            modified: stamp,
            ..found
        })
    }

    /// How a vault of ours is governed.
    #[must_use]
    pub fn governance(&self, scope: &Scope, settings: &Settings) -> Governance {
        match &settings.access {
            Access::Governed(governance) => Governance::clone(governance),
            Access::Open => Governance {
                scope: scope.clone(),
                tenant: self.tenant,
                model: PermissionModel::AccessPolicies,
                policies: Vec::new(),
                network: NetworkRules::default(),
                public_access: PublicAccess::Enabled,
            },
        }
    }

    /// Changes what a request names of a vault that is there.
    ///
    /// # Errors
    /// 404; as [`Self::put_vault`].
    pub fn update_vault(
        &self,
        group: &str,
        name: &str,
        change: VaultChange,
        stamp: Stamp,
    ) -> Result<VaultResource, ArmError> {
        let mut inner = self.inner.write();
        inner.standing_group(group, stamp.at)?;
        let found = inner.live_vault(group, name).cloned().ok_or_else(|| not_found(group, name))?;
        let resource = self.changed(found, change, stamp)?;
        inner.vaults.insert(Key::of(name), resource.clone());
        Ok(resource)
    }

    /// The vault of that name in that group.
    ///
    /// # Errors
    /// 404 for the group or the vault.
    pub fn vault(&self, group: &str, name: &str, now: Timestamp) -> Result<VaultResource, ArmError> {
        let inner = self.inner.read();
        inner.group(group, now)?;
        inner.live_vault(group, name).cloned().ok_or_else(|| not_found(group, name))
    }

    /// All vaults, by name.
    pub fn vaults(&self) -> Vec<VaultResource> {
        self.inner.read().vaults.values().filter(|vault| vault.is_live()).cloned().collect()
    }

    /// The vaults of a group, by name.
    ///
    /// # Errors
    /// 404.
    pub fn vaults_of(&self, group: &str, now: Timestamp) -> Result<Vec<VaultResource>, ArmError> {
        self.inner.read().group(group, now)?;
        let key = Key::of(group);
        Ok(self.vaults().into_iter().filter(|vault| Key::of(&vault.group) == key).collect())
    }

    /// Soft-deletes a vault and forgets the role assignments at it and below; whether it was there.
    ///
    /// # Errors
    /// 404 for its group.
    pub fn delete_vault(&self, group: &str, name: &str, now: Timestamp) -> Result<bool, ArmError> {
        let mut inner = self.inner.write();
        inner.group(group, now)?;
        let Some(found) = inner.live_vault(group, name).cloned() else { return Ok(false) };
        found.vault.set_deletion(Some(deletion(&found.vault, now)));
        inner.assignments.retain(|_, assignment| !found.scope.contains(&assignment.scope));
        Ok(true)
    }

    /// All soft-deleted vaults, by name.
    pub fn deleted_vaults(&self, now: Timestamp) -> Vec<(VaultResource, Deletion)> {
        let inner = self.inner.read();
        let deleted = inner.vaults.values().filter_map(|v| v.deleted(now).map(|facts| (v.clone(), facts)));
        deleted.collect()
    }

    /// The soft-deleted vault of that name and region.
    ///
    /// # Errors
    /// 404.
    pub fn deleted_vault(
        &self,
        location: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(VaultResource, Deletion), ArmError> {
        let inner = self.inner.read();
        let found = inner.vaults.get(&Key::of(name)).cloned();
        let here = found.filter(|v| Some(v.vault.settings().location) == Location::parse(location));
        here.and_then(|vault| vault.deleted(now).map(|facts| (vault, facts)))
            .ok_or_else(|| ArmError::DeletedVaultNotFound(name.to_owned()))
    }

    /// Removes a soft-deleted vault for good; it is gone at `gone_at`.
    ///
    /// # Errors
    /// 404; 405 with purge protection.
    pub fn purge_vault(
        &self,
        location: &str,
        name: &str,
        now: Timestamp,
        gone_at: Timestamp,
    ) -> Result<(), ArmError> {
        let (resource, facts) = self.deleted_vault(location, name, now)?;
        if resource.vault.settings().purge_protection {
            return Err(ArmError::PurgeProtected);
        }
        let purge_at = facts.purge_at.min(gone_at);
        resource.vault.set_deletion(Some(Deletion { purge_at, ..facts }));
        Ok(())
    }

    /// Whether a vault may be called that: neither used nor kept by a soft-deleted one.
    pub fn vault_name_is_free(&self, name: &str, now: Timestamp) -> bool {
        let inner = self.inner.read();
        inner.vaults.get(&Key::of(name)).is_none_or(|v| !v.is_live() && v.deleted(now).is_none())
    }
}

pub(super) fn not_found(group: &str, name: &str) -> ArmError {
    ArmError::ResourceNotFound(KIND, name.to_owned(), group.to_owned())
}

fn retention(days: i64) -> Result<u16, ArmError> {
    let within = u16::try_from(days).ok().filter(|days| (7..=90).contains(days));
    within.ok_or(ArmError::InvalidValue("softDeleteRetentionInDays"))
}
