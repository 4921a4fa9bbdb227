//! Vaults, their access policies and firewall, as bodies have them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SystemData;
use crate::arm::error::ArmError;
use crate::arm::store::Tags;
use crate::arm::store::vault_resource::{CreateMode, EnabledFor, VaultChange};
use crate::authorization::network::{
    Bypass, DefaultAction, IpRange, NetworkRules, PublicAccess, VirtualNetworkRule,
};
use crate::authorization::policy::{AccessPolicy, Granted, Kind};
use crate::authorization::{Governance, PermissionModel};
use crate::contents::members::Form;
use crate::vault::{Settings, Sku};

/// Body of `PUT` and `PATCH`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::arm) struct VaultParameters {
    pub(in crate::arm) location: Option<String>,
    pub(in crate::arm) tags: Option<Tags>,
    pub(in crate::arm) properties: VaultPropertiesGiven,
}

impl Form for VaultParameters {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] = &[
        ("properties", &["vaultUri", "hsmPoolResourceId", "provisioningState", "privateEndpointConnections"]),
        // It has one value.
        ("properties.sku", &["family"]),
    ];
}

/// `properties` as a request gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::arm) struct VaultPropertiesGiven {
    tenant_id: Option<String>,
    sku: Option<SkuGiven>,
    access_policies: Option<Vec<PolicyBody>>,
    enabled_for_deployment: Option<bool>,
    enabled_for_disk_encryption: Option<bool>,
    enabled_for_template_deployment: Option<bool>,
    enable_soft_delete: Option<bool>,
    #[serde(deserialize_with = "super::number")]
    soft_delete_retention_in_days: Option<i64>,
    enable_rbac_authorization: Option<bool>,
    enable_purge_protection: Option<bool>,
    network_acls: Option<NetworkGiven>,
    public_network_access: Option<String>,
    create_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SkuGiven {
    name: Option<String>,
}

