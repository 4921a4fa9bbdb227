//! Resource groups.

use super::{Inner, Key, Stamp, Store, Tags, Written};
use crate::arm::error::ArmError;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;
use crate::vault::location::Location;
use serde::{Deserialize, Serialize};

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Group {
    /// In its creator's spelling.
    pub name: String,
    /// Where it is.
    pub location: Location,
    /// `tags`.
    pub tags: Tags,
    /// `managedBy`.
    pub managed_by: Option<String>,
    /// When it came into being.
    pub created: Stamp,
    /// From when on it is gone, once its deletion was asked for.
    #[serde(with = "crate::timestamp::exact::option")]
    pub gone_at: Option<Timestamp>,
}

/// What a request gives for a resource group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// `location`.
    pub location: Option<String>,
    /// `tags`.
    pub tags: Option<Tags>,
    /// `managedBy`.
    pub managed_by: Option<String>,
}

const KIND: &str = "resource group";

impl Group {
    /// Its resource id.
    #[must_use]
    pub fn scope(&self, store: &Store) -> Scope {
        store.scope().child(&format!("resourceGroups/{}", self.name))
    }

    /// `properties.provisioningState`.
    #[must_use]
    pub const fn provisioning_state(&self) -> &'static str {
        if self.gone_at.is_some() { "Deleting" } else { "Succeeded" }
    }
}

impl Inner {
    /// The group of that name, while it is there.
    pub(super) fn group(&self, name: &str, now: Timestamp) -> Result<&Group, ArmError> {
        let group = self.groups.get(&Key::of(name)).filter(|group| group.gone_at.is_none_or(|at| now < at));
        group.ok_or_else(|| ArmError::ResourceGroupNotFound(name.to_owned()))
    }

    /// The same, if things may be put into it.
    pub(super) fn standing_group(&self, name: &str, now: Timestamp) -> Result<&Group, ArmError> {
        let group = self.group(name, now)?;
        match group.gone_at {
            None => Ok(group),
            Some(_) => Err(ArmError::ResourceGroupBeingDeleted(group.name.clone())),
        }
    }
}

impl Store {
    /// Creates a group or changes it.
    ///
    /// # Errors
    /// 400 for a name or location that is none, 409 for a group that is elsewhere or being deleted.
    pub fn put_group(
        &self,
        name: &str,
        change: GroupChange,
        stamp: Stamp,
    ) -> Result<(Group, Written), ArmError> {
        let valid = (1..=90).contains(&name.chars().count())
            && !name.ends_with('.')
            && name.chars().all(|c| c.is_alphanumeric() || "-._()".contains(c));
        if !valid {
            return Err(ArmError::InvalidResourceGroup(name.to_owned()));
        }
        let asked = change.location.ok_or(ArmError::LocationRequired)?;
        let location =
            Location::parse(&asked).ok_or_else(|| ArmError::LocationNotAvailable(asked.clone(), KIND))?;
        let mut inner = self.inner.write();
        let mut group = Group {
            name: name.to_owned(),
            location,
            tags: change.tags.unwrap_or_default(),
            managed_by: change.managed_by,
            created: stamp,
            gone_at: None,
        };
        let written = match inner.standing_group(name, stamp.at) {
            Ok(found) if found.location != location => {
                return Err(ArmError::InvalidResourceGroupLocation(asked, found.location));
            }
            Ok(found) => {
                group.name.clone_from(&found.name);
                group.created = found.created;
                Written::Updated
            }
            Err(ArmError::ResourceGroupNotFound(_)) => Written::Created,
            Err(error) => return Err(error),
        };
        inner.groups.insert(Key::of(name), group.clone());
        Ok((group, written))
    }

    /// Changes what a request names and leaves the rest.
    ///
    /// # Errors
    /// 404; 409 while it is being deleted.
    pub fn update_group(&self, name: &str, change: GroupChange, now: Timestamp) -> Result<Group, ArmError> {
        let mut inner = self.inner.write();
        let mut group = inner.standing_group(name, now)?.clone();
        group.tags = change.tags.unwrap_or(group.tags);
        group.managed_by = change.managed_by.or(group.managed_by);
        inner.groups.insert(Key::of(name), group.clone());
        Ok(group)
    }

    /// The group of that name.
    ///
    /// # Errors
    /// 404.
    pub fn group(&self, name: &str, now: Timestamp) -> Result<Group, ArmError> {
        self.inner.read().group(name, now).cloned()
    }

    /// All groups, by name.
    pub fn groups(&self, now: Timestamp) -> Vec<Group> {
        let inner = self.inner.read();
        inner.groups.values().filter(|group| group.gone_at.is_none_or(|at| now < at)).cloned().collect()
    }

    /// Deletes a group and all that is in it: vaults and managed HSMs are soft-deleted at once, the group itself is gone
    /// at `gone_at`. Deleting it again changes nothing.
    ///
    /// # Errors
    /// 404.
    pub fn delete_group(&self, name: &str, now: Timestamp, gone_at: Timestamp) -> Result<(), ArmError> {
        let mut inner = self.inner.write();
        let scope = inner.group(name, now)?.scope(self);
        let key = Key::of(name);
        if let Some(group) = inner.groups.get_mut(&key) {
            group.gone_at.get_or_insert(gone_at);
        }
        inner.delete_vaults_of(&key, now);
        inner.delete_hsms_of(&key, now);
        inner.assignments.retain(|_, assignment| !scope.contains(&assignment.scope));
        inner.delete_deployments_of(&scope);
        Ok(())
    }
}
