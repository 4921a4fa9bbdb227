//! Every member of every body, bent in every way: refused in Azure's form or taken, never a 500, nothing half-written.
//!
//! It says what must hold of all refusals; which refusal it is, `refusals` says.

use akv_tests::{Answer, Vault, standing};
use serde_json::{Value, json};

use crate::control_plane::Arm;

/// An operation: how it is asked, a body that it takes, and what a refusal must leave as it was.
struct Case {
    method: &'static str,
    path: &'static str,
    body: Value,
    untouched: &'static str,
}

const fn case(method: &'static str, path: &'static str, body: Value, untouched: &'static str) -> Case {
    Case { method, path, body, untouched }
}

/// What a member is replaced by: wrong types, edges of numbers, texts that some parser reads.
fn bends() -> Vec<Value> {
    let mut bends = vec![
        Value::Null,
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!(["", ""]),
        json!({"a": null}),
    ];
    bends.extend([0, -1, i64::from(i32::MAX) + 1, i64::MAX, i64::MIN].map(|number| json!(number)));
    bends.extend([json!(u64::MAX), json!(1.5), json!(1e300), json!([[[[[]]]]])]);
    let texts = [
        "",
        " ",
        "\0",
        "-",
        "..",
        "P",
        "PT",
        "P99999999999Y",
        "P1Y1",
        "CN=",
        "CN=\\",
        "CN=\"a",
        "CN=a+O=b",
        "=,=",
        "O=#04",
        "O=#0500",
        "1.2",
        "1.3.99999999999999999999999999",
        "AAAA",
        "MIIB",
        "a.b.c",
        "2030-01-01",
        "é",
        "\u{202e}",
    ];
    bends.extend(texts.map(|text| json!(text)));
    bends.push(json!("A".repeat(6000)));
    bends
}

/// Where every member and element of `value` is, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.replace('~', "~0").replace('/', "~1"), member))
            .collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, element)| (index.to_string(), element)).collect()
        }
        _ => Vec::new(),
    };
    for (name, member) in members {
        let pointer = format!("{at}/{name}");
        found.push(pointer.clone());
        pointers(member, &pointer, found);
    }
}

/// `body` with each member left out, and with each replaced by each of [`bends`]; and what is no object at all.
fn bent(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    pointers(body, "", &mut found);
    let mut bodies: Vec<String> =
        ["", "null", "[]", "\"\"", "0", "{", "{\"a\":}", "\u{feff}{}"].map(str::to_owned).into();
    for pointer in found {
        for bend in bends() {
            let mut bent = body.clone();
            if let Some(member) = bent.pointer_mut(&pointer) {
                *member = bend;
            }
            bodies.push(bent.to_string());
        }
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = body.clone();
        if let Some(Value::Object(members)) = without.pointer_mut(parent) {
            members.remove(name);
        }
        bodies.push(without.to_string());
    }
    bodies
}

/// A refusal is Azure's error body, or says that this is not emulated.
fn assert_refused_properly(answer: &Answer, asked: &str) {
    let error = &answer.json()["error"];
    let (code, message) = (error["code"].as_str(), error["message"].as_str());
    assert!(code.is_some_and(|code| !code.is_empty()) && message.is_some(), "{asked}: {answer:?}");
    assert!(answer.status < 500 || answer.status == 501, "{asked}: {answer:?}");
}

fn policy() -> Value {
    json!({
        "key_props": {"kty": "EC", "crv": "P-256", "exportable": true, "reuse_key": false},
        "secret_props": {"contentType": "application/x-pem-file"},
        "x509_props": {
            "subject": "CN=a.b", "validity_months": 12, "ekus": ["1.3.6.1.5.5.7.3.1"], "key_usage": ["digitalSignature"],
            "sans": {"dns_names": ["x.y"], "emails": ["a@b.c"], "upns": ["u@b"]},
        },
        "issuer": {"name": "Self"},
        "lifetime_actions": [{"trigger": {"days_before_expiry": 30}, "action": {"action_type": "AutoRenew"}}],
    })
}

