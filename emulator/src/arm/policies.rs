//! `accessPolicies/{operationKind}` of a vault: policies added, replaced or removed.

use serde::Serialize;

use super::bodies::read;
use super::bodies::vaults::{PoliciesBody, PoliciesProperties, PolicyBody, policies};
use super::error::ArmError;
use super::route::Asked;
use super::store::vault_policies::PolicyChange;
use super::{Call, reply};
use crate::authorization::policy::AccessPolicy;
use crate::http::reply::Reply;

/// `PUT ../vaults/{name}/accessPolicies/{operationKind}`
#[derive(Debug)]
pub(super) struct Operation {
    group: String,
    vault: String,
    change: PolicyChange,
    policies: Vec<AccessPolicy>,
}

impl Operation {
    /// The operation that a request below a group's `vaults` asks for.
    ///
    /// # Errors
    /// 400, 404, 405.
    pub(super) fn route(group: &str, asked: Asked<'_>) -> Result<Self, ArmError> {
        let change = match (asked.method, asked.lower) {
            ("PUT", [_, _, "add"]) => PolicyChange::Add,
            ("PUT", [_, _, "replace"]) => PolicyChange::Replace,
            ("PUT", [_, _, "remove"]) => PolicyChange::Remove,
            _ => {
                return Err(asked.refused(&[
                    &["*", "*", "add"],
                    &["*", "*", "replace"],
                    &["*", "*", "remove"],
                ]));
            }
        };
        let given: PoliciesBody = read(asked.body)?;
        Ok(Self {
            group: group.to_owned(),
            vault: asked.name(0),
            change,
            policies: policies(given.properties.access_policies)?,
        })
    }
}

#[derive(Debug, Serialize)]
struct Changed {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    location: &'static str,
    #[serde(flatten)]
    body: PoliciesBody,
}

/// Carries it out.
///
/// # Errors
/// The situation in which it is refused.
pub(super) fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    let Operation { group, vault, change, policies } = operation;
    let found = call.store.change_policies(&group, &vault, change, policies, call.stamp())?;
    let settings = found.vault.settings();
    let governance = call.store.governance(&found.scope, &settings);
    let access_policies = governance.policies.iter().map(PolicyBody::from).collect();
    reply::ok(&Changed {
        id: found.scope.child("accessPolicies/").to_string(),
        kind: "Microsoft.KeyVault/vaults/accessPolicies",
        location: settings.location.name(),
        body: PoliciesBody { properties: PoliciesProperties { access_policies } },
    })
}
