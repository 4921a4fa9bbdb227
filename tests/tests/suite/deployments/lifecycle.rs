//! What becomes of a deployment: it runs, fails, is replaced, cancelled and deleted.

use std::time::Duration;

use akv_tests::{Vault, standing};
use serde_json::{Value, json};

use super::{NAME, arm, deploy, refused, request, state, template, vault};
use crate::control_plane::{Arm, vault_path};

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
