//! What templates may say and what comes of it.

use serde_json::{Value, json};

use super::{NAME, arm, deploy, outputs, quickstart, refused, refused_with, request, state, template, vault};
use crate::control_plane::{Arm, vault_path};

#[tokio::test]
async fn the_quickstarts_template_makes_a_vault_with_a_secret_that_its_deployer_reads() {
    let arm = arm().await;
    let given = json!({"keyVaultName": {"value": "kv-quick"}, "secretName": {"value": "db"}, "secretValue": {"value": "hunter2"}});
    let begun = arm.ask("PUT", NAME, &request(&quickstart(), &given)).await;
    assert_eq!((begun.status, state(&begun).as_str()), (201, "Accepted"), "{begun:?}");
    let url = begun.header("azure-asyncoperation").to_owned();
    let status = arm.get(url.strip_prefix("https://management.azure.com").unwrap()).await;
    assert_eq!(status.json(), json!({"status": "Succeeded"}));

    let ended = arm.get(NAME).await;
    let properties = ended.json()["properties"].clone();
    assert_eq!(
        properties["outputs"]["uri"],
        json!({"type": "String", "value": "https://kv-quick.vault.azure.net/"})
    );
    assert_eq!(properties["outputs"]["location"]["value"], "eastus");
    assert_eq!(properties["outputs"]["hidden"], json!({"type": "SecureString"}));
    assert_eq!(properties["parameters"]["skuName"], json!({"type": "String", "value": "standard"}));
    assert_eq!(properties["parameters"]["secretValue"], json!({"type": "SecureString"}));
    assert_eq!(properties["mode"], "Incremental");
    assert_eq!(properties["outputResources"].as_array().unwrap().len(), 2);
    assert_eq!(properties["dependencies"][0]["dependsOn"][0]["resourceName"], "kv-quick");
    for answer in [&begun, &ended] {
        assert!(!answer.body.contains("hunter2"), "{answer:?}");
    }
    let read = arm
        .0
        .send_to(
            "kv-quick.vault.azure.net",
            "GET",
            "/secrets/db",
            "",
            &[("authorization", "Bearer developer")],
        )
        .await;
    assert_eq!((read.status, read.json()["value"].as_str()), (200, Some("hunter2")), "{read:?}");

    let operations = arm.get(&format!("{NAME}/operations")).await.json();
    let kinds: Vec<_> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["properties"]["targetResource"]["resourceType"].as_str().unwrap_or("outputs"))
        .collect();
    assert_eq!(kinds, ["Microsoft.KeyVault/vaults", "Microsoft.KeyVault/vaults/secrets", "outputs"]);
    let id = operations["value"][0]["operationId"].as_str().unwrap();
    assert_eq!(arm.get(&format!("{NAME}/operations/{id}")).await.json(), operations["value"][0]);
    let exported = arm.ask("POST", &format!("{NAME}/exportTemplate"), &Value::Null).await;
    assert_eq!(exported.json()["template"], quickstart());
}

#[tokio::test]
async fn loops_conditions_children_variables_and_functions_of_ones_own() {
    let arm = arm().await;
    let mut looped = vault("[variables('names')[copyIndex()]]");
    looped["copy"] = json!({"name": "vaults", "count": "[length(variables('names'))]"});
    looped["resources"] = json!([{
        "type": "keys", "apiVersion": "2023-07-01", "name": "signer",
        "dependsOn": ["[variables('names')[copyIndex()]]"],
        "properties": {"kty": "EC", "curveName": "P-256", "keyOps": ["sign"]},
    }]);
    let mut absent = vault("kv-never");
    absent["condition"] = json!("[equals(parameters('also'), 'yes')]");
    let policies = json!({
        "type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2023-07-01", "name": "kv-loop0/add",
        "dependsOn": ["vaults", "kv-never"],
        "properties": {"copy": [{"name": "accessPolicies", "count": 2, "input": {
            "tenantId": "[subscription().tenantId]", "objectId": "[guid(string(copyIndex('accessPolicies')))]",
            "permissions": {"keys": ["get"]},
        }}]},
    });
    let deployed = outputs(&arm, &template(json!({
        "parameters": {"also": {"type": "string", "defaultValue": "no"}},
        "variables": {
            "prefix": "[own.named('kv')]",
            "copy": [{"name": "names", "count": 2, "input": "[concat(variables('prefix'), copyIndex('names'))]"}],
        },
        "functions": [{"namespace": "own", "members": {"named": {
            "parameters": [{"name": "start", "type": "string"}],
            "output": {"type": "string", "value": "[format('{0}-loop', parameters('start'))]"},
        }}}],
        "resources": [policies, absent, looped],
        "outputs": {
            "uris": {"type": "array", "copy": {"count": 2, "input": "[reference(variables('names')[copyIndex()]).vaultUri]"}},
            "never": {"type": "string", "condition": "[equals(parameters('also'), 'yes')]", "value": "x"},
            "unique": {"type": "string", "value": "[uniqueString('hello', 'world')]"},
        },
    })), &json!({})).await;
    assert_eq!(
        deployed,
        json!({
            "uris": ["https://kv-loop0.vault.azure.net/", "https://kv-loop1.vault.azure.net/"],
            "unique": "a7wkljktk6wne",
        })
    );
    assert_eq!(arm.get(&vault_path("kv-never")).await.status, 404);
    assert_eq!(
        arm.get(&format!("{}/keys/signer", vault_path("kv-loop1"))).await.json()["properties"]["kty"],
        "EC"
    );
    let made = arm.get(&vault_path("kv-loop0")).await.json();
    assert_eq!(made["properties"]["accessPolicies"].as_array().unwrap().len(), 2);
}

