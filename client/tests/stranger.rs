//! Ten tests of an application, as a stranger would write them: the emulator, the client, nothing of this repository's
//! own test code. Each has an emulator to itself; together they take less than a second.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

use std::sync::Arc;
use std::time::Duration;

use akv_client::{
    EnsureCertificate, FollowedCertificate, OnDeleted, Outcome, PolicyDefaults, Schedule, ServiceError,
    SettleCertificates, SettleSecrets, Situation, Vault,
};
use akv_emulator::Emulator;
use akv_emulator::timestamp::Timestamp;
use azure_security_keyvault_certificates::models::{
    CertificatePolicy, CurveName, KeyProperties, KeyType, UpdateCertificatePropertiesParameters,
};
use azure_security_keyvault_secrets::models::SetSecretParameters;
use futures::TryStreamExt;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

fn emulator() -> Emulator {
    Emulator::builder().frozen_at(Timestamp::parse("2027-01-31").unwrap()).build().unwrap()
}

/// A vault of its own in this emulator: no socket, no TLS, no login.
fn vault(emulator: &Emulator) -> Vault {
    let own = emulator.vault();
    let vault = Vault::builder().url(own.url().parse().unwrap()).bearer_token(own.token().to_owned());
    vault.answered_by(own.answers()).build().unwrap()
}

fn policy() -> CertificatePolicy {
    let key =
        KeyProperties { key_type: Some(KeyType::Ec), curve: Some(CurveName::P256), ..Default::default() };
    let policy = CertificatePolicy::issued_by("Self", "CN=localhost").dns_names(["localhost"]);
    CertificatePolicy { key_properties: Some(key), ..policy }
}

async fn set(vault: &Vault, name: &str, value: &str) {
    let parameters = SetSecretParameters { value: Some(value.to_owned()), ..Default::default() };
    vault.secrets().set_secret(name, parameters.try_into().unwrap(), None).await.unwrap();
}

async fn get(vault: &Vault, name: &str) -> azure_core::Result<String> {
    Ok(vault.secrets().get_secret(name, None).await?.into_model()?.value.unwrap_or_default())
}

fn situation<T>(refused: azure_core::Result<T>) -> Option<Situation> {
    refused.err().map(|error| ServiceError::from(&error).situation)
}

#[tokio::test]
async fn a_secret_is_what_was_set() {
    let vault = vault(&emulator());
    set(&vault, "db", "s3cret").await;
    assert_eq!(get(&vault, "db").await.unwrap(), "s3cret");
}

#[tokio::test]
async fn a_secret_has_versions_and_the_newest_counts() {
    let vault = vault(&emulator());
    set(&vault, "db", "1").await;
    set(&vault, "db", "2").await;
    assert_eq!(get(&vault, "db").await.unwrap(), "2");
    let versions = vault.secrets().list_secret_properties_versions("db", None).unwrap();
    assert_eq!(versions.try_collect::<Vec<_>>().await.unwrap().len(), 2);
}

#[tokio::test]
async fn tests_do_not_see_one_another() {
    assert_eq!(situation(get(&vault(&emulator()), "db").await), Some(Situation::NotFound));
}

#[tokio::test]
async fn a_deleted_secret_comes_back() {
    let vault = vault(&emulator());
    set(&vault, "db", "1").await;
    let secrets = vault.secrets();
    let deleted = secrets.begin_delete_secret("db", None).unwrap().await.unwrap().into_model().unwrap();
    assert!(deleted.recovery_id.is_some());
    assert_eq!(situation(get(&vault, "db").await), Some(Situation::NotFound));
    secrets.begin_recover_deleted_secret("db", None).unwrap().await.unwrap();
    assert_eq!(get(&vault, "db").await.unwrap(), "1");
}

#[tokio::test]
async fn a_purged_secret_frees_its_name() {
    let vault = vault(&emulator());
    set(&vault, "db", "1").await;
    vault.secrets().begin_delete_secret("db", None).unwrap().await.unwrap();
    vault.secrets().begin_purge_deleted_secret("db", None).unwrap().await.unwrap();
    set(&vault, "db", "2").await;
    assert_eq!(get(&vault, "db").await.unwrap(), "2");
}

