//! One seed, one history: ids, delays and keys.

use akv_emulator::config::Config;
use akv_emulator::timing::Timing;
use akv_tests::{Vault, standing};

/// What a run with that seed shows of an RSA and an EC certificate.
async fn history(seed: u64) -> Vec<String> {
    let vault = Vault::new(Config { seed: Some(seed), timing: Timing::azure(), ..standing() });
    let rsa = r#"{"policy":{"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"}}}"#;
    let mut seen = Vec::new();
    let created = vault.call("POST", "/certificates/rsa/create", rsa).await;
    seen.push(created.header("x-ms-request-id").to_owned());
    // The whole request, key and deterministic RSA signature included.
    seen.push(created.body);
    vault.create("ec").await;
    let mut waited = 0;
    while vault.call("GET", "/certificates/rsa/pending", "").await.json()["status"] == "inProgress" {
        vault.advance(std::time::Duration::from_millis(100));
        waited += 1;
    }
    seen.push(waited.to_string());
    seen.push(vault.call("GET", "/certificates/rsa", "").await.body);
    seen.push(vault.call("GET", "/certificates/ec", "").await.json()["id"].to_string());
    seen
}

#[tokio::test]
async fn the_same_seed_repeats_everything_and_another_nothing() {
    let (once, again, other) = (history(7).await, history(7).await, history(8).await);
    assert_eq!(once, again);
    for (one, another) in once.iter().zip(&other).filter(|(one, _)| one.len() > 8) {
        assert_ne!(one, another);
    }
}
