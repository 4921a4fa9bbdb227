//! The versions of one name, whatever they hold: the latest is the one made last, lists go by identifier
//! (keys-and-secrets.md section 2.7).
//!
//! A name has one version as a rule, so that one costs no map. Readers share a version with the store; changing it
//! makes another.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::vault::attributes::Attributes;
use crate::vault::collection::{Slice, merged};
use crate::vault::name::Version;

/// One version of a key or a secret.
#[derive(Clone, Debug)]
pub struct ObjectVersion<T> {
    /// Its identifier.
    pub version: Version,
    /// Attributes.
    pub attributes: Attributes,
    /// What it is a version of.
    pub content: T,
}

/// All versions of one name, and what holds for the name as a whole: `P`.
#[derive(Debug)]
pub struct Versions<T, P> {
    latest: Arc<ObjectVersion<T>>,
    older: BTreeMap<Version, Arc<ObjectVersion<T>>>,
    /// What holds for the name as a whole.
    pub policy: P,
}

impl<T, P: Default> Versions<T, P> {
    /// A name with its first version.
    #[must_use]
    pub fn new(first: ObjectVersion<T>) -> Self {
        Self { latest: Arc::new(first), older: BTreeMap::new(), policy: P::default() }
    }
}

impl<T, P> Versions<T, P> {
    /// Takes in a newer version.
    pub fn add(&mut self, version: ObjectVersion<T>) {
        let before = std::mem::replace(&mut self.latest, Arc::new(version));
        self.older.insert(before.version, before);
    }

    /// The latest version, or that one.
    #[must_use]
    pub fn version(&self, version: Option<Version>) -> Option<&Arc<ObjectVersion<T>>> {
        match version {
            None => Some(&self.latest),
            Some(version) if self.latest.version == version => Some(&self.latest),
            Some(version) => self.older.get(&version),
        }
    }

    /// The same, to put another in its place.
    pub fn version_mut(&mut self, version: Option<Version>) -> Option<&mut Arc<ObjectVersion<T>>> {
        match version {
            None => Some(&mut self.latest),
            Some(version) if self.latest.version == version => Some(&mut self.latest),
            Some(version) => self.older.get_mut(&version),
        }
    }

    /// The latest version.
    #[must_use]
    pub const fn latest(&self) -> &Arc<ObjectVersion<T>> {
        &self.latest
    }

    /// Every version, the latest one last.
    pub fn all(&self) -> impl Iterator<Item = &Arc<ObjectVersion<T>>> {
        self.older.values().chain(std::iter::once(&self.latest))
    }

    /// Up to `limit` versions behind `after`, by identifier.
    #[must_use]
    pub fn page(&self, after: Option<Version>, limit: usize) -> Slice<Version, Arc<ObjectVersion<T>>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let latest = std::iter::once((&self.latest.version, &self.latest));
        let latest = latest.filter(|(version, _)| after.is_none_or(|after| after < **version));
        let listed = merged(self.older.range((start, Bound::Unbounded)), latest);
        Slice::of(listed.map(|(id, version)| (id, Arc::clone(version))), limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;
    use crate::vault::attributes::Changes;

    fn version(id: u128) -> ObjectVersion<()> {
        let attributes = Attributes::new(Changes::default(), Timestamp::default()).unwrap();
        ObjectVersion { version: Version::new(id), attributes, content: () }
    }

    /// keys-and-secrets.md section 2.7: by identifier, wherever the newest one is.
    #[test]
    fn lists_go_by_identifier_and_the_latest_is_the_one_made_last() {
        let mut versions: Versions<(), ()> = Versions::new(version(5));
        for id in [9, 1, 7, 3] {
            versions.add(version(id));
            assert_eq!(versions.latest().version, Version::new(id));
        }
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let slice = versions.page(after, 2);
            seen.extend(slice.items.iter().map(|version| version.version));
            after = slice.more_after;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, [1, 3, 5, 7, 9].map(Version::new));
        assert!(versions.version(Some(Version::new(9))).is_some());
        assert!(versions.version(Some(Version::new(2))).is_none());
        assert_eq!(versions.all().last().unwrap().version, Version::new(3));
    }
}
