//! Role definitions and role assignments at any scope: routes, bodies, and what carries each out.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bodies::{Page, read};
use super::error::ArmError;
use super::filter::{self, Term};
use super::route::Asked;
use super::{Call, reply};
use crate::authorization::assignment::RoleAssignment;
use crate::authorization::role::{RoleDefinition, RolePermission, RoleType};
use crate::authorization::scope::Scope;
use crate::http::reply::Reply;

/// One operation with what the request gave for it.
#[derive(Debug)]
pub(super) enum Operation {
    /// `GET ../roleDefinitions`
    ListDefinitions,
    /// `GET ../roleDefinitions/{id}`
    GetDefinition(String),
    /// `PUT ../roleDefinitions/{id}`
    PutDefinition(RoleDefinition),
    /// `DELETE ../roleDefinitions/{id}`
    DeleteDefinition(String),
    /// `GET ../roleAssignments`
    ListAssignments(Scope),
    /// `GET ../roleAssignments/{id}`
    GetAssignment(Scope, String),
    /// `PUT ../roleAssignments/{id}`
    PutAssignment(Scope, Uuid, AssignmentGiven),
    /// `DELETE ../roleAssignments/{id}`
    DeleteAssignment(Scope, String),
}

/// `properties` of an assignment as a request gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AssignmentGiven {
    role_definition_id: String,
    principal_id: String,
    principal_type: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct AssignmentParameters {
    properties: AssignmentGiven,
}

