//! Snapshots: an emulator that loaded one cannot be told from the one that saved it.

use std::os::unix::fs::PermissionsExt;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::Duration;

use akv_emulator::Emulator;
use akv_emulator::config::Config;
use akv_emulator::http::snapshot::Snapshot;
use akv_emulator::timing::Timing;
use akv_tests::{Answer, Vault, standing};
use serde_json::{Value, json};

use crate::control_plane::{Arm, vault_path};
use crate::witness::Authority;

const DAY: Duration = Duration::from_hours(24);

/// Issuing takes an hour, a deployment fifteen minutes and deleting ten, so that things are under way.
fn slow() -> Config {
    let timing: Timing = "custom:issue=1h,delete=10m,recover=10m,deploy=15m".parse().unwrap();
    Config { timing, ..standing() }
}

/// With a secret in PEM, because PKCS#12 is salted and reads differently each time.
const POLICY: &str = r#"{"policy":{"key_props":{"kty":"EC","crv":"P-256"},"secret_props":{"contentType":"application/x-pem-file"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"}}}"#;

async fn create(vault: &Vault, name: &str, issuer: &str) {
    let policy = POLICY.replace("Self", issuer);
    must(vault, "POST", &format!("/certificates/{name}/create"), &policy).await;
}

async fn must(vault: &Vault, method: &str, path: &str, body: &str) {
    let answer = vault.call(method, path, body).await;
    assert!(answer.status < 300, "{method} {path}: {answer:?}");
}

