//! Secrets and keys alike: read, listed, updated, deleted, recovered, purged, each written here once.
//!
//! A name in a family is either an object of its own or a certificate's, seen through this door: nothing of a
//! certificate's is copied, so nothing can disagree, and nothing of it can be changed here (certificates.md section
//! 2.13). No name is ever both: the locks are taken in one order, certificates first.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::attributes::{Attributes, Changes};
use crate::vault::certificate::{Certificate, CertificateVersion, Issued};
use crate::vault::collection::{Collection, Deletion, Entry, Lists, Retention, Slice, merged};
use crate::vault::keys::Key;
use crate::vault::name::{NameKey, ObjectName, Version};
use crate::vault::secrets::Secret;
use crate::vault::settings::Sku;
use crate::vault::versions::{ObjectVersion, Versions};

/// What a version of a family's object holds.
pub trait Object: Clone + fmt::Debug + Sized {
    /// The family.
    const FAMILY: Family;
    /// What holds for all versions of a name.
    type Policy: Clone + fmt::Debug + Default + Serialize + DeserializeOwned;
    /// A version in a backup.
    type Record: Serialize + DeserializeOwned;

    /// Where a vault keeps the family.
    fn collection(vault: &Vault) -> &RwLock<Collection<Versions<Self, Self::Policy>>>;

    /// Told, under the lock, of whatever changed an object; most families have nothing to do with it.
    fn changed(_: &Vault, _: &Named<Self>) {}

    /// A certificate seen through the family's door.
    fn of_certificate(version: &CertificateVersion, issued: &Arc<Issued>) -> Self;

    /// Refuses what a vault of that SKU does not keep; most families are kept in all.
    ///
    /// # Errors
    /// The situation in which it is refused.
    fn ensure_kept_in(&self, _: Sku) -> Result<(), Error> {
        Ok(())
    }

    /// What a backup keeps; `None` for what is a certificate's.
    fn to_record(&self) -> Option<Self::Record>;

    /// What a backup kept.
    ///
    /// # Errors
    /// 400 for a record that is none.
    fn from_record(record: Self::Record) -> Result<Self, Error>;
}

/// A name with its versions.
pub type Named<T> = Entry<Versions<T, <T as Object>::Policy>>;

/// One version as one reader sees it.
#[derive(Clone, Debug)]
pub struct View<T> {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// The version.
    pub version: Arc<ObjectVersion<T>>,
    /// Whose it is, if it is a certificate's.
    pub managed: Option<Managed>,
    /// When it was deleted and will be purged.
    pub deletion: Option<Deletion>,
}

/// A certificate's key or secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Managed {
    /// The version of the certificate before this one.
    pub previous: Option<Version>,
}

impl<T: Object> View<T> {
    pub(super) fn of(entry: &Named<T>, version: &Arc<ObjectVersion<T>>, now: Timestamp) -> Self {
        Self {
            name: entry.name.clone(),
            version: Arc::clone(version),
            managed: None,
            deletion: entry.deletion(now),
        }
    }

    /// `None` until the certificate is issued.
    fn through_door(
        entry: &Entry<Certificate>,
        version: &CertificateVersion,
        now: Timestamp,
    ) -> Option<Self> {
        let issued = version.issued.as_ref()?;
        let own = &version.attributes;
        let attributes = Attributes {
            enabled: own.enabled,
            not_before: Some(own.not_before),
            not_after: Some(own.not_after),
            created: own.created,
            updated: own.updated,
            tags: own.tags.clone(),
        };
        let content = T::of_certificate(version, issued);
        Some(Self {
            name: entry.name.clone(),
            version: Arc::new(ObjectVersion { version: version.version, attributes, content }),
            managed: Some(Managed { previous: entry.object.before(version.version) }),
            deletion: entry.deletion(now),
        })
    }
}

impl Vault {
    /// The object of that name: its latest version, or that one.
    ///
    /// # Errors
    /// 404.
    pub fn object<T: Object>(
        &self,
        name: &ObjectName,
        version: Option<Version>,
        now: Timestamp,
    ) -> Result<View<T>, Error> {
        let absent = || absent(T::FAMILY, name, version);
        if let Ok(entry) = T::collection(self).read().live(name, now) {
            return entry.object.version(version).map(|found| View::of(entry, found, now)).ok_or_else(absent);
        }
        let certificates = self.certificates.read();
        let entry = certificates.live(name, now).map_err(|_| absent())?;
        let found = match version {
            Some(version) => entry.object.version(version, now),
            None => Some(entry.object.current(now)),
        };
        found.and_then(|version| View::through_door(entry, version, now)).ok_or_else(absent)
    }

