//! A refusal in plain words: who called, how the vault decides, what was needed, what was looked at, what mends it.

use std::fmt::{self, Write};

use super::builtin;
use super::decision::{Denial, Refusal, Weighed, WeighedPolicy};
use super::policy::Kind;
use super::requirement::Requirement;
use super::role::RoleDefinition;
use super::scope::Scope;

/// Built-in roles from the least to the most powerful: the first that suffices is proposed.
const LEAST_FIRST: &[&str] = &[
    "Key Vault Reader",
    "Key Vault Secrets User",
    "Key Vault Certificate User",
    "Key Vault Crypto Service Release User",
    "Key Vault Crypto Service Encryption User",
    "Key Vault Crypto User",
    "Key Vault Secrets Officer",
    "Key Vault Certificates Officer",
    "Key Vault Crypto Officer",
    "Key Vault Administrator",
];

/// Several lines, without a line end behind the last.
#[must_use]
pub fn explain(refusal: &Refusal) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut text, refusal);
    text.truncate(text.trim_end().len());
    text
}

fn write(out: &mut String, refusal: &Refusal) -> fmt::Result {
    let Refusal { principal, vault, denial, .. } = refusal;
    write!(out, "caller: object {}, through application {}", principal.object_id, principal.app_id)?;
    match principal.groups.as_slice() {
        [] => writeln!(out, ", in no group")?,
        groups => {
            let groups: Vec<_> = groups.iter().map(ToString::to_string).collect();
            writeln!(out, ", in the groups {}", groups.join(", "))?;
        }
    }
    match denial {
        Denial::Connection => {
            writeln!(
                out,
                "vault:  {vault}, which is closed to the network (publicNetworkAccess is Disabled)"
            )?;
            writeln!(out, "mend:   az keyvault update --name {vault} --public-network-access Enabled")
        }
        Denial::Firewall { address } => {
            writeln!(out, "vault:  {vault}, whose firewall answers no address that it does not know")?;
            writeln!(out, "needed: a rule for {address}")?;
            writeln!(out, "mend:   az keyvault network-rule add --name {vault} --ip-address {address}")
        }
        Denial::Policy { requirement, policies } => {
            writeln!(
                out,
                "vault:  {vault}, which goes by access policies (enableRbacAuthorization is false)"
            )?;
            needed_permission(out, requirement)?;
            looked_at_policies(out, requirement, policies)?;
            let mut words: Vec<&str> = own(policies, principal.object_id).map(String::as_str).collect();
            words.push(requirement.permission());
            let (flag, words) = (flag(requirement.kind), words.join(" "));
            let object = principal.object_id;
            writeln!(out, "mend:   az keyvault set-policy --name {vault} --object-id {object} {flag} {words}")
        }
        Denial::Rbac { requirement, resource, assignments } => {
            writeln!(out, "vault:  {vault}, which goes by roles (enableRbacAuthorization is true)")?;
            let action = requirement.action();
            writeln!(out, "needed: the data action {action}")?;
            writeln!(out, "        on {resource}")?;
            looked_at_assignments(out, assignments)?;
            if let Some(role) = least(requirement) {
                let scope = vault_scope(resource);
                let object = principal.object_id;
                writeln!(
                    out,
                    "mend:   az role assignment create --role \"{role}\" --assignee {object} --scope {scope}"
                )?;
            }
            Ok(())
        }
    }
}

fn needed_permission(out: &mut String, requirement: &Requirement) -> fmt::Result {
    let words: Vec<_> = requirement.permissions.iter().map(|word| format!("'{word}'")).collect();
    writeln!(out, "needed: the permission {} of {}", words.join(" or "), requirement.kind.name())
}

fn looked_at_policies(
    out: &mut String,
    requirement: &Requirement,
    policies: &[WeighedPolicy],
) -> fmt::Result {
    if policies.is_empty() {
        return writeln!(out, "found:  no access policy at all");
    }
    for policy in policies {
        let whose = if policy.applies { "for the caller" } else { "for somebody else" };
        let through = policy.application_id.map(|app| format!(" through application {app}"));
        let granted = match policy.granted.as_slice() {
            [] => format!("nothing of {}", requirement.kind.name()),
            words => format!("{} {}", requirement.kind.name(), words.join(", ")),
        };
        let (object, through) = (policy.object_id, through.unwrap_or_default());
        writeln!(out, "found:  a policy {whose}, object {object}{through}: {granted}")?;
    }
    Ok(())
}

