//! Managed HSMs as resources: their life, not what is in them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Inner, Key, Stamp, Store, Tags, Written};
use crate::arm::error::ArmError;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;
use crate::vault::Deletion;
use crate::vault::location::Location;

/// What the resource type is called.
pub const KIND: &str = "Microsoft.KeyVault/managedHSMs";

/// A managed HSM as a resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ManagedHsm {
    /// In its creator's spelling.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its resource id.
    pub scope: Scope,
    /// Where it is.
    pub location: Location,
    /// `tags`.
    pub tags: Tags,
    /// `sku.name`: `Standard_B1` or `Custom_B32`.
    pub sku: String,
    /// `properties.tenantId`.
    pub tenant: Uuid,
    /// `properties.initialAdminObjectIds`.
    pub administrators: Vec<String>,
    /// `properties.softDeleteRetentionInDays`.
    pub retention_days: u16,
    /// `properties.enablePurgeProtection`.
    pub purge_protection: bool,
    /// When it came into being.
    pub created: Stamp,
    /// The facts of its deletion.
    pub deletion: Option<Deletion>,
}

/// What a request gives for a managed HSM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HsmChange {
    /// `location`.
    pub location: Option<String>,
    /// `tags`.
    pub tags: Option<Tags>,
    /// `sku.name`.
    pub sku: Option<String>,
    /// `properties.tenantId`.
    pub tenant: Option<Uuid>,
    /// `properties.initialAdminObjectIds`.
    pub administrators: Option<Vec<String>>,
    /// `properties.softDeleteRetentionInDays`.
    pub retention_days: Option<u16>,
    /// `properties.enablePurgeProtection`.
    pub purge_protection: Option<bool>,
    /// `properties.createMode`, `recover`.
    pub recovers: bool,
}

impl ManagedHsm {
    fn is_gone(&self, now: Timestamp) -> bool {
        self.deletion.is_some_and(|deletion| deletion.purge_at <= now)
    }
}

impl Inner {
    fn live_hsm(&self, group: &str, name: &str) -> Option<&ManagedHsm> {
        let found = self.hsms.get(&Key::of(name))?;
        (found.deletion.is_none() && Key::of(&found.group) == Key::of(group)).then_some(found)
    }

    /// Soft-deletes a group's HSMs.
    pub(super) fn delete_hsms_of(&mut self, group: &Key, now: Timestamp) {
        for hsm in self.hsms.values_mut().filter(|hsm| Key::of(&hsm.group) == *group) {
            hsm.deletion.get_or_insert(deletion(hsm.retention_days, now));
        }
    }
}

fn deletion(days: u16, now: Timestamp) -> Deletion {
    Deletion { at: now, purge_at: now + std::time::Duration::from_secs(u64::from(days) * 86_400) }
}

impl Store {
    /// Creates a managed HSM, changes or recovers it.
    ///
    /// # Errors
    /// 400, 404 for its group or for a deleted one to recover, 409 for a name that is taken.
    pub fn put_hsm(
        &self,
        group: &str,
        name: &str,
        change: HsmChange,
        stamp: Stamp,
    ) -> Result<(ManagedHsm, Written), ArmError> {
        let mut inner = self.inner.write();
        let owner = inner.standing_group(group, stamp.at)?.clone();
        let key = Key::of(name);
        let standing = inner.hsms.get(&key).filter(|hsm| !hsm.is_gone(stamp.at)).cloned();
        let (hsm, written) = match standing {
            Some(found) if found.deletion.is_some() && change.recovers => {
                (ManagedHsm { deletion: None, ..found }, Written::Updated)
            }
            Some(found) if found.deletion.is_some() || Key::of(&found.group) != Key::of(group) => {
                return Err(ArmError::HsmAlreadyExists(name.to_owned()));
            }
            Some(found) => (changed(found, change), Written::Updated),
            None if change.recovers => return Err(ArmError::DeletedHsmNotFound(name.to_owned())),
            None => {
                let scope = owner.scope(self).child(&format!("providers/{KIND}/{name}"));
                (self.first_hsm(owner.name, name, scope, change, stamp)?, Written::Created)
            }
        };
        inner.hsms.insert(key, hsm.clone());
        Ok((hsm, written))
    }

