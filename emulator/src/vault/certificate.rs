//! What one certificate name holds: its policy, its versions and its latest operation.
//!
//! A version is stored when its operation is accepted, dated at the instant it will be issued; until then reads do not
//! see it. Source: certificates.md sections 2.3 to 2.6.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::crypto::PrivateKey;
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::attributes::checked_tags;
use crate::vault::collection::Slice;
use crate::vault::name::Version;
use crate::vault::operation::{Cancellation, Ending, Operation, Status};
use crate::vault::policy::{LifetimeAction, Policy};
use crate::wire::certificates::Tags;

/// An issued certificate and the key it certifies. Never changes.
#[derive(Debug)]
pub struct Issued {
    /// The certificate.
    pub der: Vec<u8>,
    /// The authorities above it, in the order in which they are handed out.
    pub chain: Vec<Vec<u8>>,
    /// SHA-1 of it.
    pub thumbprint: [u8; 20],
    /// The private key.
    pub key: PrivateKey,
}

/// What a client may set on a version, and its dates.
#[derive(Clone, Debug)]
pub struct Attributes {
    /// Whether it may be used.
    pub enabled: bool,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// When it was issued.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
    /// Tags, if ever set.
    pub tags: Option<Arc<Tags>>,
    /// Echoed only if the client set it.
    pub preserve_cert_order: Option<bool>,
}

/// One version, or the placeholder that stands for it until the first one is issued.
#[derive(Clone, Debug)]
pub struct CertificateVersion {
    /// Its identifier.
    pub version: Version,
    /// The certificate; `None` in a placeholder.
    pub issued: Option<Arc<Issued>>,
    /// The policy that it was made by; a later one of the name does not change it.
    pub policy: Arc<Policy>,
    /// Attributes.
    pub attributes: Attributes,
}

/// What a client asked to change.
#[derive(Debug, Default)]
pub struct Changes {
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// All tags.
    pub tags: Option<Tags>,
}

/// What a name holds.
#[derive(Debug)]
pub struct Certificate {
    /// The policy of the next version.
    pub policy: Arc<Policy>,
    /// Stands in for the first version until it is issued.
    placeholder: CertificateVersion,
    versions: BTreeMap<Version, CertificateVersion>,
    /// Versions from the oldest to the newest.
    order: Vec<Version>,
    /// What a client began last.
    operation: Option<Operation>,
    /// What lifetime actions began after that, from the oldest to the newest. After the clock was moved back, the last
    /// ones have not begun.
    renewals: Vec<Operation>,
    /// The version for which a lifetime action was taken last, and the action.
    acted: Option<(Version, LifetimeAction)>,
    /// When its operation was removed: what that put off is due then.
    idle_since: Timestamp,
}

/// What a certificate consists of beside its policy.
pub(super) struct Parts<'a> {
    pub(super) placeholder: &'a CertificateVersion,
    /// From the oldest to the newest.
    pub(super) versions: Vec<&'a CertificateVersion>,
    pub(super) operation: Option<&'a Operation>,
    pub(super) renewals: &'a [Operation],
    pub(super) acted: Option<(Version, LifetimeAction)>,
    pub(super) idle_since: Timestamp,
}