fn looked_at_assignments(out: &mut String, assignments: &[Weighed]) -> fmt::Result {
    if assignments.is_empty() {
        return writeln!(out, "found:  no role assignment of the caller or its groups");
    }
    for assignment in assignments {
        let Weighed { role, scope, .. } = assignment;
        let verdict = match (assignment.covers_the_resource, assignment.grants_the_action) {
            (false, true) => "would grant it, but not here",
            (false, false) => "holds elsewhere",
            (true, _) => "holds here, but does not grant it",
        };
        writeln!(out, "found:  {role} at the {} {scope}: {verdict}", scope.kind())?;
    }
    Ok(())
}

/// What the caller's own policy grants already: the CLI replaces the words of a family by those it is given.
fn own(policies: &[WeighedPolicy], object: uuid::Uuid) -> impl Iterator<Item = &String> {
    let own = policies.iter().filter(move |p| p.object_id == object && p.application_id.is_none());
    own.flat_map(|policy| &policy.granted)
}

const fn flag(kind: Kind) -> &'static str {
    match kind {
        Kind::Certificates => "--certificate-permissions",
        Kind::Keys => "--key-permissions",
        Kind::Secrets => "--secret-permissions",
        Kind::Storage => "--storage-permissions",
    }
}

fn least(requirement: &Requirement) -> Option<&'static str> {
    let action = requirement.action();
    let role = |name: &str| builtin::ROLES.iter().find(|role| role.name == name);
    let grants = |role: &RoleDefinition| role.grants_data(&action);
    LEAST_FIRST.iter().copied().find(|name| role(name).is_some_and(grants))
}

/// The vault of a resource: role assignments at single objects are possible, but rarely what is wanted.
fn vault_scope(resource: &Scope) -> String {
    let segments: Vec<_> = resource.as_str().split('/').take(9).collect();
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Principal;
    use super::super::requirement::Action;
    use super::*;

    const CREATE: Requirement = Requirement {
        kind: Kind::Certificates,
        permissions: &["create"],
        actions: &[Action("certificates/create/action")],
    };

    fn refused(denial: Denial) -> Refusal {
        let principal = Principal {
            tenant: Uuid::from_u128(1),
            object_id: Uuid::from_u128(2),
            app_id: Uuid::from_u128(3),
            groups: vec![Uuid::from_u128(4)],
            issuer: "".into(),
            resource_id: None,
        };
        Refusal { principal, vault: "kv".into(), location: "eastus", denial }
    }

    #[test]
    fn a_refusal_by_policy_names_what_is_there_and_what_to_add() {
        let policies = vec![WeighedPolicy {
            object_id: Uuid::from_u128(2),
            application_id: None,
            applies: true,
            granted: vec!["get".into(), "list".into()],
        }];
        assert_eq!(
            explain(&refused(Denial::Policy { requirement: CREATE, policies })),
            "caller: object 00000000-0000-0000-0000-000000000002, through application 00000000-0000-0000-0000-000000000003, in the groups 00000000-0000-0000-0000-000000000004\n\
             vault:  kv, which goes by access policies (enableRbacAuthorization is false)\n\
             needed: the permission 'create' of certificates\n\
             found:  a policy for the caller, object 00000000-0000-0000-0000-000000000002: certificates get, list\n\
             mend:   az keyvault set-policy --name kv --object-id 00000000-0000-0000-0000-000000000002 --certificate-permissions get list create"
        );
    }

    #[test]
    fn a_refusal_by_role_proposes_the_least_role_that_suffices() {
        let vault = Scope::parse("/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv");
        let assignments = vec![Weighed {
            id: Uuid::nil(),
            role: "Key Vault Reader".into(),
            scope: Scope::parse("/subscriptions/s"),
            covers_the_resource: true,
            grants_the_action: false,
        }];
        let resource = vault.child("certificates/c");
        let text = explain(&refused(Denial::Rbac { requirement: CREATE, resource, assignments }));
        assert!(
            text.contains(
                "Key Vault Reader at the subscription /subscriptions/s: holds here, but does not grant it"
            ),
            "{text}"
        );
        let mend = format!(
            "--role \"Key Vault Certificates Officer\" --assignee 00000000-0000-0000-0000-000000000002 --scope {vault}"
        );
        assert!(text.ends_with(&mend), "{text}");
    }

    #[test]
    fn a_refusal_by_the_network_names_the_address() {
        let text = explain(&refused(Denial::Firewall { address: "203.0.113.7".parse().unwrap() }));
        assert!(text.ends_with("az keyvault network-rule add --name kv --ip-address 203.0.113.7"), "{text}");
        assert!(explain(&refused(Denial::Connection)).ends_with("--public-network-access Enabled"));
    }
}