#[tokio::test]
async fn retention_ends_by_itself() {
    let emulator = emulator();
    let vault = vault(&emulator);
    set(&vault, "db", "1").await;
    vault.secrets().begin_delete_secret("db", None).unwrap().await.unwrap();
    emulator.clock().advance(91 * 86_400_000);
    assert_eq!(situation(vault.secrets().get_deleted_secret("db", None).await), Some(Situation::NotFound));
}

#[tokio::test]
async fn a_deployment_may_run_twice() {
    let vault = vault(&emulator());
    for outcome in [Outcome::Created, Outcome::Existing] {
        let ensured =
            vault.certificates().ensure_certificate("web", policy(), OnDeleted::Fail).await.unwrap();
        assert_eq!(ensured.outcome, outcome);
    }
}

#[tokio::test]
async fn a_deployment_after_a_removal_recovers() {
    let vault = vault(&emulator());
    let certificates = vault.certificates();
    certificates.ensure_certificate("web", policy(), OnDeleted::Fail).await.unwrap();
    certificates.begin_delete_certificate("web", None).unwrap().await.unwrap();
    let again = certificates.ensure_certificate("web", policy(), OnDeleted::Recover).await.unwrap();
    assert_eq!(again.outcome, Outcome::Recovered);
}

#[tokio::test]
async fn a_tag_is_kept_by_the_certificate() {
    let vault = vault(&emulator());
    let certificates = vault.certificates();
    certificates.ensure_certificate("web", policy(), OnDeleted::Fail).await.unwrap();
    let tags = Some([("team".to_owned(), "blue".to_owned())].into());
    let parameters = UpdateCertificatePropertiesParameters { tags, ..Default::default() };
    certificates.update_certificate_properties("web", parameters.try_into().unwrap(), None).await.unwrap();
    let found = certificates.get_certificate("web", None).await.unwrap().into_model().unwrap();
    assert_eq!(found.tags.unwrap()["team"], "blue");
}

/// The vaults' clock, as rustls asks for it.
#[derive(Debug)]
struct VaultTime(akv_emulator::clock::Clock);

impl TimeProvider for VaultTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.now().seconds().try_into().ok()?)))
    }
}

/// What a client that trusts `root` alone sees of a server with this certificate, at the vaults' time.
async fn visit(
    emulator: &Emulator,
    served: &Arc<FollowedCertificate>,
    root: CertificateDer<'static>,
) -> bool {
    let server = ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::clone(served) as _);
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_details(provider, Arc::new(VaultTime(emulator.clock())))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (near, far) = tokio::io::duplex(16 << 10);
    let name = ServerName::try_from("localhost").unwrap();
    let (accepted, connected) = tokio::join!(
        TlsAcceptor::from(Arc::new(server)).accept(far),
        TlsConnector::from(Arc::new(client)).connect(name, near)
    );
    accepted.is_ok() && connected.is_ok()
}

/// Thirteen months in virtual time: the vault renews at 80 percent of the year, the server notices by itself, and no
/// visitor meets an expired certificate.
#[tokio::test(start_paused = true)]
async fn a_server_outlives_its_certificate() {
    let emulator = emulator();
    let vault = vault(&emulator);
    vault.certificates().ensure_certificate("web", policy(), OnDeleted::Fail).await.unwrap();
    let served = FollowedCertificate::load(&vault, "web", Schedule::default()).await.unwrap();
    let (first, mut changes) = (served.status().version, served.changes());
    for _month in 0..13 {
        emulator.clock().advance(30 * 86_400_000);
        let current = vault.certificates().get_certificate("web", None).await.unwrap().into_model().unwrap();
        if !current.id.unwrap().ends_with(&served.status().version) {
            changes.changed().await.unwrap();
        }
        assert!(visit(&emulator, &served, current.cer.unwrap().into()).await);
    }
    assert_ne!(served.status().version, first);
}
