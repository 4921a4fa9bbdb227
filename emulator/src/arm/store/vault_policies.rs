//! Access policies of a vault: added, replaced, taken away.

use super::vault_resource::{VaultChange, VaultResource};
use super::vaults::not_found;
use super::{Key, Stamp, Store};
use crate::arm::error::ArmError;
use crate::authorization::policy::{AccessPolicy, Kind};

/// `accessPolicies/{operationKind}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyChange {
    /// Permissions come on top of those that are there.
    Add,
    /// The permissions of the principals named are these.
    Replace,
    /// These permissions are taken away, and entries without any with them.
    Remove,
}

impl Store {
    /// Adds, replaces or removes access policies.
    ///
    /// # Errors
    /// 404.
    pub fn change_policies(
        &self,
        group: &str,
        name: &str,
        kind: PolicyChange,
        policies: Vec<AccessPolicy>,
        stamp: Stamp,
    ) -> Result<VaultResource, ArmError> {
        let mut inner = self.inner.write();
        inner.standing_group(group, stamp.at)?;
        let found = inner.live_vault(group, name).cloned().ok_or_else(|| not_found(group, name))?;
        let mut all = self.governance(&found.scope, &found.vault.settings()).policies;
        for given in policies {
            let own = all.iter_mut().find(|policy| policy.is_for_the_same(&given));
            match (own, kind) {
                (None, PolicyChange::Remove) => {}
                (None, _) => all.push(given),
                (Some(own), PolicyChange::Replace) => *own = given,
                (Some(own), PolicyChange::Add) => merge(own, &given),
                (Some(own), PolicyChange::Remove) => take_away(own, &given),
            }
        }
        all.retain(|policy| Kind::ALL.iter().any(|&kind| policy.granted(kind).iter().flatten().count() > 0));
        let change = VaultChange { policies: Some(all), ..VaultChange::default() };
        let resource = self.changed(found, change, stamp)?;
        inner.vaults.insert(Key::of(name), resource.clone());
        Ok(resource)
    }
}

/// Adds the words that are not there yet.
fn merge(own: &mut AccessPolicy, given: &AccessPolicy) {
    for kind in Kind::ALL {
        let Some(words) = given.granted(kind) else { continue };
        let granted = own.granted_mut(kind).get_or_insert_default();
        for word in words {
            if !granted.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                granted.push(word.clone());
            }
        }
    }
}

/// Takes the given words off.
fn take_away(own: &mut AccessPolicy, given: &AccessPolicy) {
    for kind in Kind::ALL {
        let (Some(granted), Some(words)) = (own.granted_mut(kind), given.granted(kind)) else { continue };
        granted.retain(|word| !words.iter().any(|taken| taken.eq_ignore_ascii_case(word)));
    }
}
