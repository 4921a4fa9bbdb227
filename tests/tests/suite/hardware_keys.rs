//! Keys in hardware: symmetric keys and their algorithms, where such keys are kept, and attestation (keys-and-secrets.md
//! sections 4.3 and 4.4).

use akv_emulator::config::{Config, Data};
use akv_emulator::vault::{Settings, Sku};
use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::witness::openssl;

pub(crate) fn pool() -> Vault {
    Vault::new(standing()).called("hsm.managedhsm.azure.net")
}

pub(crate) fn premium() -> Vault {
    Vault::new(Config { settings: Settings { sku: Sku::Premium, ..Settings::default() }, ..standing() })
}

/// One of several vaults that share the key of backups.
fn in_folder(folder: &tempfile::TempDir, sku: Sku) -> Vault {
    let settings = Settings { sku, ..Settings::default() };
    let data = Data::Directory(folder.path().to_owned());
    Vault::new(Config { settings, data, ..standing() })
}

pub(crate) async fn post(vault: &Vault, path: &str, body: Value) -> Answer {
    vault.call("POST", path, &body.to_string()).await
}

fn certificate(key: &Value) -> Value {
    json!({"policy": {"key_props": key, "x509_props": {"subject": "CN=c"}, "issuer": {"name": "Self"}}})
}

/// Microsoft's page "About certificates": RSA-HSM and EC-HSM in premium vaults, and such a key is not exportable.
#[tokio::test]
async fn a_certificates_key_is_kept_in_hardware_and_its_secret_has_none() {
    let premium = premium();
    for kty in ["RSA-HSM", "EC-HSM"] {
        let name = format!("c-{kty}");
        let created =
            post(&premium, &format!("/certificates/{name}/create"), certificate(&json!({"kty": kty}))).await;
        assert_eq!(created.status, 202, "{created:?}");
        let policy = premium.call("GET", &format!("/certificates/{name}/policy"), "").await.json();
        assert_eq!(
            (&policy["key_props"]["kty"], &policy["key_props"]["exportable"]),
            (&json!(kty), &json!(false))
        );
        let key = premium.call("GET", &format!("/keys/{name}"), "").await.json();
        assert_eq!((&key["key"]["kty"], &key["attributes"]["hsmPlatform"]), (&json!(kty), &json!("2")));
        let sign = json!({"alg": if kty == "EC-HSM" { "ES256" } else { "RS256" }, "value": URL_SAFE_NO_PAD.encode([1; 32])});
        assert_eq!(post(&premium, &format!("/keys/{name}/sign"), sign).await.status, 200);
        let secret = premium.call("GET", &format!("/secrets/{name}"), "").await.json();
        let unpacked = openssl(
            &["pkcs12", "-passin", "pass:", "-nodes"],
            &STANDARD.decode(secret["value"].as_str().unwrap()).unwrap(),
        );
        assert!(unpacked.contains("BEGIN CERTIFICATE") && !unpacked.contains("PRIVATE KEY"), "{unpacked}");
    }
    let exportable = certificate(&json!({"kty": "RSA-HSM", "exportable": true}));
    let refused = post(&premium, "/certificates/d/create", exportable).await;
    assert_eq!(
        (refused.status, refused.json()["error"]["message"].as_str()),
        (400, Some("Property policy.key_props has invalid value\r\n"))
    );
}

