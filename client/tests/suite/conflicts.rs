//! The conflict that every second run meets, solved: pollers, situations and an idempotent create, while things take
//! the time they take on Azure.

use std::sync::Arc;
use std::time::Duration;

use akv_client::{
    EnsureCertificate, OnDeleted, Outcome, PolicyDefaults, ServiceError, SettleCertificates, Situation, Vault,
};
use akv_emulator::Emulator;
use akv_emulator::timing::Timing;
use akv_tests::vault_in_process;
use azure_core::http::poller::{PollerOptions, PollerStatus};
use azure_security_keyvault_certificates::CertificateClient;
use azure_security_keyvault_certificates::models::{
    CertificatePolicy, CreateCertificateParameters, CurveName, KeyProperties, KeyType,
};
use futures::TryStreamExt;

/// An emulator whose vaults' clock runs with tokio's, which these tests pause: what is waited for is over at once, and
/// in the right order.
struct Slow {
    emulator: Emulator,
    client: Arc<CertificateClient>,
}

fn slow(timing: &str) -> Slow {
    let timing = timing.parse::<Timing>().unwrap();
    let emulator = Emulator::builder().seed(7).timing(timing).frozen_at(akv_tests::start()).build().unwrap();
    let client = vault_in_process(emulator.service(), "kv").certificates();
    Slow { emulator, client }
}

impl Slow {
    /// Lets the vaults' clock follow tokio's until `work` is done.
    async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let clock = self.emulator.clock();
        let tick = Duration::from_millis(500);
        let follow = async {
            let mut ticks = tokio::time::interval(tick);
            loop {
                ticks.tick().await;
                clock.advance(500);
            }
        };
        tokio::select! { done = work => done, () = follow => unreachable!("it follows for ever") }
    }

    async fn create(&self) {
        let parameters =
            CreateCertificateParameters { certificate_policy: Some(policy()), ..Default::default() };
        let poller =
            self.client.begin_create_certificate("web", parameters.try_into().unwrap(), None).unwrap();
        self.during(poller.into_future()).await.unwrap();
    }
}

fn policy() -> CertificatePolicy {
    let key =
        KeyProperties { key_type: Some(KeyType::Ec), curve: Some(CurveName::P256), ..Default::default() };
    CertificatePolicy { key_properties: Some(key), ..CertificatePolicy::issued_by("Self", "CN=web") }
}

fn situation<T>(result: azure_core::Result<T>) -> Situation {
    ServiceError::from(&result.err().expect("a refusal")).situation
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_followed_until_it_can_be_recovered() {
    let slow = slow("custom:delete=4s,recover=6s");
    slow.create().await;
    let mut deleting = slow.client.begin_delete_certificate("web", None).unwrap();
    let mut seen = Vec::new();
    slow.during(async {
        while seen.last() != Some(&PollerStatus::Succeeded) {
            seen.push(deleting.try_next().await.unwrap().unwrap().into_model().unwrap().status);
        }
    })
    .await;
    assert_eq!(seen.first(), Some(&PollerStatus::InProgress), "{seen:?}");
    assert_eq!(seen.last(), Some(&PollerStatus::Succeeded), "{seen:?}");
    let deleted = deleting.await.unwrap().into_model().unwrap();
    assert!(deleted.recovery_id.is_some() && deleted.scheduled_purge_date.is_some());

    let recovering = slow.client.begin_recover_deleted_certificate("web", None).unwrap();
    let recovered = slow.during(recovering.into_future()).await.unwrap().into_model().unwrap();
    assert_eq!(
        recovered.id,
        slow.client.get_certificate("web", None).await.unwrap().into_model().unwrap().id
    );
}

/// A purge right after a deletion is refused while the deletion takes effect (keys-and-secrets.md section 6).
#[tokio::test(start_paused = true)]
async fn a_purge_that_comes_too_early_waits_its_turn() {
    let slow = slow("custom:delete=4s");
    slow.create().await;
    slow.client.delete_certificate("web", None).await.unwrap();
    assert_eq!(situation(slow.client.purge_deleted_certificate("web", None).await), Situation::BeingDeleted);
    let purging = slow.client.begin_purge_deleted_certificate("web", None).unwrap();
    slow.during(purging.into_future()).await.unwrap();
    assert_eq!(situation(slow.client.get_deleted_certificate("web", None).await), Situation::NotFound);
}

#[tokio::test(start_paused = true)]
async fn what_a_poller_cannot_do_is_refused_at_once_and_what_the_service_refuses_comes_from_it() {
    let slow = slow("fast");
    let often =
        PollerOptions { frequency: azure_core::time::Duration::milliseconds(10), ..Default::default() };
    assert!(slow.client.begin_delete_certificate("web", Some(often)).is_err());
    assert_eq!(
        situation(slow.client.begin_delete_certificate("web", None).unwrap().await),
        Situation::NotFound
    );
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_ensured_whatever_was_there() {
    let slow = slow("azure");
    let ensure = |on_deleted| slow.during(slow.client.ensure_certificate("web", policy(), on_deleted));
    let created = ensure(OnDeleted::Fail).await.unwrap();
    assert_eq!(created.outcome, Outcome::Created);
    assert_eq!(ensure(OnDeleted::Fail).await.unwrap().outcome, Outcome::Existing);

    // While the deletion has not taken effect, which even recovering has to wait for.
    slow.client.delete_certificate("web", None).await.unwrap();
    let recovered = ensure(OnDeleted::Recover).await.unwrap();
    assert_eq!(
        (recovered.outcome, recovered.certificate.id),
        (Outcome::Recovered, created.certificate.id.clone())
    );

    slow.client.delete_certificate("web", None).await.unwrap();
    assert_eq!(situation(ensure(OnDeleted::Fail).await), Situation::DeletedButRecoverable);
    let anew = ensure(OnDeleted::PurgeThenCreate).await.unwrap();
    assert_eq!(anew.outcome, Outcome::Created);
    assert_ne!(anew.certificate.id, created.certificate.id);
}

#[tokio::test(start_paused = true)]
async fn many_at_once_end_with_the_same_certificate() {
    let slow = slow("azure");
    slow.create().await;
    slow.client.delete_certificate("web", None).await.unwrap();
    let callers = (0..20).map(|_| slow.client.ensure_certificate("web", policy(), OnDeleted::Recover));
    let ensured = slow.during(futures::future::try_join_all(callers)).await.unwrap();
    let ids: std::collections::HashSet<_> =
        ensured.iter().map(|ensured| ensured.certificate.id.clone()).collect();
    assert_eq!(ids.len(), 1);
    assert!(ensured.iter().any(|ensured| ensured.outcome == Outcome::Recovered));
}

#[tokio::test]
async fn a_protected_vault_is_not_waited_for() {
    let settings = akv_emulator::vault::Settings { purge_protection: true, ..Default::default() };
    let emulator = Emulator::builder().settings(settings).build().unwrap();
    let vault: Vault = vault_in_process(emulator.service(), "kv");
    let client = vault.certificates();
    client.ensure_certificate("web", policy(), OnDeleted::Fail).await.unwrap();
    client.delete_certificate("web", None).await.unwrap();
    let refused = client.ensure_certificate("web", policy(), OnDeleted::PurgeThenCreate).await;
    assert_eq!(situation(refused), Situation::PurgeProtected);
}