const DIGEST: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn certificates() -> Vec<Case> {
    vec![
        case(
            "POST",
            "/certificates/n/create",
            json!({"policy": policy(), "attributes": {"enabled": true}, "tags": {"a": "b"}}),
            "/certificates/n",
        ),
        case("PATCH", "/certificates/c/policy", policy(), "/certificates/c/policy"),
        case(
            "PATCH",
            "/certificates/c",
            json!({"attributes": {"enabled": true}, "tags": {"a": "b"}}),
            "/certificates/c",
        ),
        case(
            "POST",
            "/certificates/n/import",
            json!({"value": "MIIB", "pwd": "x", "policy": policy(), "attributes": {"enabled": true}}),
            "/certificates/n",
        ),
        case(
            "POST",
            "/certificates/r/pending/merge",
            json!({"x5c": ["MIIB"], "attributes": {"enabled": true}}),
            "/certificates/r/pending",
        ),
        case("PATCH", "/certificates/c/pending", json!({"cancellation_requested": true}), "/certificates/c"),
        case("POST", "/certificates/restore", json!({"value": "AAAA"}), "/certificates"),
        case(
            "PUT",
            "/certificates/issuers/i",
            json!({
                "provider": "DigiCert", "credentials": {"account_id": "a", "pwd": "b"}, "attributes": {"enabled": true},
                "org_details": {"id": "x", "admin_details": [{"first_name": "a", "last_name": "b", "email": "a@b.c", "phone": "1"}]},
            }),
            "/certificates/issuers/i",
        ),
        case(
            "PUT",
            "/certificates/contacts",
            json!({"contacts": [{"email": "a@b.c", "name": "n", "phone": "1"}]}),
            "/certificates/contacts",
        ),
    ]
}