/// A role's `properties`, given and answered.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct DefinitionProperties {
    role_name: String,
    #[serde(rename = "type", default)]
    role_type: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    assignable_scopes: Vec<String>,
    #[serde(default)]
    permissions: Vec<PermissionBody>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct PermissionBody {
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct DefinitionParameters {
    properties: DefinitionProperties,
}

#[derive(Debug, Serialize)]
struct DefinitionBody {
    properties: DefinitionProperties,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    name: Uuid,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentProperties {
    role_definition_id: String,
    principal_id: Uuid,
    principal_type: String,
    scope: String,
    condition: Option<String>,
    condition_version: Option<String>,
    created_on: String,
    updated_on: String,
    created_by: Uuid,
    updated_by: Uuid,
    delegated_managed_identity_resource_id: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Serialize)]
struct AssignmentBody {
    properties: AssignmentProperties,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    name: Uuid,
}

impl Operation {
    /// The operation that a request below a scope's `Microsoft.Authorization` asks for.
    ///
    /// # Errors
    /// 400, 404, 405, 501.
    pub(super) fn route(scope: Scope, asked: Asked<'_>) -> Result<Self, ArmError> {
        Ok(match (asked.method, asked.lower) {
            ("GET", ["roledefinitions"]) => Self::ListDefinitions,
            ("GET", ["roledefinitions", _]) => Self::GetDefinition(asked.name(1)),
            ("PUT", ["roledefinitions", _]) => Self::PutDefinition(definition(&asked.name(1), asked.body)?),
            ("DELETE", ["roledefinitions", _]) => Self::DeleteDefinition(asked.name(1)),
            ("GET", ["roleassignments"]) => Self::ListAssignments(scope),
            ("GET", ["roleassignments", _]) => Self::GetAssignment(scope, asked.name(1)),
            ("PUT", ["roleassignments", _]) => {
                let id = asked.name(1).parse().map_err(|_| ArmError::InvalidValue("roleAssignmentName"))?;
                Self::PutAssignment(scope, id, read::<AssignmentParameters>(asked.body)?.properties)
            }
            ("DELETE", ["roleassignments", _]) => Self::DeleteAssignment(scope, asked.name(1)),
            (_, [kind, ..]) if !matches!(*kind, "roleassignments" | "roledefinitions") => {
                return Err(ArmError::NotEmulated(format!("Microsoft.Authorization/{kind}")));
            }
            _ => {
                return Err(asked.refused(&[
                    &["roledefinitions"],
                    &["roledefinitions", "*"],
                    &["roleassignments"],
                    &["roleassignments", "*"],
                ]));
            }
        })
    }
}

fn definition(id: &str, body: &[u8]) -> Result<RoleDefinition, ArmError> {
    let given = read::<DefinitionParameters>(body)?.properties;
    let entry = |entry: PermissionBody| RolePermission {
        actions: entry.actions,
        not_actions: entry.not_actions,
        data_actions: entry.data_actions,
        not_data_actions: entry.not_data_actions,
    };
    Ok(RoleDefinition {
        id: id.parse().map_err(|_| ArmError::InvalidValue("roleDefinitionId"))?,
        name: given.role_name,
        description: given.description.unwrap_or_default(),
        role_type: RoleType::Custom,
        assignable_scopes: given.assignable_scopes.iter().map(|scope| Scope::parse(scope)).collect(),
        permissions: given.permissions.into_iter().map(entry).collect(),
    })
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub(super) fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    let store = call.store;
    match operation {
        Operation::ListDefinitions => {
            let terms = filter::parse(call.target.query("$filter"))?;
            let mut value = Vec::new();
            for role in store.role_definitions() {
                if admits_role(&terms, &role)? {
                    value.push(definition_body(call, role));
                }
            }
            reply::ok(&Page { value, next_link: None })
        }
        Operation::GetDefinition(id) => reply::ok(&definition_body(call, store.role_definition(&id)?)),
        Operation::PutDefinition(role) => {
            store.put_role_definition(role.clone())?;
            reply::with(StatusCode::CREATED, &definition_body(call, role))
        }
        Operation::DeleteDefinition(id) => match store.delete_role_definition(&id)? {
            Some(role) => reply::ok(&definition_body(call, role)),
            None => Ok(reply::empty(StatusCode::NO_CONTENT)),
        },
        Operation::ListAssignments(scope) => {
            let terms = filter::parse(call.target.query("$filter"))?;
            let mut value = Vec::new();
            for assignment in store.role_assignments() {
                if admits_assignment(&terms, &scope, &assignment)? {
                    value.push(assignment_body(call, assignment));
                }
            }
            reply::ok(&Page { value, next_link: None })
        }
        Operation::GetAssignment(scope, id) => {
            reply::ok(&assignment_body(call, store.role_assignment(&scope, &id)?))
        }
        Operation::PutAssignment(scope, id, given) => put_assignment(call, scope, id, given),
        Operation::DeleteAssignment(scope, id) => match store.delete_role_assignment(&scope, &id) {
            Some(assignment) => reply::ok(&assignment_body(call, assignment)),
            None => Ok(reply::empty(StatusCode::NO_CONTENT)),
        },
    }
}

fn put_assignment(
    call: &Call<'_>,
    scope: Scope,
    id: Uuid,
    given: AssignmentGiven,
) -> Result<Reply, ArmError> {
    let role = given.role_definition_id.rsplit('/').next().unwrap_or_default();
    let assignment = RoleAssignment {
        id,
        scope,
        role: role.parse().map_err(|_| ArmError::RoleDefinitionNotFound(role.to_owned()))?,
        principal_id: given.principal_id.parse().map_err(|_| ArmError::InvalidValue("principalId"))?,
        principal_type: given.principal_type.unwrap_or_else(|| "User".to_owned()),
        condition: given.condition,
        condition_version: given.condition_version,
        description: given.description,
        created: call.now,
        created_by: call.caller.object_id,
    };
    let written = call.store.put_role_assignment(assignment.clone())?;
    reply::written(written, &assignment_body(call, assignment))
}

fn admits_role(terms: &[Term], role: &RoleDefinition) -> Result<bool, ArmError> {
    for term in terms {
        let holds = match term {
            Term::Equal(field, value) if field == "rolename" => role.name.eq_ignore_ascii_case(value),
            Term::Equal(field, value) if field == "type" => role.role_type.name().eq_ignore_ascii_case(value),
            Term::Function(function, _) if function == "atscopeandbelow" || function == "atscope" => true,
            _ => return Err(ArmError::InvalidFilter(format!("{term:?}"))),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Assignments at a scope, above it and below it; `atScope()` leaves those below out.
fn admits_assignment(terms: &[Term], scope: &Scope, assignment: &RoleAssignment) -> Result<bool, ArmError> {
    let above = assignment.scope.contains(scope);
    if !above && !scope.contains(&assignment.scope) {
        return Ok(false);
    }
    let is_principal = |id: &str| id.parse() == Ok(assignment.principal_id);
    for term in terms {
        let holds = match term {
            Term::Function(function, _) if function == "atscope" => above,
            Term::Function(function, id) if function == "assignedto" => is_principal(id),
            Term::Equal(field, id) if field == "principalid" => is_principal(id),
            _ => return Err(ArmError::InvalidFilter(format!("{term:?}"))),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn definition_id(call: &Call<'_>, id: Uuid) -> String {
    let path = format!("providers/Microsoft.Authorization/roleDefinitions/{id}");
    call.store.scope().child(&path).to_string()
}

fn definition_body(call: &Call<'_>, role: RoleDefinition) -> DefinitionBody {
    let entry = |entry: RolePermission| PermissionBody {
        actions: entry.actions,
        not_actions: entry.not_actions,
        data_actions: entry.data_actions,
        not_data_actions: entry.not_data_actions,
    };
    DefinitionBody {
        properties: DefinitionProperties {
            role_name: role.name,
            role_type: role.role_type.name().to_owned(),
            description: Some(role.description),
            assignable_scopes: role.assignable_scopes.iter().map(ToString::to_string).collect(),
            permissions: role.permissions.into_iter().map(entry).collect(),
        },
        id: definition_id(call, role.id),
        kind: "Microsoft.Authorization/roleDefinitions",
        name: role.id,
    }
}

fn assignment_body(call: &Call<'_>, assignment: RoleAssignment) -> AssignmentBody {
    let created = assignment.created.to_string();
    let path = format!("providers/Microsoft.Authorization/roleAssignments/{}", assignment.id);
    AssignmentBody {
        id: assignment.scope.child(&path).to_string(),
        kind: "Microsoft.Authorization/roleAssignments",
        name: assignment.id,
        properties: AssignmentProperties {
            role_definition_id: definition_id(call, assignment.role),
            principal_id: assignment.principal_id,
            principal_type: assignment.principal_type,
            scope: assignment.scope.to_string(),
            condition: assignment.condition,
            condition_version: assignment.condition_version,
            created_on: created.clone(),
            updated_on: created,
            created_by: assignment.created_by,
            updated_by: assignment.created_by,
            delegated_managed_identity_resource_id: None,
            description: assignment.description,
        },
    }
}