/// As Bicep compiles `resource kv`, a child, an `existing` vault, a module, a role at a secret.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a template in one piece")]
async fn symbolic_names_existing_resources_modules_and_roles_at_an_object() {
    let arm = arm().await;
    assert_eq!(arm.vault("kv-there", &json!({"enabledForTemplateDeployment": true})).await.status, 200);
    arm.ask(
        "PUT",
        &format!("{}/secrets/given", vault_path("kv-there")),
        &json!({"properties": {"value": "hunter3"}}),
    )
    .await;
    let mut module = template(json!({
        "parameters": {"vault": {"type": "string"}, "value": {"type": "securestring"}},
        "resources": {"secret": {
            "type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01",
            "name": "[format('{0}/{1}', parameters('vault'), 'copied')]",
            "properties": {"value": "[parameters('value')]"},
        }},
        "outputs": {"uri": {"type": "string", "value": "[reference('secret').secretUri]"}},
    }));
    module["languageVersion"] = "2.0".into();
    let mut whole = template(json!({
        "resources": {
            "module": {
                "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "module",
                "properties": {
                    "expressionEvaluationOptions": {"scope": "inner"}, "mode": "Incremental",
                    "parameters": {
                        "vault": {"value": "[reference('kv', '2023-07-01', 'Full').name]"},
                        "value": {"reference": {
                            "keyVault": {"id": "[resourceId('Microsoft.KeyVault/vaults', 'kv-there')]"}, "secretName": "given",
                        }},
                    },
                    "template": module,
                },
            },
            "kv": vault("kv-symbol"),
            "there": {"existing": true, "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-there"},
            "role": {
                "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01",
                "scope": "[format('Microsoft.KeyVault/vaults/{0}/secrets/{1}', 'kv-symbol', 'copied')]",
                "name": "[guid('kv-symbol', 'reader')]",
                "properties": {
                    "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')]",
                    "principalId": "[deployer().objectId]", "principalType": "User",
                },
                "dependsOn": ["module"],
            },
        },
        "outputs": {
            "secret": {"type": "string", "value": "[reference('module').outputs.uri.value]"},
            "there": {"type": "string", "value": "[reference('there').vaultUri]"},
            "outside": {"type": "bool", "value": "[reference(resourceId('Microsoft.KeyVault/vaults', 'kv-there'), '2023-07-01').enableSoftDelete]"},
        },
    }));
    whole["languageVersion"] = "2.0".into();
    let deployed = outputs(&arm, &whole, &json!({})).await;
    assert_eq!(
        deployed,
        json!({
            "secret": "https://kv-symbol.vault.azure.net/secrets/copied",
            "there": "https://kv-there.vault.azure.net/", "outside": true,
        })
    );
    let scope = format!(
        "{}/secrets/copied/providers/Microsoft.Authorization/roleAssignments",
        vault_path("kv-symbol")
    );
    let assigned = arm.get(&format!("{scope}?$filter=atScope()")).await;
    assert!(assigned.body.contains("4633458b-17de-408a-b874-0445c86b69e6"), "{assigned:?}");
    let inner = arm.get("resourcegroups/rg/providers/Microsoft.Resources/deployments/module").await;
    assert_eq!(inner.json()["properties"]["parameters"]["value"], json!({"type": "SecureString"}));
    assert!(!inner.body.contains("hunter3"), "{inner:?}");
}

