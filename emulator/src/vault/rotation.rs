//! Keys that are followed by another version: when somebody asks, and when their policy says so (keys-and-secrets.md
//! section 4.6).
//!
//! Automatic rotation goes as the renewal of certificates does ([`crate::vault::renewal`]): nothing happens by itself,
//! whoever touches a vault asks first what was due ([`Vault::due_rotations`]), makes the keys outside every lock and
//! hands them back ([`Vault::rotate_due`]), each dated at the instant it was due.
//!
//! What the documentation leaves open, decided here: a deleted key is not rotated, and what was due meanwhile is due
//! when it is recovered; what a changed policy would have wanted earlier is due at the change; a disabled key is rotated,
//! and every rotated version is enabled.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::crypto::{KeyKind, KeyMaterial};
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::attributes::Attributes;
use crate::vault::collection::{Entry, Lists};
use crate::vault::keys::Key;
use crate::vault::lifecycle::Lifecycle;
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::{View, managed_or_absent};
use crate::vault::renewal::{MOST_RENEWALS, Scope};
use crate::vault::rotation_policy::RotationPolicy;
use crate::vault::versions::{ObjectVersion, Versions};
use crate::wire::rotation as wire;

/// What holds for all versions of a key.
pub type KeptRotation = Option<Box<RotationPolicy>>;

type KeyEntry = Entry<Versions<Key, KeptRotation>>;

/// A key that was to be rotated.
#[derive(Clone, Debug)]
pub struct DueRotation {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// Of what kind the next keys are.
    pub kind: KeyKind,
    /// When they were due: one version after another, up to the instant that was asked for.
    pub instants: Vec<Timestamp>,
    /// The version that ages, and when it was changed last.
    from: (Version, Timestamp),
}

impl Vault {
    /// The rotation policy of that key, with the name as its creator spelled it; `None` if nobody has set one.
    ///
    /// # Errors
    /// 404; 403 for a certificate's.
    pub fn rotation_policy(
        &self,
        name: &ObjectName,
        now: Timestamp,
    ) -> Result<(ObjectName, KeptRotation), Error> {
        self.own_key(name, now, "getrotationpolicy", |entry| {
            (entry.name.clone(), entry.object.policy.clone())
        })
    }

    /// Replaces the rotation policy of that key.
    ///
    /// # Errors
    /// 404; 403 for a certificate's; 400 for what is no policy.
    pub fn set_rotation_policy(
        &self,
        name: &ObjectName,
        given: wire::RotationPolicy,
        now: Timestamp,
    ) -> Result<(ObjectName, RotationPolicy), Error> {
        self.own_key(name, now, "setrotationpolicy", |_| ())?;
        let sku = self.settings().sku;
        let mut keys = self.keys.write();
        let entry = keys.live_mut(name, now)?;
        let policy = RotationPolicy::new(given, entry.object.policy.as_deref(), sku, now)?;
        entry.object.policy = Some(Box::new(policy.clone()));
        self.watch_rotation(entry);
        Ok((entry.name.clone(), policy))
    }

    /// Of what kind the next version of that key is to be.
    ///
    /// # Errors
    /// 404; 403 for a certificate's.
    pub fn plan_rotation(&self, name: &ObjectName, now: Timestamp) -> Result<KeyKind, Error> {
        self.own_key(name, now, "rotate", |entry| entry.object.latest().content.material.kind())
    }

    /// Takes in the next version of that key: with the terms and tags of the one before, and the end that the policy
    /// gives it.
    ///
    /// # Errors
    /// 404.
    pub fn rotate_key(
        &self,
        name: &ObjectName,
        material: KeyMaterial,
        version: Version,
        now: Timestamp,
    ) -> Result<View<Key>, Error> {
        let mut keys = self.keys.write();
        let entry = keys.live_mut(name, now)?;
        follow(&mut entry.object, material, version, now);
        self.watch_rotation(entry);
        Ok(View::of(entry, entry.object.latest(), now))
    }

    /// Whether a key may have been due by `now`. Costs nothing: it is asked for every request.
    #[must_use]
    pub fn may_rotate(&self, now: Timestamp) -> bool {
        now.millis() >= self.next_rotation.load(Ordering::Acquire)
    }

