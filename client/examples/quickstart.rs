//! Ensure and delete a certificate: the same program on Azure and against an emulator.
//!
//! ```sh
//! akv run -- cargo run -p akv-client --example quickstart
//! ```

use akv_client::{EnsureCertificate, OnDeleted, PolicyDefaults, SettleCertificates, Vault};
use azure_security_keyvault_certificates::models::CertificatePolicy;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    akv_client::report(run().await)
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let certificates = Vault::connect()?.certificates();
    let policy = CertificatePolicy::issued_by("Self", "CN=quickstart");
    let ensured = certificates.ensure_certificate("quickstart", policy, OnDeleted::Recover).await?;
    eprintln!("{:?}: {}", ensured.outcome, ensured.certificate.id.unwrap_or_default());
    let deleted = certificates.begin_delete_certificate("quickstart", None)?.await?.into_model()?;
    eprintln!("deleted, to be purged on {:?}", deleted.scheduled_purge_date);
    Ok(())
}