/// By whatever way such a policy comes: keys-and-secrets.md section 5, E-400.
#[tokio::test]
async fn a_standard_vault_keeps_no_certificates_key_in_hardware() {
    let folder = tempfile::tempdir().unwrap();
    let [standard, premium] = [Sku::Standard, Sku::Premium].map(|sku| in_folder(&folder, sku));
    let hardware = json!({"kty": "EC-HSM"});
    let refused = |answer: Answer| {
        let message = "Hardware key operation not allowed on standard vault";
        assert_eq!(
            (answer.status, answer.json()["error"]["message"].as_str()),
            (400, Some(message)),
            "{answer:?}"
        );
    };
    refused(post(&standard, "/certificates/c/create", certificate(&hardware)).await);
    post(&standard, "/certificates/c/create", certificate(&json!({"kty": "EC"}))).await;
    let patch = json!({"key_props": hardware}).to_string();
    refused(standard.call("PATCH", "/certificates/c/policy", &patch).await);
    refused(
        standard
            .call("PATCH", "/certificates/c", &json!({"policy": {"key_props": hardware}}).to_string())
            .await,
    );
    let pfx = standard.call("GET", "/secrets/c", "").await.json()["value"].clone();
    let policy = json!({"key_props": hardware, "secret_props": {"contentType": "application/x-pkcs12"}});
    let import = json!({"value": pfx, "policy": policy});
    refused(post(&standard, "/certificates/d/import", import.clone()).await);
    assert_eq!(standard.call("GET", "/certificates/c/policy", "").await.json()["key_props"]["kty"], "EC");

    let imported = post(&premium, "/certificates/d/import", import).await.json();
    assert_eq!(imported["policy"]["key_props"]["kty"], "EC-HSM", "{imported}");
    let key = premium.call("GET", "/keys/d", "").await.json();
    assert_eq!(key["key"]["kty"], "EC-HSM");
    let backup = premium.call("POST", "/certificates/d/backup", "").await.json();
    refused(post(&standard, "/certificates/restore", backup).await);
}