    /// The keys in `scope` that were to be rotated by `now`.
    #[must_use]
    pub fn due_rotations(&self, scope: &Scope, now: Timestamp) -> Vec<DueRotation> {
        let keys = self.keys.read();
        let due = |entry: &KeyEntry| {
            due(entry).filter(|(at, _)| *at <= now).map(|(at, policy)| plan(entry, at, policy, now))
        };
        match scope {
            Scope::Name(name) => keys.live(name, now).ok().and_then(due).into_iter().collect(),
            Scope::All => {
                let live = || keys.listed(Lists::Live, None, now).map(|(_, entry)| entry);
                let next = live().filter_map(self::due).map(|(at, _)| at.millis()).min();
                // Writers lower it under the lock that is held here: none is lost.
                self.next_rotation.store(next.unwrap_or(i64::MAX), Ordering::Release);
                live().filter_map(due).collect()
            }
        }
    }

    /// Takes in what was made for `due`, one key for each of its instants. Nothing happens if the key is no longer what
    /// it was: somebody else rotated or changed it.
    pub fn rotate_due(&self, due: &DueRotation, made: Vec<(Version, KeyMaterial)>, now: Timestamp) {
        let mut keys = self.keys.write();
        let Ok(entry) = keys.live_mut(&due.name, now) else { return };
        let latest = entry.object.latest();
        if (latest.version, latest.attributes.updated) != due.from {
            return;
        }
        for ((version, material), at) in made.into_iter().zip(&due.instants) {
            follow(&mut entry.object, material, version, *at);
        }
        self.watch_rotation(entry);
    }

    /// To be called under the lock of whatever changed a key, so that its next rotation is not missed.
    pub(super) fn watch_rotation(&self, entry: &KeyEntry) {
        if let Some((at, _)) = due(entry) {
            self.next_rotation.fetch_min(at.millis(), Ordering::AcqRel);
        }
    }

    /// What `view` makes of the live key of that name, unless it is a certificate's.
    fn own_key<V>(
        &self,
        name: &ObjectName,
        now: Timestamp,
        operation: &'static str,
        view: impl FnOnce(&KeyEntry) -> V,
    ) -> Result<V, Error> {
        let certificates = self.certificates.read();
        match self.keys.read().live(name, now) {
            Ok(entry) => Ok(view(entry)),
            Err(_) => Err(managed_or_absent::<Key>(&certificates, name, None, now, operation)),
        }
    }
}

/// When a key is to be rotated, and by which policy.
fn due(entry: &KeyEntry) -> Option<(Timestamp, &RotationPolicy)> {
    let Lifecycle::Live { visible_at } = entry.lifecycle else { return None };
    let policy = entry.object.policy.as_deref()?;
    let own = &entry.object.latest().attributes;
    let at = policy.due(own)?.max(own.created).max(policy.updated).max(visible_at);
    Some((at, policy))
}

/// All versions that were due from `at` to `now`; if a jump of the clock wants more than a few, only the last ones.
fn plan(entry: &KeyEntry, at: Timestamp, policy: &RotationPolicy, now: Timestamp) -> DueRotation {
    let latest = entry.object.latest();
    let mut instants = VecDeque::from([at]);
    while let Some(last) = instants.back() {
        let next = policy.due(&followed(&latest.attributes, Some(policy), *last));
        let Some(next) = next.filter(|next| *last < *next && *next <= now) else { break };
        if instants.len() == MOST_RENEWALS {
            instants.pop_front();
        }
        instants.push_back(next);
    }
    DueRotation {
        name: entry.name.clone(),
        kind: latest.content.material.kind(),
        instants: instants.into(),
        from: (latest.version, latest.attributes.updated),
    }
}

/// The attributes of the version that follows one of `before`.
fn followed(before: &Attributes, policy: Option<&RotationPolicy>, at: Timestamp) -> Attributes {
    Attributes {
        enabled: true,
        not_before: None,
        not_after: policy.and_then(|policy| policy.expires(at)),
        created: at,
        updated: at,
        tags: before.tags.clone(),
    }
}

fn follow(
    versions: &mut Versions<Key, KeptRotation>,
    material: KeyMaterial,
    version: Version,
    at: Timestamp,
) {
    let before = Arc::clone(versions.latest());
    let attributes = followed(&before.attributes, versions.policy.as_deref(), at);
    let content = Key { material, terms: before.content.terms.clone() };
    versions.add(ObjectVersion { version, attributes, content });
}
