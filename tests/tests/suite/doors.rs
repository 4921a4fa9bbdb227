//! A certificate's key and secret: one entry, three doors. Source: certificates.md section 2.13, keys-and-secrets.md
//! sections 3 to 5.

use akv_tests::{Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::witness::{KEY_TYPES, P256K, openssl, openssl_bytes};

fn policy(key: &Value, usages: &[&str], content_type: &str, exportable: bool) -> String {
    let mut key = key.clone();
    key["exportable"] = json!(exportable);
    json!({"policy": {
        "key_props": key, "secret_props": {"contentType": content_type},
        "x509_props": {"subject": "CN=a", "key_usage": usages}, "issuer": {"name": "Self"},
    }})
    .to_string()
}

async fn vault_with(body: &str) -> (Vault, String, Vec<u8>) {
    let vault = Vault::new(standing());
    let created = vault.call("POST", "/certificates/c/create", body).await;
    assert_eq!(created.status, 202, "{created:?}");
    let found = vault.call("GET", "/certificates/c", "").await.json();
    let version = found["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    (vault, version, STANDARD.decode(found["cer"].as_str().unwrap()).unwrap())
}

const P12: &str = "application/x-pkcs12";
const PEM: &str = "application/x-pem-file";

/// NET:DownloadECDsa*, and the order of keys-and-secrets.md section 3.1.
#[tokio::test]
async fn key_and_secret_share_the_certificates_version_dates_and_state() {
    let (vault, version, _) =
        vault_with(&policy(&json!({"kty": "EC"}), &["digitalSignature"], PEM, true)).await;
    let key = vault.call("GET", &format!("/keys/c/{version}"), "").await;
    let jwk = key.json()["key"].clone();
    let (x, y) = (jwk["x"].as_str().unwrap(), jwk["y"].as_str().unwrap());
    assert_eq!(
        key.body,
        format!(
            r#"{{"key":{{"kid":"https://kv.vault.azure.net/keys/c/{version}","kty":"EC","key_ops":["sign","verify"],"crv":"P-256","x":"{x}","y":"{y}"}},"attributes":{{"enabled":true,"nbf":1801396200,"exp":1832932800,"created":1801396800,"updated":1801396800,"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90,"hsmPlatform":"0"}},"managed":true}}"#
        )
    );
    let secret = vault.call("GET", "/secrets/c", "").await;
    let value = secret.json()["value"].to_string();
    assert_eq!(
        secret.body,
        format!(
            r#"{{"value":{value},"contentType":"application/x-pem-file","id":"https://kv.vault.azure.net/secrets/c/{version}","managed":true,"attributes":{{"enabled":true,"nbf":1801396200,"exp":1832932800,"created":1801396800,"updated":1801396800,"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}},"kid":"https://kv.vault.azure.net/keys/c/{version}"}}"#
        )
    );
    for (path, items) in [
        ("/keys", 1),
        ("/secrets", 1),
        ("/keys/c/versions", 1),
        ("/secrets/c/versions", 1),
        ("/deletedkeys", 0),
        ("/deletedsecrets", 0),
    ] {
        let list = vault.call("GET", path, "").await.json();
        assert_eq!(list["value"].as_array().unwrap().len(), items, "{path}");
    }
    vault.create("c").await;
    let second = vault.call("GET", "/secrets/c", "").await.json();
    assert_eq!(second["previousVersion"], version);
}

/// Delete, recover and purge move all three at once.
#[tokio::test]
async fn the_doors_open_and_close_together() {
    let (vault, _, _) = vault_with(&policy(&json!({"kty": "EC"}), &["digitalSignature"], P12, true)).await;
    vault.call("DELETE", "/certificates/c", "").await;
    for family in ["keys", "secrets"] {
        assert_eq!(vault.call("GET", &format!("/{family}/c"), "").await.status, 404);
        let deleted = vault.call("GET", &format!("/deleted{family}/c"), "").await.json();
        assert_eq!(deleted["recoveryId"], format!("https://kv.vault.azure.net/deleted{family}/c"));
        assert!(deleted.get("value").is_none() && deleted["attributes"].get("hsmPlatform").is_none());
        assert_eq!(
            vault.call("GET", &format!("/deleted{family}"), "").await.json()["value"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
    vault.call("POST", "/deletedcertificates/c/recover", "").await;
    assert_eq!(vault.call("GET", "/secrets/c", "").await.status, 200);
    vault.call("DELETE", "/certificates/c", "").await;
    vault.call("DELETE", "/deletedcertificates/c", "").await;
    assert_eq!(
        vault.call("GET", "/deletedkeys/c", "").await.body,
        r#"{"error":{"code":"KeyNotFound","message":"Deleted Key not found: c"}}"#
    );
}

/// Sections 2.13 and 4: nothing is changed but through the certificate.
#[tokio::test]
async fn writing_to_the_key_or_the_secret_is_refused() {
    let (vault, version, _) =
        vault_with(&policy(&json!({"kty": "EC"}), &["digitalSignature"], P12, true)).await;
    let associated = |operation: &str, kind: &str| {
        format!(
            "Operation \"{operation}\" is not allowed on this {kind}, since it is associated with a certificate. Perform the operation on the corresponding certificate. For more information refer to https://docs.microsoft.com/en-us/azure/key-vault/certificates/about-certificates#composition-of-a-certificate"
        )
    };
    for (method, path, inner, message) in [
        (
            "PUT",
            "/secrets/c",
            "SecretManagedByKeyVault",
            "Operation \"set\" is not allowed as this object's lifetime is managed by Key Vault.".to_owned(),
        ),
        ("DELETE", "/secrets/c", "SecretManagedByKeyVault", associated("delete", "secret")),
        ("PATCH", "/secrets/c", "SecretManagedByKeyVault", associated("update", "secret")),
        ("DELETE", "/keys/c", "KeyManagedByKeyVault", associated("delete", "Key")),
        ("PATCH", &format!("/keys/c/{version}"), "KeyManagedByKeyVault", associated("update", "Key")),
    ] {
        let refused = vault.call(method, path, r#"{"value":"x"}"#).await.json();
        assert_eq!(
            refused["error"],
            json!({"code": "Forbidden", "message": message, "innererror": {"code": inner}}),
            "{method} {path}"
        );
    }
}

/// Section 2.13: read by openssl, without a password; a key that may not leave does not.
#[tokio::test]
async fn the_secret_is_the_certificate() {
    for (key, _) in KEY_TYPES {
        let key = serde_json::from_str(key).unwrap();
        for exportable in [true, false] {
            let (vault, _, certificate) =
                vault_with(&policy(&key, &["digitalSignature"], P12, exportable)).await;
            let secret = vault.call("GET", "/secrets/c", "").await.json();
            let pfx = STANDARD.decode(secret["value"].as_str().unwrap()).unwrap();
            let unpacked = openssl(&["pkcs12", "-passin", "pass:", "-nodes"], &pfx);
            assert_eq!(openssl_bytes(&["x509", "-outform", "DER"], unpacked.as_bytes()), certificate);
            assert_eq!(unpacked.contains("PRIVATE KEY"), exportable, "{key}");
            let pem = vault.call("GET", &format!("/secrets/c?outContentType={PEM}"), "").await.json();
            assert_eq!(pem["contentType"], PEM);
            let text = pem["value"].as_str().unwrap();
            if exportable {
                assert!(
                    text.starts_with("-----BEGIN PRIVATE KEY-----\n")
                        && text.ends_with("-----END CERTIFICATE-----\n")
                );
                let public = openssl(&["pkey", "-pubout"], text.as_bytes());
                let mut certified = openssl(&["x509", "-noout", "-pubkey"], text.as_bytes());
                if key == serde_json::from_str::<Value>(P256K).unwrap() {
                    // PKCS#8 names the curve that the certificate spells out.
                    let name = ["ec", "-pubin", "-param_enc", "named_curve"];
                    certified = openssl(&name, certified.as_bytes());
                }
                assert_eq!(public, certified);
            }
        }
    }
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn operate(vault: &Vault, path: &str, body: &Value) -> Value {
    vault.call("POST", path, &body.to_string()).await.json()
}

/// Rust:sign_jwt_with_ec_certificate: what the key signs, the certificate verifies.
#[tokio::test]
async fn what_the_key_signs_openssl_verifies_with_the_certificate() {
    let (vault, version, certificate) =
        vault_with(&policy(&json!({"kty": "RSA"}), &["digitalSignature"], PEM, false)).await;
    let digest = openssl_bytes(&["dgst", "-sha256", "-binary"], b"text");
    let kid = format!("https://kv.vault.azure.net/keys/c/{version}");
    for path in ["/keys/c/sign".to_owned(), "/keys/c//sign".to_owned(), format!("/keys/c/{version}/sign")] {
        let signed = operate(&vault, &path, &json!({"alg": "RS256", "value": b64(&digest)})).await;
        assert_eq!(signed["kid"], kid);
        let folder = tempfile::tempdir().unwrap();
        let (public, signature) = (folder.path().join("p"), folder.path().join("s"));
        std::fs::write(&public, openssl(&["x509", "-inform", "DER", "-noout", "-pubkey"], &certificate))
            .unwrap();
        std::fs::write(&signature, URL_SAFE_NO_PAD.decode(signed["value"].as_str().unwrap()).unwrap())
            .unwrap();
        openssl(
            &[
                "dgst",
                "-sha256",
                "-verify",
                public.to_str().unwrap(),
                "-signature",
                signature.to_str().unwrap(),
            ],
            b"text",
        );
        let body = json!({"alg": "RS256", "digest": b64(&digest), "value": signed["value"]});
        assert_eq!(operate(&vault, "/keys/c/verify", &body).await, json!({"value": true}));
        let body = json!({"alg": "RS256", "digest": b64(&[0; 32]), "value": signed["value"]});
        assert_eq!(operate(&vault, "/keys/c/verify", &body).await, json!({"value": false}));
    }
}

#[tokio::test]
async fn what_is_wrapped_is_unwrapped_and_only_that() {
    let (vault, _, _) = vault_with(&policy(&json!({"kty": "RSA"}), &["keyEncipherment"], PEM, false)).await;
    for algorithm in ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"] {
        let wrapped =
            operate(&vault, "/keys/c/wrapkey", &json!({"alg": algorithm, "value": b64(b"key")})).await;
        let body = json!({"alg": algorithm, "value": wrapped["value"]});
        assert_eq!(operate(&vault, "/keys/c/unwrapkey", &body).await["value"], b64(b"key"));
    }
    let body = json!({"alg": "RSA-OAEP", "value": b64(&[1; 256])});
    assert_eq!(
        operate(&vault, "/keys/c/unwrapkey", &body).await["error"]["message"],
        "The parameter is incorrect.\r\n"
    );
}

/// Section 2.13, as documented: what the key may do follows from what the certificate says it is for.
#[tokio::test]
async fn key_operations_follow_from_key_usage() {
    for (usage, operations) in [
        ("digitalSignature", json!(["sign", "verify"])),
        ("nonRepudiation", json!(["sign", "verify"])),
        ("keyCertSign", json!(["sign", "verify"])),
        ("cRLSign", json!(["sign", "verify"])),
        ("keyEncipherment", json!(["wrapKey", "unwrapKey"])),
        ("dataEncipherment", json!(["encrypt", "decrypt"])),
        ("decipherOnly", json!(["decrypt"])),
        ("encipherOnly", json!(["encrypt"])),
        ("keyAgreement", json!([])),
    ] {
        let (vault, _, _) = vault_with(&policy(&json!({"kty": "RSA"}), &[usage], PEM, true)).await;
        let key = vault.call("GET", "/keys/c", "").await.json();
        assert_eq!(key["key"]["key_ops"], operations, "{usage}");
    }
}

#[tokio::test]
async fn what_is_encrypted_for_the_certificate_only_its_key_decrypts() {
    let (vault, _, certificate) =
        vault_with(&policy(&json!({"kty": "RSA"}), &["dataEncipherment"], PEM, false)).await;
    let body = json!({"alg": "RSA-OAEP", "value": b64(b"text")});
    let encrypted = operate(&vault, "/keys/c/encrypt", &body).await;
    let body = json!({"alg": "RSA-OAEP", "value": encrypted["value"]});
    assert_eq!(operate(&vault, "/keys/c/decrypt", &body).await["value"], b64(b"text"));
    // And a stranger, who has the certificate alone.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.der");
    std::fs::write(&path, certificate).unwrap();
    let seal = ["pkeyutl", "-encrypt", "-certin", "-keyform", "DER", "-inkey", path.to_str().unwrap()];
    let sealed = openssl_bytes(&[&seal[..], &["-pkeyopt", "rsa_padding_mode:oaep"]].concat(), b"secret");
    let body = json!({"alg": "RSA-OAEP", "value": b64(&sealed)});
    assert_eq!(operate(&vault, "/keys/c/decrypt", &body).await["value"], b64(b"secret"));
}

/// keys-and-secrets.md section 5: each with its status, inner code and text.
#[tokio::test]
async fn a_key_operation_that_cannot_be_is_refused_in_its_own_words() {
    let (vault, version, _) =
        vault_with(&policy(&json!({"kty": "EC"}), &["digitalSignature"], PEM, true)).await;
    let kid = format!("https://kv.vault.azure.net/keys/c/{version}");
    let value = b64(&[0; 32]);
    let invalid = "Property  has invalid value\r\n".to_owned();
    for (path, body, expected) in [
        (
            "/keys/c/decrypt",
            json!({"alg": "RSA-OAEP", "value": value}),
            "Operation decrypt is not permitted on this key.".to_owned(),
        ),
        (
            "/keys/c/sign",
            json!({"alg": "ES256", "value": b64(&[0; 43])}),
            "Invalid length of 'value': 43 bytes. ES256 requires 32 bytes, encoded with base64url.".into(),
        ),
        (
            "/keys/c/sign",
            json!({"alg": "ES384", "value": value}),
            format!(
                "Key and signing algorithm are incompatible. Key {kid} uses curve 'P-256', and algorithm 'ES384' can only be used with curve 'P-384'."
            ),
        ),
        ("/keys/c/sign", json!({"alg": "RS256", "value": value}), invalid.clone()),
        ("/keys/c/sign", json!({"value": value}), invalid.clone()),
        (
            "/keys/c/sign",
            json!({"alg": "ES256", "value": "!"}),
            "Content of 'value' is not base64url.\r\nProperty 'value' is required.\r\n".into(),
        ),
        ("/keys/c/dance", json!({}), "Method POST does not allow operation 'dance'".into()),
        ("/keys/c", json!({}), "Operation not specified".into()),
    ] {
        assert_eq!(operate(&vault, path, &body).await["error"]["message"], expected, "{path} {body}");
    }
    vault.call("PATCH", "/certificates/c", r#"{"attributes":{"enabled":false}}"#).await;
    let disabled = operate(&vault, "/keys/c/sign", &json!({"alg": "ES256", "value": value})).await;
    assert_eq!(
        disabled["error"],
        json!({"code": "Forbidden", "message": "Operation sign is not allowed on a disabled key.", "innererror": {"code": "KeyDisabled"}})
    );
    let secret = vault.call("GET", "/secrets/c", "").await.json();
    assert_eq!(
        secret["error"],
        json!({"code": "Forbidden", "message": "Operation get is not allowed on a disabled secret.", "innererror": {"code": "SecretDisabled"}})
    );
    assert_eq!(vault.call("GET", "/keys/c", "").await.status, 200);
    vault.call("PATCH", "/certificates/c", r#"{"attributes":{"enabled":true}}"#).await;
    let unrenewed = r#"{"lifetime_actions":[{"trigger":{"lifetime_percentage":80},"action":{"action_type":"EmailContacts"}}]}"#;
    assert_eq!(vault.call("PATCH", "/certificates/c/policy", unrenewed).await.status, 200);
    vault.advance(std::time::Duration::from_hours(24 * 400));
    let expired = operate(&vault, "/keys/c/sign", &json!({"alg": "ES256", "value": value})).await;
    assert_eq!(expired["error"]["code"], "Forbidden");
}