    fn first_hsm(
        &self,
        group: String,
        name: &str,
        scope: Scope,
        change: HsmChange,
        stamp: Stamp,
    ) -> Result<ManagedHsm, ArmError> {
        let asked = change.location.ok_or(ArmError::LocationRequired)?;
        let retention_days = change.retention_days.unwrap_or(90);
        if !(7..=90).contains(&retention_days) {
            return Err(ArmError::InvalidValue("softDeleteRetentionInDays"));
        }
        Ok(ManagedHsm {
            name: name.to_owned(),
            group,
            scope,
            location: Location::parse(&asked).ok_or(ArmError::LocationNotAvailable(asked, KIND))?,
            tags: change.tags.unwrap_or_default(),
            sku: change.sku.ok_or(ArmError::InvalidValue("sku"))?,
            tenant: change.tenant.unwrap_or(self.tenant),
            administrators: change.administrators.unwrap_or_default(),
            retention_days,
            purge_protection: change.purge_protection.unwrap_or_default(),
            created: stamp,
            deletion: None,
        })
    }

    /// Changes what a request names of a managed HSM.
    ///
    /// # Errors
    /// 404.
    pub fn update_hsm(
        &self,
        group: &str,
        name: &str,
        change: HsmChange,
        now: Timestamp,
    ) -> Result<ManagedHsm, ArmError> {
        let mut inner = self.inner.write();
        inner.standing_group(group, now)?;
        let found = inner.live_hsm(group, name).cloned().ok_or_else(|| not_found(group, name))?;
        let hsm = changed(found, change);
        inner.hsms.insert(Key::of(name), hsm.clone());
        Ok(hsm)
    }

    /// The managed HSM of that name in that group.
    ///
    /// # Errors
    /// 404.
    pub fn hsm(&self, group: &str, name: &str, now: Timestamp) -> Result<ManagedHsm, ArmError> {
        let inner = self.inner.read();
        inner.group(group, now)?;
        inner.live_hsm(group, name).cloned().ok_or_else(|| not_found(group, name))
    }

    /// All managed HSMs, by name.
    pub fn hsms(&self) -> Vec<ManagedHsm> {
        self.inner.read().hsms.values().filter(|hsm| hsm.deletion.is_none()).cloned().collect()
    }

    /// Soft-deletes a managed HSM; whether it was there.
    ///
    /// # Errors
    /// 404 for its group.
    pub fn delete_hsm(&self, group: &str, name: &str, now: Timestamp) -> Result<bool, ArmError> {
        let mut inner = self.inner.write();
        inner.group(group, now)?;
        if inner.live_hsm(group, name).is_none() {
            return Ok(false);
        }
        if let Some(hsm) = inner.hsms.get_mut(&Key::of(name)) {
            hsm.deletion = Some(deletion(hsm.retention_days, now));
        }
        Ok(true)
    }

    /// All soft-deleted managed HSMs, by name.
    pub fn deleted_hsms(&self, now: Timestamp) -> Vec<(ManagedHsm, Deletion)> {
        let inner = self.inner.read();
        let standing = inner.hsms.values().filter(|hsm| !hsm.is_gone(now));
        standing.filter_map(|hsm| hsm.deletion.map(|facts| (hsm.clone(), facts))).collect()
    }

    /// The soft-deleted managed HSM of that name and region.
    ///
    /// # Errors
    /// 404.
    pub fn deleted_hsm(
        &self,
        location: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(ManagedHsm, Deletion), ArmError> {
        let here = Location::parse(location);
        let all = self.deleted_hsms(now).into_iter();
        let mut named =
            all.filter(|(hsm, _)| Key::of(&hsm.name) == Key::of(name) && Some(hsm.location) == here);
        named.next().ok_or_else(|| ArmError::DeletedHsmNotFound(name.to_owned()))
    }

    /// Removes a soft-deleted managed HSM for good; it is gone at `gone_at`.
    ///
    /// # Errors
    /// 404; 405 with purge protection.
    pub fn purge_hsm(
        &self,
        location: &str,
        name: &str,
        now: Timestamp,
        gone_at: Timestamp,
    ) -> Result<(), ArmError> {
        let (hsm, facts) = self.deleted_hsm(location, name, now)?;
        if hsm.purge_protection {
            return Err(ArmError::PurgeProtected);
        }
        if let Some(hsm) = self.inner.write().hsms.get_mut(&Key::of(name)) {
            hsm.deletion = Some(Deletion { purge_at: facts.purge_at.min(gone_at), ..facts });
        }
        Ok(())
    }

    /// Whether a managed HSM may be called that.
    pub fn hsm_name_is_free(&self, name: &str, now: Timestamp) -> bool {
        self.inner.read().hsms.get(&Key::of(name)).is_none_or(|hsm| hsm.is_gone(now))
    }
}

fn changed(found: ManagedHsm, change: HsmChange) -> ManagedHsm {
    ManagedHsm {
        tags: change.tags.unwrap_or(found.tags),
        purge_protection: found.purge_protection || change.purge_protection == Some(true),
        ..found
    }
}

fn not_found(group: &str, name: &str) -> ArmError {
    ArmError::ResourceNotFound(KIND, name.to_owned(), group.to_owned())
}
