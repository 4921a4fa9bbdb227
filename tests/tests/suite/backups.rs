//! Backup and restore. Source: certificates.md sections 2.10 and 4, keys-and-secrets.md section 3.4.

use akv_emulator::config::{Config, Data};
use akv_tests::{Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

async fn backup(vault: &Vault) -> String {
    vault.call("POST", "/certificates/c/backup", "").await.json()["value"].as_str().unwrap().to_owned()
}

async fn restore(vault: &Vault, blob: &str) -> akv_tests::Answer {
    vault.call("POST", "/certificates/restore", &json!({"value": blob}).to_string()).await
}

/// Go:TestBackupRestore: the same version ids and dates, no pending operation, and all versions.
#[tokio::test]
async fn everything_comes_back_into_another_emulator_that_shares_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let shared = || Config { data: Data::Directory(folder.path().to_owned()), ..standing() };
    let vault = Vault::new(shared());
    vault.create("c").await;
    vault.advance(std::time::Duration::from_secs(60));
    vault.create("c").await;
    vault.call("PATCH", "/certificates/c", r#"{"tags":{"a":"b"}}"#).await;
    let before = vault.call("GET", "/certificates/c", "").await.json();
    let versions = vault.call("GET", "/certificates/c/versions", "").await.body;
    let secret = vault.call("GET", "/secrets/c?outContentType=application/x-pem-file", "").await.json();
    let blob = backup(&vault).await;
    let outer = URL_SAFE_NO_PAD.decode(&blob).unwrap();
    assert!(outer.starts_with(b"&AzureKeyVaultKeyBackupV1.microsoft.com"));
    assert_eq!(outer.iter().filter(|byte| **byte == b'.').count(), 2 + 4, "a compact JWE follows");

    let other = Vault::new(shared());
    let restored = restore(&other, &blob).await;
    assert_eq!(restored.status, 200, "{restored:?}");
    let mut expected = before;
    expected.as_object_mut().unwrap().remove("pending");
    assert_eq!(restored.json(), expected);
    assert_eq!(other.call("GET", "/certificates/c/versions", "").await.body, versions);
    let again = other.call("GET", "/secrets/c?outContentType=application/x-pem-file", "").await.json();
    assert_eq!(again["value"], secret["value"]);
}

#[tokio::test]
async fn a_name_in_use_or_deleted_is_not_restored_over() {
    let vault = Vault::new(standing());
    vault.create("c").await;
    let id = vault.call("GET", "/certificates/c", "").await.json()["id"].as_str().unwrap().to_owned();
    let blob = backup(&vault).await;
    let conflict = restore(&vault, &blob).await;
    let message = conflict.json()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(conflict.status, 409);
    assert!(
        message.starts_with(&format!("There was a conflict restoring the certificate '{id}'.")),
        "{message}"
    );
    vault.call("DELETE", "/certificates/c", "").await;
    assert_eq!(restore(&vault, &blob).await.status, 409);
    vault.call("DELETE", "/deletedcertificates/c", "").await;
    assert_eq!(restore(&vault, &blob).await.status, 200, "once purged its name is free at once");
}

/// Java:restoreCertificateFromMalformedBackup; another installation's blob does not open either.
#[tokio::test]
async fn a_blob_that_does_not_open_is_corrupt() {
    let vault = Vault::new(standing());
    vault.create("c").await;
    let foreign = backup(&vault).await;
    let other = Vault::new(standing());
    for blob in ["", "garbage", &foreign, &foreign[2..]] {
        let answer = restore(&other, blob).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (400, r#"{"error":{"code":"Malformed backup blob","message":"Backup blob is corrupt."}}"#)
        );
    }
    assert_eq!(other.call("POST", "/certificates/none/backup", "").await.status, 404);
}
