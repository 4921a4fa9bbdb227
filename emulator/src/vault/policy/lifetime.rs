//! Lifetime actions: what a policy wants done as a certificate ages, and when (certificates.md sections 2.2 and 5.1).
//!
//! Only the rule is here; acting on it is `renewal`'s business.

use super::IssuedBy;
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::wire::certificates as wire;
use serde::{Deserialize, Serialize};

/// A policy has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LifetimeAction {
    /// When.
    pub trigger: Trigger,
    /// What.
    pub action: Action,
}

/// When a lifetime action is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// When so many percent of the lifetime, from nbf to exp, are over.
    Percentage(u32),
    /// So many days before exp.
    DaysBeforeExpiry(u32),
}

/// What a lifetime action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Issues the next version.
    AutoRenew,
    /// Writes to the vault's contacts.
    EmailContacts,
}

impl LifetimeAction {
    /// The instant at which it is due for a certificate that is valid from `not_before` to `not_after`.
    #[must_use]
    pub fn due(&self, not_before: Timestamp, not_after: Timestamp) -> Timestamp {
        match self.trigger {
            Trigger::Percentage(percent) => not_before + not_after.since(not_before) / 100 * percent,
            Trigger::DaysBeforeExpiry(days) => {
                not_after - std::time::Duration::from_secs(u64::from(days) * 86_400)
            }
        }
    }

    /// Renewal at 80 percent, as for every issuer that can renew (section 5.1); the platform's own authority renews at
    /// half the time (section 5.3).
    const fn default_of(issuer: IssuedBy) -> Self {
        let (percent, action) = match issuer {
            IssuedBy::Merge => (80, Action::EmailContacts),
            IssuedBy::Own | IssuedBy::Authority => (80, Action::AutoRenew),
            IssuedBy::Platform => (50, Action::AutoRenew),
        };
        Self { trigger: Trigger::Percentage(percent), action }
    }

    /// `None` for what is neither, or out of its range.
    fn of(given: &wire::LifetimeAction, validity_months: u32) -> Option<Self> {
        let trigger = match (given.trigger.lifetime_percentage, given.trigger.days_before_expiry) {
            (Some(percent), None) if (1..=99).contains(&percent) => Trigger::Percentage(percent),
            (None, Some(days)) if (1..=validity_months * 27).contains(&days) => {
                Trigger::DaysBeforeExpiry(days)
            }
            _ => return None,
        };
        let action = match given.action.action_type.as_deref()? {
            "AutoRenew" => Action::AutoRenew,
            "EmailContacts" => Action::EmailContacts,
            _ => return None,
        };
        Some(Self { trigger, action })
    }

    fn to_wire(self) -> wire::LifetimeAction {
        let (percentage, days) = match self.trigger {
            Trigger::Percentage(percent) => (Some(percent), None),
            Trigger::DaysBeforeExpiry(days) => (None, Some(days)),
        };
        let action = match self.action {
            Action::AutoRenew => "AutoRenew",
            Action::EmailContacts => "EmailContacts",
        };
        wire::LifetimeAction {
            trigger: wire::Trigger { lifetime_percentage: percentage, days_before_expiry: days },
            action: wire::Action { action_type: Some(action.to_owned()) },
        }
    }
}

/// The action of a policy that was given `given`, and how it is answered.
///
/// # Errors
/// 400 for more than one action, or one that cannot be.
pub(super) fn lifetime_actions(
    given: Option<Vec<wire::LifetimeAction>>,
    issuer: IssuedBy,
    validity_months: u32,
) -> Result<(LifetimeAction, Vec<wire::LifetimeAction>), Error> {
    let given = given.unwrap_or_default();
    if given.len() > 1 {
        return Err(Error::TooManyLifetimeActions);
    }
    let action = match given.first() {
        None => Some(LifetimeAction::default_of(issuer)),
        Some(given) => LifetimeAction::of(given, validity_months),
    };
    let action =
        action.ok_or(Error::InvalidProperty { property: "policy.lifetime_actions", detail: None })?;
    let answered = if given.is_empty() { vec![action.to_wire()] } else { given };
    Ok((action, answered))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_due_by_its_share_of_the_lifetime_or_by_days_from_its_end() {
        let at = |text| Timestamp::parse(text).unwrap();
        let due = |trigger| {
            let action = LifetimeAction { trigger, action: Action::AutoRenew };
            action.due(at("2027-01-01"), at("2027-04-11"))
        };
        assert_eq!(due(Trigger::Percentage(80)), at("2027-03-22"));
        assert_eq!(due(Trigger::Percentage(1)), at("2027-01-02"));
        assert_eq!(due(Trigger::DaysBeforeExpiry(30)), at("2027-03-12"));
    }
}
