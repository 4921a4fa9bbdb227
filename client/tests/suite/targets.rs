//! One scenario against every target: in-process, over TLS, and a real vault where `AKV_TEST_VAULT_URL` names one and the
//! environment says as whom.

use std::io::Write;

use akv_client::{
    EnsureCertificate, OnDeleted, Outcome, PolicyDefaults, ServiceError, SettleCertificates, SettleKeys,
    SettleSecrets, Situation, Vault,
};
use akv_emulator::Emulator;
use akv_tests::{vault_in_process, vault_over_tls};
use azure_core::Uuid;
use azure_core::http::Url;
use azure_security_keyvault_certificates::models::CertificatePolicy;
use azure_security_keyvault_keys::models::{CreateKeyParameters, KeyType};
use azure_security_keyvault_secrets::models::SetSecretParameters;

type Outcomes = Result<(), Box<dyn std::error::Error>>;

fn situation<T>(refused: azure_core::Result<T>) -> Option<Situation> {
    refused.err().map(|error| ServiceError::from(&error).situation)
}

async fn certificates(vault: &Vault, name: &str) -> Outcomes {
    let client = vault.certificates();
    let policy = || CertificatePolicy::issued_by("Self", "CN=akv-test");
    let created = client.ensure_certificate(name, policy(), OnDeleted::Fail).await?;
    assert_eq!(created.outcome, Outcome::Created);
    let whole = vault.download_certificate(name, None).await?;
    assert_eq!(Some(whole.chain[0].to_vec()), created.certificate.cer);

    let deleted = client.begin_delete_certificate(name, None)?.await?.into_model()?;
    assert!(deleted.recovery_id.is_some());
    let taken = client.ensure_certificate(name, policy(), OnDeleted::Fail).await;
    assert_eq!(situation(taken), Some(Situation::DeletedButRecoverable));
    let recovered = client.ensure_certificate(name, policy(), OnDeleted::Recover).await?;
    assert_eq!((recovered.outcome, recovered.certificate.id), (Outcome::Recovered, created.certificate.id));

    client.begin_delete_certificate(name, None)?.await?;
    client.begin_purge_deleted_certificate(name, None)?.await?;
    assert_eq!(situation(client.get_deleted_certificate(name, None).await), Some(Situation::NotFound));
    Ok(())
}

async fn secrets(vault: &Vault, name: &str) -> Outcomes {
    let client = vault.secrets();
    let parameters = SetSecretParameters { value: Some("1".to_owned()), ..Default::default() };
    client.set_secret(name, parameters.try_into()?, None).await?;
    client.begin_delete_secret(name, None)?.await?;
    assert_eq!(situation(client.get_secret(name, None).await), Some(Situation::NotFound));
    client.begin_recover_deleted_secret(name, None)?.await?;
    assert_eq!(client.get_secret(name, None).await?.into_model()?.value.as_deref(), Some("1"));
    client.begin_delete_secret(name, None)?.await?;
    client.begin_purge_deleted_secret(name, None)?.await?;
    assert_eq!(situation(client.get_deleted_secret(name, None).await), Some(Situation::NotFound));
    Ok(())
}

async fn keys(vault: &Vault, name: &str) -> Outcomes {
    let client = vault.keys();
    let parameters = CreateKeyParameters { kty: Some(KeyType::Ec), ..Default::default() };
    let created = client.create_key(name, parameters.try_into()?, None).await?.into_model()?;
    let deleted = client.begin_delete_key(name, None)?.await?.into_model()?;
    assert!(deleted.recovery_id.is_some());
    assert_eq!(situation(client.get_key(name, None).await), Some(Situation::NotFound));
    let recovered = client.begin_recover_deleted_key(name, None)?.await?.into_model()?;
    assert_eq!(recovered.key.and_then(|key| key.kid), created.key.and_then(|key| key.kid));
    client.begin_delete_key(name, None)?.await?;
    client.begin_purge_deleted_key(name, None)?.await?;
    assert_eq!(situation(client.get_deleted_key(name, None).await), Some(Situation::NotFound));
    Ok(())
}

async fn scenario(vault: Vault) {
    #[expect(clippy::disallowed_methods, reason = "a real vault may hold what another run left")]
    let name = format!("akv-test-{}", Uuid::new_v4());
    let outcome = async {
        certificates(&vault, &name).await?;
        // A certificate takes the names of its secret and its key too.
        secrets(&vault, &format!("{name}-s")).await?;
        keys(&vault, &format!("{name}-k")).await
    };
    let outcome: Outcomes = outcome.await;
    let complaint = outcome.err().map(|error| akv_client::explain(&*error));
    assert_eq!(complaint, None, "{}", vault.url());
}

#[tokio::test]
async fn in_process() {
    let emulator = Emulator::builder().build().unwrap();
    scenario(vault_in_process(emulator.service(), "kv")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls() {
    let running = Emulator::builder().offline().start().await.unwrap();
    scenario(vault_over_tls(&running, "kv")).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_azure() {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests names the vault")]
    let Ok(url) = std::env::var("AKV_TEST_VAULT_URL") else {
        // Past the capture of a test's output: a skip that nobody sees is a pass.
        let text = "SKIPPED the client on Azure: set AKV_TEST_VAULT_URL to a vault's URL, and log in";
        writeln!(std::io::stderr(), "{text}").unwrap();
        return;
    };
    scenario(Vault::builder().url(Url::parse(&url).unwrap()).build().unwrap()).await;
}
