//! What the environment says, and the one place that reads it.
//!
//! The rules take the environment as a function, so that they can be tested without one.

use azure_core::http::Url;

use crate::connect_error::ConnectError;

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

#[cfg(test)]
pub(crate) fn lookup<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_wins_over_a_name_and_a_name_means_azure() {
        let both = [(URL, "https://kv.vault.localhost:8443"), (NAME, "other")];
        assert_eq!(endpoint(&lookup(&both)).unwrap().as_str(), "https://kv.vault.localhost:8443/");
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
}
