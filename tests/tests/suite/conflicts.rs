//! Requests at the same moment, and requests that meet an operation in progress. A step is atomic: of two, one comes
//! first and the other is judged by what that left behind. Source: certificates.md sections 2.4, 3 and 4.2.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use akv_emulator::config::Config;
use akv_tests::{Answer, EC_POLICY, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::task::JoinSet;

use crate::witness::{Authority, openssl_bytes};

const MANY: usize = 16;
const UNKNOWN: &str =
    r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Unknown"}}}"#;

fn vault_with(timing: &str) -> Arc<Vault> {
    Arc::new(Vault::new(Config { timing: timing.parse().unwrap(), ..standing() }))
}

/// The same request with each of `bodies`, at once; answers in the order of the bodies.
async fn at_once(
    vault: &Arc<Vault>,
    method: &'static str,
    path: &'static str,
    bodies: &[String],
) -> Vec<Answer> {
    let mut calls = JoinSet::new();
    for (index, body) in bodies.iter().cloned().enumerate() {
        let vault = Arc::clone(vault);
        calls.spawn(async move { (index, vault.call(method, path, &body).await) });
    }
    let mut answers = calls.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

fn one_of_many(won: u16, lost: u16) -> Vec<u16> {
    let mut statuses = vec![lost; MANY];
    statuses[0] = won;
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_and_imports_one_begins_and_the_others_meet_the_conflict() {
    let vault = vault_with("custom:issue=1h");
    let answers = at_once(&vault, "POST", "/certificates/c/create", &vec![EC_POLICY.to_owned(); MANY]).await;
    assert_eq!(statuses(&answers), one_of_many(202, 409));
    let refused = r#"{"error":{"code":"Conflict","message":"A new key vault certificate can not be created or imported while a pending key vault certificate's status is inProgress."}}"#;
    assert!(answers.iter().all(|answer| answer.status == 202 || answer.body == refused), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_updates_are_each_whole_and_one_is_the_last() {
    let vault = vault_with("fast");
    vault.create("c").await;
    let bodies: Vec<String> = (0..MANY)
        .map(|n| {
            let policy = json!({"x509_props": {"subject": format!("CN={n}")}});
            json!({"tags": {"a": n.to_string(), "b": n.to_string()}, "policy": policy}).to_string()
        })
        .collect();
    let answers = at_once(&vault, "PATCH", "/certificates/c", &bodies).await;
    for (n, answer) in answers.iter().enumerate() {
        let (answer, n) = (answer.json(), n.to_string());
        assert_eq!(answer["tags"], json!({"a": n, "b": n}));
        assert_eq!(answer["policy"]["x509_props"]["subject"], format!("CN={n}"));
    }
    let last = vault.call("GET", "/certificates/c", "").await.json();
    let subject = format!("CN={}", last["tags"]["a"].as_str().unwrap());
    assert_eq!(
        (&last["tags"]["a"], &last["policy"]["x509_props"]["subject"]),
        (&last["tags"]["b"], &subject.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_merges_and_removals_of_an_operation_one_succeeds() {
    let (vault, authority) = (vault_with("fast"), Authority::new());
    let created = vault.call("POST", "/certificates/c/create", UNKNOWN).await.json();
    let request = STANDARD.decode(created["csr"].as_str().unwrap()).unwrap();
    authority.sign("leaf", &openssl_bytes(&["req", "-inform", "DER"], &request), "middle", "leaf.cnf");
    let merge = json!({"x5c": [STANDARD.encode(authority.der("leaf"))]}).to_string();
    let merged = at_once(&vault, "POST", "/certificates/c/pending/merge", &vec![merge; MANY]).await;
    assert_eq!(statuses(&merged), one_of_many(201, 403));
    let versions = vault.call("GET", "/certificates/c/versions", "").await.json();
    assert_eq!(versions["value"].as_array().unwrap().len(), 1);
    let removed = at_once(&vault, "DELETE", "/certificates/c/pending", &vec![String::new(); MANY]).await;
    assert_eq!(statuses(&removed), one_of_many(200, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_deletions_recoveries_and_purges_one_succeeds() {
    let vault = vault_with("fast");
    vault.create("c").await;
    let nothing = vec![String::new(); MANY];
    for (method, path, won) in [
        ("DELETE", "/certificates/c", 200),
        ("POST", "/deletedcertificates/c/recover", 200),
        ("DELETE", "/certificates/c", 200),
        ("DELETE", "/deletedcertificates/c", 204),
    ] {
        let answers = at_once(&vault, method, path, &nothing).await;
        assert_eq!(statuses(&answers), one_of_many(won, 404), "{method} {path}");
    }
}

/// Versions made at the same moment are all there, each with an identifier and a key of its own.
#[tokio::test(flavor = "multi_thread")]
async fn parallel_creates_that_complete_at_once_are_versions_of_their_own() {
    let vault = vault_with("fast");
    let answers = at_once(&vault, "POST", "/certificates/c/create", &vec![EC_POLICY.to_owned(); MANY]).await;
    assert_eq!(statuses(&answers), vec![202; MANY]);
    let listed = vault.call("GET", "/certificates/c/versions", "").await.json();
    let thumbprints: HashSet<_> =
        listed["value"].as_array().unwrap().iter().map(|item| item["x5t"].as_str().unwrap()).collect();
    assert_eq!(thumbprints.len(), MANY);
}

/// The name goes with its operation and comes back with it; what was to be issued meanwhile has been.
#[tokio::test]
async fn a_certificate_deleted_while_its_operation_is_in_progress_recovers_with_what_was_issued() {
    let vault = vault_with("custom:issue=10s,delete=1s,recover=1s");
    vault.create("c").await;
    let deleted = vault.call("DELETE", "/certificates/c", "").await;
    assert_eq!((deleted.status, deleted.json().get("kid")), (200, None), "a placeholder was deleted");
    assert_eq!(
        vault.call("GET", "/certificates/c/pending", "").await.body,
        r#"{"error":{"code":"PendingCertificateNotFound","message":"Pending Certificate not found: c"}}"#
    );
    vault.advance(Duration::from_secs(60));
    assert_eq!(vault.call("POST", "/deletedcertificates/c/recover", "").await.status, 200);
    vault.advance(Duration::from_secs(1));
    assert_eq!(vault.call("GET", "/certificates/c/pending", "").await.json()["status"], "completed");
    assert!(vault.call("GET", "/certificates/c", "").await.json()["kid"].is_string());
}

/// Section 2.9, Py:async_request_cancellation: nothing was issued, and nothing will be.
#[tokio::test]
async fn a_cancelled_certificate_is_deleted_as_its_placeholder_and_purged() {
    let vault = vault_with("custom:issue=10s,cancel=5s");
    vault.create("c").await;
    let cancel = r#"{"cancellation_requested":true}"#;
    assert_eq!(vault.call("PATCH", "/certificates/c/pending", cancel).await.status, 200);
    vault.advance(Duration::from_secs(60));
    assert_eq!(vault.call("GET", "/certificates/c/pending", "").await.json()["status"], "cancelled");
    assert_eq!(
        vault.call("PATCH", "/certificates/c/pending", cancel).await.body,
        r#"{"error":{"code":"Forbidden","message":"Pending status must be in progress to allow update. "}}"#
    );
    vault.call("DELETE", "/certificates/c/pending", "").await;
    let deleted = vault.call("DELETE", "/certificates/c", "").await.json();
    assert_eq!((deleted.get("kid"), deleted.get("cer"), deleted.get("pending")), (None, None, None));
    assert_eq!(deleted["policy"]["issuer"]["name"], "Self");
    assert_eq!(vault.call("DELETE", "/deletedcertificates/c", "").await.status, 204);
}
