//! The objects of one family in one vault: names in order, each in a phase of its life.
//!
//! Create, read, delete, recover, purge and paging are written here once for every family; what an object holds is the
//! family's own business. Values are decided under the caller's lock, with `now` given.
//!
//! Both lists are ranges of an ordered index of their own, so a page costs the same at any depth, however many names the
//! other list has.

use std::collections::BTreeMap;
use std::iter::Peekable;
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

/// Which objects a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Live ones.
    Live,
    /// Deleted ones.
    Deleted,
}

/// The entries of one family.
#[derive(Debug)]
pub struct Collection<T> {
    family: Family,
    /// Live ones, and those that are being recovered.
    live: Entries<T>,
    /// Those that were deleted last, settled and purged or not. No name is here and there: both change together, under
    /// the caller's lock.
    deleted: Entries<T>,
}

/// Boxed, because the nodes of the map are half empty.
type Entries<T> = BTreeMap<NameKey, Box<Entry<T>>>;

impl<T> Collection<T> {
    /// An empty collection of `family`.
    #[must_use]
    pub const fn new(family: Family) -> Self {
        Self { family, live: BTreeMap::new(), deleted: BTreeMap::new() }
    }

    /// The live entry that holds that name; `None` if the name is free.
    ///
    /// # Errors
    /// 409 in the words of `family` while the name is being deleted, deleted, being recovered or being purged
    /// (certificates.md section 4.2; keys-and-secrets.md section 5, E-409, where nobody has recorded the last).
    pub fn holder(
        &self,
        name: &ObjectName,
        now: Timestamp,
        family: Family,
    ) -> Result<Option<&Entry<T>>, Error> {
        let Some(entry) = self.entry(name) else { return Ok(None) };
        let spelled = || entry.name.to_string();
        match entry.lifecycle.phase(now) {
            Phase::Purged => Ok(None),
            Phase::Live => Ok(Some(entry)),
            Phase::Recovering => Err(Error::NameBeingRecovered(family, spelled())),
            Phase::Deleting => Err(Error::NameBeingDeleted(family, spelled())),
            Phase::Purging => Err(Error::NameBeingDeleted(family, spelled()).assumed()),
            Phase::Deleted => Err(Error::DeletedButRecoverable(family, spelled())),
        }
    }

    /// The live object of that name, to create another version of it; `None` if the name is free.
    ///
    /// # Errors
    /// As [`Self::holder`].
    pub fn for_create(&mut self, name: &ObjectName, now: Timestamp) -> Result<Option<&mut T>, Error> {
        match self.holder(name, now, self.family)? {
            None => Ok(None),
            Some(_) => Ok(self.live.get_mut(&name.key()).map(|entry| &mut entry.object)),
        }
    }

    /// Puts a new object under a name that [`Self::holder`] found free, over what was purged under it.
    pub fn insert(&mut self, name: ObjectName, object: T, now: Timestamp) {
        let key = name.key();
        self.deleted.remove(&key);
        self.live.insert(key, Box::new(Entry { name, lifecycle: Lifecycle::created(now), object }));
    }

    /// Puts an entry back as it was; whether its name was free.
    #[must_use]
    pub fn put_back(&mut self, entry: Entry<T>) -> bool {
        let key = entry.name.key();
        let (own, other) = match entry.lifecycle {
            Lifecycle::Live { .. } => (&mut self.live, &self.deleted),
            Lifecycle::Deleted { .. } | Lifecycle::Purged { .. } => (&mut self.deleted, &self.live),
        };
        !other.contains_key(&key) && own.insert(key, Box::new(entry)).is_none()
    }

    /// The live entry of that name.
    ///
    /// # Errors
    /// 404 in every other phase.
    pub fn live(&self, name: &ObjectName, now: Timestamp) -> Result<&Entry<T>, Error> {
        let entry = self.live.get(&name.key()).filter(|entry| entry.is_live(now));
        entry.map(Box::as_ref).ok_or_else(|| self.absent(name))
    }

    /// The live entry of that name, to change it.
    ///
    /// # Errors
    /// 404 in every other phase.
    pub fn live_mut(&mut self, name: &ObjectName, now: Timestamp) -> Result<&mut Entry<T>, Error> {
        let absent = self.absent(name);
        let entry = self.live.get_mut(&name.key()).filter(|entry| entry.is_live(now));
        entry.map(Box::as_mut).ok_or(absent)
    }

    /// What is kept under that name, in whatever phase.
    #[must_use]
    pub fn entry(&self, name: &ObjectName) -> Option<&Entry<T>> {
        let key = name.key();
        self.live.get(&key).or_else(|| self.deleted.get(&key)).map(Box::as_ref)
    }

