//! Keys and secrets as child resources of a vault, over the control plane.
//!
//! Source: azure-rest-api-specs, Microsoft.KeyVault, secrets.json and keys.json.

use serde_json::{Value, json};

use crate::control_plane::{Arm, vault_path};

fn below(path: &str) -> String {
    format!("{}/{path}", vault_path("kv-child"))
}

async fn arm() -> Arm {
    let arm = Arm::new();
    let granted = json!({"enableRbacAuthorization": false, "accessPolicies": [{"tenantId": arm.tenant(),
        "objectId": developer(&arm), "permissions": {"keys": ["all"], "secrets": ["all"], "certificates": ["all"]}}]});
    assert_eq!(arm.vault("kv-child", &granted).await.status, 200);
    arm
}

fn developer(arm: &Arm) -> String {
    let service = arm.0.service();
    let identity = &service.state().identity;
    identity.verify("developer", &[], akv_tests::start()).unwrap().object_id.to_string()
}

async fn data(arm: &Arm, method: &str, path: &str, body: &str) -> akv_tests::Answer {
    arm.0
        .send_to("kv-child.vault.azure.net", method, path, body, &[("authorization", "Bearer developer")])
        .await
}

#[tokio::test]
async fn a_secret_of_the_control_plane_is_the_vaults_own_and_its_value_is_never_answered() {
    let arm = arm().await;
    let body = json!({"tags": {"a": "b"}, "properties": {"value": "hunter2", "contentType": "text/plain",
        "attributes": {"enabled": true, "exp": 1_900_000_000}}});
    let made = arm.ask("PUT", &below("secrets/db"), &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let first = made.json();
    assert!(first["id"].as_str().unwrap().ends_with("/vaults/kv-child/secrets/db"));
    assert_eq!(first["type"], "Microsoft.KeyVault/vaults/secrets");
    assert_eq!(first["properties"]["secretUri"], "https://kv-child.vault.azure.net/secrets/db");
    assert_eq!(first["properties"]["attributes"]["exp"], 1_900_000_000);
    let versioned = first["properties"]["secretUriWithVersion"].as_str().unwrap();
    let read = data(&arm, "GET", "/secrets/db", "").await.json();
    assert_eq!((read["value"].as_str(), read["id"].as_str()), (Some("hunter2"), Some(versioned)));

    let again = arm.ask("PUT", &below("secrets/db"), &json!({"properties": {"value": "hunter3"}})).await;
    assert_eq!(again.status, 200);
    let changed = json!({"properties": {"attributes": {"enabled": false}}});
    let patched = arm.ask("PATCH", &below("secrets/db"), &changed).await;
    assert_eq!(patched.json()["properties"]["attributes"]["enabled"], false);
    assert_eq!(data(&arm, "GET", "/secrets/db", "").await.status, 403);

    let shown = arm.get(&below("secrets/db")).await;
    let listed = arm.get(&below("secrets")).await;
    assert_eq!(listed.json()["value"][0], shown.json());
    for answer in [&made, &again, &patched, &shown, &listed] {
        assert!(!answer.body.contains("hunter"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_key_is_created_once_and_answered_as_it_is_afterwards() {
    let arm = arm().await;
    let policy = json!({"attributes": {"expiryTime": "P1Y"},
        "lifetimeActions": [{"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "rotate"}}]});
    let body = json!({"properties": {"kty": "EC", "curveName": "P-256", "keyOps": ["sign"], "rotationPolicy": policy}});
    let made = arm.ask("PUT", &below("keys/signer"), &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let first = made.json();
    assert_eq!(first["properties"]["curveName"], "P-256");
    assert_eq!(first["properties"]["keyOps"], json!(["sign"]));
    assert_eq!(first["properties"]["rotationPolicy"]["attributes"]["expiryTime"], "P1Y");
    let other = json!({"properties": {"kty": "RSA"}});
    let again = arm.ask("PUT", &below("keys/signer"), &other).await;
    assert_eq!((again.status, again.json()), (200, first.clone()));

    let read = data(&arm, "GET", "/keys/signer", "").await.json();
    assert_eq!(read["key"]["kid"], first["properties"]["keyUriWithVersion"]);
    let version = read["key"]["kid"].as_str().unwrap().rsplit('/').next().unwrap();
    let versions = arm.get(&below("keys/signer/versions")).await.json();
    assert_eq!(versions["value"][0]["name"], version);
    let one = arm.get(&below(&format!("keys/signer/versions/{version}"))).await.json();
    assert_eq!(one, versions["value"][0]);
    assert_eq!(arm.get(&below("keys")).await.json()["value"][0], first);
}

#[tokio::test]
async fn what_the_vault_refuses_is_refused_with_nothing_made() {
    let arm = arm().await;
    let short = json!({"attributes": {"expiryTime": "P1D"}});
    for (path, body, status) in [
        ("secrets/db", json!({"properties": {}}), 400),
        ("secrets/d_b", json!({"properties": {"value": "x"}}), 400),
        ("secrets/db", json!({"properties": {"value": "x".repeat(25_601)}}), 400),
        ("keys/k", json!({"properties": {"kty": "RSA", "keySize": 1024}}), 400),
        ("keys/k", json!({"properties": {"kty": "RSA-HSM"}}), 400),
        ("keys/k", json!({"properties": {"kty": "EC", "rotationPolicy": short}}), 400),
        ("keys/k", json!({}), 400),
    ] {
        let refused = arm.ask("PUT", &below(path), &body).await;
        assert_eq!(refused.status, status, "{path} {refused:?}");
        assert!(refused.json()["error"]["code"].is_string(), "{refused:?}");
    }
    for path in ["secrets", "keys"] {
        assert_eq!(arm.get(&below(path)).await.json()["value"], json!([]));
    }
    for (method, path, status) in [
        ("GET", "secrets/absent", 404),
        ("GET", "keys/absent/versions", 404),
        ("DELETE", "secrets/absent", 405),
        ("PATCH", "secrets/absent", 404),
    ] {
        let body = if method == "PATCH" { json!({"properties": {"value": "x"}}) } else { Value::Null };
        assert_eq!(arm.ask(method, &below(path), &body).await.status, status, "{method} {path}");
    }
    let nowhere = arm.get(&format!("{}/secrets", vault_path("no-vault"))).await;
    assert_eq!((nowhere.status, nowhere.json()["error"]["code"].as_str()), (404, Some("ResourceNotFound")));
}