    /// The deleted object of that name.
    ///
    /// # Errors
    /// 404 until the deletion has settled.
    pub fn deleted_object<T: Object>(&self, name: &ObjectName, now: Timestamp) -> Result<View<T>, Error> {
        if let Ok((entry, _)) = T::collection(self).read().deleted(name, now) {
            return Ok(View::of(entry, entry.object.latest(), now));
        }
        let certificates = self.certificates.read();
        let found = certificates.deleted(name, now).ok();
        found
            .and_then(|(entry, _)| View::through_door(entry, entry.object.current(now), now))
            .ok_or_else(|| Error::DeletedNotFound(T::FAMILY, name.to_string()))
    }

    /// Up to `limit` of them behind `after`, in name order, a certificate's among the others.
    #[must_use]
    pub fn objects<T: Object>(
        &self,
        lists: Lists,
        after: Option<&NameKey>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<NameKey, View<T>> {
        let certificates = self.certificates.read();
        let own = T::collection(self).read();
        let managed = certificates.listed(lists, after, now).filter_map(|(key, entry)| {
            View::through_door(entry, entry.object.current(now), now).map(|view| (key, view))
        });
        let own = own.listed(lists, after, now);
        let own = own.map(|(key, entry)| (key, View::of(entry, entry.object.latest(), now)));
        Slice::of(merged(own, managed), limit)
    }

    /// Up to `limit` versions behind `after`; none for a name that is not there (section 2.8).
    #[must_use]
    pub fn object_versions<T: Object>(
        &self,
        name: &ObjectName,
        after: Option<Version>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<Version, View<T>> {
        if let Ok(entry) = T::collection(self).read().live(name, now) {
            return entry.object.page(after, limit).map(|version| View::of(entry, &version, now));
        }
        let certificates = self.certificates.read();
        let Ok(entry) = certificates.live(name, now) else { return Slice::empty() };
        let Slice { items, more_after } = entry.object.page(after, limit, now);
        let views = items.iter().filter_map(|version| View::through_door(entry, version, now));
        Slice { items: views.collect(), more_after }
    }

    /// Refuses to make a version of that name; `operation` is what the client calls that.
    ///
    /// # Errors
    /// 403 for a certificate's; 409 by the name's phase.
    pub fn ensure_creatable<T: Object>(
        &self,
        name: &ObjectName,
        operation: &'static str,
        now: Timestamp,
    ) -> Result<(), Error> {
        if self.certificates.read().holder(name, now, T::FAMILY)?.is_some() {
            return Err(Error::ManagedByCertificate(T::FAMILY, operation));
        }
        T::collection(self).read().holder(name, now, T::FAMILY).map(drop)
    }

    /// Takes in a new version of that name, or its first one; `operation` is what the client calls that.
    ///
    /// # Errors
    /// 403 for a certificate's; 409 by the name's phase.
    pub fn create_version<T: Object>(
        &self,
        name: &ObjectName,
        operation: &'static str,
        version: ObjectVersion<T>,
        now: Timestamp,
    ) -> Result<View<T>, Error> {
        let certificates = self.certificates.read();
        if certificates.holder(name, now, T::FAMILY)?.is_some() {
            return Err(Error::ManagedByCertificate(T::FAMILY, operation));
        }
        let mut own = T::collection(self).write();
        match own.for_create(name, now)? {
            Some(versions) => versions.add(version),
            None => own.insert(name.clone(), Versions::new(version), now),
        }
        let entry = own.live(name, now)?;
        T::changed(self, entry);
        Ok(View::of(entry, entry.object.latest(), now))
    }

    /// Changes attributes and tags of the latest version or of that one, and what `amend` changes of its content.
    ///
    /// # Errors
    /// 404; 403 for a certificate's; 400 for tags out of range or by `amend`, with nothing changed.
    pub fn update_version<T: Object>(
        &self,
        name: &ObjectName,
        version: Option<Version>,
        changes: Changes,
        now: Timestamp,
        amend: impl FnOnce(&mut T, &Attributes) -> Result<(), Error>,
    ) -> Result<View<T>, Error> {
        let certificates = self.certificates.read();
        let mut own = T::collection(self).write();
        let Ok(entry) = own.live_mut(name, now) else {
            return Err(managed_or_absent::<T>(&certificates, name, version, now, "update"));
        };
        let found = entry.object.version_mut(version).ok_or_else(|| absent(T::FAMILY, name, version))?;
        let attributes = found.attributes.changed(changes, now)?;
        let mut content = found.content.clone();
        amend(&mut content, &attributes)?;
        *found = Arc::new(ObjectVersion { version: found.version, attributes, content });
        let found = Arc::clone(found);
        T::changed(self, entry);
        Ok(View::of(entry, &found, now))
    }

    /// Deletes an object; it settles after `settle`.
    ///
    /// # Errors
    /// 404; 403 for a certificate's.
    pub fn delete_object<T: Object>(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
    ) -> Result<View<T>, Error> {
        let retention = Retention { settle, keep: self.settings().retention() };
        let certificates = self.certificates.read();
        let mut own = T::collection(self).write();
        let Ok((entry, deletion)) = own.delete(name, now, retention) else {
            return Err(managed_or_absent::<T>(&certificates, name, None, now, "delete"));
        };
        Ok(View { deletion: Some(deletion), ..View::of(entry, entry.object.latest(), now) })
    }

    /// Brings a deleted object back; reads see it after `settle`. `identify` gives the full identifier of a version of
    /// a name, for the message of a refusal.
    ///
    /// # Errors
    /// 404; 403 for a certificate's; 409 while the deletion has not settled.
    pub fn recover_object<T: Object>(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
        identify: impl FnOnce(&ObjectName, Version) -> String,
    ) -> Result<View<T>, Error> {
        self.ensure_not_managed::<T>(name, now, "recover")?;
        let mut own = T::collection(self).write();
        let entry = own.recover(name, now, settle, |entry| {
            Error::RecoverConflict(T::FAMILY, identify(&entry.name, entry.object.latest().version))
        })?;
        T::changed(self, entry);
        Ok(View::of(entry, entry.object.latest(), now))
    }

    /// Removes a deleted object for good; its name is free after `settle`.
    ///
    /// # Errors
    /// 404; 403 for a certificate's, or with purge protection; 409 while the deletion has not settled.
    pub fn purge_object<T: Object>(
        &self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
    ) -> Result<(), Error> {
        self.ensure_not_managed::<T>(name, now, "purge")?;
        self.purge_from(&mut T::collection(self).write(), name, now, settle)
    }

    /// Removes a deleted object of whatever family for good, unless the vault is protected.
    pub(super) fn purge_from<T>(
        &self,
        collection: &mut Collection<T>,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
    ) -> Result<(), Error> {
        let settings = self.settings();
        if settings.purge_protection {
            collection.deleted(name, now)?;
            let location = settings.location.name();
            return Err(Error::PurgeProtected { vault: self.name.clone(), location });
        }
        collection.purge(name, now, settle)
    }

    /// Refuses what would bring back or remove a deleted certificate's key or secret alone.
    fn ensure_not_managed<T: Object>(
        &self,
        name: &ObjectName,
        now: Timestamp,
        operation: &'static str,
    ) -> Result<(), Error> {
        match self.certificates.read().is_kept(name, now) {
            true => Err(Error::ManagedByCertificate(T::FAMILY, operation)),
            false => Ok(()),
        }
    }

    /// Refuses a certificate whose name a key or a secret of its own has: it would need both. Its caller holds the
    /// lock of the certificates.
    ///
    /// # Errors
    /// 409.
    pub(super) fn ensure_no_namesake(&self, name: &ObjectName, now: Timestamp) -> Result<(), Error> {
        self.ensure_free::<Secret>(name, now)?;
        self.ensure_free::<Key>(name, now)
    }

    fn ensure_free<T: Object>(&self, name: &ObjectName, now: Timestamp) -> Result<(), Error> {
        match T::collection(self).read().holder(name, now, T::FAMILY)? {
            None => Ok(()),
            Some(entry) => Err(Error::NameTaken(T::FAMILY, entry.name.to_string())),
        }
    }
}

/// Nothing of that name, or no such version of it, which is named if the request did (keys-and-secrets.md section 5,
/// E-404).
pub(super) fn absent(family: Family, name: &ObjectName, version: Option<Version>) -> Error {
    let id = version.map_or_else(|| name.to_string(), |version| format!("{name}/{version}"));
    Error::NotFound(family, id)
}

/// Why a name that the family does not have of its own cannot be changed.
pub(super) fn managed_or_absent<T: Object>(
    certificates: &Collection<Certificate>,
    name: &ObjectName,
    version: Option<Version>,
    now: Timestamp,
    operation: &'static str,
) -> Error {
    match certificates.live(name, now) {
        Ok(_) => Error::ManagedByCertificate(T::FAMILY, operation),
        Err(_) => absent(T::FAMILY, name, version),
    }
}
