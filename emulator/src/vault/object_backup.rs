//! A secret or a key with all its versions as one document, to be sealed and to come back (keys-and-secrets.md section
//! 3.4).
//!
//! It holds what is secret: whoever takes it must seal it, and must not log it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::attributes::{Attributes, checked_tags};
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::{Named, Object, View, managed_or_absent};
use crate::vault::versions::{ObjectVersion, Versions};
use crate::wire::certificates::Tags;

/// A name with everything that it holds.
#[derive(Deserialize, Serialize)]
pub struct ObjectBackup<R, P> {
    name: String,
    policy: P,
    /// The latest one last.
    versions: Vec<VersionRecord<R>>,
}

#[derive(Deserialize, Serialize)]
struct VersionRecord<R> {
    version: String,
    enabled: bool,
    #[serde(default, with = "crate::timestamp::exact::option")]
    not_before: Option<Timestamp>,
    #[serde(default, with = "crate::timestamp::exact::option")]
    not_after: Option<Timestamp>,
    #[serde(with = "crate::timestamp::exact")]
    created: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    updated: Timestamp,
    tags: Option<Tags>,
    content: R,
}

impl<R, P> fmt::Debug for ObjectBackup<R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBackup").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<R> VersionRecord<R> {
    fn of<T: Object<Record = R>>(version: &ObjectVersion<T>) -> Option<Self> {
        let own = &version.attributes;
        Some(Self {
            version: version.version.to_string(),
            enabled: own.enabled,
            not_before: own.not_before,
            not_after: own.not_after,
            created: own.created,
            updated: own.updated,
            tags: own.tags.as_deref().cloned(),
            content: version.content.to_record()?,
        })
    }

    fn restore<T: Object<Record = R>>(self) -> Result<ObjectVersion<T>, Error> {
        Ok(ObjectVersion {
            version: Version::parse(&self.version).ok_or(Error::CorruptBackup)?,
            attributes: Attributes {
                enabled: self.enabled,
                not_before: self.not_before,
                not_after: self.not_after,
                created: self.created,
                updated: self.updated,
                tags: self.tags.map(checked_tags).transpose().map_err(|_| Error::CorruptBackup)?,
            },
            content: T::from_record(self.content)?,
        })
    }
}

impl<R, P: Clone + Default> ObjectBackup<R, P> {
    /// Of an object of a vault's own.
    pub(super) fn of<T: Object<Record = R, Policy = P>>(entry: &Named<T>) -> Self {
        let versions = entry.object.all().filter_map(|version| VersionRecord::of(version)).collect();
        Self { name: entry.name.to_string(), policy: entry.object.policy.clone(), versions }
    }

    /// Its name, as written.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name and what it held.
    pub(super) fn restore<T: Object<Record = R, Policy = P>>(
        self,
    ) -> Result<(ObjectName, Versions<T, P>), Error> {
        let name = ObjectName::parse(&self.name).map_err(|_| Error::CorruptBackup)?;
        let mut records = self.versions.into_iter();
        let mut versions = Versions::new(records.next().ok_or(Error::CorruptBackup)?.restore()?);
        for record in records {
            versions.add(record.restore()?);
        }
        versions.policy = self.policy;
        Ok((name, versions))
    }
}

impl Vault {
    /// The object of that name with all its versions.
    ///
    /// # Errors
    /// 404; 403 for a certificate's.
    pub fn backup_object<T: Object>(
        &self,
        name: &ObjectName,
        now: Timestamp,
    ) -> Result<ObjectBackup<T::Record, T::Policy>, Error> {
        let certificates = self.certificates.read();
        let own = T::collection(self).read();
        let Ok(entry) = own.live(name, now) else {
            return Err(managed_or_absent::<T>(&certificates, name, None, now, "backup"));
        };
        Ok(ObjectBackup::of(entry))
    }

    /// Takes an object back, identifiers and dates as they were. `identify` gives the full identifier of a version of a
    /// name, for the message of a refusal.
    ///
    /// # Errors
    /// 400 for a document that is none, or that such a vault does not keep; 409 if the name is in use, in whatever phase.
    pub fn restore_object<T: Object>(
        &self,
        backup: ObjectBackup<T::Record, T::Policy>,
        now: Timestamp,
        identify: impl FnOnce(&ObjectName, Version) -> String,
    ) -> Result<View<T>, Error> {
        let (name, versions) = backup.restore::<T>()?;
        let sku = self.settings().sku;
        versions.all().try_for_each(|version| version.content.ensure_kept_in(sku))?;
        let certificates = self.certificates.read();
        let mut own = T::collection(self).write();
        let is_free = matches!(certificates.holder(&name, now, T::FAMILY), Ok(None))
            && matches!(own.for_create(&name, now), Ok(None));
        if !is_free {
            return Err(Error::RestoreConflict(T::FAMILY, identify(&name, versions.latest().version)));
        }
        own.insert(name.clone(), versions, now);
        let entry = own.live(&name, now)?;
        T::changed(self, entry);
        Ok(View::of(entry, entry.object.latest(), now))
    }
}
