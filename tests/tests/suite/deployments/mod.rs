//! Template deployments: vaults and what is in them out of templates, as az and Bicep send them.
//!
//! Sources: azure-rest-api-specs, Microsoft.Resources, deployments.json; learn.microsoft.com, "Understand the structure
//! and syntax of ARM templates" and its neighbours; the refusals, public issues of the SDKs.

mod lifecycle;
mod refusals;
mod secrets;
mod templates;

use akv_tests::Answer;
use serde_json::{Value, json};

use crate::control_plane::Arm;

const NAME: &str = "resourcegroups/rg/providers/Microsoft.Resources/deployments/d";

async fn arm() -> Arm {
    let arm = Arm::new();
    arm.group("rg").await;
    arm
}

/// A template with these members on top of those that each has.
fn template(members: Value) -> Value {
    let mut template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [],
    });
    let Value::Object(members) = members else { panic!("members of a template") };
    template.as_object_mut().unwrap().extend(members);
    template
}

fn vault(name: &str) -> Value {
    json!({
        "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": name, "location": "eastus",
        "properties": {
            "tenantId": "[subscription().tenantId]", "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [], "enabledForTemplateDeployment": true,
        },
    })
}

fn request(template: &Value, parameters: &Value) -> Value {
    json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters}})
}

/// Deploys, and gives the deployment as it has ended.
async fn deploy(arm: &Arm, template: &Value, parameters: &Value) -> Value {
    let begun = arm.ask("PUT", NAME, &request(template, parameters)).await;
    assert!(begun.status == 201 || begun.status == 200, "{begun:?}");
    assert_eq!(begun.json()["properties"]["provisioningState"], "Accepted");
    arm.get(NAME).await.json()
}

/// Deploys what succeeds, and gives the outputs' values.
async fn outputs(arm: &Arm, template: &Value, parameters: &Value) -> Value {
    let ended = deploy(arm, template, parameters).await;
    assert_eq!(ended["properties"]["provisioningState"], "Succeeded", "{ended:#}");
    let outputs = ended["properties"]["outputs"].as_object().cloned().unwrap_or_default();
    outputs
        .into_iter()
        .map(|(name, output)| (name, output["value"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn refused(arm: &Arm, template: &Value, parameters: &Value) -> (String, String) {
    refused_with(400, arm, template, parameters).await
}

async fn refused_with(status: u16, arm: &Arm, template: &Value, parameters: &Value) -> (String, String) {
    let validated = arm.ask("POST", &format!("{NAME}/validate"), &request(template, parameters)).await;
    let refused = arm.ask("PUT", NAME, &request(template, parameters)).await;
    assert_eq!(refused.status, status, "{refused:?}");
    assert_eq!(validated.status, status, "{validated:?}");
    let error = refused.json()["error"].clone();
    assert_eq!(validated.json()["error"]["code"], error["code"]);
    let text = |member: &str| error[member].as_str().unwrap().to_owned();
    let message = match error["details"][0]["message"].as_str() {
        Some(inner) => format!("{} {inner}", text("message")),
        None => text("message"),
    };
    (text("code"), message)
}

fn state(answer: &Answer) -> String {
    answer.json()["properties"]["provisioningState"].as_str().unwrap_or_default().to_owned()
}

/// What Microsoft's quickstart "Set and retrieve a secret from Key Vault using an ARM template" deploys.
fn quickstart() -> Value {
    template(json!({
        "parameters": {
            "keyVaultName": {"type": "string"},
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            "tenantId": {"type": "string", "defaultValue": "[subscription().tenantId]"},
            "objectId": {"type": "string", "defaultValue": "[deployer().objectId]"},
            "secretsPermissions": {"type": "array", "defaultValue": ["list", "get"]},
            "skuName": {"type": "string", "defaultValue": "standard", "allowedValues": ["standard", "premium"]},
            "secretName": {"type": "string"},
            "secretValue": {"type": "securestring"},
        },
        "resources": [
            {
                "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01",
                "name": "[parameters('keyVaultName')]", "location": "[parameters('location')]",
                "properties": {
                    "enabledForTemplateDeployment": false, "tenantId": "[parameters('tenantId')]",
                    "softDeleteRetentionInDays": 90,
                    "accessPolicies": [{
                        "objectId": "[parameters('objectId')]", "tenantId": "[parameters('tenantId')]",
                        "permissions": {"secrets": "[parameters('secretsPermissions')]"},
                    }],
                    "sku": {"name": "[parameters('skuName')]", "family": "A"},
                    "networkAcls": {"defaultAction": "Allow", "bypass": "AzureServices"},
                },
            },
            {
                "type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01",
                "name": "[format('{0}/{1}', parameters('keyVaultName'), parameters('secretName'))]",
                "dependsOn": ["[resourceId('Microsoft.KeyVault/vaults', parameters('keyVaultName'))]"],
                "properties": {"value": "[parameters('secretValue')]"},
            },
        ],
        "outputs": {
            "location": {"type": "string", "value": "[parameters('location')]"},
            "name": {"type": "string", "value": "[parameters('keyVaultName')]"},
            "uri": {"type": "string", "value": "[reference(parameters('keyVaultName')).vaultUri]"},
            "hidden": {"type": "securestring", "value": "[parameters('secretValue')]"},
        },
    }))
}
