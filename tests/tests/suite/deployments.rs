//! Template deployments: vaults and what is in them out of templates, as az and Bicep send them.
//!
//! Sources: azure-rest-api-specs, Microsoft.Resources, deployments.json; learn.microsoft.com, "Understand the structure
//! and syntax of ARM templates" and its neighbours; the refusals, public issues of the SDKs.

use std::time::Duration;

use akv_tests::{Answer, Vault, standing};
use serde_json::{Value, json};

use crate::control_plane::{Arm, vault_path};

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
    let validated = arm.ask("POST", &format!("{NAME}/validate"), &request(template, parameters)).await;
    let refused = arm.ask("PUT", NAME, &request(template, parameters)).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(validated.status, 400, "{validated:?}");
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
async fn a_deployment_is_listed_asked_for_replaced_and_deleted_and_what_it_made_stays() {
    let arm = arm().await;
    assert_eq!(arm.ask("HEAD", NAME, &Value::Null).await.status, 404);
    deploy(&arm, &template(json!({"resources": [vault("kv-once")]})), &json!({})).await;
    assert_eq!(arm.ask("HEAD", NAME, &Value::Null).await.status, 204);
    assert_eq!(arm.get("resourcegroups/rg/deployments").await.json()["value"][0]["name"], "d");
    let again =
        arm.ask("PUT", NAME, &request(&template(json!({"resources": [vault("kv-once")]})), &json!({}))).await;
    assert_eq!(again.status, 200, "{again:?}");
    let deleted = arm.ask("DELETE", NAME, &Value::Null).await;
    assert_eq!(deleted.status, 202);
    assert_eq!(arm.get(NAME).await.json()["error"]["code"], "DeploymentNotFound");
    assert_eq!(arm.ask("DELETE", NAME, &Value::Null).await.status, 204);
    assert_eq!(arm.get(&vault_path("kv-once")).await.status, 200);
    let cancelled = arm.ask("POST", &format!("{NAME}/cancel"), &Value::Null).await;
    assert_eq!(cancelled.status, 404);
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
    let closed = refused(&arm, &length, &reference("db")).await;
    assert_eq!(closed.0, "KeyVaultParameterReferenceSecretRetrieveFailed");
    assert!(closed.1.contains("Http status code: 'Forbidden'"), "{closed:?}");

    let firewall = |bypass: &str| json!({"enabledForTemplateDeployment": true, "networkAcls": {"defaultAction": "Deny", "bypass": bypass}});
    arm.vault("kv-given", &firewall("None")).await;
    assert!(refused(&arm, &length, &reference("db")).await.1.contains("Forbidden"));
    arm.vault("kv-given", &firewall("AzureServices")).await;
    assert_eq!(outputs(&arm, &length, &reference("db")).await, json!({"length": 5}));
    let other = refused(&arm, &length, &reference("other")).await;
    assert!(
        other.1.contains(
            "Http status code: 'NotFound'. Error message: 'A secret with (name/id) other was not found"
        ),
        "{other:?}"
    );

    let disabled = json!({"properties": {"attributes": {"enabled": false}}});
    arm.ask("PATCH", &format!("{}/secrets/db", vault_path("kv-given")), &disabled).await;
    assert!(refused(&arm, &length, &reference("db")).await.1.contains("disabled secret"));
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table in one piece")]
async fn what_is_not_valid_is_refused_with_nothing_made() {
    let arm = arm().await;
    let with = |member: &str, value: Value| {
        let mut own = vault("kv-bad");
        own[member] = value;
        template(json!({"resources": [own]}))
    };
    let and = |resource: Value| template(json!({"resources": [vault("kv-bad"), resource]}));
    let of = |kind: &str, name: &str| json!({"type": kind, "apiVersion": "2023-01-01", "name": name, "properties": {}});
    let int = |definition: Value| {
        template(json!({"parameters": {"p": definition}, "resources": [vault("kv-bad")]}))
    };
    let given = |value: Value| json!({"p": {"value": value}});
    for (template, parameters, code, text) in [
        (json!({}), json!({}), "InvalidRequestContent", "missing field `$schema`"),
        (
            json!({"$schema": "x", "contentVersion": "1.0.0.0", "resources": []}),
            json!({}),
            "InvalidTemplate",
            "Template schema 'x' is not supported.",
        ),
        (
            template(json!({"contentVersion": "1"})),
            json!({}),
            "InvalidTemplate",
            "contentVersion '1' is not valid",
        ),
        (template(json!({"resource": []})), json!({}), "InvalidRequestContent", "unknown field `resource`"),
        (
            template(json!({"resources": {"kv": vault("kv-bad")}})),
            json!({}),
            "InvalidTemplate",
            "languageVersion",
        ),
        (
            int(json!({"type": "int"})),
            json!({}),
            "InvalidTemplate",
            "The value for the template parameter 'p' at line '1' and column ",
        ),
        (
            int(json!({"type": "int"})),
            json!({"q": {"value": 1}}),
            "InvalidTemplate",
            "The template parameters 'q' in the parameters file are not valid;",
        ),
        (
            int(json!({"type": "int"})),
            given(json!("1")),
            "InvalidTemplate",
            "Expected a value of type 'Integer', but received a value of type 'String'.",
        ),
        (
            int(json!({"type": "number"})),
            given(json!(1)),
            "InvalidTemplate",
            "The type of the template parameter 'p'",
        ),
        (
            int(json!({"type": "int", "maxValue": 3})),
            given(json!(4)),
            "InvalidTemplate",
            "The value should be less than or equal to '3'.",
        ),
        (
            int(json!({"type": "string", "minLength": 3})),
            given(json!("a")),
            "InvalidTemplate",
            "Length of the value should be greater than or equal to '3'.",
        ),
        (
            int(json!({"type": "string", "allowedValues": ["a", "b"]})),
            given(json!("c")),
            "InvalidTemplate",
            "The value 'c' is not part of the allowed value(s): 'a,b'.",
        ),
        (
            int(json!({"type": "string", "defaultValue": "[parameters('p')]"})),
            json!({}),
            "InvalidTemplate",
            "The value of 'p' depends on itself.",
        ),
        (
            template(json!({"variables": {"v": "[variables('w')]"}})),
            json!({}),
            "InvalidTemplate",
            "The template variable 'v' is not valid: The template variable 'w' is not found.",
        ),
        (
            with("name", json!("[nonsense()]")),
            json!({}),
            "InvalidTemplate",
            "The template function 'nonsense' is not valid.",
        ),
        (
            with("name", json!("[reference('x').y]")),
            json!({}),
            "InvalidTemplate",
            "The template function 'reference' is not expected at this location.",
        ),
        (
            with("tags", json!({"a": "[parameters('absent')]"})),
            json!({}),
            "InvalidTemplate",
            "The template parameter 'absent' is not found.",
        ),
        (with("name", json!("a/b")), json!({}), "InvalidTemplate", "has incorrect segment lengths."),
        (with("apiVersion", Value::Null), json!({}), "InvalidTemplate", "'apiVersion' must be a string"),
        (
            with("dependsOn", json!(["other"])),
            json!({}),
            "InvalidTemplate",
            "The resource 'other' is not defined in the template.",
        ),
        (
            with("copy", json!({"name": "c", "count": 801})),
            json!({}),
            "InvalidTemplate",
            "has an invalid copy count. The copy count must be a positive integer value and cannot exceed '800'.",
        ),
        (and(vault("KV-bad")), json!({}), "InvalidTemplate", "is defined multiple times in a template."),
        (
            and(of("Microsoft.Storage/storageAccounts", "s")),
            json!({}),
            "InvalidResourceNamespace",
            "The resource namespace 'Microsoft.Storage' is invalid.",
        ),
        (
            and(of("Microsoft.KeyVault/vaults/nonsense", "kv-bad/s")),
            json!({}),
            "InvalidResourceType",
            "The resource type 'vaults/nonsense' could not be found in the namespace 'Microsoft.KeyVault' for api version '2023-01-01'.",
        ),
        (
            and(of("Microsoft.KeyVault/vaults/secrets", "kv-bad/s_s")),
            json!({}),
            "InvalidTemplateDeployment",
            "is not valid according to the validation procedure.",
        ),
        (
            with("properties", json!({"sku": "standard"})),
            json!({}),
            "InvalidTemplateDeployment",
            "The request content was invalid",
        ),
        (
            template(
                json!({"resources": [vault("kv-bad")], "outputs": {"o": {"type": "int", "value": "x"}}}),
            ),
            json!({}),
            "InvalidTemplate",
            "The template output 'o'",
        ),
        (
            template(
                json!({"resources": [vault("kv-bad")], "outputs": {"o": {"type": "string", "value": "[concat(]"}}}),
            ),
            json!({}),
            "InvalidTemplate",
            "The template output 'o'",
        ),
    ] {
        let (found, message) = refused(&arm, &template, &parameters).await;
        assert!(found == code && message.contains(text), "{found} {message}\nwanted {code} {text}");
    }
    assert_eq!(arm.get(&vault_path("kv-bad")).await.status, 404);
    assert_eq!(arm.get("resourcegroups/rg/deployments").await.json()["value"], json!([]));
}

/// Loops in loops are not unrolled beyond what a template may hold.
#[tokio::test]
async fn a_template_has_eight_hundred_resources_at_most() {
    let arm = arm().await;
    let mut secrets = json!({
        "type": "secrets", "apiVersion": "2023-07-01", "name": "[concat('s', copyIndex('inner'))]",
        "copy": {"name": "inner", "count": 800}, "properties": {"value": "x"}, "condition": false,
    });
    let mut all = vault("[concat('kv-many', copyIndex('outer'))]");
    all["copy"] = json!({"name": "outer", "count": 800});
    all["resources"] = json!([secrets.clone()]);
    let refused = arm.ask("PUT", NAME, &request(&template(json!({"resources": [all]})), &json!({}))).await;
    assert_eq!(
        refused.json()["error"],
        json!({
            "code": "InvalidTemplate",
            "message": "Deployment template validation failed: 'The number of template resources limit exceeded. Limit: '800' and actual: '801'. Please see https://aka.ms/arm-template/#resources for usage details.'.",
            "additionalInfo": [{"type": "TemplateViolation", "info": {"lineNumber": 0, "linePosition": 0, "path": ""}}],
        })
    );
    secrets["copy"]["count"] = 799.into();
    let mut one = vault("kv-one");
    one["resources"] = json!([secrets]);
    deploy(&arm, &template(json!({"resources": [one]})), &json!({})).await;
}

#[tokio::test]
async fn what_waits_for_another_resource_is_looked_at_beforehand() {
    let arm = arm().await;
    for (wrong, text) in [
        (
            "[concat(reference('kv-first').vaultUri, nonsense())]",
            "The template function 'nonsense' is not valid.",
        ),
        ("[concat(reference('kv-first').vaultUri]", "Unable to parse language expression"),
        ("[parameters('absent')]", "The template parameter 'absent' is not found."),
    ] {
        let mut second = vault("kv-second");
        second["tags"] = json!({"a": "[reference('kv-first').vaultUri]", "b": wrong});
        let both = template(json!({"resources": [vault("kv-first"), second]}));
        let (code, message) = refused(&arm, &both, &json!({})).await;
        assert!(code == "InvalidTemplate" && message.contains(text), "{code} {message}");
        assert_eq!(arm.get(&vault_path("kv-first")).await.status, 404);
        let output = json!({"o": {"type": "string", "value": wrong}});
        let one = template(json!({"resources": [vault("kv-first")], "outputs": output}));
        let (code, message) = refused(&arm, &one, &json!({})).await;
        assert!(code == "InvalidTemplate" && message.contains(text), "{code} {message}");
        assert_eq!(arm.get(&vault_path("kv-first")).await.status, 404);
    }
}

#[tokio::test]
async fn resources_that_wait_for_each_other_are_found_before_anything_is_made() {
    let arm = arm().await;
    let (mut one, mut two) = (vault("kv-one"), vault("kv-two"));
    one["dependsOn"] = json!(["kv-two"]);
    two["tags"] = json!({"other": "[reference('kv-one').vaultUri]"});
    let (code, message) = refused(&arm, &template(json!({"resources": [one, two]})), &json!({})).await;
    assert_eq!(code, "InvalidTemplate");
    assert!(message.contains("Circular dependency detected on resource: '/subscriptions/"), "{message}");
    assert_eq!(arm.get(&vault_path("kv-one")).await.status, 404);
}

#[tokio::test]
async fn a_resource_that_its_provider_refuses_fails_the_deployment_and_what_needs_it() {
    let arm = arm().await;
    arm.vault("kv-gone", &json!({})).await;
    arm.ask("DELETE", &vault_path("kv-gone"), &Value::Null).await;
    let secret = json!({
        "type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01", "name": "kv-gone/s",
        "dependsOn": ["kv-gone"], "properties": {"value": "x"},
    });
    let ended = deploy(
        &arm,
        &template(json!({"resources": [vault("kv-gone"), secret, vault("kv-well")]})),
        &json!({}),
    )
    .await;
    let properties = &ended["properties"];
    assert_eq!(properties["provisioningState"], "Failed");
    assert_eq!(properties["error"]["code"], "DeploymentFailed");
    assert_eq!(properties["error"]["details"][0]["code"], "ConflictError");
    assert!(properties["error"]["details"][0]["target"].as_str().unwrap().ends_with("/vaults/kv-gone"));
    assert_eq!(properties["error"]["details"].as_array().unwrap().len(), 1);
    assert!(properties["outputs"].is_null());
    assert_eq!(arm.get(&vault_path("kv-well")).await.status, 200);
    let operations = arm.get(&format!("{NAME}/operations")).await.json();
    let states: Vec<_> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["properties"]["provisioningState"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["Failed", "Succeeded"]);
    assert_eq!(operations["value"][0]["properties"]["statusCode"], "Conflict");

    let absent = template(json!({"outputs": {"o": {"type": "string", "value": "[reference('nothing').x]"}}}));
    assert_eq!(refused(&arm, &absent, &json!({})).await.0, "InvalidTemplate");
    let late = template(json!({"resources": [vault("kv-late")],
        "outputs": {"o": {"type": "string", "value": "[reference('kv-late').absent]"}}}));
    let ended = deploy(&arm, &late, &json!({})).await;
    assert_eq!(ended["properties"]["error"]["code"], "DeploymentOutputEvaluationFailed", "{ended:#}");
}

#[tokio::test]
async fn complete_mode_deletes_what_the_template_does_not_have() {
    let arm = arm().await;
    for name in ["kv-old", "kv-off", "kv-known"] {
        arm.vault(name, &json!({})).await;
    }
    let mut off = vault("kv-off");
    off["condition"] = false.into();
    let known = json!({"existing": true, "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-known"});
    let resources = json!({"kept": vault("kv-kept"), "off": off, "known": known});
    let mut body = request(&template(json!({"languageVersion": "2.0", "resources": resources})), &json!({}));
    body["properties"]["mode"] = "Complete".into();
    let old = arm.ask("PUT", &format!("{NAME}?api-version=2019-05-01"), &body).await;
    assert_eq!(old.status, 201, "{old:?}");
    for (name, status) in [("kv-old", 404), ("kv-known", 404), ("kv-off", 200), ("kv-kept", 200)] {
        assert_eq!(arm.get(&vault_path(name)).await.status, status, "{name}");
    }
    assert_eq!(arm.ask("PUT", NAME, &body).await.status, 200);
    assert_eq!(arm.get(&vault_path("kv-off")).await.status, 404);
    assert_eq!(arm.get(&vault_path("kv-kept")).await.status, 200);
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

#[tokio::test]
async fn what_takes_time_runs_is_not_replaced_and_can_be_cancelled() {
    let mut config = standing();
    config.timing = "custom:deploy=1m,retry-after=5s".parse().unwrap();
    let arm = Arm(Vault::new(config));
    arm.group("rg").await;
    let asked = request(&template(json!({"resources": [vault("kv-slow")]})), &json!({}));
    let begun = arm.ask("PUT", NAME, &asked).await;
    assert_eq!((begun.status, begun.header("retry-after")), (201, "5"));
    assert_eq!(state(&arm.get(NAME).await), "Running");
    let url =
        begun.header("azure-asyncoperation").strip_prefix("https://management.azure.com").unwrap().to_owned();
    assert_eq!(arm.get(&url).await.json(), json!({"status": "Running"}));
    let again = arm.ask("PUT", NAME, &asked).await;
    assert_eq!((again.status, again.json()["error"]["code"].as_str()), (409, Some("DeploymentActive")));
    // jenkins-infra/helpdesk issue 5220.
    let body = begun.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (id, correlation) = (text(&body["id"]), text(&body["properties"]["correlationId"]));
    assert_eq!(
        text(&again.json()["error"]["message"]),
        format!(
            "The deployment with resource id '{id}' cannot be saved, because this would overwrite an existing deployment which is still active. If this is an intentional re-deployment, please wait for the original deployment to complete, or cancel it before re-attempting the operation. The previous deployment was started at '1/31/2027 12:00:00 PM' with correlationId '{correlation}', and will expire at '2/7/2027 12:00:00 PM' if it does not complete before then. Please see https://aka.ms/arm-deploy-resources for usage details."
        )
    );
    assert_eq!(arm.ask("DELETE", NAME, &Value::Null).await.status, 409);
    arm.0.advance(Duration::from_secs(60));
    assert_eq!(state(&arm.get(NAME).await), "Succeeded");
    let late = arm.ask("POST", &format!("{NAME}/cancel"), &Value::Null).await;
    assert_eq!(
        (late.status, late.json()["error"]["code"].as_str()),
        (409, Some("DeploymentCannotBeCancelled"))
    );

    let begun = arm.ask("PUT", NAME, &asked).await;
    arm.0.advance(Duration::from_secs(20));
    assert_eq!(arm.ask("POST", &format!("{NAME}/cancel"), &Value::Null).await.status, 204);
    arm.0.advance(Duration::from_secs(60));
    assert_eq!(state(&arm.get(NAME).await), "Canceled");
    let url =
        begun.header("azure-asyncoperation").strip_prefix("https://management.azure.com").unwrap().to_owned();
    assert_eq!(arm.get(&url).await.json()["error"]["code"], "DeploymentCanceled");
    let operations = arm.get(&format!("{NAME}/operations")).await.json()["value"].clone();
    assert_eq!(operations.as_array().unwrap().len(), 1, "no outputs: {operations:#}");
    let operation = &operations[0]["properties"];
    assert_eq!(
        (&operation["duration"], &operation["provisioningState"]),
        (&json!("PT20.000S"), &json!("Succeeded"))
    );
}

#[tokio::test]
async fn what_is_not_emulated_says_so() {
    let arm = arm().await;
    let linked =
        json!({"properties": {"mode": "Incremental", "templateLink": {"uri": "https://example.com/t.json"}}});
    for (method, path, body) in
        [("PUT", NAME.to_owned(), &linked), ("POST", format!("{NAME}/whatIf"), &json!({"properties": {}}))]
    {
        let refused = arm.ask(method, &path, body).await;
        assert_eq!(
            (refused.status, refused.json()["error"]["code"].as_str()),
            (501, Some("NotImplemented")),
            "{path}"
        );
    }
    let named = arm.ask("PUT", &format!("{NAME}*"), &request(&template(json!({})), &json!({}))).await;
    assert_eq!(named.json()["error"]["code"], "InvalidDeploymentName");
    assert_eq!(arm.ask("PATCH", NAME, &Value::Null).await.status, 405);
    let nowhere = arm.get("resourcegroups/absent/deployments").await;
    assert_eq!(nowhere.json()["error"]["code"], "ResourceGroupNotFound");
}
