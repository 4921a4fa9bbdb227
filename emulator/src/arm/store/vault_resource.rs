//! A vault as a resource, and what a request may give for one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Stamp, Tags};
use crate::authorization::PermissionModel;
use crate::authorization::network::{NetworkRules, PublicAccess};
use crate::authorization::policy::AccessPolicy;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;
use crate::vault::{Deletion, Sku, Vault};

/// What a vault's resource type is called.
pub const KIND: &str = "Microsoft.KeyVault/vaults";

/// A vault as a resource.
#[derive(Clone, Debug)]
pub struct VaultResource {
    /// In its creator's spelling.
    pub name: String,
    /// Its group, in its creator's spelling.
    pub group: String,
    /// Its resource id.
    pub scope: Scope,
    /// `tags`.
    pub tags: Tags,
    /// Which of Azure's services may read its secrets; kept and shown, as there are none here.
    pub enabled_for: EnabledFor,
    /// When it came into being.
    pub created: Stamp,
    /// When it was last changed.
    pub modified: Stamp,
    /// The vault itself, which has the settings and the facts of its deletion.
    pub vault: Arc<Vault>,
}

/// `enabledForDeployment` and its like; `None` where nobody said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct EnabledFor {
    /// `enabledForDeployment`.
    pub deployment: Option<bool>,
    /// `enabledForDiskEncryption`.
    pub disk_encryption: Option<bool>,
    /// `enabledForTemplateDeployment`.
    pub template_deployment: Option<bool>,
}

/// What a request gives for a vault; `None` for what it leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultChange {
    /// `location`.
    pub location: Option<String>,
    /// `tags`.
    pub tags: Option<Tags>,
    /// `properties.createMode`.
    pub create_mode: CreateMode,
    /// `properties.sku.name`.
    pub sku: Option<Sku>,
    /// `properties.tenantId`.
    pub tenant: Option<Uuid>,
    /// `properties.accessPolicies`.
    pub policies: Option<Vec<AccessPolicy>>,
    /// `properties.enableRbacAuthorization`.
    pub model: Option<PermissionModel>,
    /// `properties.enabledForDeployment` and its like.
    pub enabled_for: EnabledFor,
    /// `properties.enableSoftDelete`.
    pub soft_delete: Option<bool>,
    /// `properties.softDeleteRetentionInDays`.
    pub retention_days: Option<i64>,
    /// `properties.enablePurgeProtection`.
    pub purge_protection: Option<bool>,
    /// `properties.networkAcls`.
    pub network: Option<NetworkRules>,
    /// `properties.publicNetworkAccess`.
    pub public_access: Option<PublicAccess>,
}

/// `properties.createMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreateMode {
    /// A new vault, or a change to one.
    #[default]
    Default,
    /// A soft-deleted vault comes back.
    Recover,
}

impl VaultResource {
    /// The phase it is in.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.vault.deletion().is_none()
    }

    /// The facts of its deletion, while it is soft-deleted.
    #[must_use]
    pub fn deleted(&self, now: Timestamp) -> Option<Deletion> {
        self.vault.deletion().filter(|deletion| now < deletion.purge_at)
    }
}

/// Azure's rule for names of vaults.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--")
}
