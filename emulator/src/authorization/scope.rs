//! Scopes: resource ids as a tree of paths, compared without case.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A resource id at which a role can be assigned; the empty text is the root, `/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct Scope {
    key: String,
    text: String,
}

impl Scope {
    /// Reads a resource id, with or without slashes around it; empty segments mean nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut own = String::with_capacity(text.len() + 1);
        for segment in text.split('/').filter(|segment| !segment.is_empty()) {
            own.push('/');
            own.push_str(segment);
        }
        Self { key: own.to_ascii_lowercase(), text: own }
    }

    /// The scope of a subscription.
    #[must_use]
    pub fn subscription(id: &str) -> Self {
        Self::parse(&format!("/subscriptions/{id}"))
    }

    /// A scope below this one.
    #[must_use]
    pub fn child(&self, path: &str) -> Self {
        Self::parse(&format!("{}/{path}", self.text))
    }

    /// In the spelling it was given; `/` for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if self.text.is_empty() { "/" } else { &self.text }
    }

    /// In lower case, the form of refusals.
    #[must_use]
    pub fn lower(&self) -> &str {
        if self.key.is_empty() { "/" } else { &self.key }
    }

    /// The last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// Whether `other` is this scope or lies below it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.key.strip_prefix(&self.key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Its segments in lower case.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.key.split('/').skip(1)
    }

    /// What kind of place it is, in the words of `akv why`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.segments().count() {
            0 => "root",
            2 => "subscription",
            4 => "resource group",
            8 => "vault",
            _ => "object",
        }
    }
}

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.as_str().to_owned()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_contains_what_lies_below_it_without_regard_to_case() {
        let group = Scope::parse("/subscriptions/S/resourceGroups/RG/");
        for (other, contained) in [
            ("/Subscriptions/s/resourcegroups/rg", true),
            ("/subscriptions/S/resourceGroups/RG/providers/Microsoft.KeyVault/vaults/v", true),
            ("/subscriptions/S/resourceGroups/RG2", false),
            ("/subscriptions/S", false),
            ("/", false),
        ] {
            assert_eq!(group.contains(&Scope::parse(other)), contained, "{other}");
        }
        assert!(Scope::parse("/").contains(&group));
    }

    #[test]
    fn a_scope_keeps_its_spelling() {
        let scope = Scope::parse("subscriptions//S/resourceGroups/My-RG");
        assert_eq!(scope.as_str(), "/subscriptions/S/resourceGroups/My-RG");
        assert_eq!((scope.lower(), scope.name()), ("/subscriptions/s/resourcegroups/my-rg", "My-RG"));
        assert_eq!(Scope::parse("").as_str(), "/");
    }
}
