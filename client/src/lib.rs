//! What the official Azure SDK for Rust leaves to its users, for Key Vault.
//!
//! [`Vault::connect`] finds vault and credential in the environment, as `DefaultAzureCredential` does in other languages,
//! and hands out the official clients. The same program runs on Azure and against an emulator: only its environment
//! differs.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let vault = akv_client::Vault::connect()?;
//! let certificate = vault.certificates().get_certificate("web", None).await?.into_model()?;
//! println!("{:?} in {}", certificate.id, vault.url());
//! # Ok(())
//! # }
//! ```
//!
//! | what the official SDK lacks | here |
//! |---|---|
//! | an endpoint and a credential chain from the environment | [`Vault`], [`CredentialChain`] |
//! | own roots, host mapping, an end in seconds | [`Network`], [`Unreachable`] |
//! | pollers for delete, recover, purge | [`SettleCertificates`], [`SettleKeys`], [`SettleSecrets`] |
//! | names for what the service refuses | [`ServiceError`], [`Situation`], [`explain`] |
//! | an idempotent create, policies to begin with | [`EnsureCertificate`], [`PolicyDefaults`] |
//! | a certificate with its private key, feature `download` | `Vault::download_certificate` |
//! | the same for rustls, following renewals, feature `rustls` | `FollowedCertificate` |
//!
//! Features `certificates`, `keys` and `secrets` are on; `download`, `rustls` and `client-certificate` (an application that
//! proves itself with a certificate) are off, because they bring PKCS#12.
//!
//! It must not know the emulator, nor wrap what the official clients do well.

#[cfg(not(any(feature = "certificates", feature = "keys", feature = "secrets")))]
compile_error!("akv-client needs one of its features `certificates`, `keys` and `secrets`");

#[cfg(any(feature = "client-certificate", feature = "download"))]
mod bundle;
mod connect;
mod connect_error;
mod credential;
#[cfg(feature = "download")]
mod download;
#[cfg(feature = "certificates")]
mod ensure;
mod environment;
#[cfg(feature = "rustls")]
mod follow;
mod network;
#[cfg(feature = "certificates")]
mod policy;
mod report;
mod settle;
mod situation;

#[cfg(any(feature = "client-certificate", feature = "download"))]
pub use bundle::UnreadableBundle;
pub use connect::{Builder, Vault};
pub use connect_error::ConnectError;
pub use credential::{CredentialChain, CredentialKind, CredentialsExhausted};
#[cfg(feature = "download")]
pub use download::{DownloadError, DownloadedCertificate};
#[cfg(feature = "certificates")]
pub use ensure::{EnsureCertificate, Ensured, OnDeleted, Outcome};
#[cfg(feature = "rustls")]
pub use follow::{FollowedCertificate, Schedule, Status};
pub use network::{Network, Obstacle, TrustError, Unreachable};
#[cfg(feature = "certificates")]
pub use policy::PolicyDefaults;
pub use report::{explain, report};
#[cfg(feature = "certificates")]
pub use settle::SettleCertificates;
#[cfg(feature = "keys")]
pub use settle::SettleKeys;
#[cfg(feature = "secrets")]
pub use settle::SettleSecrets;
pub use settle::Settling;
pub use situation::{ServiceError, Situation};