/// Something of everything that there is, in every phase of its life.
async fn full() -> Vault {
    let arm = Arm(Vault::new(slow()));
    let vault = &arm.0;
    arm.group("rg").await;
    deploy(&arm, &group_deployment("ended"), "ended-kv").await;
    certificates(vault).await;
    keys_and_secrets(vault).await;
    control_plane(&arm).await;
    deployments(&arm).await;
    let graph = vault.beside("graph.microsoft.com");
    for (path, body) in [
        (
            "/v1.0/users",
            json!({"userPrincipalName": "bob@contoso.com", "displayName": "Bob", "mailNickname": "bob", "accountEnabled": true, "passwordProfile": {"password": "hunter2hunter2"}}),
        ),
        (
            "/v1.0/groups",
            json!({"displayName": "ops", "mailNickname": "ops", "mailEnabled": false, "securityEnabled": true}),
        ),
        ("/v1.0/applications", json!({"displayName": "worker"})),
    ] {
        must(&graph, "POST", path, &body.to_string()).await;
    }
    let app = graph.call("GET", "/v1.0/applications", "").await.json()["value"][0]["id"].clone();
    let path = format!("/v1.0/applications/{}/addPassword", app.as_str().unwrap());
    must(&graph, "POST", &path, r#"{"passwordCredential":{"displayName":"ci"}}"#).await;
    let local = vault.beside("localhost");
    must(
        &local,
        "POST",
        "/akv/faults",
        r#"{"on":{"name":"flaky"},"times":9,"do":{"answer":{"status":503}}}"#,
    )
    .await;
    must(&local, "POST", "/akv/throttling", r#"{"limits":"azure"}"#).await;
    must(&local, "POST", "/akv/clock", r#"{"advance":"1234ms"}"#).await;
    arm.0
}

async fn certificates(vault: &Vault) {
    let issuer =
        r#"{"provider":"DigiCert","org_details":{"id":"1"},"credentials":{"account_id":"a","pwd":"p"}}"#;
    must(vault, "PUT", "/certificates/issuers/ca", issuer).await;
    must(vault, "PUT", "/certificates/contacts", r#"{"contacts":[{"email":"ops@contoso.com"}]}"#).await;
    create(vault, "issued", "Self").await;
    create(vault, "gone", "Self").await;
    create(vault, "going", "Self").await;
    create(vault, "coming", "Self").await;
    let local = vault.beside("localhost");
    must(&local, "POST", "/akv/issuers/kv/ca", r#"{"outcome":{"fail":"denied|No."}}"#).await;
    create(vault, "failed", "ca").await;
    vault.advance(Duration::from_millis(3_600_500));
    for name in ["gone", "coming"] {
        must(vault, "DELETE", &format!("/certificates/{name}"), "").await;
    }
    vault.advance(Duration::from_hours(1));
    must(vault, "POST", "/deletedcertificates/coming/recover", "").await;
    must(vault, "DELETE", "/certificates/going", "").await;
    create(vault, "issued", "Self").await;
    create(vault, "pending", "Self").await;
    create(vault, "merging", "Unknown").await;
    create(vault, "cancelled", "Self").await;
    must(vault, "PATCH", "/certificates/cancelled/pending", r#"{"cancellation_requested":true}"#).await;
    must(&local, "POST", "/akv/issuers/kv/ca", r#"{"delay":"2h","outcome":"approval"}"#).await;
    create(vault, "waiting", "ca").await;
    let import = json!({"value": Authority::with_leaf().pack("", &[]), "tags": {"a": "b"}});
    must(vault, "POST", "/certificates/imported/import", &import.to_string()).await;
}

async fn keys_and_secrets(vault: &Vault) {
    for value in ["one", "two"] {
        let body = json!({"value": value, "contentType": "text/plain", "tags": {"n": value}, "attributes": {"exp": 1_900_000_000}});
        must(vault, "PUT", "/secrets/db", &body.to_string()).await;
    }
    must(vault, "PUT", "/secrets/lost", r#"{"value":"hunter2"}"#).await;
    must(vault, "DELETE", "/secrets/lost", "").await;
    must(vault, "POST", "/keys/rotated/create", r#"{"kty":"EC"}"#).await;
    let policy = r#"{"lifetimeActions":[{"trigger":{"timeAfterCreate":"P30D"},"action":{"type":"Rotate"}}],"attributes":{"expiryTime":"P90D"}}"#;
    must(vault, "PUT", "/keys/rotated/rotationpolicy", policy).await;
    must(vault, "POST", "/keys/rotated/rotate", "").await;
    must(vault, "POST", "/keys/dropped/create", r#"{"kty":"EC","crv":"P-256K"}"#).await;
    must(vault, "DELETE", "/keys/dropped", "").await;
    let pool = vault.beside("hsm.managedhsm.azure.net");
    must(&pool, "POST", "/keys/aes/create", r#"{"kty":"oct-HSM","key_size":256}"#).await;
}

async fn control_plane(arm: &Arm) {
    let acls = json!({"networkAcls": {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "203.0.113.0/24"}]}});
    for (name, properties) in
        [("governed", acls), ("deleted", json!({})), ("plain", json!({"enableRbacAuthorization": true}))]
    {
        let made = arm.vault(name, &properties).await;
        assert_eq!(made.status, 200, "{made:?}");
    }
    assert_eq!(arm.ask("DELETE", &vault_path("deleted"), &Value::Null).await.status, 200);
    let role = "providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6";
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/{}",
        vault_path("plain"),
        uuid::Uuid::from_u128(9)
    );
    let body = json!({"properties": {"roleDefinitionId": format!("/subscriptions/{}/{role}", arm.subscription()), "principalId": uuid::Uuid::from_u128(7), "principalType": "User"}});
    let made = arm.ask("PUT", &assignment, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
}

const DEPLOYMENTS: &str = "providers/Microsoft.Resources/deployments";

fn group_deployment(name: &str) -> String {
    format!("resourceGroups/rg/{DEPLOYMENTS}/{name}")
}

/// Has a vault deployed, in a group that is made too unless the deployment is a group's.
async fn deploy(arm: &Arm, path: &str, vault: &str) {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let made = json!({
        "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": vault, "location": "eastus",
        "properties": {"tenantId": "[subscription().tenantId]", "sku": {"family": "A", "name": "standard"}, "accessPolicies": []},
    });
    let secret = json!({
        "type": "Microsoft.KeyVault/vaults/secrets", "apiVersion": "2023-07-01", "name": format!("{vault}/s"),
        "dependsOn": [vault], "properties": {"value": "[parameters('value')]"},
    });
    let mut template = json!({
        "$schema": schema, "contentVersion": "1.0.0.0",
        "parameters": {"value": {"type": "securestring"}, "n": {"type": "int", "defaultValue": 7}},
        "resources": [made, secret],
        "outputs": {"n": {"type": "int", "value": "[parameters('n')]"}},
    });
    let mut body = json!({"tags": {"of": vault}});
    if !path.starts_with("resourceGroups/") {
        template["resources"] = json!([{"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": vault, "location": "westus"}]);
        body["location"] = "eastus".into();
    }
    body["properties"] =
        json!({"mode": "Incremental", "template": template, "parameters": {"value": {"value": "hunter2"}}});
    let begun = arm.ask("PUT", path, &body).await;
    assert_eq!(begun.status, 201, "{begun:?}");
}

/// Under way: one that will succeed, one that will fail, because a deleted vault has the name, one of the subscription;
/// and one that was cancelled.
async fn deployments(arm: &Arm) {
    for (name, vault) in [("running", "running-kv"), ("failing", "deleted"), ("cancelled", "cancelled-kv")] {
        deploy(arm, &group_deployment(name), vault).await;
    }
    deploy(arm, &format!("{DEPLOYMENTS}/wide"), "wide").await;
    let cancelled = arm.ask("POST", &format!("{}/cancel", group_deployment("cancelled")), &Value::Null).await;
    assert_eq!(cancelled.status, 204, "{cancelled:?}");
}

/// What is told of deployments: in lists, alone, with their operations, and their templates.
async fn deployed(arm: &Arm) -> Vec<(String, Answer)> {
    let mut seen = Vec::new();
    for list in [DEPLOYMENTS.to_owned(), format!("resourceGroups/rg/{DEPLOYMENTS}")] {
        seen.push((list.clone(), arm.get(&list).await));
    }
    let names = ["ended", "running", "failing", "cancelled"].map(group_deployment);
    for path in names.into_iter().chain([format!("{DEPLOYMENTS}/wide")]) {
        for path in [path.clone(), format!("{path}/operations")] {
            let answer = arm.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            seen.push((path, answer));
        }
        let path = format!("{path}/exportTemplate");
        let exported = arm.ask("POST", &path, &Value::Null).await;
        seen.push((path, exported));
    }
    seen
}

/// What can be seen of an emulator: every list and every object in it, at every door.
async fn everything(vault: &Vault) -> Vec<String> {
    let mut seen = Vec::new();
    let mut look =
        |path: &str, answer: Answer| seen.push(format!("{path}: {} {}", answer.status, answer.body));
    for list in ["certificates", "keys", "secrets", "deletedcertificates", "deletedkeys", "deletedsecrets"] {
        let path = format!("/{list}?includePending=true");
        look(&path, vault.call("GET", &path, "").await);
        for name in [
            "issued",
            "gone",
            "going",
            "coming",
            "pending",
            "merging",
            "cancelled",
            "waiting",
            "failed",
            "imported",
            "db",
            "rotated",
            "lost",
            "dropped",
        ] {
            // Its secret is PKCS#12.
            if (list, name) == ("secrets", "imported") {
                continue;
            }
            for path in [format!("/{list}/{name}"), format!("/{list}/{name}/versions")] {
                look(&path, vault.call("GET", &path, "").await);
            }
        }
    }
    for name in ["issued", "pending", "merging", "cancelled", "waiting", "failed", "imported", "coming"] {
        for path in [format!("/certificates/{name}/pending"), format!("/certificates/{name}/policy")] {
            look(&path, vault.call("GET", &path, "").await);
        }
    }
    for path in [
        "/certificates/contacts",
        "/certificates/issuers/ca",
        "/keys/rotated/rotationpolicy",
        "/secrets/flaky",
    ] {
        look(path, vault.call("GET", path, "").await);
    }
    seen.extend(around(vault).await);
    seen
}

/// The same of the services around the vault, and of the emulator itself.
async fn around(vault: &Vault) -> Vec<String> {
    let mut seen = Vec::new();
    let mut look =
        |path: &str, answer: Answer| seen.push(format!("{path}: {} {}", answer.status, answer.body));
    let pool = vault.beside("hsm.managedhsm.azure.net");
    look("pool", pool.call("GET", "/keys/aes", "").await);
    let arm = Arm(vault.beside("kv.vault.azure.net"));
    for path in [
        "resourceGroups",
        "resources",
        "providers/Microsoft.KeyVault/vaults",
        "providers/Microsoft.KeyVault/deletedVaults",
        "providers/Microsoft.Authorization/roleAssignments",
        &vault_path("governed"),
        &vault_path("plain"),
    ] {
        look(path, arm.get(path).await);
    }
    for (path, answer) in deployed(&arm).await {
        look(&path, answer);
    }
    for path in ["/v1.0/users", "/v1.0/groups", "/v1.0/applications", "/v1.0/servicePrincipals"] {
        look(path, vault.beside("graph.microsoft.com").call("GET", path, "").await);
    }
    for path in ["/akv/clock", "/akv/faults", "/akv/throttling", "/akv/issuers/kv/ca"] {
        look(path, vault.beside("localhost").send("GET", path, "", &[]).await);
    }
    seen
}

async fn saved(vault: &Vault) -> String {
    let answer = vault.beside("localhost").send("GET", "/akv/snapshot", "", &[]).await;
    assert_eq!(answer.status, 200);
    answer.body
}

async fn load(vault: &Vault, snapshot: &str) -> Answer {
    vault.beside("localhost").send("PUT", "/akv/snapshot", snapshot, &[]).await
}

fn assert_same(one: &[String], other: &[String]) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other);
    }
}

/// Not at once and not as time goes by: what was under way comes to its end, what falls due is done.
#[tokio::test]
async fn who_loaded_a_snapshot_cannot_be_told_from_who_saved_it() {
    let before = full().await;
    let snapshot = saved(&before).await;
    let after = Vault::new(slow());
    let loaded = load(&after, &snapshot).await;
    assert_eq!(loaded.status, 200, "{loaded:?}");
    assert_eq!(saved(&after).await, snapshot);
    for by in [Duration::ZERO, Duration::from_secs(700), Duration::from_hours(3), 9 * DAY] {
        before.advance(by);
        after.advance(by);
        assert_same(&everything(&after).await, &everything(&before).await);
    }
    assert_eq!(saved(&after).await, saved(&before).await);
    before.advance(300 * DAY);
    after.advance(300 * DAY);
    let unsigned = |seen: Vec<String>| seen.iter().map(|text| unsigned(text)).collect::<Vec<_>>();
    assert_same(&unsigned(everything(&after).await), &unsigned(everything(&before).await));
}

/// Without what an elliptic curve signed, which is another signature each time.
fn unsigned(text: &str) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !["cer", "x5t", "csr"].contains(&name.as_str()));
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::String(pem) => pem.truncate(pem.find("-----BEGIN CERTIFICATE").unwrap_or(pem.len())),
            _ => {}
        }
    }
    let (path, body) = text.split_once('{').unwrap_or((text, "}"));
    let mut body: Value = serde_json::from_str(&format!("{{{body}")).unwrap();
    strip(&mut body);
    format!("{path}{body}")
}

/// A deployment is told of as before, while it is under way and once it has ended.
#[tokio::test]
async fn deployments_go_on_after_a_load_and_stay_in_the_history() {
    let after = Vault::new(slow());
    load(&after, &saved(&full().await).await).await;
    let arm = Arm(after);
    let states = async || {
        let mut states = Vec::new();
        for name in ["ended", "running", "failing", "cancelled"] {
            let found = arm.get(&group_deployment(name)).await.json();
            states.push(found["properties"]["provisioningState"].as_str().unwrap_or_default().to_owned());
        }
        states
    };
    assert_eq!(states().await, ["Succeeded", "Running", "Running", "Canceled"]);
    arm.0.advance(Duration::from_mins(15));
    assert_eq!(states().await, ["Succeeded", "Succeeded", "Failed", "Canceled"]);
    let failed = arm.get(&group_deployment("failing")).await.json();
    assert_eq!(failed["properties"]["error"]["details"][0]["code"], "ConflictError");
    let wide = arm.get(&format!("{DEPLOYMENTS}/wide")).await.json();
    assert_eq!((&wide["location"], &wide["tags"]["of"]), (&json!("eastus"), &json!("wide")));
    assert_eq!(wide["properties"]["outputs"]["n"]["value"], 7);
    let gone = arm.ask("DELETE", &group_deployment("ended"), &Value::Null).await;
    assert_eq!(gone.status, 202, "{gone:?}");
    assert_eq!(arm.get(&group_deployment("ended")).await.status, 404);
}

/// What it does next is the same too: what a seed draws, what waits for somebody, who may come in.
#[tokio::test]
async fn what_was_under_way_goes_on_after_a_load() {
    let before = full().await;
    let after = Vault::new(slow());
    load(&after, &saved(&before).await).await;
    for vault in [&before, &after] {
        let local = vault.beside("localhost");
        must(&local, "POST", "/akv/certificates/kv/waiting/approve", "").await;
        must(vault, "PUT", "/secrets/new", r#"{"value":"x"}"#).await;
        vault.advance(Duration::from_hours(1));
        must(vault, "POST", "/deletedsecrets/lost/recover", "").await;
        let signed = vault
            .call("POST", "/keys/rotated/sign", &json!({"alg": "ES256", "value": "A".repeat(43)}).to_string())
            .await;
        assert_eq!(signed.status, 200, "{signed:?}");
        let refused = vault.beside("governed.vault.azure.net").call("GET", "/secrets", "").await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    assert_same(&everything(&after).await, &everything(&before).await);
}

/// And what was purged is in no snapshot once nothing of it shows.
#[tokio::test]
async fn a_name_that_is_being_purged_is_not_free_after_a_load() {
    let config = || Config { timing: "custom:purge=10m".parse().unwrap(), ..standing() };
    let before = Vault::new(config());
    must(&before, "PUT", "/secrets/fleeting", r#"{"value":"x"}"#).await;
    must(&before, "DELETE", "/secrets/fleeting", "").await;
    must(&before, "DELETE", "/deletedsecrets/fleeting", "").await;
    let after = Vault::new(config());
    load(&after, &saved(&before).await).await;
    let purged = saved(&before).await;
    for vault in [&before, &after] {
        let again = vault.call("PUT", "/secrets/fleeting", r#"{"value":"y"}"#).await;
        assert_eq!(
            (again.status, again.json()["error"]["innererror"]["code"].as_str()),
            (409, Some("ObjectIsBeingDeleted"))
        );
        vault.advance(Duration::from_mins(10));
        assert!(purged.contains("fleeting") && !saved(vault).await.contains("fleeting"));
        must(vault, "PUT", "/secrets/fleeting", r#"{"value":"y"}"#).await;
    }
}

#[tokio::test]
async fn what_cannot_be_loaded_is_refused_with_the_reason_and_changes_nothing() {
    let source = full().await;
    let snapshot = saved(&source).await;
    let target = Vault::new(slow());
    must(&target, "PUT", "/secrets/own", r#"{"value":"x"}"#).await;
    let own = saved(&target).await;
    let json: Value = serde_json::from_str(&snapshot).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut changed = json.clone();
        *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        changed.to_string()
    };
    let twice = json!([json["vaults"][0], json["vaults"][0]]);
    for (broken, reason) in [
        (String::new(), "it is cut off"),
        (snapshot[..snapshot.len() / 2].to_owned(), "it is cut off"),
        ("{}".to_owned(), "it is no snapshot"),
        (with("/akv_snapshot", json!(2)), "is of format 2, and this emulator reads format 1"),
        (with("/faults", json!(["hunter2"])), "broken at line"),
        (snapshot.replacen("\"settings\"", "\"unheard_of\": 1, \"settings\"", 1), "broken at line"),
        (with("/vaults", twice), "is in it twice"),
        (with("/vaults", json!([])), "names a vault"),
        (with("/directory/users", json!([])), "has no developer"),
        (
            with("/control_plane/tenant", json!(uuid::Uuid::from_u128(5))),
            "--tenant 00000000-0000-0000-0000-000000000005",
        ),
        (with("/pools/0/settings/sku", json!("standard")), "no pool of Managed HSM"),
    ]
    .into_iter()
    .chain(one_broken_object(&json))
    {
        let answer = load(&target, &broken).await;
        assert_eq!(answer.status, 400, "{reason}: {answer:?}");
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(reason), "{reason}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
        assert_eq!(saved(&target).await, own, "{reason}");
    }
}

/// A key that is none, in each family.
fn one_broken_object(json: &Value) -> Vec<(String, &'static str)> {
    let vault = json["vaults"].as_array().unwrap().iter().position(|vault| vault["name"] == "kv").unwrap();
    let families = [
        ("certificates", "/object/versions/0/version/key", "is broken"),
        ("keys", "/object/versions/0/content/key", "is broken"),
        ("secrets", "/object/versions/0/version", "is broken"),
    ];
    let broken = families.map(|(family, pointer, reason)| {
        let mut json = json.clone();
        let kept = json["vaults"][vault][family].as_array_mut().unwrap();
        let filled = kept.iter_mut().find(|kept| kept.pointer(pointer).is_some()).unwrap();
        *filled.pointer_mut(pointer).unwrap() = json!("AAAA");
        (json.to_string(), reason)
    });
    broken.to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_the_state_from_one_run_to_the_next_and_its_owner_alone_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let config = || Config { snapshot: Some(file.clone()), ..slow() };
    let first = Emulator::new(config()).unwrap().start().await.unwrap();
    let vault = Vault::of(first.emulator().clone());
    must(&vault, "PUT", "/secrets/db", r#"{"value":"kept"}"#).await;
    first.stop().await.keep().await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let second = Emulator::new(config()).unwrap().start().await.unwrap();
    let vault = Vault::of(second.emulator().clone());
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "kept");
    drop(second);
    std::fs::write(&file, "{").unwrap();
    let refused = Emulator::new(config()).unwrap().start().await.unwrap_err().to_string();
    assert!(refused.contains("state.json: it is no snapshot") && refused.contains("--snapshot"), "{refused}");
}

/// No request sees a part of one state and a part of another: whatever is answered meanwhile ends first, and whatever comes
/// while a state is put in place waits for it.
#[tokio::test]
async fn a_state_is_put_in_place_between_two_requests() {
    fn is_waiting(future: Pin<&mut impl Future>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }
    let vault = Vault::new(slow());
    must(&vault, "PUT", "/secrets/db", r#"{"value":"x"}"#).await;
    let snapshot = saved(&vault).await;
    let service = vault.service();
    let under_way = service.state().gate.read().await;
    for path in ["/akv/snapshot", "/akv/reset"] {
        let (method, body) = if path == "/akv/reset" { ("POST", "") } else { ("PUT", snapshot.as_str()) };
        let local = vault.beside("localhost");
        let mut closing = pin!(local.send(method, path, body, &[]));
        assert!(is_waiting(closing.as_mut()), "{path}");
        let arm = vault.beside("management.azure.com");
        let mut requests = [
            Box::pin(vault.call("GET", "/secrets/db", "")),
            Box::pin(arm.call("GET", "/subscriptions?api-version=2020-01-01", "")),
        ];
        assert!(requests.iter_mut().all(|request| is_waiting(request.as_mut())), "{path}");
        assert_eq!(local.send("GET", "/akv/health", "", &[]).await.status, 200);
    }
    drop(under_way);
    assert_eq!(load(&vault, &snapshot).await.status, 200);
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "x");
}

/// Whatever an emulator writes tomorrow, it reads what this file holds, or the format has another number.
/// `UPDATE_SNAPSHOT=1` makes the file anew: for a new format only.
#[tokio::test]
async fn a_snapshot_of_this_format_from_another_day_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/snapshot-1.json");
    if option_env!("UPDATE_SNAPSHOT").is_some() {
        std::fs::write(path, saved(&full().await).await).unwrap();
    }
    let document = std::fs::read(path).unwrap();
    let target = Vault::new(slow());
    target.emulator().restore(Snapshot::read(&document).unwrap()).await.unwrap();
    let written = target.emulator().snapshot().await.write().unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(document.clone()).unwrap());

    // Those of the first days are without deployments.
    let mut older: Value = serde_json::from_slice(&document).unwrap();
    older["control_plane"].as_object_mut().unwrap().remove("deployments").unwrap();
    target.emulator().restore(Snapshot::read(older.to_string().as_bytes()).unwrap()).await.unwrap();
    let written = target.emulator().snapshot().await.write().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), older);
}
