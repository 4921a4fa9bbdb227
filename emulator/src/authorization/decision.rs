//! Whether a principal may do something with a vault, and why not.

use std::net::IpAddr;

use uuid::Uuid;

use super::assignment::RoleAssignment;
use super::network::PublicAccess;
use super::requirement::Requirement;
use super::role::RoleDefinition;
use super::scope::Scope;
use super::{Governance, Principal};

/// By what a call was permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The vault is open, or an access policy grants it.
    Policy,
    /// This role assignment.
    Assignment(Uuid),
}

/// A role assignment that speaks of the principal, and how it bears on the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// The assignment's id.
    pub id: Uuid,
    /// The name of its role.
    pub role: String,
    /// Where it holds.
    pub scope: Scope,
    /// Whether that is the resource or something above it.
    pub covers_the_resource: bool,
    /// Whether the role grants the action.
    pub grants_the_action: bool,
}

/// An access policy that speaks of the principal, without what was needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeighedPolicy {
    /// Whose it is: the principal's or a group's.
    pub object_id: Uuid,
    /// The application it is bound to.
    pub application_id: Option<Uuid>,
    /// Whether it speaks of the caller.
    pub applies: bool,
    /// What it grants of the family.
    pub granted: Vec<String>,
}

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The vault takes no calls from the network.
    Connection,
    /// The address is let in by no rule.
    Firewall {
        /// The client's.
        address: IpAddr,
    },
    /// No access policy grants it.
    Policy {
        /// What was needed.
        requirement: Requirement,
        /// The policies of the vault.
        policies: Vec<WeighedPolicy>,
    },
    /// No role assignment grants it.
    Rbac {
        /// What was needed.
        requirement: Requirement,
        /// On what.
        resource: Scope,
        /// The assignments of the principal and its groups.
        assignments: Vec<Weighed>,
    },
}

/// A call that was refused: who, which vault, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who called.
    pub principal: Principal,
    /// The vault's name in its creator's spelling.
    pub vault: String,
    /// The vault's region.
    pub location: &'static str,
    /// Why.
    pub denial: Denial,
}

/// Whether the vault answers calls from `address` at all.
///
/// # Errors
/// Public access is off, or the firewall does not let the address in.
pub fn admit(governance: &Governance, address: IpAddr) -> Result<(), Denial> {
    if governance.public_access == PublicAccess::Disabled {
        return Err(Denial::Connection);
    }
    if governance.network.allow(address) { Ok(()) } else { Err(Denial::Firewall { address }) }
}

/// Whether an access policy of the vault grants what is needed.
///
/// # Errors
/// None does.
pub fn by_policies(
    governance: &Governance,
    principal: &Principal,
    requirement: Requirement,
) -> Result<Grant, Denial> {
    let Requirement { kind, permissions, .. } = requirement;
    let granted = governance
        .policies
        .iter()
        .filter(|policy| policy.applies_to(principal))
        .any(|policy| permissions.iter().any(|word| policy.grants(kind, word)));
    if granted {
        return Ok(Grant::Policy);
    }
    let policies = governance.policies.iter().map(|policy| WeighedPolicy {
        object_id: policy.object_id,
        application_id: policy.application_id,
        applies: policy.applies_to(principal),
        granted: policy.granted(kind).clone().unwrap_or_default(),
    });
    Err(Denial::Policy { requirement, policies: policies.collect() })
}

/// Whether one of the assignments grants what is needed on `resource`. `assignments` are those of the principal and
/// its groups, with their roles.
///
/// # Errors
/// None does.
pub fn by_roles<'a>(
    assignments: impl Iterator<Item = (&'a RoleAssignment, &'a RoleDefinition)> + Clone,
    requirement: Requirement,
    resource: &Scope,
) -> Result<Grant, Denial> {
    let grants = |role: &RoleDefinition| requirement.actions.iter().any(|a| role.grants_data(&a.to_string()));
    let granting =
        assignments.clone().find(|(assignment, role)| assignment.scope.contains(resource) && grants(role));
    if let Some((assignment, _)) = granting {
        return Ok(Grant::Assignment(assignment.id));
    }
    let weighed = assignments.map(|(assignment, role)| Weighed {
        id: assignment.id,
        role: role.name.clone(),
        scope: assignment.scope.clone(),
        covers_the_resource: assignment.scope.contains(resource),
        grants_the_action: grants(role),
    });
    Err(Denial::Rbac { requirement, resource: resource.clone(), assignments: weighed.collect() })
}

/// The resource that an operation is on: the vault, or an object in it, as Azure's refusals write it.
#[must_use]
pub fn resource(governance: &Governance, object: Option<(&str, &str)>) -> Scope {
    match object {
        Some((collection, name)) => governance.scope.child(&format!("{collection}/{name}")),
        None => governance.scope.clone(),
    }
}
