//! Which credentials an environment describes.

use std::fmt;

use crate::environment::Environment;

/// The kinds of [`super::CredentialChain`], in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialKind {
    /// An application by its secret.
    ClientSecret,
    /// An application by its certificate.
    ClientCertificate,
    /// A workload by the token its platform gives it.
    WorkloadIdentity,
    /// The identity of the machine or service.
    ManagedIdentity,
    /// Whoever is logged in with `az`.
    AzureCli,
    /// Whoever is logged in with `azd`.
    AzureDeveloperCli,
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl CredentialKind {
    const ALL: [Self; 6] = [
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::AzureDeveloperCli,
    ];

    /// Its name in `DefaultAzureCredential`, as `AZURE_TOKEN_CREDENTIALS` writes it.
    const fn name(self) -> &'static str {
        match self {
            Self::ClientSecret | Self::ClientCertificate => "EnvironmentCredential",
            Self::WorkloadIdentity => "WorkloadIdentityCredential",
            Self::ManagedIdentity => "ManagedIdentityCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::AzureDeveloperCli => "AzureDeveloperCliCredential",
        }
    }

    /// Variables without which it cannot be.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::ClientSecret => &["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
            Self::ClientCertificate => {
                &["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"]
            }
            Self::WorkloadIdentity => &["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
            Self::ManagedIdentity | Self::AzureCli | Self::AzureDeveloperCli => &[],
        }
    }

    const fn group(self) -> &'static str {
        match self {
            Self::ClientSecret | Self::ClientCertificate | Self::WorkloadIdentity | Self::ManagedIdentity => {
                "prod"
            }
            Self::AzureCli | Self::AzureDeveloperCli => "dev",
        }
    }
}

/// What an environment describes and allows.
pub(super) struct Selection {
    /// Each kind that can be made, and whether the environment means it.
    pub(super) complete: Vec<(CredentialKind, bool)>,
    /// Each kind that cannot, and why.
    pub(super) skipped: Vec<(CredentialKind, String)>,
}

impl Selection {
    pub(super) fn of(environment: Environment<'_>) -> Self {
        let allowed = environment("AZURE_TOKEN_CREDENTIALS");
        let is = |word: &str| allowed.as_deref().is_some_and(|allowed| allowed.eq_ignore_ascii_case(word));
        let mut selection = Self { complete: Vec::new(), skipped: Vec::new() };
        for kind in CredentialKind::ALL {
            let named = is(kind.name());
            let missing: Vec<_> =
                kind.needs().iter().copied().filter(|name| environment(name).is_none()).collect();
            if !(allowed.is_none() || named || is(kind.group())) {
                selection.skipped.push((kind, "AZURE_TOKEN_CREDENTIALS does not allow it".to_owned()));
            } else if missing.is_empty() {
                let described = !kind.needs().is_empty()
                    || (kind == CredentialKind::ManagedIdentity
                        && environment("IDENTITY_ENDPOINT").is_some());
                selection.complete.push((kind, named || described));
            } else {
                let verb = if missing.len() == 1 { "is" } else { "are" };
                selection.skipped.push((kind, format!("{} {verb} not set", missing.join(", "))));
            }
        }
        selection
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::lookup;

    #[test]
    fn kinds_are_tried_in_azures_order_where_they_are_complete_and_allowed() {
        use CredentialKind::{
            AzureCli as Cli, AzureDeveloperCli as Azd, ClientCertificate as Certificate,
            ClientSecret as Secret, ManagedIdentity as Managed, WorkloadIdentity as Workload,
        };
        let application = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];
        let secret = ("AZURE_CLIENT_SECRET", "s");
        let file = ("AZURE_CLIENT_CERTIFICATE_PATH", "c.pem");
        let federated = ("AZURE_FEDERATED_TOKEN_FILE", "f");
        let endpoint = ("IDENTITY_ENDPOINT", "http://localhost/msi/token");
        let only = |value| ("AZURE_TOKEN_CREDENTIALS", value);
        let all = |kinds: &[CredentialKind], meant: &[CredentialKind]| {
            kinds.iter().map(|kind| (*kind, meant.contains(kind))).collect::<Vec<_>>()
        };
        for (more, expected) in [
            (vec![], all(&[Managed, Cli, Azd], &[])),
            (vec![secret, federated], all(&[Secret, Workload, Managed, Cli, Azd], &[Secret, Workload])),
            (vec![file], all(&[Certificate, Managed, Cli, Azd], &[Certificate])),
            (vec![endpoint], all(&[Managed, Cli, Azd], &[Managed])),
            (vec![secret, endpoint, only("dev")], all(&[Cli, Azd], &[])),
            (vec![secret, only("prod")], all(&[Secret, Managed], &[Secret])),
            (vec![secret, only("azureclicredential")], all(&[Cli], &[Cli])),
            (vec![secret, only("ManagedIdentityCredential")], all(&[Managed], &[Managed])),
            (vec![only("EnvironmentCredential")], vec![]),
        ] {
            let variables = [&application[..], &more].concat();
            assert_eq!(Selection::of(&lookup(&variables)).complete, expected, "{variables:?}");
        }
        let skipped = Selection::of(&lookup(&[secret])).skipped;
        assert_eq!(skipped[0], (Secret, "AZURE_TENANT_ID, AZURE_CLIENT_ID are not set".to_owned()));
    }
}
