//! Role definitions: sets of actions with wildcards.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::scope::Scope;

/// Who made a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleType {
    /// Azure.
    BuiltIn,
    /// The tenant's own.
    Custom,
}

impl RoleType {
    /// As bodies have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "BuiltInRole",
            Self::Custom => "CustomRole",
        }
    }
}

/// One entry of a role's `permissions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RolePermission {
    /// What it grants of the control plane.
    pub actions: Vec<String>,
    /// Taken off that.
    pub not_actions: Vec<String>,
    /// What it grants of the data plane.
    pub data_actions: Vec<String>,
    /// Taken off that.
    pub not_data_actions: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RoleDefinition {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who made it.
    pub role_type: RoleType,
    /// Where it may be assigned.
    pub assignable_scopes: Vec<Scope>,
    /// What it grants.
    pub permissions: Vec<RolePermission>,
}

impl RoleDefinition {
    /// Whether it grants a data action: within one entry what is taken off counts, between entries it does not.
    #[must_use]
    pub fn grants_data(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
        self.permissions.iter().any(|entry| any(&entry.data_actions) && !any(&entry.not_data_actions))
    }
}

/// Whether an action fits a pattern in which `*` stands for any text; without regard to case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let action = "Microsoft.KeyVault/vaults/certificates/read";
        for (pattern, expected) in [
            ("*", true),
            ("microsoft.keyvault/VAULTS/*", true),
            ("Microsoft.KeyVault/vaults/*/read", true),
            ("Microsoft.KeyVault/vaults/certificates/read", true),
            ("Microsoft.KeyVault/*/certificates/*", true),
            ("*/read", true),
            ("Microsoft.KeyVault/vaults/certificates", false),
            ("Microsoft.KeyVault/vaults/certificates/*/action", false),
            ("Microsoft.KeyVault/vaults/keys/*", false),
            ("*/write", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern}");
        }
        assert!(!matches("a*ba", "aba-b"), "the end is the end");
    }

    #[test]
    fn what_one_entry_takes_off_another_may_grant() {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let entry = |data: &[&str], not: &[&str]| RolePermission {
            data_actions: words(data),
            not_data_actions: words(not),
            ..RolePermission::default()
        };
        let mut role = RoleDefinition {
            id: Uuid::nil(),
            name: "r".into(),
            description: String::new(),
            role_type: RoleType::Custom,
            assignable_scopes: Vec::new(),
            permissions: vec![entry(&["a/*"], &["a/b"])],
        };
        assert!(role.grants_data("a/c") && !role.grants_data("a/b"));
        role.permissions.push(entry(&["a/b"], &[]));
        assert!(role.grants_data("a/b"));
    }
}
