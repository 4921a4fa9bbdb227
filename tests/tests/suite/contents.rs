//! What vaults are filled with at the start, and going back to it.

use akv_emulator::Emulator;
use akv_emulator::config::Config;
use akv_emulator::contents::Contents;
use akv_emulator::journal::{anything, get_secret};
use akv_tests::{Vault, standing};

const CONTENTS: &str = r#"
    [vaults.kv.secrets]
    db = "s3cret"
    off = { value = "x", attributes = { enabled = false } }

    [vaults.kv.keys.signer]
    kty = "EC"
    crv = "P-256"

    [vaults.kv.issuers.ca]
    provider = "DigiCert"
    org_details = { id = "1" }

    [vaults.kv.certificates.web.policy.key_props]
    kty = "EC"

    [[faults]]
    on = { name = "flaky" }
    do = { answer = { status = 503 } }
"#;

async fn filled(contents: &str) -> Vault {
    let contents = Some(Contents::from_toml(contents).unwrap());
    let vault = Vault::new(Config { contents, ..standing() });
    vault.emulator().fill().await.unwrap();
    vault
}

#[tokio::test]
async fn objects_of_every_family_are_there_from_the_start() {
    let vault = filled(CONTENTS).await;
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "s3cret");
    assert_eq!(vault.call("GET", "/secrets/off", "").await.status, 403);
    assert_eq!(vault.call("GET", "/certificates/issuers/ca", "").await.json()["provider"], "DigiCert");
    assert_eq!(vault.call("GET", "/keys/signer", "").await.json()["key"]["kty"], "EC");
    let web = vault.call("GET", "/certificates/web", "").await.json();
    assert_eq!(web["policy"]["x509_props"]["subject"], "CN=web");
    assert_eq!(vault.call("GET", "/secrets/flaky", "").await.status, 503);
    vault.emulator().journal().expect(get_secret("db")).once();
}

#[tokio::test]
async fn a_reset_brings_back_what_was_there_and_nothing_else() {
    let vault = filled(CONTENTS).await;
    vault.call("PUT", "/secrets/db", r#"{"value":"changed"}"#).await;
    vault.call("DELETE", "/certificates/web", "").await;
    vault.call("PUT", "/secrets/new", r#"{"value":"x"}"#).await;
    let control = vault.beside("localhost");
    assert_eq!(control.send("POST", "/akv/reset", "", &[]).await.status, 200);
    vault.emulator().journal().expect(anything()).never();
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "s3cret");
    assert_eq!(vault.call("GET", "/certificates/web", "").await.status, 200);
    assert_eq!(vault.call("GET", "/secrets/new", "").await.status, 404);
}

#[tokio::test]
async fn what_azure_would_refuse_is_refused_with_the_object_and_azures_words() {
    let contents = Contents::from_toml("[vaults.kv.secrets]\n'a_b' = 'x'").unwrap();
    let config = Config { contents: Some(contents), ..standing() };
    let refused = Emulator::new(config).unwrap().start().await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "--contents: vault `kv`, /secrets/a_b: 400 (BadParameter) The request URI contains an invalid name: a_b"
    );
}