    /// The same, to change it.
    pub fn entry_mut(&mut self, name: &ObjectName) -> Option<&mut Entry<T>> {
        let key = name.key();
        self.live.get_mut(&key).or_else(|| self.deleted.get_mut(&key)).map(Box::as_mut)
    }

    /// All entries in name order, in whatever phase.
    pub fn iter(&self) -> impl Iterator<Item = &Entry<T>> {
        merged(self.live.iter(), self.deleted.iter()).map(|(_, entry)| entry.as_ref())
    }

    /// The deleted entry of that name and its dates.
    ///
    /// # Errors
    /// 404 until the deletion has settled and in every other phase.
    pub fn deleted(&self, name: &ObjectName, now: Timestamp) -> Result<(&Entry<T>, Deletion), Error> {
        self.deleted
            .get(&name.key())
            .and_then(|entry| entry.deletion(now).map(|deletion| (entry.as_ref(), deletion)))
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
        self.live(name, now)?;
        let Some((key, mut entry)) = self.live.remove_entry(&name.key()) else {
            return Err(self.absent(name));
        };
        entry.lifecycle = Lifecycle::deleted(now, retention.settle, retention.keep);
        let entry = self.deleted.entry(key).insert_entry(entry).into_mut();
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
        let absent = || self.absent(name);
        let entry = self.deleted.get(&name.key()).ok_or_else(absent)?;
        match entry.lifecycle.phase(now) {
            Phase::Deleted => {}
            Phase::Deleting => return Err(conflict(entry)),
            Phase::Recovering | Phase::Live | Phase::Purging | Phase::Purged => return Err(absent()),
        }
        let Some((key, mut entry)) = self.deleted.remove_entry(&name.key()) else {
            return Err(self.absent(name));
        };
        entry.lifecycle = Lifecycle::Live { visible_at: now + settle };
        Ok(self.live.entry(key).insert_entry(entry).into_mut())
    }

    /// Removes the deleted object of that name for good; its name is free after `settle`.
    ///
    /// # Errors
    /// 409 while the deletion has not settled, 404 if it is not deleted.
    pub fn purge(&mut self, name: &ObjectName, now: Timestamp, settle: Duration) -> Result<(), Error> {
        let key = name.key();
        match self.deleted.get_mut(&key).map(|entry| (entry.lifecycle.phase(now), entry)) {
            Some((Phase::Deleted, entry)) if !settle.is_zero() => {
                entry.lifecycle = Lifecycle::Purged { free_at: now + settle };
                Ok(())
            }
            Some((Phase::Deleted, _)) => {
                self.deleted.remove(&key);
                Ok(())
            }
            Some((Phase::Deleting, _)) => Err(Error::BeingDeleted(self.family)),
            _ => Err(self.absent(name)),
        }
    }

    /// Whether a deleted object stands behind that name, or one that is on its way there or back.
    #[must_use]
    pub fn is_kept(&self, name: &ObjectName, now: Timestamp) -> bool {
        let phase = self.entry(name).map(|entry| entry.lifecycle.phase(now));
        matches!(phase, Some(Phase::Deleting | Phase::Deleted | Phase::Recovering))
    }

    /// The live or the deleted entries behind `after`, in name order.
    pub fn listed(
        &self,
        lists: Lists,
        after: Option<&NameKey>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&NameKey, &Entry<T>)> {
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let entries = match lists {
            Lists::Live => self.live.range(range),
            Lists::Deleted => self.deleted.range(range),
        };
        let is_listed = move |entry: &Entry<T>| match lists {
            Lists::Live => entry.is_live(now),
            Lists::Deleted => entry.deletion(now).is_some(),
        };
        let entries = entries.map(|(key, entry)| (key, entry.as_ref()));
        entries.filter(move |(_, entry)| is_listed(entry))
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

impl<K: Clone, V> Slice<K, V> {
    /// The first `limit` of `items`; looks one further to know whether more follow.
    pub fn of<'a>(mut items: impl Iterator<Item = (&'a K, V)>, limit: usize) -> Self
    where
        K: 'a,
    {
        let (mut taken, mut last) = (Vec::new(), None);
        for (key, item) in items.by_ref().take(limit) {
            taken.push(item);
            last = Some(key);
        }
        let more_after = last.filter(|_| items.next().is_some()).cloned();
        Self { items: taken, more_after }
    }
}

impl<K, V> Slice<K, V> {
    /// Nothing, and nothing more.
    #[must_use]
    pub const fn empty() -> Self {
        Self { items: Vec::new(), more_after: None }
    }

    /// The same place in the list with each item put into another form.
    pub fn map<W>(self, form: impl FnMut(V) -> W) -> Slice<K, W> {
        Slice { items: self.items.into_iter().map(form).collect(), more_after: self.more_after }
    }
}

