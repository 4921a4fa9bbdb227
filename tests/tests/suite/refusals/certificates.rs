//! Section 4 of certificates.md.

use std::collections::HashMap;

use akv_emulator::clock::Clock;
use akv_emulator::config::Config;
use akv_emulator::timestamp::Timestamp;
use akv_tests::{EC_POLICY, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Prepared, Section, States};
use crate::witness::{Authority, openssl, openssl_bytes};

const SECTION: Section = Section {
    rows: include_str!("certificates.txt"),
    states: STATES,
    lists: &["/certificates?includePending=true", "/deletedcertificates", "/certificates/issuers"],
};
const UNKNOWN: &str =
    r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Unknown"}}}"#;
const PEM: &str = r#"{"policy":{"key_props":{"kty":"EC"},"secret_props":{"contentType":"application/x-pem-file"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"}}}"#;
const STATES: States = [
    &[
        ("POST", "/certificates/pem/create", PEM),
        ("POST", "/certificates/live/create", EC_POLICY),
        ("POST", "/certificates/gone/create", EC_POLICY),
        ("POST", "/certificates/going/create", EC_POLICY),
        ("POST", "/certificates/back/create", EC_POLICY),
        ("POST", "/certificates/disabled/create", EC_POLICY),
        ("POST", "/certificates/waiting/create", UNKNOWN),
    ],
    &[
        ("PATCH", "/certificates/disabled", r#"{"attributes":{"enabled":false}}"#),
        ("DELETE", "/certificates/gone", ""),
        ("DELETE", "/certificates/back", ""),
    ],
    &[
        ("POST", "/deletedcertificates/back/recover", ""),
        ("DELETE", "/certificates/going", ""),
        ("POST", "/certificates/pending/create", EC_POLICY),
    ],
];

/// A PKCS#12 file whose certificate has expired: from a vault in the past.
async fn expired() -> Value {
    let clock = Clock::frozen(Timestamp::parse("2020-01-31").unwrap());
    let vault = Vault::new(Config { clock, ..standing() });
    vault.create("c").await;
    vault.call("GET", "/secrets/c", "").await.json()["value"].clone()
}

/// The bodies that the table calls by name.
async fn bodies() -> HashMap<&'static str, String> {
    let authority = Authority::with_leaf();
    let (key, leaf) = (authority.read("leaf.key"), authority.read("leaf.pem"));
    let traditional = openssl(&["ec", "-in", &authority.text("leaf.key")], b"");
    let seal = ["pkcs8", "-topk8", "-in", &authority.text("leaf.key"), "-passout", "pass:secret"];
    let encrypted = openssl(&seal, b"");
    let encrypted_of_old = openssl(&[&seal[..], &["-v1", "PBE-SHA1-3DES"]].concat(), b"");
    let keyless = ["pkcs12", "-export", "-nokeys", "-in", &authority.text("leaf.pem"), "-passout", "pass:"];
    let keyless = STANDARD.encode(openssl_bytes(&keyless, b""));
    let packed = authority.pack("secret", &[]);
    authority.write("cipher.cnf", "keyUsage=critical,digitalSignature,keyEncipherment\n");
    authority.issue("leaf", "/CN=cipher", "middle", "cipher.cnf");
    let cipher = authority.pack("secret", &[]);
    let tags: HashMap<String, &str> = (0..16).map(|n| (format!("t{n}"), "v")).collect();
    let pkcs12 = json!({"contentType": "application/x-pkcs12"});
    let as_pem = json!({"secret_props": {"contentType": "application/x-pem-file"}});
    let pem = |value: &str| json!({"value": value, "pwd": "wrong", "policy": as_pem});
    let pfx = |policy: Value| json!({"value": packed, "pwd": "secret", "policy": policy});
    let action = json!({"trigger": {"days_before_expiry": 5}, "action": {"action_type": "EmailContacts"}});
    let create: Value = serde_json::from_str(EC_POLICY).unwrap();
    let bodies = [
        ("create", create.clone()),
        ("array", json!([])),
        ("tags", json!({"tags": tags, "policy": create["policy"]})),
        ("foreign", json!({"x5c": [STANDARD.encode(authority.der("root"))]})),
        ("good", json!({"value": packed, "pwd": "secret"})),
        ("import-tags", json!({"value": packed, "pwd": "secret", "tags": tags})),
        ("wrong-password", json!({"value": packed, "pwd": "wrong"})),
        ("no-password", json!({"value": packed})),
        ("long-password", json!({"value": packed, "pwd": "x".repeat(201)})),
        ("content-type", pfx(json!({"secret_props": {"contentType": "text/plain"}}))),
        ("lifetime-alone", pfx(json!({"lifetime_actions": [action]}))),
        ("key-alone", pfx(json!({"key_props": {"exportable": false}}))),
        ("ec-as-rsa", pfx(json!({"key_props": {"kty": "RSA"}, "secret_props": pkcs12}))),
        ("keyless", json!({"value": keyless})),
        ("expired", json!({"value": expired().await})),
        ("cipher", json!({"value": cipher, "pwd": "secret"})),
        ("pem-as-pkcs12", json!({"value": format!("{key}{leaf}")})),
        ("crlf", pem(&format!("{key}{leaf}").replace('\n', "\r\n"))),
        ("traditional", pem(&format!("{traditional}{leaf}"))),
        ("encrypted", pem(&format!("{encrypted}{leaf}"))),
        ("encrypted-of-old", pem(&format!("{encrypted_of_old}{leaf}"))),
        ("keyless-pem", pem(&leaf)),
        ("nonsense", pem("nonsense")),
    ];
    let mut bodies: HashMap<_, _> = bodies.into_iter().map(|(name, body)| (name, body.to_string())).collect();
    bodies.insert("deep", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    bodies
}

#[tokio::test]
async fn each_refusal_of_section_4_has_its_body() {
    SECTION.is_answered(Prepared::new(STATES, standing()).await, bodies().await).await;
}