impl Certificate {
    /// Everything, issued or not, begun or not.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            placeholder: &self.placeholder,
            versions: self.order.iter().filter_map(|version| self.versions.get(version)).collect(),
            operation: self.operation.as_ref(),
            renewals: &self.renewals,
            acted: self.acted,
            idle_since: self.idle_since,
        }
    }

    /// The certificate that consisted of these.
    pub(super) fn from_parts(
        policy: Arc<Policy>,
        placeholder: CertificateVersion,
        versions: Vec<CertificateVersion>,
        (operation, renewals): (Option<Operation>, Vec<Operation>),
        (acted, idle_since): (Option<(Version, LifetimeAction)>, Timestamp),
    ) -> Self {
        let bare = Self::new(policy, placeholder);
        let mut certificate = Self { operation, renewals, acted, idle_since, ..bare };
        versions.into_iter().for_each(|version| certificate.add(version));
        certificate
    }

    /// A name without versions.
    #[must_use]
    pub fn new(policy: Arc<Policy>, placeholder: CertificateVersion) -> Self {
        Self {
            policy,
            placeholder,
            versions: BTreeMap::new(),
            order: Vec::new(),
            operation: None,
            renewals: Vec::new(),
            acted: None,
            idle_since: Timestamp::default(),
        }
    }

    /// Takes in an operation and, unless it waits for a merge, the version that it issues.
    pub fn accept(&mut self, policy: Arc<Policy>, operation: Operation, version: Option<CertificateVersion>) {
        self.forget_what_has_not_begun(operation.begun);
        self.policy = policy;
        self.operation = Some(operation);
        self.renewals.clear();
        version.into_iter().for_each(|version| self.add(version));
    }

    /// Takes in what a lifetime action began: the operation and, unless it waits or fails, the version that it issues.
    pub(super) fn renew(&mut self, operation: Operation, version: Option<CertificateVersion>) {
        self.renewals.push(operation);
        version.into_iter().for_each(|version| self.add(version));
    }

    /// Takes in a version that came from outside; an operation that has ended goes.
    pub fn import(&mut self, policy: Arc<Policy>, version: CertificateVersion) {
        self.forget_what_has_not_begun(version.attributes.created);
        self.policy = policy;
        self.operation = None;
        self.renewals.clear();
        self.add(version);
    }

    /// Ends the operation with the version that was merged into it.
    pub fn merge(&mut self, version: CertificateVersion, now: Timestamp) {
        self.end(Ending::Merged(now), Some(version), now);
    }

    /// Ends the operation, with a version if one comes of it. `None` if there is no operation.
    pub(super) fn end(
        &mut self,
        ending: Ending,
        version: Option<CertificateVersion>,
        now: Timestamp,
    ) -> Option<&Operation> {
        self.forget_what_has_not_begun(now);
        let operation = self.renewals.last_mut().or(self.operation.as_mut())?;
        operation.ending = ending;
        if let Some(version) = &version {
            operation.version = version.version;
        }
        version.into_iter().for_each(|version| self.add(version));
        self.operation(now)
    }

    /// Another policy from now on: renewals that have not begun, because the clock was moved back, will be by it.
    pub fn set_policy(&mut self, policy: Arc<Policy>, now: Timestamp) {
        self.forget_what_has_not_begun(now);
        self.policy = policy;
    }

    fn add(&mut self, version: CertificateVersion) {
        self.order.push(version.version);
        self.versions.insert(version.version, version);
    }

    /// A clock that was moved back only hides what lies ahead. Once the certificate is changed, the future is open.
    fn forget_what_has_not_begun(&mut self, now: Timestamp) {
        let begun = self.renewals.partition_point(|renewal| renewal.begun <= now);
        for renewal in self.renewals.split_off(begun) {
            self.forget(renewal.version);
            self.acted = None;
        }
    }

    /// The version whose lifetime action is next: the newest one, begun or not.
    pub(super) fn newest(&self) -> Option<&CertificateVersion> {
        self.order.last().and_then(|version| self.versions.get(version))
    }

    /// When its last operation, begun or not, is out of the way; `None` while one waits for somebody.
    pub(super) fn idle_at(&self) -> Option<Timestamp> {
        self.renewals.last().or(self.operation.as_ref()).map_or(Some(self.idle_since), Operation::ends_at)
    }

    /// The version for which a lifetime action was taken last, and the action.
    pub(super) const fn acted(&self) -> Option<(Version, LifetimeAction)> {
        self.acted
    }

    /// Notes that the lifetime action for `version` was taken.
    pub(super) const fn set_acted(&mut self, version: Version, action: LifetimeAction) {
        self.acted = Some((version, action));
    }

    /// Refuses another create or import while an operation is in progress.
    ///
    /// # Errors
    /// 409, certificates.md section 4.2.
    pub fn ensure_idle(&self, now: Timestamp) -> Result<(), Error> {
        match self.operation(now) {
            Some(operation) if operation.status(now) == Status::InProgress => Err(Error::OperationInProgress),
            _ => Ok(()),
        }
    }

    /// The newest version issued by `now`, else the placeholder.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> &CertificateVersion {
        let newest = self.order.iter().rev().filter_map(|version| self.versions.get(version));
        newest.into_iter().find(|version| self.is_issued(version, now)).unwrap_or(&self.placeholder)
    }

    /// The versions issued by `now`, from the oldest to the newest.
    pub fn issued(&self, now: Timestamp) -> impl Iterator<Item = &CertificateVersion> {
        let versions = self.order.iter().filter_map(|version| self.versions.get(version));
        versions.filter(move |version| self.is_issued(version, now))
    }

    /// The version that was made before that one.
    #[must_use]
    pub fn before(&self, version: Version) -> Option<Version> {
        let position = self.order.iter().position(|one| *one == version)?;
        self.order.get(position.checked_sub(1)?).copied()
    }

    /// The version of that identifier; the placeholder answers to its own while it stands in.
    #[must_use]
    pub fn version(&self, version: Version, now: Timestamp) -> Option<&CertificateVersion> {
        let current = self.current(now);
        if current.version == version {
            return Some(current);
        }
        self.versions.get(&version).filter(|version| self.is_issued(version, now))
    }

    /// Applies `changes` to the version of that identifier, or to the current one.
    ///
    /// # Errors
    /// `None` if there is no such version; 400 for tags out of range, with nothing changed.
    pub fn update(
        &mut self,
        version: Option<Version>,
        changes: Changes,
        now: Timestamp,
    ) -> Option<Result<&CertificateVersion, Error>> {
        self.forget_what_has_not_begun(now);
        let version = match version {
            Some(version) => self.version(version, now)?.version,
            None => self.current(now).version,
        };
        let tags = match changes.tags.map(checked_tags).transpose() {
            Ok(tags) => tags,
            Err(error) => return Some(Err(error)),
        };
        let found = self.versions.get_mut(&version).unwrap_or(&mut self.placeholder);
        // A placeholder stays disabled: there is nothing to use yet.
        found.attributes.enabled = match &found.issued {
            Some(_) => changes.enabled.unwrap_or(found.attributes.enabled),
            None => false,
        };
        found.attributes.tags = tags.or_else(|| found.attributes.tags.take());
        found.attributes.updated = now;
        Some(Ok(found))
    }

    /// Up to `limit` issued versions behind `after`, by identifier as the service orders them (section 2.8).
    #[must_use]
    pub fn page(
        &self,
        after: Option<Version>,
        limit: usize,
        now: Timestamp,
    ) -> Slice<Version, CertificateVersion> {
        let start = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let range = self.versions.range((start, std::ops::Bound::Unbounded));
        let issued = range.filter(|(_, version)| self.is_issued(version, now));
        Slice::of(issued.map(|(id, version)| (id, version.clone())), limit)
    }

    /// The latest operation begun by `now`, unless it was removed.
    #[must_use]
    pub fn operation(&self, now: Timestamp) -> Option<&Operation> {
        self.begun_renewal(now).map(|index| &self.renewals[index]).or(self.operation.as_ref())
    }

    fn begun_renewal(&self, now: Timestamp) -> Option<usize> {
        self.renewals.partition_point(|renewal| renewal.begun <= now).checked_sub(1)
    }

    /// Asks to cancel the operation; what it would have issued is dropped. `None` if there is no operation.
    ///
    /// # Errors
    /// 403 once it has ended.
    pub fn cancel(&mut self, now: Timestamp, settled: Timestamp) -> Option<Result<&Operation, Error>> {
        let operation = match self.begun_renewal(now) {
            Some(index) => &mut self.renewals[index],
            None => self.operation.as_mut()?,
        };
        if let Err(error) = operation.cancel(now, settled) {
            return Some(Err(error));
        }
        let (version, stopped) = (operation.version, operation.cancellation != Cancellation::Noted);
        self.forget_what_has_not_begun(now);
        if stopped {
            self.forget(version);
        }
        self.operation(now).map(Ok)
    }

    /// Removes the operation and, if it has not ended, what it would have issued.
    pub fn remove_operation(&mut self, now: Timestamp) -> Option<Operation> {
        self.forget_what_has_not_begun(now);
        self.idle_since = now;
        let own = self.operation.take();
        let operation = self.renewals.drain(..).next_back().or(own)?;
        if operation.status(now) != Status::Completed {
            self.forget(operation.version);
        }
        Some(operation)
    }

    /// Whether reads see that version: its operation, if there is one, has completed.
    fn is_issued(&self, version: &CertificateVersion, now: Timestamp) -> bool {
        let mut operations = self.operation.iter().chain(&self.renewals);
        operations
            .find(|operation| operation.version == version.version)
            .is_none_or(|operation| operation.status(now) == Status::Completed)
    }

    fn forget(&mut self, version: Version) {
        self.versions.remove(&version);
        self.order.retain(|kept| *kept != version);
    }
}
