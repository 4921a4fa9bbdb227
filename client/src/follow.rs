//! A vault's certificate as rustls wants it, kept up to date.
//!
//! The vault renews a certificate by adding a version; whoever serves it has to notice. It must not stop serving what it
//! has because the vault cannot be asked.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use azure_core::time::OffsetDateTime;
use azure_security_keyvault_certificates::ResourceExt;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connect::Vault;
use crate::download::{DownloadError, DownloadedCertificate};

/// How often the vault is asked for a newer version.
///
/// Each wait is drawn between 90 and 110 percent of what is said, so that many servers do not ask at once.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Schedule {
    every: Duration,
    retry: Duration,
}

impl Default for Schedule {
    /// Every 15 minutes.
    fn default() -> Self {
        Self::every(Duration::from_secs(15 * 60))
    }
}

impl Schedule {
    /// Every so often; after a failure in 30 seconds, then twice as long each time, but never less often than said.
    pub const fn every(every: Duration) -> Self {
        Self { every, retry: Duration::from_secs(30) }
    }

    /// After a failure in so long instead.
    pub const fn retry_after(mut self, retry: Duration) -> Self {
        self.retry = retry;
        self
    }

    /// The next wait, after so many failures in a row.
    fn wait(&self, failures: u32) -> Duration {
        let doubled = self.retry.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let wait = if failures == 0 { self.every } else { doubled.min(self.every) };
        wait.mul_f64(0.9 + 0.2 * fraction())
    }
}

/// Anything from 0 to 1; the middle, if the machine has no randomness: it is about spreading load.
fn fraction() -> f64 {
    let mut drawn = [0; 4];
    let random = rustls::crypto::aws_lc_rs::default_provider().secure_random;
    match random.fill(&mut drawn) {
        Ok(()) => f64::from(u32::from_ne_bytes(drawn)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

/// What is served, and how the last look at the vault went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The version that is served.
    pub version: String,
    /// When it expires.
    pub expires: Option<OffsetDateTime>,
    /// How many looks in a row have failed; 0 after one that did not.
    pub failures: u32,
    /// Why the last look failed, if it did.
    pub last_error: Option<Arc<DownloadError>>,
}

/// A vault's certificate for rustls, as a server's or as a client's.
///
/// It is loaded once before there is anything to serve with, and then followed in the background until it is dropped. If
/// the vault cannot be asked, or gives what cannot be used, the version before is served on and [`Self::status`] says
/// why.
///
/// ```
/// use akv_client::{FollowedCertificate, Schedule};
/// # akv_tests::example(async |vault: akv_client::Vault| {
/// let web = FollowedCertificate::load(&vault, "web", Schedule::default()).await?;
/// let config = rustls::ServerConfig::builder().with_no_client_auth().with_cert_resolver(web.clone());
/// println!("serving {}", web.status().version);
/// # let _ = config;
/// # Ok(())
/// # });
/// ```
pub struct FollowedCertificate {
    shared: Arc<Shared>,
    following: JoinHandle<()>,
}

struct Shared {
    vault: Vault,
    name: String,
    current: RwLock<Arc<CertifiedKey>>,
    status: watch::Sender<Status>,
    /// One look at a time.
    looking: tokio::sync::Mutex<()>,
}

impl fmt::Debug for FollowedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowedCertificate")
            .field("name", &self.shared.name)
            .field("status", &*self.shared.status.borrow())
            .finish_non_exhaustive()
    }
}

impl Drop for FollowedCertificate {
    fn drop(&mut self) {
        self.following.abort();
    }
}

impl FollowedCertificate {
    /// Downloads the current version, and follows it from then on. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`DownloadError`], if there is nothing to serve with.
    pub async fn load(vault: &Vault, name: &str, schedule: Schedule) -> Result<Arc<Self>, DownloadError> {
        let (current, status) = usable(vault.download_certificate(name, None).await?)?;
        let shared = Arc::new(Shared {
            vault: vault.clone(),
            name: name.to_owned(),
            current: RwLock::new(current),
            status: watch::Sender::new(status),
            looking: tokio::sync::Mutex::new(()),
        });
        #[expect(clippy::disallowed_methods, reason = "following in the background is what this is for")]
        let following = tokio::spawn(Arc::clone(&shared).follow(schedule));
        Ok(Arc::new(Self { shared, following }))
    }

    /// What is served, and how the last look at the vault went.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status.borrow().clone()
    }

    /// Sees every change of [`Self::status`]: a newer version, a look that failed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Looks now, out of turn.
    ///
    /// # Errors
    /// [`DownloadError`]; the version before is served on.
    pub async fn refresh(&self) -> Result<(), Arc<DownloadError>> {
        self.shared.refresh().await
    }
}

impl Shared {
    async fn follow(self: Arc<Self>, schedule: Schedule) {
        loop {
            let wait = schedule.wait(self.status.borrow().failures);
            #[expect(clippy::disallowed_methods, reason = "a client waits for what may change")]
            tokio::time::sleep(wait).await;
            // Its outcome is the status.
            drop(self.refresh().await);
        }
    }

    async fn refresh(&self) -> Result<(), Arc<DownloadError>> {
        let _turn = self.looking.lock().await;
        match self.newer().await {
            Ok(Some((certified, status))) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = certified;
                self.status.send_replace(status);
                Ok(())
            }
            Ok(None) => {
                self.status.send_if_modified(|status| {
                    status.last_error = None;
                    std::mem::take(&mut status.failures) > 0
                });
                Ok(())
            }
            Err(error) => {
                let error = Arc::new(error);
                self.status.send_modify(|status| {
                    status.failures = status.failures.saturating_add(1);
                    status.last_error = Some(Arc::clone(&error));
                });
                Err(error)
            }
        }
    }

    /// The current version, if it is not what is served. The key is fetched only then.
    async fn newer(&self) -> Result<Option<(Arc<CertifiedKey>, Status)>, DownloadError> {
        let certificate = self.vault.certificate(&self.name, None).await?;
        let version = certificate.resource_id()?.version;
        if version.as_deref() == Some(&self.status.borrow().version) {
            return Ok(None);
        }
        usable(self.vault.with_key(&self.name, certificate).await?).map(Some)
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn usable(downloaded: DownloadedCertificate) -> Result<(Arc<CertifiedKey>, Status), DownloadError> {
    let (version, expires) = (downloaded.version.clone(), downloaded.expires);
    let status = Status { version, expires, failures: 0, last_error: None };
    Ok((downloaded.certified_key()?, status))
}

impl ResolvesServerCert for FollowedCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shared.current())
    }
}

impl ResolvesClientCert for FollowedCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.shared.current())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_and_failures_are_tried_again_sooner_but_never_in_a_hurry() {
        let schedule = Schedule::every(Duration::from_secs(600)).retry_after(Duration::from_secs(10));
        let within = |failures, seconds: f64| {
            let waits: Vec<_> = (0..50).map(|_| schedule.wait(failures).as_secs_f64()).collect();
            assert!(waits.iter().all(|wait| (seconds * 0.9..=seconds * 1.1).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
        };
        within(0, 600.0);
        within(1, 10.0);
        within(3, 40.0);
        within(u32::MAX, 600.0);
    }
}
