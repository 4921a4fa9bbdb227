//! Section 5 of keys-and-secrets.md.

use std::collections::HashMap;

use akv_tests::{EC_POLICY, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Prepared, Section, States};

const SECTION: Section = Section {
    rows: include_str!("keys_and_secrets.txt"),
    states: STATES,
    lists: &[
        "/secrets",
        "/deletedsecrets",
        "/keys",
        "/deletedkeys",
        "/keys/rotated/rotationpolicy",
        "pool/keys",
        "pool/deletedkeys",
    ],
};
const VALUE: &str = r#"{"value":"x"}"#;
const DISABLED: &str = r#"{"value":"x","attributes":{"enabled":false}}"#;
const EC: &str = r#"{"kty":"EC"}"#;
const AES: &str = r#"{"kty":"oct-HSM","key_size":128}"#;
/// RFC 7517 appendix A.2.
const IMPORTED: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;
/// Of somebody who attests `x` to be `y`.
const RELEASED: &str = r#"{"kty":"EC","attributes":{"exportable":true},"release_policy":{"data":"eyJ2ZXJzaW9uIjoiMS4wLjAiLCJhbnlPZiI6W3siYXV0aG9yaXR5IjoiaHR0cHM6Ly9hIiwiYWxsT2YiOlt7ImNsYWltIjoieCIsImVxdWFscyI6InkifV19XX0","immutable":true}}"#;

const RELEASED_OFF: &str = r#"{"kty":"EC","attributes":{"enabled":false,"exportable":true},"release_policy":{"data":"eyJ2ZXJzaW9uIjoiMS4wLjAiLCJhbnlPZiI6W3siYXV0aG9yaXR5IjoiaHR0cHM6Ly9hIiwiYWxsT2YiOlt7ImNsYWltIjoieCIsImVxdWFscyI6InkifV19XX0"}}"#;

