//! Section 4 of certificates.md, row by row: each refusal that can be provoked, its whole body compared, from the table
//! in `refusals.txt`. Afterwards the vault is as it was: nothing is half-written.

use std::collections::HashMap;
use std::time::Duration;

use akv_emulator::clock::Clock;
use akv_emulator::config::Config;
use akv_emulator::identity::DEFAULT_TENANT;
use akv_emulator::timestamp::Timestamp;
use akv_emulator::vault::Settings;
use akv_tests::{Answer, EC_POLICY, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::witness::{Authority, openssl, openssl_bytes};

const TABLE: &str = include_str!("refusals.txt");
const UNKNOWN: &str =
    r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Unknown"}}}"#;

/// A vault with a certificate in each state that a row needs, named for it, and the version of the one being deleted.
async fn prepared(settings: Settings) -> (Vault, String) {
    let timing = "custom:issue=1s,cancel=1s,delete=1s,recover=1s".parse().unwrap();
    let vault = Vault::new(Config { timing, settings, ..standing() });
    let seconds: [&[(&str, &str, &str)]; 3] = [
        &[
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
    let mut going = String::new();
    for (second, requests) in seconds.into_iter().enumerate() {
        vault.advance(Duration::from_secs(u64::from(second > 0)));
        for (method, path, body) in requests {
            let answer = vault.call(method, path, body).await;
            assert!(answer.status < 300, "{answer:?}");
            if *path == "/certificates/going" {
                going = answer.json()["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            }
        }
    }
    (vault, going)
}

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
    let as_pem = json!({"secret_props": {"contentType": "application/x-pem-file"}});
    let pem = |value: &str| json!({"value": value, "pwd": "wrong", "policy": as_pem});
    let pfx = |policy: Value| json!({"value": packed, "pwd": "secret", "policy": policy});
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
        ("ec-as-rsa", pfx(json!({"key_props": {"kty": "RSA"}}))),
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

/// An emulator, and a token of its login authority that is for another resource.
async fn with_management_token() -> (Vault, String) {
    let login = Vault::new(standing()).called("login.microsoftonline.com");
    let form = "grant_type=client_credentials&client_id=11111111-2222-3333-4444-555555555555&client_secret=s&resource=https://management.azure.com/";
    let answer = login.send("POST", &format!("/{DEFAULT_TENANT}/oauth2/v2.0/token"), form, &[]).await;
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    (login.called("kv.vault.azure.net"), bearer)
}

/// Carries out a row's request: `[(circumstance) ]METHOD PATH[ BODY]`.
async fn request(vault: &Vault, line: &str, bodies: &HashMap<&str, String>) -> Answer {
    let (circumstance, line) = match line.strip_prefix('(') {
        Some(rest) => rest.split_once(") ").unwrap(),
        None => ("", line),
    };
    let mut parts = line.splitn(3, ' ');
    let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
    let body = parts.next().unwrap_or_default();
    let body = body.strip_prefix('@').map_or(body, |name| bodies[name].as_str());
    match circumstance {
        "" => vault.call(method, path, body).await,
        "no token" => vault.send(method, path, body, &[]).await,
        "token for https://management.azure.com/" => {
            let (vault, bearer) = with_management_token().await;
            vault.send(method, path, body, &[("authorization", &bearer)]).await
        }
        "purge protection" => {
            let settings = Settings { purge_protection: true, ..Settings::default() };
            prepared(settings).await.0.call(method, path, body).await
        }
        other => panic!("{other} is no circumstance"),
    }
}

#[tokio::test]
async fn each_refusal_of_section_4_has_its_body() {
    let (vault, going) = prepared(Settings::default()).await;
    let bodies = bodies().await;
    let everything = ["/certificates?includePending=true", "/deletedcertificates", "/certificates/issuers"];
    let mut before = Vec::new();
    for path in everything {
        before.push(vault.call("GET", path, "").await.body);
    }
    let mut wrong = Vec::new();
    for row in TABLE.split("\n\n") {
        let lines: Vec<&str> = row.lines().filter(|line| !line.starts_with('#')).collect();
        let [line, expected] = lines.as_slice() else {
            assert_eq!(lines, Vec::<&str>::new(), "a row is a remark, a request and an answer");
            continue;
        };
        let answer = request(&vault, line, &bodies).await;
        let found = format!("{} {}", answer.status, answer.body);
        if found != expected.replace("{going}", &going) {
            wrong.push(format!("{row}\n  but it was {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (path, before) in everything.iter().zip(before) {
        assert_eq!(vault.call("GET", path, "").await.body, before, "{path}");
    }
}
