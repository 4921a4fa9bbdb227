//! The official Rust SDK, unmodified, on every way into the emulator.

use akv_emulator::Emulator;
use akv_emulator::config::Config;
use akv_tests::{client_by_proxy, client_direct, client_in_process};
use azure_core::error::ErrorResponse;
use azure_security_keyvault_certificates::CertificateClient;
use azure_security_keyvault_certificates::models::{
    CertificatePolicy, CreateCertificateParameters, IssuerParameters, X509CertificateProperties,
};
use futures::TryStreamExt;

fn parameters() -> CreateCertificateParameters {
    CreateCertificateParameters {
        certificate_policy: Some(CertificatePolicy {
            x509_certificate_properties: Some(X509CertificateProperties {
                subject: Some("CN=DefaultPolicy".into()),
                ..Default::default()
            }),
            issuer_parameters: Some(IssuerParameters { name: Some("Self".into()), ..Default::default() }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Create, read, delete; the name is then taken until it is recovered or purged.
async fn quickstart(client: &CertificateClient) {
    let created = client
        .begin_create_certificate("cert1", parameters().try_into().unwrap(), None)
        .unwrap()
        .await
        .unwrap()
        .into_model()
        .unwrap();
    assert!(created.cer.is_some());
    let found = client.get_certificate("cert1", None).await.unwrap().into_model().unwrap();
    assert_eq!(found.id, created.id);
    let listed: Vec<_> = client.list_certificate_properties(None).unwrap().try_collect().await.unwrap();
    assert_eq!(listed.len(), 1);

    client.delete_certificate("cert1", None).await.unwrap();
    let deleted = client.get_deleted_certificate("cert1", None).await.unwrap().into_model().unwrap();
    assert!(deleted.scheduled_purge_date > deleted.deleted_date);

    let mut again = client.begin_create_certificate("cert1", parameters().try_into().unwrap(), None).unwrap();
    let refused = again.try_next().await.unwrap_err();
    assert_eq!(refused.http_status(), Some(azure_core::http::StatusCode::Conflict));
    let refused = ErrorResponse::try_from(refused).unwrap().error.unwrap();
    assert_eq!(refused.code.as_deref(), Some("Conflict"));
    assert_eq!(refused.inner_error.unwrap().code.as_deref(), Some("ObjectIsDeletedButRecoverable"));

    client.recover_deleted_certificate("cert1", None).await.unwrap();
    client.get_certificate("cert1", None).await.unwrap();
    client.delete_certificate("cert1", None).await.unwrap();
    client.purge_deleted_certificate("cert1", None).await.unwrap();
    client.begin_create_certificate("cert1", parameters().try_into().unwrap(), None).unwrap().await.unwrap();
}

#[tokio::test]
async fn in_process() {
    let emulator = Emulator::new(Config::default()).unwrap();
    quickstart(&client_in_process(emulator.service(), "kv")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_through_the_proxy_at_azures_own_name() {
    let running =
        Emulator::new(Config { offline: true, ..Config::default() }).unwrap().start().await.unwrap();
    quickstart(&client_by_proxy(&running, "kv")).await;
    running.stop().await;
}

/// The challenge's resource follows the host, so the SDK's verification of it stays on.
#[tokio::test(flavor = "multi_thread")]
async fn over_tls_at_a_local_name_with_the_challenge_verified() {
    let running = Emulator::new(Config::default()).unwrap().start().await.unwrap();
    let client = client_direct(&running, "kv");
    quickstart(&client).await;
    let found = client.get_certificate("cert1", None).await.unwrap().into_model().unwrap();
    assert!(found.id.unwrap().starts_with(&running.vault_url("kv")), "identifiers can be dialled");
    running.stop().await;
}

#[tokio::test]
async fn pages_of_a_list_follow_one_another() {
    let vault = akv_tests::Vault::new(Config::default());
    for n in 0..30 {
        vault.create(&format!("c{n}")).await;
    }
    let client = client_in_process(vault.service(), "kv");
    let listed: Vec<_> = client.list_certificate_properties(None).unwrap().try_collect().await.unwrap();
    assert_eq!(listed.len(), 30);
}
