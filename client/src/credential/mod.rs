//! Who calls: the first of `DefaultAzureCredential`'s kinds that gives a token.
//!
//! The kinds are `azure_identity`'s own; it has no chain of them. It must not show a secret.

mod bearer;
#[cfg(feature = "client-certificate")]
mod certificate;
mod exhausted;
mod imds;
mod kind;

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

#[cfg(feature = "client-certificate")]
use azure_identity::ClientAssertionCredential;

use crate::connect_error::ConnectError;
use crate::environment::{self, Environment};
use crate::network::Network;

pub(crate) use bearer::Bearer;
pub use exhausted::CredentialsExhausted;
pub use kind::CredentialKind;

use kind::Selection;

/// The first of these that gives a token, which is then kept to:
///
/// 1. the application that `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` describe, or
///    `AZURE_CLIENT_CERTIFICATE_PATH` instead of the secret (feature `client-certificate`): PEM or PKCS#12, with
///    `AZURE_CLIENT_CERTIFICATE_PASSWORD`;
/// 2. the workload that `AZURE_FEDERATED_TOKEN_FILE` describes instead of a secret;
/// 3. the managed identity: at `IDENTITY_ENDPOINT` (App Service, or an emulator), else a virtual machine's, if its
///    endpoint answers within a second; `AZURE_CLIENT_ID` chooses a user-assigned one;
/// 4. whoever is logged in with `az`;
/// 5. whoever is logged in with `azd`.
///
/// `AZURE_TOKEN_CREDENTIALS` narrows them: `prod` (1 to 3), `dev` (4 and 5), or the name of one, such as
/// `AzureCliCredential`. What the environment describes in full is meant: if it is refused, its error is the chain's,
/// and nobody else is tried. If nobody gives a token, the error is [`CredentialsExhausted`] and says why of each.
pub struct CredentialChain {
    members: Vec<Member>,
    skipped: Vec<(CredentialKind, String)>,
    chosen: OnceLock<usize>,
}

struct Member {
    kind: CredentialKind,
    credential: Arc<dyn TokenCredential>,
    /// Its refusal ends the chain.
    meant: bool,
}

impl fmt::Debug for CredentialChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.members.iter().map(|member| member.kind);
        f.debug_struct("CredentialChain").field("members", &kinds.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl CredentialChain {
    /// The chain that this process's environment describes, for use with the official clients alone.
    ///
    /// # Errors
    /// [`ConnectError`], if the environment describes a credential that cannot be made.
    pub fn new(network: &Network) -> Result<Self, ConnectError> {
        let transport = Transport::new(network.client().map_err(ConnectError::Trust)?);
        Self::in_environment(&environment::of_process, &transport)
    }

    pub(crate) fn in_environment(
        environment: Environment<'_>,
        transport: &Transport,
    ) -> Result<Self, ConnectError> {
        let Selection { complete, skipped } = Selection::of(environment);
        if complete.is_empty() {
            let allowed = environment("AZURE_TOKEN_CREDENTIALS").unwrap_or_default();
            let missing = skipped.into_iter().map(|(_, reason)| reason).collect::<Vec<_>>().join("; ");
            return Err(ConnectError::NoCredential { allowed, missing });
        }
        let members = complete.into_iter().map(|(kind, meant)| {
            let credential = make(kind, meant, environment, transport)
                .map_err(|source| ConnectError::Credential { kind, source })?;
            Ok(Member { kind, credential, meant })
        });
        Ok(Self { members: members.collect::<Result<_, _>>()?, skipped, chosen: OnceLock::new() })
    }
}

fn make(
    kind: CredentialKind,
    meant: bool,
    environment: Environment<'_>,
    transport: &Transport,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let variable = |name| environment(name).unwrap_or_default();
    let client_options = ClientOptions { transport: Some(transport.clone()), ..ClientOptions::default() };
    Ok(match kind {
        CredentialKind::ClientSecret => ClientSecretCredential::new(
            &variable("AZURE_TENANT_ID"),
            variable("AZURE_CLIENT_ID"),
            Secret::new(variable("AZURE_CLIENT_SECRET")),
            Some(ClientSecretCredentialOptions { client_options }),
        )?,
        CredentialKind::ClientCertificate => by_certificate(environment, client_options)?,
        CredentialKind::WorkloadIdentity => {
            WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: environment("AZURE_CLIENT_ID"),
                tenant_id: environment("AZURE_TENANT_ID"),
                token_file_path: environment("AZURE_FEDERATED_TOKEN_FILE").map(Into::into),
            }))?
        }
        CredentialKind::ManagedIdentity => {
            let user_assigned_id = environment("AZURE_CLIENT_ID").map(UserAssignedId::ClientId);
            let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
            let credential = ManagedIdentityCredential::new(Some(options))?;
            if meant { credential } else { Arc::new(imds::Probed::new(credential, transport.clone())) }
        }
        CredentialKind::AzureCli => AzureCliCredential::new(None)?,
        CredentialKind::AzureDeveloperCli => AzureDeveloperCliCredential::new(None)?,
    })
}

