//! Managed HSMs as bodies have them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SystemData;
use crate::arm::error::ArmError;
use crate::arm::store::Tags;
use crate::arm::store::hsms::{HsmChange, KIND, ManagedHsm};

/// Body of `PUT` and `PATCH`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::arm) struct HsmParameters {
    location: Option<String>,
    tags: Option<Tags>,
    sku: Option<HsmSkuGiven>,
    properties: HsmPropertiesGiven,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HsmSkuGiven {
    name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HsmPropertiesGiven {
    tenant_id: Option<String>,
    initial_admin_object_ids: Option<Vec<String>>,
    #[serde(deserialize_with = "super::number")]
    soft_delete_retention_in_days: Option<u16>,
    enable_purge_protection: Option<bool>,
    create_mode: Option<String>,
}

impl HsmParameters {
    /// What the request changes.
    ///
    /// # Errors
    /// 400 for a member out of range.
    pub(in crate::arm) fn change(self) -> Result<HsmChange, ArmError> {
        let given = self.properties;
        let tenant = given.tenant_id.map(|id| id.parse().map_err(|_| ArmError::InvalidValue("tenantId")));
        Ok(HsmChange {
            location: self.location,
            tags: self.tags,
            sku: self.sku.and_then(|sku| sku.name),
            tenant: tenant.transpose()?,
            administrators: given.initial_admin_object_ids,
            retention_days: given.soft_delete_retention_in_days,
            purge_protection: given.enable_purge_protection,
            recovers: given.create_mode.is_some_and(|mode| mode.eq_ignore_ascii_case("recover")),
        })
    }
}

/// A managed HSM.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct HsmBody {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    location: &'static str,
    sku: HsmSku,
    tags: Tags,
    system_data: SystemData,
    properties: HsmProperties,
}

#[derive(Debug, Serialize)]
struct HsmSku {
    family: &'static str,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HsmProperties {
    tenant_id: Uuid,
    initial_admin_object_ids: Vec<String>,
    hsm_uri: String,
    enable_soft_delete: bool,
    soft_delete_retention_in_days: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_purge_protection: Option<bool>,
    provisioning_state: &'static str,
    status_message: &'static str,
    public_network_access: &'static str,
}

impl HsmBody {
    /// The body of `hsm`, which answers at `hsm_uri`.
    pub(in crate::arm) fn new(hsm: &ManagedHsm, hsm_uri: String) -> Self {
        Self {
            id: hsm.scope.to_string(),
            name: hsm.name.clone(),
            kind: KIND,
            location: hsm.location.name(),
            sku: HsmSku { family: "B", name: hsm.sku.clone() },
            tags: hsm.tags.clone(),
            system_data: SystemData::new(hsm.created, hsm.created),
            properties: HsmProperties {
                tenant_id: hsm.tenant,
                initial_admin_object_ids: hsm.administrators.clone(),
                hsm_uri,
                enable_soft_delete: true,
                soft_delete_retention_in_days: hsm.retention_days,
                enable_purge_protection: hsm.purge_protection.then_some(true),
                provisioning_state: "Succeeded",
                status_message: "The Managed HSM is provisioned and ready to use.",
                public_network_access: "Enabled",
            },
        }
    }
}
