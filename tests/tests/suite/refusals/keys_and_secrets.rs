//! Section 5 of keys-and-secrets.md.

use std::collections::HashMap;

use akv_tests::{EC_POLICY, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Prepared, Section, States};

const SECTION: Section = Section {
    rows: include_str!("keys_and_secrets.txt"),
    states: STATES,
    lists: &["/secrets", "/deletedsecrets", "/keys", "/deletedkeys", "/keys/rotated/rotationpolicy"],
};
const VALUE: &str = r#"{"value":"x"}"#;
const DISABLED: &str = r#"{"value":"x","attributes":{"enabled":false}}"#;
const EC: &str = r#"{"kty":"EC"}"#;
/// Of somebody who attests `x` to be `y`.
const RELEASED: &str = r#"{"kty":"EC","attributes":{"exportable":true},"release_policy":{"data":"eyJ2ZXJzaW9uIjoiMS4wLjAiLCJhbnlPZiI6W3siYXV0aG9yaXR5IjoiaHR0cHM6Ly9hIiwiYWxsT2YiOlt7ImNsYWltIjoieCIsImVxdWFscyI6InkifV19XX0","immutable":true}}"#;

const STATES: States = [
    &[
        ("PUT", "/secrets/live", VALUE),
        ("PUT", "/secrets/disabled", DISABLED),
        ("PUT", "/secrets/gone", VALUE),
        ("PUT", "/secrets/gone-disabled", DISABLED),
        ("PUT", "/secrets/going", VALUE),
        ("PUT", "/secrets/back", VALUE),
        ("POST", "/certificates/web/create", EC_POLICY),
        ("POST", "/keys/rsa/create", r#"{"kty":"RSA"}"#),
        ("POST", "/keys/live/create", EC),
        ("POST", "/keys/p384/create", r#"{"kty":"EC","crv":"P-384"}"#),
        ("POST", "/keys/p256k/create", r#"{"kty":"EC","crv":"P-256K"}"#),
        ("POST", "/keys/verifies/create", r#"{"kty":"EC","key_ops":["verify"]}"#),
        ("POST", "/keys/disabled/create", r#"{"kty":"RSA","attributes":{"enabled":false}}"#),
        ("POST", "/keys/early/create", r#"{"kty":"RSA","attributes":{"nbf":2000000000}}"#),
        ("POST", "/keys/late/create", r#"{"kty":"EC","attributes":{"exp":1000000000}}"#),
        ("POST", "/keys/released/create", RELEASED),
        ("POST", "/keys/rotated/create", EC),
        ("POST", "/keys/gone/create", EC),
        ("POST", "/keys/going/create", EC),
        ("POST", "/keys/back/create", EC),
    ],
    &[
        ("DELETE", "/secrets/gone", ""),
        ("DELETE", "/secrets/gone-disabled", ""),
        ("DELETE", "/secrets/back", ""),
        ("DELETE", "/keys/gone", ""),
        ("DELETE", "/keys/back", ""),
    ],
    &[
        ("POST", "/deletedsecrets/back/recover", ""),
        ("DELETE", "/secrets/going", ""),
        ("POST", "/deletedkeys/back/recover", ""),
        ("DELETE", "/keys/going", ""),
    ],
];

/// The bodies that the table calls by name.
async fn bodies(prepared: &Prepared) -> HashMap<&'static str, String> {
    let backup = async |path| prepared.vault.call("POST", path, "").await.body;
    let tags: HashMap<String, &str> = (0..16).map(|n| (format!("t{n}"), "v")).collect();
    let text = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![7; bytes]);
    HashMap::from([
        ("secret-backup", backup("/secrets/live/backup").await),
        ("key-backup", backup("/keys/live/backup").await),
        ("secret-tags", json!({"value": "x", "tags": tags}).to_string()),
        ("key-tags", json!({"kty": "EC", "tags": tags}).to_string()),
        ("too-large", json!({"value": "x".repeat(25_601)}).to_string()),
        ("too-long", json!({"alg": "RSA-OAEP", "value": text(215)}).to_string()),
        ("no-ciphertext", json!({"alg": "RSA-OAEP", "value": text(256)}).to_string()),
        ("no-ciphertext-of-old", json!({"alg": "RSA1_5", "value": text(256)}).to_string()),
        ("short-ciphertext", json!({"alg": "RSA-OAEP-256", "value": text(255)}).to_string()),
        ("no-digest-info", json!({"alg": "RSNULL", "value": text(246)}).to_string()),
        ("deep", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
    ])
}

#[tokio::test]
async fn each_refusal_of_section_5_has_its_body() {
    let prepared = Prepared::new(STATES, standing()).await;
    let bodies = bodies(&prepared).await;
    SECTION.is_answered(prepared, bodies).await;
}