const STATES: States = [
    &[
        ("PUT", "/secrets/live", VALUE),
        ("PUT", "/secrets/disabled", DISABLED),
        ("PUT", "/secrets/gone", VALUE),
        ("PUT", "/secrets/gone-disabled", DISABLED),
        ("PUT", "/secrets/going", VALUE),
        ("PUT", "/secrets/back", VALUE),
        ("PUT", "/secrets/purged", VALUE),
        ("POST", "/certificates/web/create", EC_POLICY),
        ("POST", "/keys/rsa/create", r#"{"kty":"RSA"}"#),
        ("POST", "/keys/live/create", EC),
        ("POST", "/keys/p384/create", r#"{"kty":"EC","crv":"P-384"}"#),
        ("POST", "/keys/p521/create", r#"{"kty":"EC","crv":"P-521"}"#),
        ("POST", "/keys/p256k/create", r#"{"kty":"EC","crv":"P-256K"}"#),
        ("POST", "/keys/verifies/create", r#"{"kty":"EC","key_ops":["verify"]}"#),
        ("POST", "/keys/disabled/create", r#"{"kty":"RSA","attributes":{"enabled":false}}"#),
        ("POST", "/keys/early/create", r#"{"kty":"RSA","attributes":{"nbf":2000000000}}"#),
        ("POST", "/keys/late/create", r#"{"kty":"EC","attributes":{"exp":1000000000}}"#),
        ("POST", "/keys/released/create", RELEASED),
        ("POST", "/keys/released-off/create", RELEASED_OFF),
        ("POST", "/keys/rotated/create", EC),
        ("POST", "/keys/gone/create", EC),
        ("POST", "/keys/going/create", EC),
        ("POST", "/keys/back/create", EC),
        ("POST", "/keys/purged/create", EC),
        ("POST", "/secrets/gone/backup", ""),
        ("POST", "/secrets/going/backup", ""),
        ("POST", "/secrets/back/backup", ""),
        ("POST", "/secrets/purged/backup", ""),
        ("POST", "/keys/gone/backup", ""),
        ("POST", "/keys/going/backup", ""),
        ("POST", "/keys/back/backup", ""),
        ("POST", "/keys/purged/backup", ""),
        ("POST", "pool/keys/aes/create", AES),
        ("POST", "pool/keys/seals/create", r#"{"kty":"oct-HSM","key_size":128,"key_ops":["encrypt"]}"#),
        ("POST", "pool/keys/off/create", r#"{"kty":"oct-HSM","attributes":{"enabled":false}}"#),
        ("POST", "pool/keys/gone/create", AES),
    ],
    &[
        ("DELETE", "/secrets/gone", ""),
        ("DELETE", "/secrets/gone-disabled", ""),
        ("DELETE", "/secrets/back", ""),
        ("DELETE", "/secrets/purged", ""),
        ("DELETE", "/keys/gone", ""),
        ("DELETE", "/keys/back", ""),
        ("DELETE", "/keys/purged", ""),
        ("DELETE", "pool/keys/gone", ""),
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
    let (secret, key) = (backup("/secrets/live/backup").await, backup("/keys/live/backup").await);
    let cut = json!({"value": blob(&secret).split_last().map(|(_, rest)| URL_SAFE_NO_PAD.encode(rest))});
    let mut changed = blob(&key);
    changed[100] ^= 1;
    let tags: HashMap<String, &str> = (0..16).map(|n| (format!("t{n}"), "v")).collect();
    let imported: Value = serde_json::from_str(IMPORTED).unwrap();
    let long = "x".repeat(257);
    let encrypted = |alg: &str, text: &[u8]| json!({"alg": alg, "value": URL_SAFE_NO_PAD.encode(text)});
    let number = |byte| URL_SAFE_NO_PAD.encode([byte; 128]);
    let rsa_1024 = json!({"kty": "RSA", "n": number(0xff), "e": "AQAB", "d": number(5)});
    let bodies = [
        ("cut-backup", cut),
        ("changed-backup", json!({"value": URL_SAFE_NO_PAD.encode(changed)})),
        ("secret-tags", json!({"value": "x", "tags": tags})),
        ("key-tags", json!({"kty": "EC", "tags": tags})),
        ("import-tags", json!({"key": imported, "tags": tags})),
        ("long-tag-name", json!({"value": "x", "tags": {&long: "v"}})),
        ("long-tag-value", json!({"kty": "EC", "tags": {"t": long}})),
        ("long-content-type", json!({"value": "x", "contentType": "x".repeat(256)})),
        ("too-large", json!({"value": "x".repeat(25_601)})),
        ("rsa-1024", json!({"key": rsa_1024})),
        ("too-long", encrypted("RSA-OAEP", &[7; 215])),
        ("no-ciphertext", encrypted("RSA-OAEP", &[7; 256])),
        ("no-ciphertext-of-old", encrypted("RSA1_5", &[7; 256])),
        ("short-ciphertext", encrypted("RSA-OAEP-256", &[7; 255])),
        ("no-digest-info", encrypted("RSNULL", &[7; 246])),
        ("long-RSA1_5", encrypted("RSA1_5", &[7; 257])),
        ("long-RSA-OAEP", encrypted("RSA-OAEP", &[7; 257])),
        ("long-RSA-OAEP-256", encrypted("RSA-OAEP-256", &[7; 257])),
        ("high-RSA1_5", encrypted("RSA1_5", &[0xff; 256])),
        ("high-RSA-OAEP", encrypted("RSA-OAEP", &[0xff; 256])),
        ("high-RSA-OAEP-256", encrypted("RSA-OAEP-256", &[0xff; 256])),
        ("wrong-RSA1_5", encrypted("RSA1_5", &[7; 256])),
        ("wrong-RSA-OAEP", encrypted("RSA-OAEP", &[7; 256])),
        ("wrong-RSA-OAEP-256", encrypted("RSA-OAEP-256", &[7; 256])),
    ];
    let mut bodies: HashMap<_, _> = bodies.into_iter().map(|(name, body)| (name, body.to_string())).collect();
    bodies.insert("secret-backup", secret);
    bodies.insert("key-backup", key);
    bodies.insert("deep", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    bodies
}

/// What a backup's body holds.
fn blob(backup: &str) -> Vec<u8> {
    let backup: Value = serde_json::from_str(backup).unwrap();
    URL_SAFE_NO_PAD.decode(backup["value"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn each_refusal_of_section_5_has_its_body() {
    let prepared = Prepared::new(STATES, standing()).await;
    let bodies = bodies(&prepared).await;
    SECTION.is_answered(prepared, bodies).await;
}
