//! A Managed HSM pool: its hosts, its forms, its random numbers (keys-and-secrets.md sections 1.4 and 4.8).

use akv_tests::{Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn pool() -> Vault {
    Vault::new(standing()).called("hsm.managedhsm.azure.net")
}

#[tokio::test]
async fn without_a_token_the_body_is_empty_and_the_challenge_names_the_service() {
    let answer = pool().send("GET", "/keys/k", "", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    let challenge = answer.header("www-authenticate");
    assert!(challenge.ends_with(r#", resource="https://managedhsm.azure.net""#), "{challenge}");
    let direct = pool().called("hsm.managedhsm.localhost:8443").send("GET", "/keys/k", "", &[]).await;
    let challenge = direct.header("www-authenticate").to_owned();
    assert!(challenge.ends_with(r#", resource="https://managedhsm.localhost:8443""#), "{challenge}");
}

#[tokio::test]
async fn refusals_end_in_their_activity_and_the_headers_are_the_pools_own() {
    let answer = pool().call("GET", "/keys/k", "").await;
    assert_eq!(answer.status, 404);
    let activity = answer.header("x-ms-request-id");
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with(&format!(" (Activity ID: {activity})")), "{message}");
    for (name, value) in [
        ("content-security-policy", "default-src 'self'"),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-ms-keyvault-service-version", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

/// To make an RSA key takes more than a millisecond; no vault tells.
#[tokio::test]
async fn an_answer_says_how_long_it_took() {
    let pool = pool();
    let made = pool.call("POST", "/keys/k/create", r#"{"kty":"RSA-HSM"}"#).await;
    let latency: u64 = made.header("x-ms-server-latency").parse().unwrap();
    assert!((1..600_000).contains(&latency), "{made:?}");
    let vault = pool.beside("kv.vault.azure.net").call("GET", "/keys", "").await;
    assert_eq!((vault.status, vault.header("x-ms-server-latency")), (200, ""));
}

#[tokio::test]
async fn random_bytes_come_from_1_to_128_at_once_and_from_pools_only() {
    let pool = pool();
    for count in [1, 128] {
        let answer = pool.call("POST", "/rng", &format!(r#"{{"count":{count}}}"#)).await;
        let value = answer.json()["value"].as_str().unwrap().to_owned();
        assert_eq!(URL_SAFE_NO_PAD.decode(value).unwrap().len(), count, "{answer:?}");
    }
    for count in ["0", "129", "-1"] {
        let answer = pool.call("POST", "/rng", &format!(r#"{{"count":{count}}}"#)).await;
        let message = format!(
            "GetRandomBytesRequest: count cannot be greater than 128 or less than 1 (Activity ID: {})",
            answer.header("x-ms-request-id")
        );
        assert_eq!(answer.body, format!(r#"{{"error":{{"code":"BadParameter","message":"{message}"}}}}"#));
    }
    assert_eq!(pool.call("GET", "/rng", "").await.status, 405);
    assert_eq!(pool.beside("kv.vault.azure.net").call("POST", "/rng", r#"{"count":1}"#).await.status, 404);
}

#[tokio::test]
async fn a_pool_has_keys_only_and_they_are_not_those_of_a_vault_of_the_same_name() {
    let pool = pool();
    for path in ["/secrets/s", "/certificates/c", "/deletedsecrets", "/certificates/issuers"] {
        assert_eq!(pool.call("GET", path, "").await.status, 404, "{path}");
    }
    let vault = pool.beside("hsm.vault.azure.net");
    vault.create("c").await;
    assert_eq!(vault.call("GET", "/keys", "").await.json()["value"].as_array().unwrap().len(), 1);
    assert_eq!(pool.call("GET", "/keys", "").await.body, r#"{"nextLink":null,"value":[]}"#);
}

#[tokio::test]
async fn an_attestation_authority_shows_its_keys_and_attests_what_it_is_asked_for() {
    let authority = pool().called("sharedeus.eus.attest.azure.net");
    let configuration = authority.send("GET", "/.well-known/openid-configuration", "", &[]).await.json();
    assert_eq!(configuration["issuer"], "https://sharedeus.eus.attest.azure.net");
    assert_eq!(configuration["jwks_uri"], "https://sharedeus.eus.attest.azure.net/certs");
    let keys = authority.send("GET", "/certs", "", &[]).await.json();
    let control = authority.beside("127.0.0.1");
    let attest = |body: &'static str| control.send("POST", "/akv/attestation", body, &[]);
    let made = attest(r#"{"authority":"https://mine","claims":{"a":1}}"#).await.json();
    let parts: Vec<Vec<u8>> = made["assertion"]
        .as_str()
        .unwrap()
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    let [header, claims] = [0, 1].map(|at| serde_json::from_slice::<serde_json::Value>(&parts[at]).unwrap());
    assert_eq!(header["kid"], keys["keys"][0]["kid"]);
    assert_eq!((claims["iss"].as_str(), claims["a"].as_i64()), (Some("https://mine"), Some(1)));
    assert!(made["privateKey"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
    for wrong in [r#"{"authority":"mine"}"#, r#"{"flaw":"other"}"#, "", r#"{"claim":{}}"#] {
        assert_eq!(attest(wrong).await.status, 400, "{wrong}");
    }
}
