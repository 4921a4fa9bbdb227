//! Create, read and delete a certificate: the same program on Azure and against an emulator.
//!
//! ```sh
//! akv run -- cargo run -p akv-client --example quickstart
//! ```

use std::error::Error;
use std::process::ExitCode;

use akv_client::Vault;
use azure_core::error::ErrorResponse;
use azure_core::http::StatusCode;
use azure_security_keyvault_certificates::CertificateClient;
use azure_security_keyvault_certificates::models::{
    CertificatePolicy, CreateCertificateParameters, IssuerParameters, X509CertificateProperties,
};

const NAME: &str = "quickstart";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", explain(error));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let vault = Vault::connect()?;
    let client = vault.certificates();

    create(&client).await?;
    eprintln!("created {NAME} in {}", vault.url());

    let found = client.get_certificate(NAME, None).await?.into_model()?;
    let expires = found.attributes.and_then(|attributes| attributes.expires);
    eprintln!("found {}, valid until {expires:?}", found.id.unwrap_or_default());

    let deleted = client.delete_certificate(NAME, None).await?.into_model()?;
    eprintln!("deleted {NAME}, to be purged on {:?}", deleted.scheduled_purge_date);
    Ok(())
}

async fn create(client: &CertificateClient) -> azure_core::Result<()> {
    let policy = CertificatePolicy {
        x509_certificate_properties: Some(X509CertificateProperties {
            subject: Some("CN=DefaultPolicy".into()),
            ..Default::default()
        }),
        issuer_parameters: Some(IssuerParameters { name: Some("Self".into()), ..Default::default() }),
        ..Default::default()
    };
    let parameters = CreateCertificateParameters { certificate_policy: Some(policy), ..Default::default() };
    client.begin_create_certificate(NAME, parameters.try_into()?, None)?.await?;
    Ok(())
}

/// The conflict that every second run meets, in plain words; any other error as it is.
fn explain(error: Box<dyn Error>) -> String {
    let error = match error.downcast::<azure_core::Error>() {
        Ok(error) if error.http_status() == Some(StatusCode::Conflict) => *error,
        Ok(error) => return error.to_string(),
        Err(error) => return error.to_string(),
    };
    let text = error.to_string();
    let inner = ErrorResponse::try_from(error).ok().and_then(|response| response.error?.inner_error?.code);
    match inner.as_deref() {
        Some("ObjectIsDeletedButRecoverable") => format!(
            "{NAME} was deleted and is kept so that it can be recovered: until it is purged, its name is taken.\n\
             Recover it with `az keyvault certificate recover`, purge it with `az keyvault certificate purge`, or wait\n\
             until its scheduled purge date. The service said: {text}"
        ),
        Some("ObjectIsBeingDeleted") => {
            format!("{NAME} is being deleted right now: try again in a few seconds. {text}")
        }
        _ => text,
    }
}
