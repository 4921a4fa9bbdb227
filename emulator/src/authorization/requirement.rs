//! What an operation of the data plane needs: a permission of an access policy, a data action of a role.

use std::fmt;

use super::policy::Kind;

/// A data action below `Microsoft.KeyVault/vaults/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action(pub &'static str);

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Microsoft.KeyVault/vaults/{}", self.0)
    }
}

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The family of the permissions.
    pub kind: Kind,
    /// Permissions of which one is enough; a refusal names the first.
    pub permissions: &'static [&'static str],
    /// Data actions of which one is enough; a refusal names the first.
    pub actions: &'static [Action],
}

impl Requirement {
    /// The permission that a refusal names.
    #[must_use]
    pub fn permission(&self) -> &'static str {
        self.permissions.first().copied().unwrap_or_default()
    }

    /// The same where no other data action is enough.
    #[must_use]
    pub fn without_alternatives(self) -> Self {
        Self { actions: self.actions.get(..1).unwrap_or(self.actions), ..self }
    }

    /// The data action that a refusal names.
    #[must_use]
    pub fn action(&self) -> String {
        self.actions.first().map(ToString::to_string).unwrap_or_default()
    }
}