#[tokio::test]
async fn a_vaults_secret_is_a_parameter_if_the_vault_lets_templates_read_it() {
    let arm = arm().await;
    let reference = |secret: &str| {
        json!({"p": {"reference": {
            "keyVault": {"id": format!("/subscriptions/{}/{}", arm.subscription(), vault_path("kv-given"))}, "secretName": secret,
        }}})
    };
    let length = template(json!({
        "parameters": {"p": {"type": "secureString"}},
        "outputs": {"length": {"type": "int", "value": "[length(parameters('p'))]"}},
    }));
    let absent = refused(&arm, &length, &reference("db")).await;
    assert_eq!(absent.0, "KeyVaultParameterReferenceNotFound");

    assert_eq!(arm.vault("kv-given", &json!({})).await.status, 200);
    arm.ask(
        "PUT",
        &format!("{}/secrets/db", vault_path("kv-given")),
        &json!({"properties": {"value": "12345"}}),
    )
    .await;
    let closed = refused_with(403, &arm, &length, &reference("db")).await;
    assert_eq!(closed.0, "KeyVaultParameterReferenceSecretRetrieveFailed");
    assert!(closed.1.contains("Http status code: 'Forbidden'"), "{closed:?}");

    let firewall = |bypass: &str| json!({"enabledForTemplateDeployment": true, "networkAcls": {"defaultAction": "Deny", "bypass": bypass}});
    arm.vault("kv-given", &firewall("None")).await;
    assert!(refused_with(403, &arm, &length, &reference("db")).await.1.contains("Forbidden"));
    arm.vault("kv-given", &firewall("AzureServices")).await;
    assert_eq!(outputs(&arm, &length, &reference("db")).await, json!({"length": 5}));
    let other = refused_with(404, &arm, &length, &reference("other")).await;
    assert!(
        other.1.contains(
            "Http status code: 'NotFound'. Error message: 'A secret with (name/id) other was not found"
        ),
        "{other:?}"
    );

    let disabled = json!({"properties": {"attributes": {"enabled": false}}});
    arm.ask("PATCH", &format!("{}/secrets/db", vault_path("kv-given")), &disabled).await;
    assert!(refused_with(403, &arm, &length, &reference("db")).await.1.contains("disabled secret"));
}

#[tokio::test]
async fn a_condition_is_of_its_resource_and_not_of_those_in_it() {
    let arm = arm().await;
    arm.vault("kv-there", &json!({})).await;
    let mut there = vault("kv-there");
    there["condition"] = false.into();
    there["resources"] = json!([
        {"type": "secrets", "apiVersion": "2023-07-01", "name": "s", "properties": {"value": "x"}},
        {"type": "secrets", "apiVersion": "2023-07-01", "name": "t", "properties": {"value": "x"}, "condition": false},
    ]);
    deploy(&arm, &template(json!({"resources": [there]})), &json!({})).await;
    for (name, status) in [("s", 200), ("t", 404)] {
        assert_eq!(arm.get(&format!("{}/secrets/{name}", vault_path("kv-there"))).await.status, status);
    }
}

#[tokio::test]
async fn a_subscription_gets_groups_custom_roles_and_what_is_in_them() {
    let arm = Arm::new();
    let path = "providers/Microsoft.Resources/deployments/whole";
    let inner = template(json!({
        "resources": [vault("kv-deep")],
        "outputs": {"id": {"type": "string", "value": "[resourceId('Microsoft.KeyVault/vaults', 'kv-deep')]"}},
    }));
    let schema =
        "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#";
    let mut body = request(
        &template(json!({
            "$schema": schema,
            "resources": [
                {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": "made", "location": "westus"},
                {
                    "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "in-it",
                    "resourceGroup": "made", "dependsOn": ["made"],
                    "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner},
                },
            ],
            "outputs": {"id": {"type": "string", "value": "[reference('in-it').outputs.id.value]"}},
        })),
        &json!({}),
    );
    assert_eq!(arm.ask("PUT", path, &body).await.json()["error"]["code"], "LocationRequired");
    body["location"] = "eastus".into();
    let begun = arm.ask("PUT", path, &body).await;
    assert_eq!((begun.status, begun.json()["location"].as_str()), (201, Some("eastus")), "{begun:?}");
    let ended = arm.get(path).await.json();
    assert_eq!(ended["properties"]["provisioningState"], "Succeeded", "{ended:#}");
    let id = ended["properties"]["outputs"]["id"]["value"].as_str().unwrap();
    assert!(id.ends_with("/resourceGroups/made/providers/Microsoft.KeyVault/vaults/kv-deep"), "{id}");
    assert_eq!(arm.get(id).await.status, 200);
    let gone = arm.ask("DELETE", "resourcegroups/made", &Value::Null).await;
    assert_eq!(gone.status, 202);
    let list = "resourcegroups/made/providers/Microsoft.Resources/deployments";
    assert_eq!(arm.get(list).await.json()["error"]["code"], "ResourceGroupNotFound");
    arm.group("made").await;
    assert_eq!(arm.get(list).await.json()["value"], json!([]));
}
