//! Opens the vault by one credential and prints whom its token names.
//!
//! ```sh
//! akv run -- cargo run -p akv-client --example credential ManagedIdentityCredential
//! ```
//!
//! Nothing here knows of an emulator: what a credential needs comes from the environment. `azure_identity` has no
//! `DefaultAzureCredential` and wants OpenSSL for a client's certificate: [`CredentialChain`] stands in for both.

use std::env;
use std::sync::Arc;

use akv_client::{CredentialChain, Network, Vault};
use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::{
    AzureCliCredential, ClientSecretCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::TryStreamExt;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    akv_client::report(run().await)
}

#[expect(clippy::print_stdout, reason = "the answer is for a machine")]
async fn run() -> Result<(), Failure> {
    let name = env::args().nth(1).ok_or("which credential?")?;
    let credential = choose(&name)?;
    let vault = Vault::builder().credential(Arc::clone(&credential)).build()?;
    let mut listed = vault.certificates().list_certificate_properties(None)?;
    while listed.try_next().await?.is_some() {}
    let token = credential.get_token(&["https://vault.azure.net/.default"], None).await?;
    let claims = token.token.secret().split('.').nth(1).ok_or("the token is none of the emulator's")?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
    println!("{}", claims["oid"].as_str().ok_or("the token names nobody")?);
    Ok(())
}

fn choose(name: &str) -> Result<Arc<dyn TokenCredential>, Failure> {
    Ok(match name {
        "DefaultAzureCredential" | "ClientCertificateCredential" => {
            Arc::new(CredentialChain::new(&Network::default())?)
        }
        "ManagedIdentityCredential" => ManagedIdentityCredential::new(None)?,
        "ManagedIdentityCredential, user-assigned" => {
            let user_assigned_id = Some(UserAssignedId::ClientId(variable("AZURE_CLIENT_ID")?));
            let options = ManagedIdentityCredentialOptions {
                user_assigned_id,
                ..ManagedIdentityCredentialOptions::default()
            };
            ManagedIdentityCredential::new(Some(options))?
        }
        "WorkloadIdentityCredential" => WorkloadIdentityCredential::new(None)?,
        "ClientSecretCredential" => ClientSecretCredential::new(
            &variable("AZURE_TENANT_ID")?,
            variable("AZURE_CLIENT_ID")?,
            Secret::new(variable("AZURE_CLIENT_SECRET")?),
            None,
        )?,
        "AzureCliCredential" => AzureCliCredential::new(None)?,
        other => return Err(format!("there is no {other}").into()),
    })
}

#[expect(clippy::disallowed_methods, reason = "an example reads its own environment")]
fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}
