//! Vaults that tests have to themselves: by the official clients, in the process and over TLS, a thousand at a time.

use akv_client::{EnsureCertificate, Network, OnDeleted, PolicyDefaults, ServiceError, Situation, Vault};
use akv_emulator::journal::{get_secret, set_secret};
use akv_emulator::own_vault::OwnVault;
use akv_emulator::{Emulator, Running};
use azure_core::http::StatusCode;
use azure_security_keyvault_certificates::models::CertificatePolicy;
use azure_security_keyvault_keys::models::{CreateKeyParameters, KeyType};
use azure_security_keyvault_secrets::models::SetSecretParameters;

fn in_process(own: &OwnVault) -> Vault {
    let vault = Vault::builder().url(own.url().parse().unwrap()).bearer_token(own.token().to_owned());
    vault.answered_by(own.answers()).build().unwrap()
}

fn over_tls(running: &Running, own: &OwnVault) -> Vault {
    let network = Network::new().root_certificates(running.emulator().ca_pem()).without_proxy();
    let vault = Vault::builder().url(own.url().parse().unwrap()).bearer_token(own.token().to_owned());
    vault.network(network).build().unwrap()
}

async fn set(vault: &Vault, value: &str) -> azure_core::Result<()> {
    let parameters = SetSecretParameters { value: Some(value.to_owned()), ..Default::default() };
    vault.secrets().set_secret("db", parameters.try_into()?, None).await.map(drop)
}

async fn get(vault: &Vault) -> azure_core::Result<String> {
    Ok(vault.secrets().get_secret("db", None).await?.into_model()?.value.unwrap())
}

/// Each holds its own value under the same name, and nobody's journal has anybody else's requests.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_emulators_at_a_time_do_not_meet() {
    let lives = (0..1000).map(|number: u32| async move {
        let emulator = Emulator::builder().build().unwrap();
        let own = emulator.vault();
        let vault = in_process(&own);
        set(&vault, &number.to_string()).await.unwrap();
        assert_eq!(get(&vault).await.unwrap(), number.to_string());
        emulator.journal().expect(set_secret("db").by(own.caller())).once();
        emulator.journal().expect(get_secret("db").by(own.caller())).once();
        emulator
    });
    // Every one of them stands while the others do.
    let standing = futures::future::join_all(lives.map(spawned)).await;
    assert_eq!(standing.len(), 1000);
}

#[expect(clippy::disallowed_methods, reason = "a thousand tests at a time are tasks of their own")]
async fn spawned<T: Send + 'static>(life: impl Future<Output = T> + Send + 'static) -> T {
    tokio::spawn(life).await.unwrap()
}

/// All three official clients; another vault's token is refused as Azure refuses it.
async fn all_families(vault: &Vault, stranger: &Vault) {
    set(vault, "1").await.unwrap();
    assert_eq!(get(vault).await.unwrap(), "1");
    let key = CreateKeyParameters { kty: Some(KeyType::Ec), ..Default::default() };
    vault.keys().create_key("k", key.try_into().unwrap(), None).await.unwrap();
    let policy = CertificatePolicy::issued_by("Self", "CN=own");
    vault.certificates().ensure_certificate("web", policy, OnDeleted::Fail).await.unwrap();
    vault.secrets().delete_secret("db", None).await.unwrap();
    vault.secrets().purge_deleted_secret("db", None).await.unwrap();
    let refused = get(stranger).await.unwrap_err();
    assert_eq!(refused.http_status(), Some(StatusCode::Forbidden));
    assert_eq!(ServiceError::from(&refused).situation, Situation::ForbiddenByPolicy);
}

#[tokio::test]
async fn the_official_clients_use_one_without_a_socket() {
    let emulator = Emulator::builder().strict().build().unwrap();
    let (own, other) = (emulator.vault(), emulator.vault());
    let stranger = Vault::builder().url(own.url().parse().unwrap()).bearer_token(other.token().to_owned());
    let stranger = stranger.answered_by(own.answers()).build().unwrap();
    all_families(&in_process(&own), &stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_clients_use_one_over_tls() {
    let running = Emulator::builder().strict().offline().start().await.unwrap();
    let (own, other) = (running.vault(), running.vault());
    let network = Network::new().root_certificates(running.emulator().ca_pem()).without_proxy();
    let stranger = Vault::builder().url(own.url().parse().unwrap()).bearer_token(other.token().to_owned());
    let stranger = stranger.network(network).build().unwrap();
    all_families(&over_tls(&running, &own), &stranger).await;
    drop(own);
    running.stop().await;
}
