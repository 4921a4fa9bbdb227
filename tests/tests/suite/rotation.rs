//! Rotating keys, on request and as time passes. Source: keys-and-secrets.md section 4.6.

use std::time::Duration;

use akv_tests::{Vault, standing};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);
const START: i64 = 1_801_396_800;

async fn vault_with(body: &Value) -> Vault {
    let vault = Vault::new(standing());
    assert_eq!(vault.call("POST", "/keys/k/create", &body.to_string()).await.status, 200);
    vault
}

async fn set_policy(vault: &Vault, policy: &Value) -> akv_tests::Answer {
    vault.call("PUT", "/keys/k/rotationpolicy", &policy.to_string()).await
}

fn rotate(trigger: &Value, expiry: &Value) -> Value {
    json!({"lifetimeActions": [{"trigger": trigger, "action": {"type": "Rotate"}}], "attributes": expiry})
}

/// `created` and `exp` of every version, the oldest first, in days after the start.
async fn versions(vault: &Vault) -> Vec<(i64, Option<i64>)> {
    let list = vault.call("GET", "/keys/k/versions", "").await.json();
    let days = |instant: &Value| instant.as_i64().map(|instant| (instant - START) / 86_400);
    let items = list["value"].as_array().unwrap().iter().map(|item| &item["attributes"]);
    let mut found: Vec<_> = items.map(|a| (days(&a["created"]).unwrap(), days(&a["exp"]))).collect();
    found.sort_unstable();
    found
}

/// NET-K rotation tests, Go-K/TestRotateKey.
#[tokio::test]
async fn a_policy_is_answered_as_recorded() {
    let vault = vault_with(&json!({"kty": "EC"})).await;
    let unset = r#"{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"Notify"}}],"attributes":null}"#;
    assert_eq!(vault.call("GET", "/keys/k/rotationpolicy", "").await.body, unset);
    let given =
        rotate(&json!({"timeAfterCreate": "P30D", "timeBeforeExpiry": null}), &json!({"expiryTime": "P90D"}));
    let expected = r#"{"id":"https://kv.vault.azure.net/keys/k/rotationpolicy","lifetimeActions":[{"trigger":{"timeAfterCreate":"P30D"},"action":{"type":"Rotate"}},{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"Notify"}}],"attributes":{"expiryTime":"P90D","created":1801396800,"updated":1801396800}}"#;
    assert_eq!(set_policy(&vault, &given).await.body, expected);
    assert_eq!(vault.call("GET", "/keys/k/rotationpolicy", "").await.body, expected);
    vault.advance(Duration::from_secs(5));
    let sent_back: Value = serde_json::from_str(expected).unwrap();
    let answer = set_policy(&vault, &sent_back).await;
    assert_eq!(answer.body, expected.replace(r#""updated":1801396800"#, r#""updated":1801396805"#));
    for (method, path) in
        [("GET", "/keys/x/rotationpolicy"), ("PUT", "/keys/x/rotationpolicy"), ("POST", "/keys/x/rotate")]
    {
        let refused = vault.call(method, path, &given.to_string()).await;
        assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (404, Some("KeyNotFound")));
    }
    for policy in [
        rotate(&json!({"timeAfterCreate": "P1D"}), &Value::Null),
        rotate(&json!({"timeAfterCreate": "P30D"}), &json!({"expiryTime": "P27D"})),
        rotate(&json!({}), &Value::Null),
    ] {
        let refused = set_policy(&vault, &policy).await;
        assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (400, Some("BadParameter")));
    }
    assert_eq!(
        vault.call("GET", "/keys/k/rotationpolicy", "").await.body,
        answer.body,
        "nothing half-written"
    );
}

/// Go-K/TestRotateKey: kind, operations and tags stay; the new version's end is the policy's.
#[tokio::test]
async fn a_rotated_key_is_another_key_of_the_same_kind() {
    let body = json!({"kty": "EC", "crv": "P-384", "key_ops": ["verify", "sign"], "tags": {"a": "b"},
        "attributes": {"enabled": false, "nbf": START, "exp": START + 100}});
    let vault = vault_with(&body).await;
    let before = vault.call("GET", "/keys/k", "").await.json();
    let rotated = vault.call("POST", "/keys/k/rotate", "").await.json();
    assert_ne!(rotated["key"]["kid"], before["key"]["kid"]);
    assert_ne!(rotated["key"]["x"], before["key"]["x"]);
    for member in ["kty", "crv", "key_ops"] {
        assert_eq!(rotated["key"][member], before["key"][member], "{member}");
    }
    assert_eq!((&rotated["tags"], &rotated["attributes"]["enabled"]), (&json!({"a": "b"}), &json!(true)));
    assert!(rotated["attributes"].get("exp").is_none() && rotated["attributes"].get("nbf").is_none());
    set_policy(&vault, &json!({"attributes": {"expiryTime": "P90D"}})).await;
    let rotated = vault.call("POST", "/keys/k/rotate", "").await.json();
    assert_eq!(rotated["attributes"]["exp"], START + 90 * 86_400);
    assert_eq!(vault.call("GET", "/keys/k", "").await.json()["key"], rotated["key"]);
    vault.create("c").await;
    let refused = vault.call("POST", "/keys/c/rotate", "").await.json();
    assert_eq!(refused["error"]["innererror"]["code"], "KeyManagedByKeyVault");
}