/// An access policy.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct PolicyBody {
    tenant_id: String,
    object_id: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    application_id: Option<String>,
    #[serde(default)]
    permissions: PermissionsBody,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct PermissionsBody {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    keys: Granted,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    secrets: Granted,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    certificates: Granted,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    storage: Granted,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NetworkGiven {
    bypass: Option<String>,
    default_action: Option<String>,
    ip_rules: Option<Vec<ValueBody>>,
    virtual_network_rules: Option<Vec<SubnetBody>>,
}

#[derive(Debug, Deserialize, Serialize)]
struct ValueBody {
    value: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubnetBody {
    id: String,
    #[serde(default)]
    ignore_missing_vnet_service_endpoint: Option<bool>,
}

/// Body of `accessPolicies/{operationKind}`, given and answered.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct PoliciesBody {
    pub(in crate::arm) properties: PoliciesProperties,
}

/// `properties` of [`PoliciesBody`].
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct PoliciesProperties {
    pub(in crate::arm) access_policies: Vec<PolicyBody>,
}

impl VaultParameters {
    /// What the request changes.
    ///
    /// # Errors
    /// 400 for a member out of range.
    pub(in crate::arm) fn change(self) -> Result<VaultChange, ArmError> {
        let given = self.properties;
        let sku = given
            .sku
            .and_then(|sku| sku.name)
            .map(|name| Sku::parse(&name).ok_or(ArmError::InvalidValue("sku")));
        let tenant = given.tenant_id.map(|id| id.parse().map_err(|_| ArmError::InvalidValue("tenantId")));
        let create_mode = match given.create_mode.as_deref() {
            Some(mode) if mode.eq_ignore_ascii_case("recover") => CreateMode::Recover,
            Some(mode) if !mode.eq_ignore_ascii_case("default") => {
                return Err(ArmError::InvalidValue("createMode"));
            }
            _ => CreateMode::Default,
        };
        let model = given.enable_rbac_authorization.map(|rbac| match rbac {
            true => PermissionModel::Rbac,
            false => PermissionModel::AccessPolicies,
        });
        Ok(VaultChange {
            location: self.location,
            tags: self.tags,
            create_mode,
            sku: sku.transpose()?,
            tenant: tenant.transpose()?,
            policies: given.access_policies.map(policies).transpose()?,
            model,
            enabled_for: EnabledFor {
                deployment: given.enabled_for_deployment,
                disk_encryption: given.enabled_for_disk_encryption,
                template_deployment: given.enabled_for_template_deployment,
            },
            soft_delete: given.enable_soft_delete,
            retention_days: given.soft_delete_retention_in_days,
            purge_protection: given.enable_purge_protection,
            network: given.network_acls.map(network).transpose()?,
            public_access: given.public_network_access.as_deref().map(public_access).transpose()?,
        })
    }
}

/// Reads access policies.
///
/// # Errors
/// 400 for an id that is none or a permission that Azure does not know.
pub(in crate::arm) fn policies(given: Vec<PolicyBody>) -> Result<Vec<AccessPolicy>, ArmError> {
    let read = |policy: PolicyBody| {
        let PermissionsBody { keys, secrets, certificates, storage } = policy.permissions;
        let policy = AccessPolicy {
            tenant: policy.tenant_id.parse().ok()?,
            object_id: policy.object_id.parse().ok()?,
            application_id: match policy.application_id.filter(|id| !id.is_empty()) {
                Some(id) => Some(id.parse().ok()?),
                None => None,
            },
            keys,
            secrets,
            certificates,
            storage,
        };
        let known = |kind: Kind| policy.granted(kind).iter().flatten().all(|word| kind.knows(word));
        Kind::ALL.into_iter().all(known).then_some(policy)
    };
    given.into_iter().map(|policy| read(policy).ok_or(ArmError::InvalidValue("accessPolicies"))).collect()
}

impl From<&AccessPolicy> for PolicyBody {
    fn from(policy: &AccessPolicy) -> Self {
        Self {
            tenant_id: policy.tenant.to_string(),
            object_id: policy.object_id.to_string(),
            application_id: policy.application_id.map(|id| id.to_string()),
            permissions: PermissionsBody {
                keys: policy.keys.clone(),
                secrets: policy.secrets.clone(),
                certificates: policy.certificates.clone(),
                storage: policy.storage.clone(),
            },
        }
    }
}

fn network(given: NetworkGiven) -> Result<NetworkRules, ArmError> {
    let wrong = || ArmError::InvalidValue("networkAcls");
    let default_action = match given.default_action.as_deref() {
        None => DefaultAction::Allow,
        Some(action) if action.eq_ignore_ascii_case("allow") => DefaultAction::Allow,
        Some(action) if action.eq_ignore_ascii_case("deny") => DefaultAction::Deny,
        Some(_) => return Err(wrong()),
    };
    let bypass = match given.bypass.as_deref() {
        None => Bypass::AzureServices,
        Some(services) if services.eq_ignore_ascii_case("azureservices") => Bypass::AzureServices,
        Some(services) if services.eq_ignore_ascii_case("none") => Bypass::None,
        Some(_) => return Err(wrong()),
    };
    let ranges = given.ip_rules.unwrap_or_default();
    let ranges = ranges.iter().map(|rule| IpRange::parse(&rule.value).ok_or_else(wrong));
    let subnets = given.virtual_network_rules.unwrap_or_default().into_iter();
    Ok(NetworkRules {
        given: true,
        default_action,
        bypass,
        ip_rules: ranges.collect::<Result<_, _>>()?,
        virtual_network_rules: subnets
            .map(|rule| VirtualNetworkRule {
                id: rule.id,
                ignore_missing_endpoint: rule.ignore_missing_vnet_service_endpoint.unwrap_or_default(),
            })
            .collect(),
    })
}

fn public_access(text: &str) -> Result<PublicAccess, ArmError> {
    match text.to_ascii_lowercase().as_str() {
        "enabled" | "" => Ok(PublicAccess::Enabled),
        "disabled" => Ok(PublicAccess::Disabled),
        _ => Err(ArmError::InvalidValue("publicNetworkAccess")),
    }
}

/// A vault.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct VaultBody {
    pub(in crate::arm) id: String,
    pub(in crate::arm) name: String,
    #[serde(rename = "type")]
    pub(in crate::arm) kind: &'static str,
    pub(in crate::arm) location: &'static str,
    pub(in crate::arm) tags: Tags,
    pub(in crate::arm) system_data: SystemData,
    pub(in crate::arm) properties: VaultProperties,
}

