//! Answers to callers that may not: by access policy, by role, by firewall, by connection.
//!
//! Source: keys-and-secrets.md section 5 E-403, certificates.md section 4.2.

use super::answer::{Answer, Source, answer};
use crate::authorization::Principal;
use crate::authorization::decision::{Denial, Refusal};

/// `appid=..;oid=..;iss=..`, with what a managed identity adds.
fn caller(principal: &Principal) -> String {
    let Principal { app_id, object_id, issuer, resource_id, .. } = principal;
    let resource = resource_id.as_ref().map(|id| format!(";xms_mirid={id}")).unwrap_or_default();
    format!("appid={app_id};oid={object_id};iss={issuer}{resource}")
}

/// The answer to a refused call.
pub(super) fn denied(refusal: &Refusal) -> Answer {
    let Refusal { principal, vault, location, denial } = refusal;
    let (inner, message) = match denial {
        Denial::Connection => (
            "ForbiddenByConnection",
            format!(
                "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: {}\r\nVault: {vault};location={location}",
                caller(principal)
            ),
        ),
        Denial::Firewall { address } => (
            "ForbiddenByFirewall",
            format!(
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: {address}\r\nCaller: {}\r\nVault: {vault};location={location}",
                caller(principal)
            ),
        ),
        Denial::Policy { requirement, .. } => (
            "ForbiddenByPolicy",
            format!(
                "The user, group or application 'appid={};oid={};numgroups={};iss={}' does not have {} {} permission on key vault '{vault};location={location}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
                principal.app_id,
                principal.object_id,
                principal.groups.len(),
                principal.issuer,
                requirement.kind.name(),
                requirement.permission()
            ),
        ),
        Denial::Rbac { requirement, resource, .. } => (
            "ForbiddenByRbac",
            format!(
                "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {}\r\nAction: '{}'\r\nResource: '{}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {vault};location={location}\r\n",
                caller(principal),
                requirement.action(),
                resource.lower()
            ),
        ),
    };
    answer(403, "Forbidden", Some(inner), message, Source::Quoted)
}
