//! Keys released to attested environments (keys-and-secrets.md section 4.7).

use akv_tests::Vault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::hardware_keys::{pool, post, premium};

const AUTHORITY: &str = "https://sharedeus.eus.attest.azure.net";

fn exportable() -> Value {
    let policy = json!({"version": "1.0.0", "anyOf": [
        {"authority": AUTHORITY, "anyOf": [{"claim": "sdk-test", "equals": true}]},
    ]});
    json!({
        "kty": "RSA-HSM",
        "key_ops": ["encrypt", "decrypt", "export"],
        "attributes": {"exportable": true},
        "release_policy": {"data": URL_SAFE_NO_PAD.encode(policy.to_string())},
    })
}

async fn assertion(vault: &Vault, body: Value) -> Value {
    vault.beside("127.0.0.1").send("POST", "/akv/attestation", &body.to_string(), &[]).await.json()
}

#[tokio::test]
async fn a_key_is_released_to_an_environment_that_its_policy_takes() {
    for vault in [pool(), premium()] {
        let made = post(&vault, "/keys/k/create", exportable()).await.json();
        let environment = assertion(&vault, json!({"claims": {"sdk-test": true}})).await;
        let request =
            json!({"target": environment["assertion"], "nonce": "abc", "enc": "RSA_AES_KEY_WRAP_256"});
        let answer = post(&vault, "/keys/k/release", request).await.json();
        let token: Vec<Vec<u8>> = answer["value"]
            .as_str()
            .unwrap()
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        let header: Value = serde_json::from_slice(&token[0]).unwrap();
        assert_eq!((&header["alg"], header["x5c"].as_array().unwrap().len()), (&json!("RS256"), 2));
        let payload: Value = serde_json::from_slice(&token[1]).unwrap();
        assert_eq!(payload["request"]["nonce"], "abc");
        assert_eq!(payload["request"]["enc"], "RSA_AES_KEY_WRAP_256");
        let key = &payload["response"]["key"]["key"];
        assert_eq!((&key["n"], &key["kid"]), (&made["key"]["n"], &made["key"]["kid"]));
        let sealed = URL_SAFE_NO_PAD.decode(key["key_hsm"].as_str().unwrap()).unwrap();
        let sealed: Value = serde_json::from_slice(&sealed).unwrap();
        assert_eq!(
            sealed["header"],
            json!({"kid": "TpmEphemeralEncryptionKey", "alg": "dir", "enc": "RSA_AES_KEY_WRAP_256"})
        );
        let ciphertext = URL_SAFE_NO_PAD.decode(sealed["ciphertext"].as_str().unwrap()).unwrap();
        assert!(ciphertext.len() > 1000, "a wrapped AES key, then a wrapped RSA key");
    }
}

/// Section 4.5: outside its dates a key is released all the same; a disabled one is not (unverified).
#[tokio::test]
async fn a_key_is_released_whatever_its_dates_but_not_disabled() {
    let vault = premium();
    post(&vault, "/keys/k/create", exportable()).await;
    let environment = assertion(&vault, json!({"claims": {"sdk-test": true}})).await;
    let now = akv_tests::start().millis() / 1000;
    for (attributes, status) in [
        (json!({"nbf": now + 100, "exp": now + 200}), 200),
        (json!({"nbf": now - 200, "exp": now - 100}), 200),
        (json!({"enabled": false}), 403),
    ] {
        let patch = json!({"attributes": attributes}).to_string();
        assert_eq!(vault.call("PATCH", "/keys/k", &patch).await.status, 200);
        let answer = post(&vault, "/keys/k/release", json!({"target": environment["assertion"]})).await;
        assert_eq!(answer.status, status, "{attributes}: {answer:?}");
    }
}

#[tokio::test]
async fn a_wrong_an_expired_and_an_unfit_environment_get_nothing() {
    let vault = premium();
    post(&vault, "/keys/k/create", exportable()).await;
    post(&vault, "/keys/plain/create", json!({"kty": "EC"})).await;
    let good = json!({"sdk-test": true});
    let unverified = "Target environment attestation statement cannot be verified.";
    for (request, status, message) in [
        (json!({"claims": good, "flaw": "forged"}), 403, unverified),
        (json!({"claims": good, "flaw": "expired"}), 403, unverified),
        (
            json!({"claims": {"sdk-test": false}}),
            403,
            "AKV.SKR: Key Release Policy is not satisfied by the target environment.",
        ),
        (
            json!({"claims": good, "authority": "https://other"}),
            403,
            "AKV.SKR: Key Release Policy is not satisfied by the target environment.",
        ),
        (
            json!({"claims": {"sdk-test": true, "x-ms-runtime": {"keys": []}}}),
            400,
            "AKV.SKR: Target environment attestation statement holds no usable encryption key.",
        ),
    ] {
        let environment = assertion(&vault, request).await;
        let target = json!({"target": environment["assertion"]});
        let answer = post(&vault, "/keys/k/release", target.clone()).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.json()["error"]["message"], message);
        let answer = post(&vault, "/keys/plain/release", target).await;
        assert_eq!(
            (answer.status, answer.json()["error"]["message"].as_str()),
            (400, Some("AKV.SKR: Key is not exportable."))
        );
    }
}
