//! The objects of one family in one vault: names in order, each in a phase of its life.
//!
//! Create, read, delete, recover, purge and paging are written here once for every family; what an object holds is the
//! family's own business. Values are decided under the caller's lock, with `now` given.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use crate::error::{Error, Family};
use crate::timestamp::Timestamp;
use crate::vault::lifecycle::{Lifecycle, Phase};
use crate::vault::name::{NameKey, ObjectName};

/// One name with what it stands for.
#[derive(Debug)]
pub struct Entry<T> {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// What has happened to it.
    pub lifecycle: Lifecycle,
    /// What it holds.
    pub object: T,
}

/// When a deleted object was deleted and will be purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When it was deleted.
    pub at: Timestamp,
    /// When the service purges it.
    pub purge_at: Timestamp,
}

/// What deleting means in a vault.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// How long the deletion takes to settle.
    pub settle: Duration,
    /// How long the object stays recoverable.
    pub keep: Duration,
}

/// The entries of one family.
#[derive(Debug)]
pub struct Collection<T> {
    family: Family,
    entries: BTreeMap<NameKey, Entry<T>>,
}

impl<T> Collection<T> {
    /// An empty collection of `family`.
    #[must_use]
    pub const fn new(family: Family) -> Self {
        Self { family, entries: BTreeMap::new() }
    }

    /// The live object of that name, to create another version of it; `None` if the name is free.
    ///
    /// # Errors
    /// 409 while the name is being deleted, deleted or being recovered (certificates.md section 4.2).
    pub fn for_create(&mut self, name: &ObjectName, now: Timestamp) -> Result<Option<&mut T>, Error> {
        let key = name.key();
        let spelled = |entry: &Entry<T>| entry.name.to_string();
        match self.entries.get(&key).map(|entry| (entry.lifecycle.phase(now), entry)) {
            None | Some((Phase::Purged, _)) => Ok(None),
            Some((Phase::Live, _)) => Ok(self.entries.get_mut(&key).map(|entry| &mut entry.object)),
            Some((Phase::Recovering, e)) => Err(Error::NameBeingRecovered(self.family, spelled(e))),
            Some((Phase::Deleting, e)) => Err(Error::NameBeingDeleted(self.family, spelled(e))),
            Some((Phase::Deleted, e)) => Err(Error::DeletedButRecoverable(self.family, spelled(e))),
        }
    }

    /// Puts a new object under a name that [`Self::for_create`] found free, over what was purged under it.
    pub fn insert(&mut self, name: ObjectName, object: T, now: Timestamp) {
        self.entries.insert(name.key(), Entry { name, lifecycle: Lifecycle::created(now), object });
    }

    /// The live entry of that name.
    ///
    /// # Errors
    /// 404 in every other phase.
    pub fn live(&self, name: &ObjectName, now: Timestamp) -> Result<&Entry<T>, Error> {
        self.entries
            .get(&name.key())
            .filter(|entry| entry.lifecycle.phase(now) == Phase::Live)
            .ok_or_else(|| self.absent(name))
    }

    /// The live entry of that name, to change it.
    ///
    /// # Errors
    /// 404 in every other phase.
    pub fn live_mut(&mut self, name: &ObjectName, now: Timestamp) -> Result<&mut Entry<T>, Error> {
        let absent = self.absent(name);
        self.entries
            .get_mut(&name.key())
            .filter(|entry| entry.lifecycle.phase(now) == Phase::Live)
            .ok_or(absent)
    }

    /// The deleted entry of that name and its dates.
    ///
    /// # Errors
    /// 404 until the deletion has settled and in every other phase.
    pub fn deleted(&self, name: &ObjectName, now: Timestamp) -> Result<(&Entry<T>, Deletion), Error> {
        self.entries
            .get(&name.key())
            .and_then(|entry| entry.deletion(now).map(|deletion| (entry, deletion)))
            .ok_or_else(|| Error::DeletedNotFound(self.family, name.to_string()))
    }

    /// Deletes the live object of that name.
    ///
    /// # Errors
    /// 404 if it is not live.
    pub fn delete(
        &mut self,
        name: &ObjectName,
        now: Timestamp,
        retention: Retention,
    ) -> Result<(&Entry<T>, Deletion), Error> {
        let entry = self.live_mut(name, now)?;
        entry.lifecycle = Lifecycle::deleted(now, retention.settle, retention.keep);
        Ok((entry, Deletion { at: now, purge_at: now + retention.keep }))
    }

