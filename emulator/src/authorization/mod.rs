//! Who may do what with a vault: access policies, roles, the firewall. Pure facts and decisions.
//!
//! A [`requirement`] is the permission of an access policy and the data action of a role that an operation needs (the
//! table of operations is [`crate::http::permissions`]). [`decision`] weighs a call against a vault's [`Governance`] and keeps the
//! reasons, so that a refusal can be explained. It must not know requests, tokens or stores.

pub mod assignment;
pub mod builtin;
pub mod decision;
pub mod explain;
pub mod network;
pub mod policy;
pub mod requirement;
pub mod role;
pub mod scope;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::network::{NetworkRules, PublicAccess};
use self::policy::AccessPolicy;
use self::scope::Scope;

/// Whose rules a vault goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionModel {
    /// Its own access policies: `enableRbacAuthorization` is false.
    AccessPolicies,
    /// Role assignments.
    Rbac,
}

/// How access to one vault is governed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Governance {
    /// The vault's resource id, its name in the creator's spelling.
    pub scope: Scope,
    /// The tenant whose tokens it takes.
    pub tenant: Uuid,
    /// Whose rules it goes by.
    pub model: PermissionModel,
    /// Its access policies, kept while roles decide.
    pub policies: Vec<AccessPolicy>,
    /// Its firewall.
    pub network: NetworkRules,
    /// Whether it can be reached from outside private links at all.
    pub public_access: PublicAccess,
}

impl Governance {
    /// The vault's name in its creator's spelling.
    #[must_use]
    pub fn vault_name(&self) -> &str {
        self.scope.name()
    }
}

/// Somebody who calls a vault, as far as permissions go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The token's tenant.
    pub tenant: Uuid,
    /// Object id of the user or service principal.
    pub object_id: Uuid,
    /// The application by which a user calls, or that calls itself.
    pub app_id: Uuid,
    /// Object ids of the groups it is in.
    pub groups: Vec<Uuid>,
    /// `iss` of its token.
    pub issuer: Arc<str>,
    /// The resource of a user-assigned managed identity, `xms_mirid`.
    pub resource_id: Option<Arc<str>>,
}

impl Principal {
    /// Whether `id` is the principal itself or one of its groups.
    #[must_use]
    pub fn is_or_is_in(&self, id: Uuid) -> bool {
        self.object_id == id || self.groups.contains(&id)
    }
}
