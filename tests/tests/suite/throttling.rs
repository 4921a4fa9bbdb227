//! Azure's published limits, once they hold: "Azure Key Vault service limits".

use std::time::Duration;

use akv_emulator::config::Config;
use akv_emulator::throttling::Throttle;
use akv_tests::{Vault, standing};

const EC_KEY: &str = r#"{"kty":"EC","crv":"P-256"}"#;

async fn made(vault: &Vault, count: usize) -> u16 {
    let mut status = 0;
    for n in 0..count {
        status = vault.call("POST", &format!("/keys/k{n}/create"), EC_KEY).await.status;
    }
    status
}

/// keys-and-secrets.md, E-429: code and message, and no Retry-After.
#[tokio::test]
async fn the_twenty_first_key_in_ten_seconds_is_refused_in_azures_words() {
    let vault = Vault::new(Config { throttle: Throttle::Azure, ..standing() });
    assert_eq!(made(&vault, 20).await, 200);
    let refused = vault.call("POST", "/keys/more/create", EC_KEY).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, ""));
    assert_eq!(
        refused.body,
        r#"{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"}}"#
    );
    assert_eq!(vault.call("GET", "/keys/more", "").await.status, 404, "nothing was made");
    assert_eq!(made(&vault.beside("other.vault.azure.net"), 1).await, 200, "each vault for itself");
    vault.advance(Duration::from_secs(10));
    assert_eq!(made(&vault, 1).await, 200);
}

#[tokio::test]
async fn nothing_is_too_much_until_the_control_api_says_so() {
    let vault = Vault::new(standing());
    let control = vault.beside("localhost");
    let limits = async |body: &str| control.send("POST", "/akv/throttling", body, &[]).await;
    assert_eq!(made(&vault, 21).await, 200);
    assert_eq!(limits(r#"{"limits":"azure"}"#).await.body, r#"{"limits":"azure"}"#);
    assert_eq!(made(&vault, 21).await, 429);
    assert_eq!(control.send("GET", "/akv/throttling", "", &[]).await.body, r#"{"limits":"azure"}"#);
    assert_eq!(limits(r#"{"limits":"some"}"#).await.status, 400);
    limits(r#"{"limits":"off"}"#).await;
    assert_eq!(made(&vault, 21).await, 200);
}