    /// Brings the deleted object of that name back; reads see it after `settle`.
    ///
    /// # Errors
    /// 404 if it is not deleted; `conflict` of it while the deletion has not settled.
    pub fn recover(
        &mut self,
        name: &ObjectName,
        now: Timestamp,
        settle: Duration,
        conflict: impl FnOnce(&Entry<T>) -> Error,
    ) -> Result<&Entry<T>, Error> {
        let absent = self.absent(name);
        let entry = self.entries.get_mut(&name.key()).ok_or_else(|| absent.clone())?;
        match entry.lifecycle.phase(now) {
            Phase::Deleted => {
                entry.lifecycle = Lifecycle::Live { visible_at: now + settle };
                Ok(entry)
            }
            Phase::Deleting => Err(conflict(entry)),
            Phase::Recovering | Phase::Live | Phase::Purged => Err(absent),
        }
    }

    /// Removes the deleted object of that name for good.
    ///
    /// # Errors
    /// 409 while the deletion has not settled, 404 if it is not deleted.
    pub fn purge(&mut self, name: &ObjectName, now: Timestamp) -> Result<(), Error> {
        let key = name.key();
        match self.entries.get(&key).map(|entry| entry.lifecycle.phase(now)) {
            Some(Phase::Deleted) => {
                self.entries.remove(&key);
                Ok(())
            }
            Some(Phase::Deleting) => Err(Error::BeingDeleted(self.family)),
            _ => Err(self.absent(name)),
        }
    }

    /// Up to `limit` entries behind `after` for which `view` gives something, in name order, and whether more follow.
    pub fn page<V>(
        &self,
        after: Option<&NameKey>,
        limit: usize,
        view: impl FnMut(&Entry<T>) -> Option<V>,
    ) -> Slice<NameKey, V> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        slice(self.entries.range((start, Bound::Unbounded)), limit, view)
    }

    fn absent(&self, name: &ObjectName) -> Error {
        Error::NotFound(self.family, name.to_string())
    }
}

impl<T> Entry<T> {
    /// Whether reads see the object at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.lifecycle.phase(now) == Phase::Live
    }

    /// The dates of a deletion that has settled; `None` in every other phase.
    #[must_use]
    pub fn deletion(&self, now: Timestamp) -> Option<Deletion> {
        match self.lifecycle {
            Lifecycle::Deleted { at, purge_at, .. } if self.lifecycle.phase(now) == Phase::Deleted => {
                Some(Deletion { at, purge_at })
            }
            _ => None,
        }
    }
}

/// A part of an ordered list.
#[derive(Debug, PartialEq, Eq)]
pub struct Slice<K, V> {
    /// The items.
    pub items: Vec<V>,
    /// The key of the last item, if more follow.
    pub more_after: Option<K>,
}

/// Takes up to `limit` items for which `view` gives something; looks one further to know whether more follow.
pub fn slice<'a, K: Clone + 'a, T: 'a, V>(
    entries: impl Iterator<Item = (&'a K, &'a T)>,
    limit: usize,
    mut view: impl FnMut(&T) -> Option<V>,
) -> Slice<K, V> {
    let mut items = Vec::new();
    let mut last = None;
    for (key, entry) in entries {
        let Some(item) = view(entry) else { continue };
        if items.len() == limit {
            return Slice { items, more_after: last };
        }
        items.push(item);
        last = Some(key.clone());
    }
    Slice { items, more_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Collection<usize> {
        let mut collection = Collection::new(Family::Secret);
        for n in 0..count {
            collection.insert(ObjectName::parse(&format!("s{n}")).unwrap(), n, Timestamp::default());
        }
        collection
    }

    #[test]
    fn pages_are_disjoint_ordered_and_end_without_an_empty_one() {
        let collection = names(50);
        let mut seen = Vec::new();
        let mut after = None;
        let mut pages = 0;
        loop {
            let slice = collection.page(after.as_ref(), 25, |entry| Some(entry.name.to_string()));
            pages += 1;
            seen.extend(slice.items);
            after = slice.more_after;
            if after.is_none() {
                break;
            }
        }
        let mut expected: Vec<String> = (0..50).map(|n| format!("s{n}")).collect();
        expected.sort();
        assert_eq!((seen, pages), (expected, 2));
    }

    #[test]
    fn what_the_view_hides_does_not_count_towards_the_page() {
        let slice = names(10).page(None, 3, |entry| (entry.object % 2 == 1).then_some(entry.object));
        assert_eq!(slice, Slice { items: vec![1, 3, 5], more_after: Some(NameKey::from_marker("s5")) });
    }
}
