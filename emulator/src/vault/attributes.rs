//! What a client may say of any object beside its content: whether and when it may be used, and its tags.

use std::sync::Arc;

use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::wire::certificates::Tags;

/// The most tags an object may have (keys-and-secrets.md section 3.3).
const MOST_TAGS: usize = 15;
/// The longest tag name or value.
const LONGEST_TAG: usize = 256;

/// Attributes of one version of a key or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Whether it may be used.
    pub enabled: bool,
    /// Start of validity.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
    /// Tags, if ever set.
    pub tags: Option<Arc<Tags>>,
}

/// What a client asks to be so; what is absent stays as it is.
#[derive(Debug, Default)]
pub struct Changes {
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Start of validity.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// All tags.
    pub tags: Option<Tags>,
}

impl Attributes {
    /// Those of a version that is created `now` as `wishes` say; enabled unless they say otherwise.
    ///
    /// # Errors
    /// 400 for tags out of range.
    pub fn new(wishes: Changes, now: Timestamp) -> Result<Self, Error> {
        let plain =
            Self { enabled: true, not_before: None, not_after: None, created: now, updated: now, tags: None };
        plain.changed(wishes, now)
    }

    /// The same after `changes`; tags are replaced as a whole (keys-and-secrets.md section 3.2).
    ///
    /// # Errors
    /// 400 for tags out of range.
    pub fn changed(&self, changes: Changes, now: Timestamp) -> Result<Self, Error> {
        let tags = changes.tags.map(checked_tags).transpose()?;
        Ok(Self {
            enabled: changes.enabled.unwrap_or(self.enabled),
            not_before: changes.not_before.or(self.not_before),
            not_after: changes.not_after.or(self.not_after),
            created: self.created,
            updated: now,
            tags: tags.or_else(|| self.tags.clone()),
        })
    }

    /// Whether `now` is within the validity.
    #[must_use]
    pub fn are_valid(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|start| start <= now) && self.not_after.is_none_or(|end| now < end)
    }
}

/// Tags within the documented limits.
///
/// # Errors
/// 400 for more than 15 tags or one that is too long (certificates.md section 4.2).
pub fn checked_tags(tags: Tags) -> Result<Arc<Tags>, Error> {
    let short = |text: &str| text.chars().count() <= LONGEST_TAG;
    let fit = tags.len() <= MOST_TAGS && tags.iter().all(|(name, value)| short(name) && short(value));
    if fit { Ok(Arc::new(tags)) } else { Err(Error::InvalidBody) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(count: usize, value: &str) -> Tags {
        (0..count).map(|n| (format!("t{n}"), value.to_owned())).collect()
    }

    /// keys-and-secrets.md sections 3.2 and 3.3.
    #[test]
    fn what_a_change_leaves_out_stays_and_tags_are_replaced_as_a_whole() {
        let (then, now) = (Timestamp::from_seconds(1), Timestamp::from_seconds(2));
        let wishes = Changes { not_after: Some(now), tags: Some(tags(3, "x")), ..Changes::default() };
        let first = Attributes::new(wishes, then).unwrap();
        let changes = Changes { enabled: Some(false), tags: Some(tags(1, "y")), ..Changes::default() };
        let second = first.changed(changes, now).unwrap();
        let expected = Attributes {
            enabled: false,
            not_before: None,
            not_after: Some(now),
            created: then,
            updated: now,
            tags: Some(Arc::new(tags(1, "y"))),
        };
        assert_eq!(second, expected);
        assert_eq!(second.changed(Changes::default(), now).unwrap(), expected);
    }

    #[test]
    fn fifteen_tags_of_256_characters_are_the_limit() {
        assert!(checked_tags(tags(15, &"é".repeat(256))).is_ok());
        assert_eq!(checked_tags(tags(16, "")).unwrap_err(), Error::InvalidBody);
        assert_eq!(checked_tags(tags(1, &"x".repeat(257))).unwrap_err(), Error::InvalidBody);
    }

    #[test]
    fn validity_begins_with_its_start_and_ends_before_its_end() {
        let at = Timestamp::from_seconds;
        let wishes = Changes { not_before: Some(at(5)), not_after: Some(at(9)), ..Changes::default() };
        let attributes = Attributes::new(wishes, at(1)).unwrap();
        assert_eq!([4, 5, 8, 9].map(|s| attributes.are_valid(at(s))), [false, true, true, false]);
    }
}