#[cfg(feature = "client-certificate")]
fn by_certificate(
    environment: Environment<'_>,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let variable = |name| environment(name).unwrap_or_default();
    let authority = environment("AZURE_AUTHORITY_HOST");
    let authority = authority.as_deref().unwrap_or("https://login.microsoftonline.com").trim_end_matches('/');
    let (tenant, client) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
    let assertion = certificate::CertificateAssertion::from_file(
        variable("AZURE_CLIENT_CERTIFICATE_PATH").as_ref(),
        &variable("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        format!("{authority}/{tenant}/oauth2/v2.0/token"),
        client.clone(),
    )?;
    let options = ClientAssertionCredentialOptions { client_options };
    Ok(ClientAssertionCredential::new(tenant, client, assertion, Some(options))?)
}

#[cfg(not(feature = "client-certificate"))]
fn by_certificate(_: Environment<'_>, _: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
    Err(azure_core::Error::with_message(
        azure_core::error::ErrorKind::Credential,
        "AZURE_CLIENT_CERTIFICATE_PATH is set, but this program is built without akv-client's feature `client-certificate`",
    ))
}

#[async_trait]
impl TokenCredential for CredentialChain {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        if let Some(member) = self.chosen.get().and_then(|index| self.members.get(*index)) {
            return member.credential.get_token(scopes, options).await;
        }
        let mut refusals = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            match member.credential.get_token(scopes, options.clone()).await {
                Ok(token) => {
                    self.chosen.get_or_init(|| index);
                    return Ok(token);
                }
                Err(error) if member.meant => return Err(error),
                Err(error) => refusals.push((member.kind, error)),
            }
        }
        Err(CredentialsExhausted::new(refusals, self.skipped.clone()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use azure_core::error::{Error, ErrorKind};
    use azure_core::time::OffsetDateTime;

    #[derive(Debug)]
    struct Says(Option<&'static str>, AtomicUsize);

    #[async_trait]
    impl TokenCredential for Says {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            self.1.fetch_add(1, Ordering::Relaxed);
            let token = self.0.map(|token| AccessToken::new(token, OffsetDateTime::UNIX_EPOCH));
            token.ok_or_else(|| Error::with_message(ErrorKind::Credential, "nobody is logged in"))
        }
    }

    fn chain(members: &[(CredentialKind, Option<&'static str>, bool)]) -> (CredentialChain, Vec<Arc<Says>>) {
        let made: Vec<_> = members.iter().map(|(_, says, _)| Arc::new(Says(*says, 0.into()))).collect();
        let members = members.iter().zip(&made).map(|((kind, _, meant), credential)| Member {
            kind: *kind,
            credential: Arc::clone(credential) as _,
            meant: *meant,
        });
        let skipped = vec![(CredentialKind::ClientSecret, "AZURE_CLIENT_SECRET is not set".to_owned())];
        (CredentialChain { members: members.collect(), skipped, chosen: OnceLock::new() }, made)
    }

    #[tokio::test]
    async fn the_first_that_gives_a_token_is_kept_to() {
        use CredentialKind::{AzureCli, AzureDeveloperCli, ManagedIdentity};
        let (chain, made) = chain(&[
            (ManagedIdentity, None, false),
            (AzureCli, Some("cli"), false),
            (AzureDeveloperCli, Some("azd"), false),
        ]);
        for _ in 0..2 {
            assert_eq!(chain.get_token(&["s"], None).await.unwrap().token.secret(), "cli");
        }
        let calls: Vec<_> = made.iter().map(|says| says.1.load(Ordering::Relaxed)).collect();
        assert_eq!(calls, [1, 2, 0]);
    }

    #[tokio::test]
    async fn what_the_environment_means_is_not_passed_over() {
        let (chain, made) = chain(&[
            (CredentialKind::ClientSecret, None, true),
            (CredentialKind::AzureCli, Some("cli"), false),
        ]);
        assert_eq!(chain.get_token(&["s"], None).await.unwrap_err().to_string(), "nobody is logged in");
        assert_eq!(made[1].1.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn nobody_is_said_of_each_with_the_reason() {
        let (chain, _) =
            chain(&[(CredentialKind::ManagedIdentity, None, false), (CredentialKind::AzureCli, None, false)]);
        let error = chain.get_token(&["s"], None).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Credential);
        assert!(error.source().unwrap().is::<CredentialsExhausted>());
        let text = error.to_string();
        for part in [
            "EnvironmentCredential: AZURE_CLIENT_SECRET is not set",
            "ManagedIdentityCredential: nobody is logged in",
            "AzureCliCredential: nobody is logged in",
            "akv env",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