fn objects() -> Vec<Case> {
    let attributes = json!({"enabled": true, "nbf": 1, "exp": 4_000_000_000_u64});
    vec![
        case(
            "PUT",
            "/secrets/s",
            json!({"value": "x", "contentType": "t", "attributes": attributes, "tags": {"a": "b"}}),
            "/secrets/s",
        ),
        case("POST", "/secrets/restore", json!({"value": "AAAA"}), "/secrets"),
        case(
            "POST",
            "/keys/n/create",
            json!({"kty": "EC", "crv": "P-256", "key_ops": ["sign"], "attributes": attributes, "tags": {"a": "b"}}),
            "/keys/n",
        ),
        case(
            "PUT",
            "/keys/n",
            json!({"key": {"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB", "d": "AQAB", "key_ops": ["sign"]}, "Hsm": false}),
            "/keys/n",
        ),
        case(
            "PUT",
            "/keys/m",
            json!({"key": {"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB", "p": "AQ", "q": "AQ", "dp": "AQ", "dq": "AQ", "qi": "AQ"}}),
            "/keys/m",
        ),
        case("POST", "/keys/k/sign", json!({"alg": "ES256", "value": DIGEST}), "/keys/k"),
        case("POST", "/keys/k/verify", json!({"alg": "ES256", "digest": DIGEST, "value": "AAAA"}), "/keys/k"),
        case(
            "POST",
            "/keys/k/encrypt",
            json!({"alg": "RSA-OAEP", "value": "AAAA", "iv": "AAAA", "aad": "AA", "tag": "AA"}),
            "/keys/k",
        ),
        case(
            "PUT",
            "/keys/k/rotationpolicy",
            json!({"lifetimeActions": [{"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}}], "attributes": {"expiryTime": "P2Y"}}),
            "/keys/k/rotationpolicy",
        ),
        case(
            "POST",
            "/keys/k/release",
            json!({"target": "a.b.c", "enc": "CKM_RSA_AES_KEY_WRAP", "nonce": "x"}),
            "/keys/k",
        ),
        case("POST", "/rng", json!({"count": 8}), "/keys"),
    ]
}

/// A vault with a certificate `c`, a request `r` that waits for its merge, a secret and a key.
async fn furnished() -> Vault {
    let vault = Vault::new(standing());
    vault.create("c").await;
    let mut request = json!({"policy": policy()});
    request["policy"]["issuer"]["name"] = json!("Unknown");
    for (method, path, body, status) in [
        ("POST", "/certificates/r/create", request.to_string(), 202),
        ("PUT", "/secrets/s", r#"{"value":"x"}"#.to_owned(), 200),
        ("POST", "/keys/k/create", r#"{"kty":"EC"}"#.to_owned(), 200),
    ] {
        assert_eq!(vault.call(method, path, &body).await.status, status);
    }
    vault
}

/// Bends every case's body; gives how many were refused and how many taken.
async fn bend(cases: Vec<Case>) -> (u32, u32) {
    let (mut refused, mut taken) = (0, 0);
    for Case { method, path, body, untouched } in cases {
        let mut vault = furnished().await;
        let mut before = vault.call("GET", untouched, "").await;
        for body in bent(&body) {
            let answer = vault.call(method, path, &body).await;
            let asked = format!("{method} {path} {body}");
            if answer.status < 400 {
                taken += 1;
                vault = furnished().await;
                before = vault.call("GET", untouched, "").await;
                continue;
            }
            refused += 1;
            assert_refused_properly(&answer, &asked);
            let after = vault.call("GET", untouched, "").await;
            assert_eq!((after.status, &after.body), (before.status, &before.body), "{asked}: {answer:?}");
        }
    }
    (refused, taken)
}

#[tokio::test]
async fn a_bent_body_of_certificates_is_refused_whole_or_taken() {
    let (refused, taken) = bend(certificates()).await;
    assert!(refused > 1000 && taken > 100, "{refused} refused, {taken} taken");
}

#[tokio::test]
async fn a_bent_body_of_secrets_and_keys_is_refused_whole_or_taken() {
    let (refused, taken) = bend(objects()).await;
    assert!(refused > 1000 && taken > 100, "{refused} refused, {taken} taken");
}

#[tokio::test]
async fn a_bent_body_of_the_control_plane_is_refused_whole_or_taken() {
    let arm = Arm::new();
    arm.group("rg").await;
    let properties = json!({
        "tenantId": arm.tenant(), "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [{"tenantId": arm.tenant(), "objectId": arm.tenant(), "permissions": {"keys": ["get"], "secrets": ["all"]}}],
        "enableSoftDelete": true, "softDeleteRetentionInDays": 90, "enableRbacAuthorization": false, "publicNetworkAccess": "Enabled",
        "networkAcls": {"bypass": "None", "defaultAction": "Allow", "ipRules": [{"value": "1.2.3.4/32"}]},
    });
    let vault = "resourceGroups/rg/providers/Microsoft.KeyVault/vaults/bent-vault";
    let (mut refused, mut taken) = (0, 0);
    for body in bent(&json!({"location": "eastus", "tags": {"a": "b"}, "properties": properties})) {
        let path = format!("/subscriptions/{}/{vault}?api-version=2023-07-01", arm.subscription());
        let headers = [("authorization", "Bearer developer")];
        let answer = arm.0.send_to("management.azure.com", "PUT", &path, &body, &headers).await;
        if answer.status < 400 {
            taken += 1;
            arm.0.send_to("management.azure.com", "DELETE", &path, "", &headers).await;
            let deleted = format!(
                "/subscriptions/{}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/bent-vault/purge?api-version=2023-07-01",
                arm.subscription()
            );
            arm.0.send_to("management.azure.com", "POST", &deleted, "", &headers).await;
            continue;
        }
        refused += 1;
        assert_refused_properly(&answer, &body);
        assert_eq!(arm.get(vault).await.status, 404, "{body}: {answer:?}");
    }
    assert!(refused > 100 && taken > 50, "{refused} refused, {taken} taken");
}