/// `properties` of a vault.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct VaultProperties {
    sku: SkuBody,
    tenant_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_acls: Option<NetworkBody>,
    access_policies: Vec<PolicyBody>,
    enabled_for_deployment: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled_for_disk_encryption: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled_for_template_deployment: Option<bool>,
    enable_soft_delete: bool,
    soft_delete_retention_in_days: u16,
    enable_rbac_authorization: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_purge_protection: Option<bool>,
    vault_uri: String,
    provisioning_state: &'static str,
    public_network_access: &'static str,
}

#[derive(Debug, Serialize)]
struct SkuBody {
    family: &'static str,
    name: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NetworkBody {
    bypass: &'static str,
    default_action: &'static str,
    ip_rules: Vec<ValueBody>,
    virtual_network_rules: Vec<SubnetBody>,
}

impl VaultProperties {
    /// The members of a vault whose URL is `vault_uri`.
    pub(in crate::arm) fn new(
        settings: &Settings,
        governance: &Governance,
        enabled_for: EnabledFor,
        vault_uri: String,
    ) -> Self {
        Self {
            sku: SkuBody { family: "A", name: settings.sku.name() },
            tenant_id: governance.tenant,
            network_acls: governance.network.given.then(|| NetworkBody::new(&governance.network)),
            access_policies: governance.policies.iter().map(PolicyBody::from).collect(),
            enabled_for_deployment: enabled_for.deployment.unwrap_or_default(),
            enabled_for_disk_encryption: enabled_for.disk_encryption,
            enabled_for_template_deployment: enabled_for.template_deployment,
            enable_soft_delete: true,
            soft_delete_retention_in_days: settings.retention_days,
            enable_rbac_authorization: governance.model == PermissionModel::Rbac,
            enable_purge_protection: settings.purge_protection.then_some(true),
            vault_uri,
            provisioning_state: "Succeeded",
            public_network_access: match governance.public_access {
                PublicAccess::Enabled => "Enabled",
                PublicAccess::Disabled => "Disabled",
            },
        }
    }
}

impl NetworkBody {
    fn new(rules: &NetworkRules) -> Self {
        let subnet = |rule: &VirtualNetworkRule| SubnetBody {
            id: rule.id.clone(),
            ignore_missing_vnet_service_endpoint: Some(rule.ignore_missing_endpoint),
        };
        Self {
            bypass: match rules.bypass {
                Bypass::AzureServices => "AzureServices",
                Bypass::None => "None",
            },
            default_action: match rules.default_action {
                DefaultAction::Allow => "Allow",
                DefaultAction::Deny => "Deny",
            },
            ip_rules: rules.ip_rules.iter().map(|range| ValueBody { value: range.to_string() }).collect(),
            virtual_network_rules: rules.virtual_network_rules.iter().map(subnet).collect(),
        }
    }
}

/// A soft-deleted vault or managed HSM.
#[derive(Debug, Serialize)]
pub(in crate::arm) struct DeletedBody {
    pub(in crate::arm) id: String,
    pub(in crate::arm) name: String,
    #[serde(rename = "type")]
    pub(in crate::arm) kind: &'static str,
    pub(in crate::arm) properties: DeletedProperties,
}

/// `properties` of a [`DeletedBody`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct DeletedProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::arm) vault_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::arm) mhsm_id: Option<String>,
    pub(in crate::arm) location: &'static str,
    pub(in crate::arm) deletion_date: String,
    pub(in crate::arm) scheduled_purge_date: String,
    pub(in crate::arm) tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::arm) purge_protection_enabled: Option<bool>,
}
