//! Role assignments: a role for a principal at a scope and below it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::scope::Scope;
use crate::timestamp::Timestamp;

/// One role assignment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RoleAssignment {
    /// Its id, drawn by the client.
    pub id: Uuid,
    /// Where it holds.
    pub scope: Scope,
    /// The role.
    pub role: Uuid,
    /// Whom it is for: a user, group or service principal.
    pub principal_id: Uuid,
    /// `User`, `Group`, `ServicePrincipal` or another word of the directory's, as given.
    pub principal_type: String,
    /// `condition`, kept but not evaluated.
    pub condition: Option<String>,
    /// `conditionVersion`.
    pub condition_version: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// When it was made.
    #[serde(with = "crate::timestamp::exact")]
    pub created: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
}