/// Two lists in one order as one list in that order.
pub fn merged<K: Ord, V>(
    left: impl Iterator<Item = (K, V)>,
    right: impl Iterator<Item = (K, V)>,
) -> impl Iterator<Item = (K, V)> {
    let (mut left, mut right): (Peekable<_>, Peekable<_>) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some((l, _)), Some((r, _))) if r < l => right.next(),
        (None, _) => right.next(),
        _ => left.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const SETTLED: Retention = Retention { settle: Duration::ZERO, keep: DAY };

    fn name(text: &str) -> ObjectName {
        ObjectName::parse(text).unwrap()
    }

    fn names(count: usize) -> Collection<usize> {
        let mut collection = Collection::new(Family::Secret);
        for n in 0..count {
            collection.insert(name(&format!("s{n}")), n, Timestamp::default());
        }
        collection
    }

    fn page(
        collection: &Collection<usize>,
        lists: Lists,
        after: Option<&NameKey>,
        now: Timestamp,
    ) -> Slice<NameKey, String> {
        let listed = collection.listed(lists, after, now);
        Slice::of(listed.map(|(key, entry)| (key, entry.name.to_string())), 25)
    }

    #[test]
    fn pages_are_disjoint_ordered_and_end_without_an_empty_one() {
        let collection = names(50);
        let mut seen = Vec::new();
        let mut after = None;
        let mut pages = 0;
        loop {
            let slice = page(&collection, Lists::Live, after.as_ref(), Timestamp::default());
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

    /// Each list reads an index of its own: both follow every transition.
    #[test]
    fn a_name_is_in_the_list_of_its_phase_and_in_no_other() {
        let now = Timestamp::from_seconds(1_000_000);
        let mut collection = names(4);
        let lists = |collection: &Collection<usize>, now| {
            [Lists::Live, Lists::Deleted].map(|lists| page(collection, lists, None, now).items.join(" "))
        };
        for n in ["s1", "S2", "s3"] {
            collection.delete(&name(n), now, SETTLED).unwrap();
        }
        assert_eq!(lists(&collection, now), ["s0", "s1 s2 s3"]);
        collection.recover(&name("s1"), now, Duration::ZERO, |_| Error::InvalidBody).unwrap();
        collection.purge(&name("s2"), now, Duration::ZERO).unwrap();
        assert_eq!(lists(&collection, now), ["s0 s1", "s3"]);
        assert_eq!(lists(&collection, now + DAY), ["s0 s1", ""]);
        assert!(collection.for_create(&name("s3"), now + DAY).unwrap().is_none());
        collection.insert(name("s3"), 3, now + DAY);
        assert_eq!(lists(&collection, now + DAY), ["s0 s1 s3", ""]);
        assert_eq!(collection.deleted.len(), 0);
    }

    /// Looking for the one live name behind ten thousand deleted ones, or the other way round, looks at no more than it
    /// lists.
    #[test]
    fn a_page_looks_at_no_name_of_the_other_list() {
        let mut collection = names(10_001);
        let now = Timestamp::from_seconds(1_000_000);
        for n in 0..10_000 {
            collection.delete(&name(&format!("s{n}")), now, SETTLED).unwrap();
        }
        assert_eq!((collection.live.len(), collection.deleted.len()), (1, 10_000));
        assert_eq!(page(&collection, Lists::Live, None, now).items, ["s10000"]);
        let everything: Vec<&str> = collection.iter().map(|entry| entry.name.as_str()).collect();
        assert!(everything.len() == 10_001 && everything.is_sorted());
    }

    #[test]
    fn a_slice_says_that_more_follow_only_if_they_do() {
        let items = [(1, 'a'), (2, 'b'), (3, 'c')];
        let of = |limit| Slice::of(items.iter().map(|(key, item)| (key, *item)), limit);
        assert_eq!(of(2), Slice { items: vec!['a', 'b'], more_after: Some(2) });
        assert_eq!(of(3), Slice { items: vec!['a', 'b', 'c'], more_after: None });
    }

    #[test]
    fn merged_lists_keep_their_order() {
        let pairs = |keys: &[i32]| keys.iter().map(|key| (*key, ())).collect::<Vec<_>>().into_iter();
        for (left, right) in [(&[1, 3, 5][..], &[2, 4][..]), (&[], &[1]), (&[1, 2], &[]), (&[4], &[1, 9])] {
            let both: Vec<i32> = merged(pairs(left), pairs(right)).map(|(key, ())| key).collect();
            assert!(both.is_sorted() && both.len() == left.len() + right.len(), "{both:?}");
        }
    }
}
