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
//! It must not know the emulator, nor wrap what the official clients do well.

mod connect;
mod connect_error;
mod credential;
mod environment;
mod network;

pub use connect::{Builder, Vault};
pub use connect_error::ConnectError;
pub use credential::{CredentialChain, CredentialKind, CredentialsExhausted};
pub use network::{Network, Obstacle, TrustError, Unreachable};
