//! Certificates, with the keys and secrets that are theirs.

use std::collections::HashMap;
use std::path::Path;

use akv_tests::EC_POLICY;
use serde_json::json;

use super::{Family, Step, life};

const CERTIFICATES: Family =
    Family { table: include_str!("certificates.txt"), steps, path: "/certificates/c", id: "/kid" };
const UNKNOWN: &str =
    r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Unknown"}}}"#;

fn steps(phase: &str) -> Vec<Step> {
    let paths =
        ["/certificates", "/certificates/c", "/deletedcertificates/c", "/deletedcertificates/c/recover"];
    let created = (0, "POST", "/certificates/c/create", EC_POLICY);
    match phase {
        "pending" => vec![created],
        "waiting" => vec![(0, "POST", "/certificates/c/create", UNKNOWN)],
        "live" => vec![created, (1, "GET", "/certificates/c", "")],
        "renewing" => vec![created, (1, "POST", "/certificates/c/create", EC_POLICY)],
        other => life(other, created, paths),
    }
}

/// Bodies that are good in themselves, by their names in the table, and the version that the backup holds.
async fn bodies(data: &Path) -> (HashMap<&'static str, String>, String) {
    let (vault, version) = CERTIFICATES.vault_in("live", data).await;
    let secret = vault.call("GET", "/secrets/c", "").await.json();
    let certificate = vault.call("GET", "/certificates/c", "").await.json();
    let backup = vault.call("POST", "/certificates/c/backup", "").await.body;
    let digest = "A".repeat(43);
    let bodies = HashMap::from([
        ("-", String::new()),
        ("create", EC_POLICY.to_owned()),
        ("import", json!({"value": secret["value"]}).to_string()),
        ("restore", backup),
        ("merge", json!({"x5c": [certificate["cer"]]}).to_string()),
        ("tags", r#"{"tags":{"a":"b"}}"#.to_owned()),
        ("policy", r#"{"secret_props":{}}"#.to_owned()),
        ("cancel", r#"{"cancellation_requested":true}"#.to_owned()),
        ("sign", json!({"alg": "ES256", "value": digest}).to_string()),
        ("verify", json!({"alg": "ES256", "digest": digest, "value": "A".repeat(86)}).to_string()),
        ("crypt", json!({"alg": "RSA-OAEP", "value": digest}).to_string()),
        ("value", r#"{"value":"x"}"#.to_owned()),
        ("key", r#"{"kty":"EC"}"#.to_owned()),
        ("jwk", super::keys::import()),
        ("rotate", r#"{"lifetimeActions":[],"attributes":{"expiryTime":"P90D"}}"#.to_owned()),
        ("target", r#"{"target":"x"}"#.to_owned()),
    ]);
    (bodies, version)
}

#[tokio::test]
async fn every_operation_in_every_phase() {
    let data = tempfile::tempdir().unwrap();
    let (bodies, backed_up) = bodies(data.path()).await;
    CERTIFICATES.is_answered(data.path(), bodies, &backed_up).await;
}