/// azure-rest-api-specs, keys.json, `expiryTime`: "48 hours: PT48H"; a span is answered as its writer spelled it.
#[tokio::test]
async fn a_span_may_be_written_in_hours() {
    let vault = vault_with(&json!({"kty": "EC"})).await;
    let policy = rotate(&json!({"timeAfterCreate": "P1DT240H"}), &json!({"expiryTime": "PT672H"}));
    let set = set_policy(&vault, &policy).await.json();
    assert_eq!(
        (&set["lifetimeActions"][0]["trigger"]["timeAfterCreate"], &set["attributes"]["expiryTime"]),
        (&json!("P1DT240H"), &json!("PT672H")),
        "{set}"
    );
    vault.advance(DAY * 11);
    assert_eq!(versions(&vault).await, [(0, None), (11, Some(39))]);
    let short = set_policy(&vault, &json!({"attributes": {"expiryTime": "PT671H"}})).await;
    assert_eq!(short.json()["error"]["message"], "The expiry time must be at least 28 days.");
}

/// As time passes: each version is dated at the instant it was due, whoever looks first, and wherever.
#[tokio::test]
async fn a_policy_rotates_at_its_own_instants() {
    for path in ["/keys", "/keys/k", "/keys/k/versions"] {
        let vault = vault_with(&json!({"kty": "EC"})).await;
        let policy = rotate(&json!({"timeAfterCreate": "P30D"}), &json!({"expiryTime": "P90D"}));
        set_policy(&vault, &policy).await;
        vault.advance(DAY * 30 - Duration::from_secs(1));
        assert_eq!(versions(&vault).await, [(0, None)]);
        vault.advance(DAY * 61);
        vault.call("GET", path, "").await;
        let expected = [(0, None), (30, Some(120)), (60, Some(150)), (90, Some(180))];
        assert_eq!(versions(&vault).await, expected, "{path}");
        let latest = vault.call("GET", "/keys", "").await.json();
        assert_eq!(latest["value"][0]["attributes"]["created"], START + 90 * 86_400);
    }
}

#[tokio::test]
async fn before_its_end_a_key_is_rotated_and_without_one_it_is_not() {
    let vault = vault_with(&json!({"kty": "EC"})).await;
    set_policy(&vault, &rotate(&json!({"timeBeforeExpiry": "P7D"}), &json!({"expiryTime": "P28D"}))).await;
    vault.advance(DAY * 100);
    assert_eq!(versions(&vault).await, [(0, None)]);
    let end = json!({"attributes": {"exp": START + 110 * 86_400}});
    vault.call("PATCH", "/keys/k", &end.to_string()).await;
    vault.advance(DAY * 3);
    assert_eq!(versions(&vault).await, [(0, Some(110)), (103, Some(131))]);
}

/// Decided in the crate docs of `vault::rotation`: a deleted key waits, a changed policy is due at its change.
#[tokio::test]
async fn what_was_due_while_a_key_was_deleted_is_due_at_its_recovery() {
    let vault = vault_with(&json!({"kty": "EC"})).await;
    vault.advance(DAY * 40);
    set_policy(&vault, &rotate(&json!({"timeAfterCreate": "P30D"}), &Value::Null)).await;
    assert_eq!(versions(&vault).await, [(0, None), (40, None)]);
    vault.call("DELETE", "/keys/k", "").await;
    vault.advance(DAY * 60);
    vault.call("POST", "/deletedkeys/k/recover", "").await;
    assert_eq!(versions(&vault).await, [(0, None), (40, None), (100, None)]);
    let backup = vault.call("POST", "/keys/k/backup", "").await.body;
    vault.call("DELETE", "/keys/k", "").await;
    vault.call("DELETE", "/deletedkeys/k", "").await;
    vault.call("POST", "/keys/restore", &backup).await;
    vault.advance(DAY * 30);
    assert_eq!(versions(&vault).await.last(), Some(&(130, None)), "the policy came back too");
}

/// With a seed, nothing depends on who looks first.
#[tokio::test]
async fn rotated_keys_repeat_with_their_seed() {
    let mut seen = Vec::new();
    for looks in [&["/keys/k"][..], &["/secrets", "/keys", "/keys/k"]] {
        let vault = vault_with(&json!({"kty": "EC"})).await;
        set_policy(&vault, &rotate(&json!({"timeAfterCreate": "P30D"}), &Value::Null)).await;
        vault.advance(DAY * 30);
        let mut last = String::new();
        for path in looks {
            last = vault.call("GET", path, "").await.body;
        }
        seen.push(last);
    }
    assert_eq!(seen[0], seen[1]);
}
