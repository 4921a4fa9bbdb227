//! What `az cloud register` reads: where the services of a cloud are. No token is asked for.
//!
//! Source: identity-and-control-plane.md section 7.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::http::origin::Origin;
use crate::http::target::Target;
use crate::identity::answer_json;

/// Whether the path is answered here.
#[must_use]
pub fn owns(path: &str) -> bool {
    path.trim_end_matches('/').eq_ignore_ascii_case("/metadata/endpoints")
}

/// The endpoints: one object, or a list of one for clients that ask by an older version.
pub(crate) fn answer(origin: &Origin, target: &Target<'_>) -> Response<Bytes> {
    let cloud = cloud(origin);
    let version = target.query("api-version").unwrap_or_default();
    answer_json(
        StatusCode::OK,
        &match version {
            _ if version < "2018" => oldest(&cloud),
            _ if version < "2022-09-01" => json!([cloud]),
            _ => cloud,
        },
    )
}

/// The form of 2015-01-01, for which az 2.60.0 asks (`msrestazure`, `azure_cloud.py`). It does not name vaults' hosts.
fn oldest(cloud: &Value) -> Value {
    json!({
        "galleryEndpoint": cloud["gallery"],
        "graphEndpoint": cloud["microsoftGraphResourceId"],
        "portalEndpoint": cloud["portal"],
        "authentication": {
            "loginEndpoint": cloud["authentication"]["loginEndpoint"],
            "audiences": cloud["authentication"]["audiences"],
        },
    })
}

fn cloud(origin: &Origin) -> Value {
    let is_azure = origin.authority == "management.azure.com";
    let url = origin.url();
    let port = origin.authority.rsplit_once(':').map_or("443", |(_, port)| port);
    let (login, graph, arm) = match is_azure {
        true => (
            "https://login.microsoftonline.com/".to_owned(),
            "https://graph.microsoft.com/".to_owned(),
            "https://management.azure.com/".to_owned(),
        ),
        false => (format!("{url}/"), format!("{url}/"), format!("{url}/")),
    };
    let vaults = if is_azure { "vault.azure.net".to_owned() } else { format!("vault.localhost:{port}") };
    let hsms =
        if is_azure { "managedhsm.azure.net".to_owned() } else { format!("managedhsm.localhost:{port}") };
    json!({
        "name": if is_azure { "AzureCloud" } else { "akv" },
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": login,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": graph,
        "resourceManager": arm,
        "batch": "https://batch.core.windows.net/",
        "gallery": "https://gallery.azure.com/",
        "media": "https://rest.media.azure.net",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
        "suffixes": {
            "keyVaultDns": vaults,
            "mhsmDns": hsms,
            "storage": "core.windows.net",
            "sqlServerHostname": "database.windows.net",
            "acrLoginServer": "azurecr.io",
        },
    })
}
