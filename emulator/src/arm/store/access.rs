//! Roles and their assignments, and the decision that follows from them.

use uuid::Uuid;

use super::{Inner, Store, Written};
use crate::arm::error::ArmError;
use crate::authorization::Principal;
use crate::authorization::assignment::RoleAssignment;
use crate::authorization::builtin;
use crate::authorization::decision::{self, Denial, Grant};
use crate::authorization::requirement::Requirement;
use crate::authorization::role::{RoleDefinition, RoleType};
use crate::authorization::scope::Scope;

impl Inner {
    fn role(&self, id: Uuid) -> Option<&RoleDefinition> {
        builtin::ROLES.iter().find(|role| role.id == id).or_else(|| self.roles.get(&id))
    }
}

impl Store {
    /// Whether a role assignment of the principal or one of its groups grants what is needed on `resource`.
    ///
    /// # Errors
    /// None does.
    pub fn weigh(
        &self,
        principal: &Principal,
        requirement: Requirement,
        resource: &Scope,
    ) -> Result<Grant, Denial> {
        let inner = self.inner.read();
        let own = inner.assignments.values().filter(|a| principal.is_or_is_in(a.principal_id));
        let with_roles = own.filter_map(|a| inner.role(a.role).map(|role| (a, role)));
        decision::by_roles(with_roles, requirement, resource)
    }

    /// All roles: the built-in ones, then the tenant's own.
    pub fn role_definitions(&self) -> Vec<RoleDefinition> {
        let inner = self.inner.read();
        builtin::ROLES.iter().chain(inner.roles.values()).cloned().collect()
    }

    /// One role.
    ///
    /// # Errors
    /// 404.
    pub fn role_definition(&self, id: &str) -> Result<RoleDefinition, ArmError> {
        let found = id.parse().ok().and_then(|id| self.inner.read().role(id).cloned());
        found.ok_or_else(|| ArmError::RoleDefinitionNotFound(id.to_owned()))
    }

    /// Creates a custom role or changes it.
    ///
    /// # Errors
    /// 400 for a built-in role, 409 for a name that another has.
    pub fn put_role_definition(&self, role: RoleDefinition) -> Result<Written, ArmError> {
        if builtin::ROLES.iter().any(|own| own.id == role.id) {
            return Err(ArmError::BuiltInRole);
        }
        let mut inner = self.inner.write();
        let same_name = |own: &RoleDefinition| own.id != role.id && own.name.eq_ignore_ascii_case(&role.name);
        if builtin::ROLES.iter().chain(inner.roles.values()).any(same_name) {
            return Err(ArmError::RoleDefinitionNameExists(role.name));
        }
        let replaced = inner.roles.insert(role.id, RoleDefinition { role_type: RoleType::Custom, ..role });
        Ok(if replaced.is_some() { Written::Updated } else { Written::Created })
    }

    /// Deletes a custom role; `None` if it is not there.
    ///
    /// # Errors
    /// 400 for a built-in role, or one that is assigned.
    pub fn delete_role_definition(&self, id: &str) -> Result<Option<RoleDefinition>, ArmError> {
        let Ok(id) = id.parse::<Uuid>() else { return Ok(None) };
        if builtin::ROLES.iter().any(|own| own.id == id) {
            return Err(ArmError::BuiltInRole);
        }
        let mut inner = self.inner.write();
        if inner.assignments.values().any(|assignment| assignment.role == id) {
            return Err(ArmError::RoleDefinitionInUse);
        }
        Ok(inner.roles.remove(&id))
    }

    /// All assignments, by scope.
    pub fn role_assignments(&self) -> Vec<RoleAssignment> {
        self.inner.read().assignments.values().cloned().collect()
    }

    /// The assignment of that id at that scope.
    ///
    /// # Errors
    /// 404.
    pub fn role_assignment(&self, scope: &Scope, id: &str) -> Result<RoleAssignment, ArmError> {
        let unknown = || ArmError::RoleAssignmentNotFound(id.to_owned());
        let key = id.parse().map_err(|_| unknown())?;
        self.inner.read().assignments.get(&at(scope, key)).cloned().ok_or_else(unknown)
    }

    /// Makes an assignment, or changes its description and condition.
    ///
    /// # Errors
    /// 404 for a role that is not there, 409 for an assignment that says the same or that is about something else.
    pub fn put_role_assignment(&self, assignment: RoleAssignment) -> Result<Written, ArmError> {
        let mut inner = self.inner.write();
        if inner.role(assignment.role).is_none() {
            return Err(ArmError::RoleDefinitionNotFound(assignment.role.simple().to_string()));
        }
        let says = |a: &RoleAssignment| (a.role, a.principal_id, a.scope.lower().to_owned());
        let key = at(&assignment.scope, assignment.id);
        let written = match inner.assignments.get(&key) {
            Some(found) if says(found) != says(&assignment) => return Err(ArmError::RoleAssignmentUpdate),
            Some(_) => Written::Updated,
            None => Written::Created,
        };
        let same = inner.assignments.values().find(|a| a.id != assignment.id && says(a) == says(&assignment));
        if let Some(found) = same {
            return Err(ArmError::RoleAssignmentExists(found.id));
        }
        inner.assignments.insert(key, assignment);
        Ok(written)
    }

    /// Removes an assignment; `None` if it is not there.
    pub fn delete_role_assignment(&self, scope: &Scope, id: &str) -> Option<RoleAssignment> {
        self.inner.write().assignments.remove(&at(scope, id.parse().ok()?))
    }
}

/// The index of assignments knows scopes in lower case.
pub(super) fn at(scope: &Scope, id: Uuid) -> (Scope, Uuid) {
    (Scope::parse(scope.lower()), id)
}
