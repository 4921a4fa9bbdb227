//! What the environment says of vault and credential: the rules, and the one place that reads it.
//!
//! The rules take the environment as a function, so that they can be tested without one.

use azure_core::http::Url;

use crate::connect::ConnectError;

/// The URL of a vault.
const URL: &str = "AZURE_KEYVAULT_URL";
/// The name of a vault on Azure.
const NAME: &str = "KEY_VAULT_NAME";

/// A variable's value; empty counts as absent.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The process's own environment.
pub(crate) fn of_process(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The vault that the environment names.
pub(crate) fn endpoint(environment: Environment<'_>) -> Result<Url, ConnectError> {
    if let Some(value) = environment(URL) {
        return parse(URL, &value);
    }
    let name = environment(NAME).ok_or(ConnectError::NoVault)?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        let reason = "a vault's name is letters, digits and hyphens".to_owned();
        return Err(ConnectError::InvalidEndpoint { variable: NAME, value: name, reason });
    }
    parse(NAME, &format!("https://{name}.vault.azure.net"))
}

fn parse(variable: &'static str, value: &str) -> Result<Url, ConnectError> {
    let invalid =
        |reason: String| ConnectError::InvalidEndpoint { variable, value: value.to_owned(), reason };
    let url = Url::parse(value).map_err(|error| invalid(error.to_string()))?;
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(url),
        _ => Err(invalid("it must begin with https:// and name a host".to_owned())),
    }
}

/// Which credential an environment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialChoice {
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`.
    ClientSecret,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_FEDERATED_TOKEN_FILE`.
    WorkloadIdentity,
    /// `IDENTITY_ENDPOINT`, or asked for by name.
    ManagedIdentity,
    /// Nothing of these: whoever is logged in with `az` or `azd`.
    DeveloperTools,
}

impl CredentialChoice {
    /// The first of `DefaultAzureCredential`'s kinds that the environment has everything for, among those that
    /// `AZURE_TOKEN_CREDENTIALS` allows.
    ///
    /// A virtual machine's identity is not probed for, because the probe costs seconds where there is none: ask for it
    /// with `AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential`.
    pub(crate) fn of(environment: Environment<'_>) -> Self {
        let all = |names: &[&str]| names.iter().all(|name| environment(name).is_some());
        let allowed = environment("AZURE_TOKEN_CREDENTIALS").map(|value| value.to_ascii_lowercase());
        let allows = |names: &[&str]| allowed.as_deref().is_none_or(|value| names.contains(&value));
        let application = all(&["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]);
        if allows(&["prod", "environmentcredential"]) && application && all(&["AZURE_CLIENT_SECRET"]) {
            return Self::ClientSecret;
        }
        if allows(&["prod", "workloadidentitycredential"])
            && application
            && all(&["AZURE_FEDERATED_TOKEN_FILE"])
        {
            return Self::WorkloadIdentity;
        }
        let named = allowed.as_deref() == Some("managedidentitycredential");
        if named || (allows(&["prod"]) && all(&["IDENTITY_ENDPOINT"])) {
            return Self::ManagedIdentity;
        }
        Self::DeveloperTools
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn a_url_wins_over_a_name_and_a_name_means_azure() {
        let both = lookup(&[(URL, "https://kv.vault.localhost:8443"), (NAME, "other")]);
        assert_eq!(endpoint(&both).unwrap().as_str(), "https://kv.vault.localhost:8443/");
        assert_eq!(endpoint(&lookup(&[(NAME, "kv")])).unwrap().as_str(), "https://kv.vault.azure.net/");
    }

    #[test]
    fn what_is_no_vault_is_said_with_the_variable_that_holds_it() {
        for (variable, value) in
            [(URL, "kv"), (URL, "http://kv.vault.azure.net"), (NAME, "kv.vault.azure.net")]
        {
            let complaint = endpoint(&lookup(&[(variable, value)])).unwrap_err().to_string();
            assert!(complaint.contains(variable) && complaint.contains(value), "{complaint}");
        }
        let complaint = endpoint(&lookup(&[])).unwrap_err().to_string();
        assert!(complaint.contains("akv env") && complaint.contains(NAME), "{complaint}");
    }

    #[test]
    fn the_first_kind_that_is_complete_is_chosen() {
        use CredentialChoice::{ClientSecret, DeveloperTools, ManagedIdentity, WorkloadIdentity};
        let application = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")];
        let secret = ("AZURE_CLIENT_SECRET", "s");
        let federated = ("AZURE_FEDERATED_TOKEN_FILE", "f");
        let endpoint = ("IDENTITY_ENDPOINT", "http://localhost/msi/token");
        let only = |value| ("AZURE_TOKEN_CREDENTIALS", value);
        for (more, choice) in [
            (vec![secret, federated, endpoint], ClientSecret),
            (vec![federated, endpoint], WorkloadIdentity),
            (vec![endpoint], ManagedIdentity),
            (vec![], DeveloperTools),
            (vec![secret, endpoint, only("dev")], DeveloperTools),
            (vec![secret, only("AzureCliCredential")], DeveloperTools),
            (vec![secret, only("ManagedIdentityCredential")], ManagedIdentity),
            (vec![secret, federated, only("WorkloadIdentityCredential")], WorkloadIdentity),
            (vec![secret, only("prod")], ClientSecret),
        ] {
            let variables = [&application[..], &more].concat();
            assert_eq!(CredentialChoice::of(&lookup(&variables)), choice, "{variables:?}");
        }
        assert_eq!(CredentialChoice::of(&lookup(&[secret])), DeveloperTools);
    }
}
