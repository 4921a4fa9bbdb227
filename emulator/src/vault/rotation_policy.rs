//! A key's rotation policy: what a client may write, and when a version of the key is due to be followed by another
//! (keys-and-secrets.md section 4.6).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::attributes::Attributes;
use crate::vault::settings::Sku;
use crate::vault::span::Span;
use crate::wire::rotation as wire;

/// The shortest `expiryTime` (specification).
const SHORTEST_LIFE: Duration = Duration::from_hours(28 * 24);
/// How long after a version's beginning, and how long before its end, it may be followed at the earliest and the latest
/// (documented).
const MARGIN: Duration = Duration::from_hours(7 * 24);
/// What is told of a key whose owner said nothing: 30 days before its end.
const NOTICE: u32 = 30;

/// A policy that a client has set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RotationPolicy {
    rotate: Option<Trigger>,
    /// Before the end; nothing is sent, as nobody has recorded what.
    notify: Span,
    expiry: Option<Span>,
    created: Timestamp,
    /// When it was set last.
    pub updated: Timestamp,
}

/// When a version is to be followed by another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
enum Trigger {
    AfterCreate(Span),
    BeforeExpiry(Span),
}

impl Trigger {
    /// When it fires for a version of those dates; never before the end of one that has none.
    fn instant(&self, created: Timestamp, expires: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::AfterCreate(span) => Some(span.after(created)),
            Self::BeforeExpiry(span) => expires.map(|end| span.before(end)),
        }
    }
}

const fn invalid(reason: &'static str) -> Error {
    Error::InvalidRotationPolicy(reason)
}

impl RotationPolicy {
    /// The policy that a client sets in a vault of that SKU; `before` is the one it replaces.
    ///
    /// # Errors
    /// 400 for what is no policy.
    pub fn new(
        given: wire::RotationPolicy,
        before: Option<&Self>,
        sku: Sku,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let span = |text: &str| Span::parse(text).ok_or(invalid("A duration is not in ISO 8601 format."));
        let expiry = given.attributes.and_then(|attributes| attributes.expiry_time);
        let expiry = expiry.as_deref().map(span).transpose()?;
        if expiry.as_ref().is_some_and(|expiry| expiry.after(now) < now + SHORTEST_LIFE) {
            return Err(invalid("The expiry time must be at least 28 days."));
        }
        if expiry.is_none() && sku == Sku::ManagedHsm {
            return Err(invalid("The expiry time is required."));
        }
        let (mut rotate, mut notify) = (None, None);
        for action in given.lifetime_actions.unwrap_or_default() {
            let trigger = action.trigger.unwrap_or_default();
            let trigger = match (trigger.time_after_create, trigger.time_before_expiry) {
                (Some(text), None) => Trigger::AfterCreate(span(&text)?),
                (None, Some(text)) => Trigger::BeforeExpiry(span(&text)?),
                _ => {
                    return Err(invalid(
                        "A trigger has exactly one of timeAfterCreate and timeBeforeExpiry.",
                    ));
                }
            };
            let kind = action.action.and_then(|action| action.kind).unwrap_or_default();
            let rotates = kind.eq_ignore_ascii_case("rotate");
            if !rotates && !kind.eq_ignore_ascii_case("notify") {
                return Err(Error::InvalidBody);
            }
            match trigger {
                trigger if rotates && rotate.is_none() => rotate = Some(trigger),
                Trigger::BeforeExpiry(span) if !rotates && notify.is_none() => notify = Some(span),
                _ => {
                    return Err(invalid(
                        "A policy has one Rotate and one Notify action at most; Notify fires before expiry.",
                    ));
                }
            }
        }
        if let Some(trigger) = &rotate {
            ensure_within(trigger, expiry.as_ref(), now)?;
        }
        Ok(Self {
            rotate,
            notify: notify.unwrap_or_else(|| Span::days(NOTICE)),
            expiry,
            created: before.map_or(now, |before| before.created),
            updated: now,
        })
    }

    /// When the version of these attributes is to be followed by another.
    #[must_use]
    pub fn due(&self, attributes: &Attributes) -> Option<Timestamp> {
        self.rotate.as_ref()?.instant(attributes.created, attributes.not_after)
    }

    /// When a version that is made at `created` expires.
    #[must_use]
    pub fn expires(&self, created: Timestamp) -> Option<Timestamp> {
        self.expiry.as_ref().map(|expiry| expiry.after(created))
    }

