//! As whom a vault elsewhere is asked.

use http::Uri;
use tokio::process::Command;

use super::remote::is_near;
use crate::config::inherited;

/// The variable that holds an access token for the vault.
pub const TOKEN_VARIABLE: &str = "AKV_TEST_TOKEN";

/// A token for the vault at that URL: `AKV_TEST_TOKEN`, or whoever is logged in to az. An emulator on this machine takes
/// any.
///
/// # Errors
/// One line for people, if there is none.
pub async fn credential(url: &str) -> Result<String, String> {
    if let Some(token) = inherited(TOKEN_VARIABLE) {
        return Ok(token);
    }
    if url.parse::<Uri>().is_ok_and(|url| url.host().is_some_and(is_near)) {
        return Ok("developer".to_owned());
    }
    let missing = |why: &str| {
        format!(
            "no credential: set {TOKEN_VARIABLE} to an access token for https://vault.azure.net, or run `az login` ({why})"
        )
    };
    let az = if cfg!(windows) { "az.cmd" } else { "az" };
    let asked = ["account", "get-access-token", "--resource", "https://vault.azure.net"];
    let mut command = Command::new(az);
    command.args(asked).args(["--query", "accessToken", "--output", "tsv"]);
    let output = command.output().await.map_err(|error| missing(&format!("{az}: {error}")))?;
    let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !token.is_empty() {
        return Ok(token);
    }
    Err(missing(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("az says nothing")))
}
