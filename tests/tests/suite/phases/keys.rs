//! Keys that are nobody's but their own.

use std::collections::HashMap;

use serde_json::json;

use super::{Family, Step, life};

const KEYS: Family = Family { table: include_str!("keys.txt"), steps, path: "/keys/c", id: "/key/kid" };
const CREATE: &str = r#"{"kty":"EC"}"#;

fn steps(phase: &str) -> Vec<Step> {
    let paths = ["/keys", "/keys/c", "/deletedkeys/c", "/deletedkeys/c/recover"];
    life(phase, (0, "POST", "/keys/c/create", CREATE), paths)
}

/// The example of RFC 7515, appendix A.3.
pub(super) fn import() -> String {
    json!({"key": {
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    }})
    .to_string()
}

#[tokio::test]
async fn every_operation_in_every_phase() {
    let data = tempfile::tempdir().unwrap();
    let (vault, version) = KEYS.vault_in("live", data.path()).await;
    let digest = "A".repeat(43);
    let bodies = HashMap::from([
        ("-", String::new()),
        ("create", CREATE.to_owned()),
        ("import", import()),
        ("tags", r#"{"tags":{"a":"b"}}"#.to_owned()),
        ("policy", r#"{"lifetimeActions":[],"attributes":{"expiryTime":"P90D"}}"#.to_owned()),
        ("sign", json!({"alg": "ES256", "value": digest}).to_string()),
        ("verify", json!({"alg": "ES256", "digest": digest, "value": "A".repeat(86)}).to_string()),
        ("restore", vault.call("POST", "/keys/c/backup", "").await.body),
    ]);
    KEYS.is_answered(data.path(), bodies, &version).await;
}