    /// The policy as bodies have it.
    #[must_use]
    pub fn to_wire(&self, id: String) -> wire::RotationPolicy {
        let rotate = self.rotate.as_ref().map(|trigger| match trigger {
            Trigger::AfterCreate(span) => action("Rotate", Some(span), None),
            Trigger::BeforeExpiry(span) => action("Rotate", None, Some(span)),
        });
        let actions = rotate.into_iter().chain([action("Notify", None, Some(&self.notify))]);
        wire::RotationPolicy {
            id: Some(id),
            lifetime_actions: Some(actions.collect()),
            attributes: Some(wire::PolicyAttributes {
                expiry_time: self.expiry.as_ref().map(|expiry| expiry.as_str().to_owned()),
                created: Some(self.created),
                updated: Some(self.updated),
            }),
        }
    }
}

/// What is answered for a key that never had one: no identifier, and attributes that are null.
#[must_use]
pub fn unset() -> wire::RotationPolicy {
    let notice = Span::days(NOTICE);
    wire::RotationPolicy {
        id: None,
        lifetime_actions: Some(vec![action("Notify", None, Some(&notice))]),
        attributes: None,
    }
}

fn action(kind: &str, after: Option<&Span>, before: Option<&Span>) -> wire::LifetimeAction {
    let text = |span: Option<&Span>| span.map(|span| span.as_str().to_owned());
    wire::LifetimeAction {
        trigger: Some(wire::Trigger { time_after_create: text(after), time_before_expiry: text(before) }),
        action: Some(wire::Action { kind: Some(kind.to_owned()) }),
    }
}

/// A version must live a week before it is followed, and a week after; judged by one that is made `now`.
fn ensure_within(trigger: &Trigger, expiry: Option<&Span>, now: Timestamp) -> Result<(), Error> {
    let end = expiry.map(|expiry| expiry.after(now));
    match (trigger, trigger.instant(now, end)) {
        (Trigger::BeforeExpiry(span), None) if span.after(now) < now + MARGIN => {
            Err(invalid("A key is rotated at least 7 days before its expiry."))
        }
        (_, Some(instant)) if instant < now + MARGIN => {
            Err(invalid("A key is rotated at least 7 days after its creation."))
        }
        (_, Some(instant)) if end.is_some_and(|end| end < instant + MARGIN) => {
            Err(invalid("A key is rotated at least 7 days before its expiry."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::attributes::Changes;

    const DAY: Duration = Duration::from_hours(24);
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn policy(actions: &str, expiry: &str) -> Result<RotationPolicy, Error> {
        let text = format!(r#"{{"lifetimeActions":[{actions}],"attributes":{{{expiry}}}}}"#);
        RotationPolicy::new(serde_json::from_str(&text).unwrap(), None, Sku::Standard, NOW)
    }

    fn rotate(trigger: &str) -> String {
        format!(r#"{{"trigger":{{{trigger}}},"action":{{"type":"rotate"}}}}"#)
    }

    /// Documented bounds: 28 days of life, a week after the beginning, a week before the end.
    #[test]
    fn a_policy_keeps_the_documented_distances() {
        let expiry = r#""expiryTime":"P28D""#;
        for (trigger, expiry, fits) in [
            (r#""timeAfterCreate":"P7D""#, expiry, true),
            (r#""timeAfterCreate":"P21D""#, expiry, true),
            (r#""timeAfterCreate":"P6D""#, expiry, false),
            (r#""timeAfterCreate":"P22D""#, expiry, false),
            (r#""timeBeforeExpiry":"P7D""#, expiry, true),
            (r#""timeBeforeExpiry":"P22D""#, expiry, false),
            (r#""timeBeforeExpiry":"P6D""#, expiry, false),
            (r#""timeBeforeExpiry":"P7D""#, "", true),
            (r#""timeBeforeExpiry":"P6D""#, "", false),
            (r#""timeAfterCreate":"P2Y","timeBeforeExpiry":null"#, "", true),
            (r#""timeAfterCreate":"P7D","timeBeforeExpiry":"P7D""#, expiry, false),
            ("", expiry, false),
            (r#""timeAfterCreate":"P7D""#, r#""expiryTime":"P27D""#, false),
            (r#""timeAfterCreate":"soon""#, "", false),
        ] {
            assert_eq!(policy(&rotate(trigger), expiry).is_ok(), fits, "{trigger} {expiry}");
        }
        let twice = format!("{0},{0}", rotate(r#""timeAfterCreate":"P7D""#));
        assert!(policy(&twice, "").is_err());
    }

    #[test]
    fn a_version_without_an_end_is_not_followed_before_its_end() {
        let policy = policy(&rotate(r#""timeBeforeExpiry":"P7D""#), r#""expiryTime":"P90D""#).unwrap();
        let endless = Attributes::new(Changes::default(), NOW).unwrap();
        assert_eq!(policy.due(&endless), None);
        let ending = Attributes { not_after: policy.expires(NOW), ..endless };
        assert_eq!(policy.due(&ending), Some(NOW + DAY * 83));
    }
}
