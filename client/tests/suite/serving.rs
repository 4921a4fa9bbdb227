//! A rustls server and client whose certificates come from a vault: downloaded, followed, served on when the vault fails.

use std::sync::Arc;
use std::time::Duration;

use akv_client::{
    DownloadError, EnsureCertificate, FollowedCertificate, OnDeleted, PolicyDefaults, Schedule, ServiceError,
    Situation, Vault,
};
use akv_emulator::Emulator;
use akv_emulator::clock::Clock;
use akv_tests::vault_in_process;
use azure_security_keyvault_certificates::models::{CertificatePolicy, CurveName, KeyProperties, KeyType};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The vaults' clock, as rustls asks for it.
#[derive(Debug)]
struct VaultTime(Clock);

impl TimeProvider for VaultTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

fn emulator() -> (Emulator, Vault) {
    let emulator = Emulator::builder().seed(7).frozen_at(akv_tests::start()).build().unwrap();
    let vault = vault_in_process(emulator.service(), "kv");
    (emulator, vault)
}

fn policy() -> CertificatePolicy {
    let key =
        KeyProperties { key_type: Some(KeyType::Ec), curve: Some(CurveName::P256), ..Default::default() };
    let policy = CertificatePolicy::issued_by("Self", "CN=localhost").dns_names(["localhost"]);
    CertificatePolicy { key_properties: Some(key), ..policy }
}

async fn ensure(vault: &Vault, policy: CertificatePolicy) {
    vault.certificates().ensure_certificate("web", policy, OnDeleted::Fail).await.unwrap();
}

/// One handshake through memory, without a socket: what the client was shown.
async fn handshake(server: ServerConfig, client: ClientConfig) -> std::io::Result<CertificateDer<'static>> {
    let (near, far) = tokio::io::duplex(16 << 10);
    let accept = TlsAcceptor::from(Arc::new(server)).accept(far);
    let connect =
        TlsConnector::from(Arc::new(client)).connect(ServerName::try_from("localhost").unwrap(), near);
    let (connected, accepted) = tokio::join!(connect, accept);
    accepted?;
    Ok(connected?.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned())
}

fn server(certificate: &Arc<FollowedCertificate>) -> ServerConfig {
    ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::clone(certificate) as _)
}

fn roots(root: &CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    roots
}

/// A client that trusts this certificate alone, at the vaults' time.
fn trusting(root: &CertificateDer<'static>, clock: Clock) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_details(provider, Arc::new(VaultTime(clock)))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots(root))
        .with_no_client_auth()
}

async fn leaf(vault: &Vault) -> CertificateDer<'static> {
    vault.download_certificate("web", None).await.unwrap().chain.swap_remove(0)
}

#[tokio::test]
async fn a_certificate_comes_whole_from_pkcs12_and_from_pem() {
    for policy in [policy(), policy().in_pem()] {
        let (_emulator, vault) = emulator();
        ensure(&vault, policy).await;
        let downloaded = vault.download_certificate("web", None).await.unwrap();
        let shown = vault.certificates().get_certificate("web", None).await.unwrap().into_model().unwrap();
        assert_eq!(Some(downloaded.chain[0].to_vec()), shown.cer);
        assert!(shown.id.unwrap().ends_with(&downloaded.version));
        assert!(!format!("{downloaded:?}").contains("key"));
        assert_eq!(downloaded.certified_key().unwrap().cert.len(), 1);
    }
}

#[tokio::test]
async fn what_cannot_be_downloaded_says_why() {
    let (_emulator, vault) = emulator();
    let missing = vault.download_certificate("web", None).await.unwrap_err();
    let DownloadError::Service(error) = missing else { panic!("{missing}") };
    assert_eq!(ServiceError::from(&error).situation, Situation::NotFound);

    let mut kept = policy();
    kept.key_properties.as_mut().unwrap().exportable = Some(false);
    ensure(&vault, kept).await;
    let error = vault.download_certificate("web", None).await.unwrap_err();
    assert!(matches!(error, DownloadError::NoPrivateKey), "{error}");
}

/// The policy's default renews at 80 percent of twelve months (certificates.md section 5.1).
#[tokio::test(start_paused = true)]
async fn thirteen_months_of_serving_see_the_renewal_and_never_an_expired_certificate() {
    let (emulator, vault) = emulator();
    ensure(&vault, policy()).await;
    let every = Duration::from_secs(6 * 60 * 60);
    let certificate = FollowedCertificate::load(&vault, "web", Schedule::every(every)).await.unwrap();
    let first = certificate.status().version;
    let mut changes = certificate.changes();
    for _month in 0..13 {
        emulator.clock().advance(30 * 86_400_000);
        // Longer than one wait at its longest, so that the follower has looked.
        tokio::time::sleep_until(tokio::time::Instant::now() + every * 2).await;
        let shown = leaf(&vault).await;
        assert_eq!(handshake(server(&certificate), trusting(&shown, emulator.clock())).await.unwrap(), shown);
    }
    assert!(changes.has_changed().unwrap());
    assert_ne!(changes.borrow_and_update().version, first);
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_fails_leaves_the_old_version_serving_and_says_so() {
    let (emulator, vault) = emulator();
    ensure(&vault, policy()).await;
    let shown = leaf(&vault).await;
    let certificate = FollowedCertificate::load(&vault, "web", Schedule::default()).await.unwrap();
    vault.certificates().delete_certificate("web", None).await.unwrap();
    let mut changes = certificate.changes();
    changes.wait_for(|status| status.failures == 3).await.unwrap();
    let error = certificate.status().last_error.unwrap().to_string();
    assert!(error.contains("was not found in this key vault"), "{error}");
    assert_eq!(handshake(server(&certificate), trusting(&shown, emulator.clock())).await.unwrap(), shown);

    vault.certificates().recover_deleted_certificate("web", None).await.unwrap();
    changes.wait_for(|status| status.failures == 0 && status.last_error.is_none()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn following_ends_when_nobody_holds_it() {
    let (_emulator, vault) = emulator();
    ensure(&vault, policy()).await;
    let certificate = FollowedCertificate::load(&vault, "web", Schedule::default()).await.unwrap();
    let mut changes = certificate.changes();
    drop(certificate);
    assert!(changes.changed().await.is_err(), "the follower has let go of what it sent to");
}

#[tokio::test]
async fn the_same_certificate_proves_a_client() {
    let (_emulator, vault) = emulator();
    ensure(&vault, policy()).await;
    let shown = leaf(&vault).await;
    let certificate = FollowedCertificate::load(&vault, "web", Schedule::default()).await.unwrap();
    // The machine's clock judges here: the vaults' is years away from it, and a server's verifier takes no other.
    certificate.refresh().await.unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let clock = Clock::frozen(akv_tests::start());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots(&shown)), Arc::clone(&provider));
    let server =
        ServerConfig::builder_with_details(Arc::clone(&provider), Arc::new(VaultTime(clock.clone())))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_cert_resolver(Arc::clone(&certificate) as _);
    let client = ClientConfig::builder_with_details(provider, Arc::new(VaultTime(clock)))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots(&shown))
        .with_client_cert_resolver(certificate);
    assert_eq!(handshake(server, client).await.unwrap(), shown);
}
