//! What a deployment knows of where it runs: the values of `subscription()`, `resourceGroup()` and their like.

use serde_json::{Value, json};

use crate::arm::Call;
use crate::arm::error::ArmError;
use crate::arm::store::groups::Group;
use crate::authorization::scope::Scope;
use crate::chance::Chance;
use crate::timestamp::Timestamp;

/// Where a deployment is made: in a resource group, or in the subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// A group's name.
    Group(String),
    /// The subscription.
    Subscription,
}

impl Level {
    /// Its scope.
    ///
    /// # Errors
    /// 404 for a group that is not there.
    pub(super) fn scope(&self, call: &Call<'_>) -> Result<Scope, ArmError> {
        match self {
            Self::Group(name) => Ok(call.store.group(name, call.now)?.scope(call.store)),
            Self::Subscription => Ok(call.store.scope()),
        }
    }
}

/// The values.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) subscription: Value,
    pub(super) group: Option<Value>,
    pub(super) tenant: Value,
    pub(super) deployment: Value,
    pub(super) deployer: Value,
    pub(super) now: Timestamp,
    pub(super) draw: &'a Chance,
}

impl<'a> Facts<'a> {
    /// Those of a deployment of that name.
    ///
    /// # Errors
    /// 404 for a group that is not there.
    pub(super) fn of(
        call: &'a Call<'_>,
        level: &Level,
        name: &str,
        properties: &Value,
    ) -> Result<Self, ArmError> {
        let (store, tenant) = (call.store, call.store.tenant);
        let group = match level {
            Level::Group(group) => Some(group_fact(&store.group(group, call.now)?, call)),
            Level::Subscription => None,
        };
        Ok(Self {
            subscription: json!({
                "id": store.scope().to_string(),
                "subscriptionId": store.subscription,
                "tenantId": tenant,
                "displayName": "akv",
            }),
            group,
            tenant: json!({
                "id": format!("/tenants/{tenant}"),
                "tenantId": tenant,
                "countryCode": "US",
                "displayName": "akv",
            }),
            deployment: json!({ "name": name, "properties": properties }),
            deployer: json!({ "objectId": call.caller.object_id, "tenantId": tenant }),
            now: call.now,
            draw: call.draw,
        })
    }

    /// The value of one of these functions, its name in lower case; `None` where there is none.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        match name {
            "subscription" => Some(self.subscription.clone()),
            "resourcegroup" => self.group.clone(),
            "tenant" => Some(self.tenant.clone()),
            "deployment" => Some(self.deployment.clone()),
            "deployer" => Some(self.deployer.clone()),
            "environment" => Some(environment()),
            _ => None,
        }
    }
}

fn group_fact(group: &Group, call: &Call<'_>) -> Value {
    json!({
        "id": group.scope(call.store).to_string(),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location.name(),
        "tags": group.tags,
        "properties": { "provisioningState": group.provisioning_state() },
    })
}

/// Azure's public cloud (learn.microsoft.com, "Deployment functions for ARM templates", environment).
fn environment() -> Value {
    json!({
        "name": "AzureCloud",
        "gallery": "https://gallery.azure.com/",
        "graph": "https://graph.windows.net/",
        "portal": "https://portal.azure.com",
        "graphAudience": "https://graph.windows.net/",
        "resourceManager": "https://management.azure.com/",
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com/",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {
            "acrLoginServer": ".azurecr.io",
            "keyvaultDns": ".vault.azure.net",
            "sqlServerHostname": ".database.windows.net",
            "storage": "core.windows.net",
        },
    })
}
