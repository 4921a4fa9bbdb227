//! Vaults as resources: what contents say of them is asked of the control plane, by its own bodies.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Body, Contents, ContentsError, VaultContents};
use crate::authorization::role::RoleDefinition;
use crate::identity::directory::Directory;
use crate::vault::Settings;
use crate::vault::location::Location;

/// The group of a vault that says none.
const GROUP: &str = "my-group";

/// What makes a vault a resource of the control plane. If there is any of it, the vault lets in whom it says, and nobody
/// else.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ResourceContents {
    /// Its resource group, `my-group` unless said otherwise; made if it is not there.
    pub(super) resource_group: Option<String>,
    /// Its region.
    pub(super) location: Option<String>,
    /// Its tags.
    pub(super) tags: BTreeMap<String, String>,
    /// `properties` of Azure's "create or update vault": `sku`, `accessPolicies`, `networkAcls`,
    /// `softDeleteRetentionInDays` and so on. An `objectId` may be a name, as in `members` of a group.
    pub(super) properties: Body,
    /// Roles at the vault. With any of them it goes by roles.
    pub(super) roles: Vec<RoleContents>,
}

/// A role that somebody has at a vault.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleContents {
    /// The role's name, such as `Key Vault Secrets User`, or its id.
    role: String,
    /// Who has it, as in `members` of a group.
    principal: String,
}

/// One request to the control plane: `PUT`, its path below the subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The vault that it is about.
    pub vault: String,
    /// Path.
    pub path: String,
    /// JSON body.
    pub body: Value,
}

/// What names in contents are looked up in.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Who there is.
    pub directory: &'a Directory,
    /// Which roles there are.
    pub roles: &'a [RoleDefinition],
    /// The tenant.
    pub tenant: Uuid,
    /// The one subscription.
    pub subscription: Uuid,
    /// What vaults are like unless they say otherwise.
    pub settings: &'a Settings,
}

impl ResourceContents {
    pub(super) fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

impl Contents {
    /// The requests that make resources of the vaults that say so: each vault and, after it, its roles.
    ///
    /// # Errors
    /// One line that names a principal or a role that is not there.
    pub fn resources(&self, around: &Surroundings<'_>) -> Result<Vec<Resource>, ContentsError> {
        let mut made = Vec::new();
        for (name, contents) in self.vaults.iter().filter(|(_, contents)| contents.resource.is_any()) {
            made.extend(resource(name, contents, around)?);
        }
        Ok(made)
    }
}

fn resource(
    name: &str,
    contents: &VaultContents,
    around: &Surroundings<'_>,
) -> Result<Vec<Resource>, ContentsError> {
    let own = &contents.resource;
    let group = own.resource_group.as_deref().unwrap_or(GROUP);
    let location = own.location.clone().unwrap_or_else(|| Location::DEFAULT.name().to_owned());
    let group_path = format!("resourceGroups/{group}");
    let path = format!("{group_path}/providers/Microsoft.KeyVault/vaults/{name}");
    let request = |path: String, body| Resource { vault: name.to_ascii_lowercase(), path, body };
    let properties = properties(name, own, around)?;
    let mut made = vec![
        request(group_path, json!({"location": Location::DEFAULT.name()})),
        request(path.clone(), json!({"location": location, "tags": own.tags, "properties": properties})),
    ];
    for RoleContents { role, principal } in &own.roles {
        let found = around.roles.iter().find(|one| one.name == *role || one.id.to_string() == *role);
        let role = found.ok_or_else(|| unknown(name, "no role", role))?;
        let id = around.directory.principal_called(principal);
        let id = id.ok_or_else(|| unknown(name, "nobody", principal))?;
        let assignment = Uuid::new_v5(&role.id, format!("{name} {id}").as_bytes());
        let definition = format!(
            "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}",
            around.subscription, role.id
        );
        made.push(request(
            format!("{path}/providers/Microsoft.Authorization/roleAssignments/{assignment}"),
            json!({"properties": {"roleDefinitionId": definition, "principalId": id}}),
        ));
    }
    Ok(made)
}

fn unknown(vault: &str, what: &str, name: &str) -> ContentsError {
    ContentsError(format!("vault `{vault}`: {what} is called `{name}`"))
}

/// The properties as the control plane takes them: with what it demands, and object ids in place of names.
fn properties(vault: &str, own: &ResourceContents, around: &Surroundings<'_>) -> Result<Body, ContentsError> {
    let mut properties = own.properties.clone();
    let tenant = json!(around.tenant);
    let settings = around.settings;
    for (member, value) in [
        ("tenantId", tenant.clone()),
        ("sku", json!({"family": "A", "name": settings.sku.name()})),
        ("accessPolicies", json!([])),
        ("enableRbacAuthorization", json!(!own.roles.is_empty())),
        ("softDeleteRetentionInDays", json!(settings.retention_days)),
    ] {
        properties.entry(member).or_insert(value);
    }
    if settings.purge_protection {
        properties.entry("enablePurgeProtection").or_insert(json!(true));
    }
    let policies = properties.get_mut("accessPolicies").and_then(Value::as_array_mut);
    for policy in policies.into_iter().flatten().filter_map(Value::as_object_mut) {
        policy.entry("tenantId").or_insert_with(|| tenant.clone());
        let Some(Value::String(name)) = policy.get("objectId") else { continue };
        let id = around.directory.principal_called(name);
        let id = id.ok_or_else(|| unknown(vault, "nobody", name))?;
        policy.insert("objectId".to_owned(), json!(id));
    }
    Ok(properties)
}