#[tokio::test]
async fn a_symmetric_key_of_every_size_encrypts_wraps_and_signs() {
    let pool = pool();
    for bits in [128, 192, 256] {
        let name = format!("k{bits}");
        let made =
            post(&pool, &format!("/keys/{name}/create"), json!({"kty": "oct-HSM", "key_size": bits})).await;
        let made = made.json();
        assert_eq!(made["key"]["kty"], "oct-HSM", "{made}");
        assert_eq!(
            made["key"]["key_ops"],
            json!(["deriveKey", "wrapKey", "verify", "sign", "unwrapKey", "encrypt", "decrypt"])
        );
        assert!(made["key"].get("k").is_none() && made["key"].get("n").is_none());
        let text = URL_SAFE_NO_PAD.encode([7; 32]);
        for (mode, members) in
            [("GCM", "alg iv kid tag value"), ("CBC", "alg iv kid value"), ("CBCPAD", "alg iv kid value")]
        {
            let alg = format!("A{bits}{mode}");
            let sealed =
                post(&pool, &format!("/keys/{name}/encrypt"), json!({"alg": alg, "value": text})).await;
            let mut sealed = sealed.json();
            let names: Vec<_> = sealed.as_object().unwrap().keys().cloned().collect();
            assert_eq!(names.join(" "), members, "{sealed}");
            let opened = post(&pool, &format!("/keys/{name}/decrypt"), sealed.clone()).await.json();
            assert_eq!((&opened["value"], &opened["alg"]), (&json!(text), &json!(alg)));
            sealed["value"] = json!(URL_SAFE_NO_PAD.encode([7; 33]));
            assert_eq!(post(&pool, &format!("/keys/{name}/decrypt"), sealed).await.status, 400);
        }
        for alg in [format!("A{bits}KW"), "CKM_AES_KEY_WRAP".to_owned(), "CKM_AES_KEY_WRAP_PAD".to_owned()] {
            let wrapped =
                post(&pool, &format!("/keys/{name}/wrapkey"), json!({"alg": alg, "value": text})).await;
            let request = json!({"alg": alg, "value": wrapped.json()["value"]});
            let opened = post(&pool, &format!("/keys/{name}/unwrapkey"), request).await.json();
            assert_eq!(opened["value"], text, "{alg}");
            let encrypt =
                post(&pool, &format!("/keys/{name}/encrypt"), json!({"alg": alg, "value": text})).await;
            assert_eq!(encrypt.status, 400, "{alg}");
        }
        for alg in ["HS256", "HS384", "HS512"] {
            let signed = post(&pool, &format!("/keys/{name}/sign"), json!({"alg": alg, "value": text})).await;
            let value = signed.json()["value"].clone();
            let verify = |digest: &str| json!({"alg": alg, "digest": digest, "value": value});
            let good = post(&pool, &format!("/keys/{name}/verify"), verify(&text)).await;
            assert_eq!(good.body, r#"{"value":true}"#);
            let bad = post(&pool, &format!("/keys/{name}/verify"), verify("AAAA")).await;
            assert_eq!(bad.body, r#"{"value":false}"#);
        }
    }
}

#[tokio::test]
async fn wrong_sizes_and_foreign_algorithms_are_refused_in_the_pools_words() {
    let pool = pool();
    let refused = post(&pool, "/keys/k/create", json!({"kty": "oct-HSM", "key_size": 64})).await;
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Invalid key size: '64' (Activity ID: "), "{message}");
    post(&pool, "/keys/k/create", json!({"kty": "oct-HSM", "key_size": 128})).await;
    for alg in ["A256GCM", "RSA-OAEP", "A128KW", ""] {
        let refused = post(&pool, "/keys/k/encrypt", json!({"alg": alg, "value": "AAAA"})).await;
        assert_eq!(refused.status, 400, "{alg}");
    }
    let old = post(&pool, "/keys/k/sign?api-version=7.6", json!({"alg": "HS256", "value": "AAAA"})).await;
    assert_eq!(old.status, 400, "{old:?}");
}

#[tokio::test]
async fn imported_bytes_are_the_key_and_a_backup_keeps_it() {
    let pool = pool();
    let body = json!({"key": {"kty": "oct", "k": URL_SAFE_NO_PAD.encode([1; 32])}});
    let made = pool.call("PUT", "/keys/k", &body.to_string()).await.json();
    assert_eq!(made["key"]["kty"], "oct-HSM", "{made}");
    let sign = json!({"alg": "HS256", "value": "AAAA"});
    let before = post(&pool, "/keys/k/sign", sign.clone()).await.json()["value"].clone();
    let backup = pool.call("POST", "/keys/k/backup", "").await.body;
    pool.call("DELETE", "/keys/k", "").await;
    assert_eq!(pool.call("DELETE", "/deletedkeys/k", "").await.status, 204);
    assert_eq!(pool.call("POST", "/keys/restore", &backup).await.status, 200);
    assert_eq!(post(&pool, "/keys/k/sign", sign).await.json()["value"], before);
}

/// keys-and-secrets.md section 5, E-400, by the way of a backup; and the two products keep theirs apart.
#[tokio::test]
async fn a_backup_brings_no_key_where_none_such_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let [standard, premium] = [Sku::Standard, Sku::Premium].map(|sku| in_folder(&folder, sku));
    let pool = in_folder(&folder, Sku::Premium).called("hsm.managedhsm.azure.net");
    let backup = async |vault: &Vault, kty: &str| {
        let made = post(vault, &format!("/keys/{kty}/create"), json!({"kty": kty})).await;
        assert_eq!(made.status, 200, "{made:?}");
        vault.call("POST", &format!("/keys/{kty}/backup"), "").await.body
    };
    let restore = async |vault: &Vault, backup: &str| vault.call("POST", "/keys/restore", backup).await;
    for kty in ["RSA-HSM", "EC-HSM", "oct-HSM"] {
        let of_premium = backup(&premium, kty).await;
        let refused = restore(&standard, &of_premium).await;
        let hardware = r#"{"error":{"code":"BadParameter","message":"Hardware key operation not allowed on standard vault"}}"#;
        assert_eq!((refused.status, refused.body.as_str()), (400, hardware), "{kty}");
        let of_pool = backup(&pool, kty).await;
        for (there, blob) in [(&pool, &of_premium), (&premium, &of_pool), (&standard, &of_pool)] {
            let refused = restore(there, blob).await;
            assert_eq!(
                (refused.status, refused.json()["error"]["code"].as_str()),
                (400, Some("Malformed backup blob")),
                "{kty}: {refused:?}"
            );
        }
        let again = in_folder(&folder, Sku::Premium);
        assert_eq!(restore(&again, &of_premium).await.json()["key"]["kty"], kty);
        assert_eq!(
            restore(&again.called("hsm.managedhsm.azure.net"), &of_pool).await.json()["key"]["kty"],
            kty
        );
    }
    assert_eq!(standard.call("GET", "/keys", "").await.body, r#"{"value":[],"nextLink":null}"#);
    let of_software = backup(&standard, "EC").await;
    assert_eq!(restore(&premium, &of_software).await.json()["key"]["kty"], "EC");
}

/// Section 4.4, and azure-rest-api-specs: the size of a symmetric key since 2026-01-01-preview.
#[tokio::test]
async fn a_vault_answers_no_algorithm_and_tells_a_symmetric_keys_size_since_2026() {
    let vault = premium();
    let made = post(
        &vault,
        "/keys/k/create?api-version=2026-01-01-preview",
        json!({"kty": "oct-HSM", "key_size": 192}),
    )
    .await;
    assert_eq!(made.json()["attributes"]["key_size"], 192);
    let before = vault.call("GET", "/keys/k?api-version=2025-07-01", "").await.json();
    assert!(before["attributes"].get("key_size").is_none(), "{before}");
    let members = |answer: &Answer| {
        let json = answer.json();
        let mut names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    let text = URL_SAFE_NO_PAD.encode([7; 16]);
    for (operation, alg, named) in [
        ("encrypt", "A192GCM", "iv kid tag value"),
        ("encrypt", "A192CBC", "iv kid value"),
        ("wrapkey", "A192KW", "kid value"),
        ("sign", "HS256", "kid value"),
    ] {
        let done = post(&vault, &format!("/keys/k/{operation}"), json!({"alg": alg, "value": text})).await;
        assert_eq!(members(&done), named, "{done:?}");
    }
}

#[tokio::test]
async fn a_standard_vault_has_no_symmetric_keys_and_a_premium_one_has() {
    let body = json!({"kty": "oct-HSM", "key_size": 256});
    let refused = post(&Vault::new(standing()), "/keys/k/create", body.clone()).await;
    assert_eq!(refused.json()["error"]["message"], "Hardware key operation not allowed on standard vault");
    assert_eq!(post(&premium(), "/keys/k/create", body).await.status, 200);
}

#[tokio::test]
async fn a_pool_attests_its_keys_and_a_vault_does_not() {
    let pool = pool();
    for (kty, public) in [("EC-HSM", true), ("oct-HSM", false)] {
        let made = post(&pool, "/keys/k/create", json!({"kty": kty})).await.json();
        let version = made["key"]["kid"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let attested = pool.call("GET", &format!("/keys/k/{version}/attestation"), "").await.json();
        assert_eq!(attested["key"], made["key"]);
        let attestation = &attested["attributes"]["attestation"];
        let text = |member: &str| {
            String::from_utf8(URL_SAFE_NO_PAD.decode(attestation[member].as_str().unwrap()).unwrap()).unwrap()
        };
        assert_eq!(text("certificatePemFile").matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(attestation.get("publicKeyAttestation").is_some(), public);
        let signed = text("privateKeyAttestation");
        let statement = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let statement: Value = serde_json::from_slice(&statement).unwrap();
        assert_eq!((&statement["half"], &statement["key"]), (&json!("private"), &made["key"]));
    }
    assert_eq!(pool.call("GET", "/keys/none/attestation", "").await.status, 404);
    assert_eq!(pool.call("GET", "/keys/k/attestation?api-version=7.5", "").await.status, 400);
    let vault = premium();
    post(&vault, "/keys/k/create", json!({"kty": "EC"})).await;
    let refused = vault.call("GET", "/keys/k//attestation", "").await;
    assert_eq!(refused.json()["error"]["message"], "Method GET does not allow operation 'attestation'");
}

#[tokio::test]
async fn secure_wrapping_is_not_there_and_says_so() {
    let body = json!({"alg": "CKM_AES_KEY_WRAP"});
    for path in ["/keys/k/securewrapkey", "/keys/k/v/secureunwrapkey"] {
        assert_eq!(post(&pool(), path, body.clone()).await.status, 501, "{path}");
        assert_eq!(post(&premium(), path, body.clone()).await.status, 400, "{path}");
    }
}
