//! The login authority `login.microsoftonline.com`: discovery, keys and the token endpoint for applications.
//!
//! Served on its own host and, by path, on this machine's names. Source: identity-and-control-plane.md sections 4.2, 5.

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::clock::Clock;
use crate::http::origin::Origin;
use crate::identity::entra_error::EntraError;
use crate::identity::tokens::{Audience, ClientProof, LIFETIME, Subject};
use crate::identity::{Identity, answer_json};

/// Whether a path on a shared host is the login authority's.
pub(super) fn owns(path: &str) -> bool {
    path == "/common/discovery/instance"
        || [
            "/.well-known/openid-configuration",
            "/oauth2/v2.0/token",
            "/oauth2/token",
            "/discovery/v2.0/keys",
            "/discovery/keys",
        ]
        .iter()
        .any(|end| path.ends_with(end))
}

impl Identity {
    /// Answers a request to the login authority.
    pub async fn login(&self, origin: &Origin, parts: &Parts, body: &[u8]) -> Response<Bytes> {
        let segments: Vec<&str> = parts.uri.path().split('/').filter(|s| !s.is_empty()).collect();
        let (Some(tenant), path) = (segments.first().copied(), segments.get(1..).unwrap_or_default()) else {
            return not_found(parts);
        };
        match (&parts.method, path) {
            (&Method::GET, ["discovery", "instance"]) => answer_json(StatusCode::OK, &instances(origin)),
            (_, _) if !self.knows(tenant) => self.refuse(&EntraError::UnknownTenant(tenant.to_owned())),
            (&Method::GET, [".well-known", "openid-configuration"]) => {
                answer_json(StatusCode::OK, &self.configuration(origin, tenant, ""))
            }
            (&Method::GET, ["v2.0", ".well-known", "openid-configuration"]) => {
                answer_json(StatusCode::OK, &self.configuration(origin, tenant, "/v2.0"))
            }
            (&Method::GET, ["discovery", "keys"] | ["discovery", "v2.0", "keys"]) => self.key_set(),
            (&Method::POST, ["oauth2", "token"] | ["oauth2", "v2.0", "token"]) => {
                self.token(body).await.unwrap_or_else(|error| self.refuse(&error))
            }
            _ => not_found(parts),
        }
    }

    /// Our tenant, a domain (there is one tenant to resolve it to) or one of Entra's stand-ins.
    fn knows(&self, tenant: &str) -> bool {
        let stand_in = ["common", "organizations", "consumers", "adfs"].contains(&tenant);
        stand_in || tenant.contains('.') || tenant.parse() == Ok(self.tenant())
    }

    fn configuration(&self, origin: &Origin, tenant: &str, version: &str) -> serde_json::Value {
        let url = origin.url();
        // Clients resolve a domain to its tenant by this answer; the stand-ins stay what they are.
        let path = if tenant.contains('.') { self.tenant().to_string() } else { tenant.to_owned() };
        let issuer = match version {
            "" => self.tokens.issuer(),
            _ => format!("{url}/{}/v2.0", self.tenant()),
        };
        json!({
            "token_endpoint": format!("{url}/{path}/oauth2{version}/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "jwks_uri": format!("{url}/{path}/discovery{version}/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer,
            "authorization_endpoint": format!("{url}/{path}/oauth2{version}/authorize"),
            "device_authorization_endpoint": format!("{url}/{path}/oauth2{version}/devicecode"),
            "tenant_region_scope": null,
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        })
    }

    fn key_set(&self) -> Response<Bytes> {
        match self.tokens.key() {
            Err(error) => fault(&error),
            Ok(key) => {
                let issuer = format!("https://login.microsoftonline.com/{}/v2.0", self.tenant());
                let key = json!({
                    "kty": "RSA", "use": "sig", "kid": key.id(), "x5t": key.id(),
                    "n": key.modulus(), "e": key.exponent(), "issuer": issuer,
                });
                answer_json(StatusCode::OK, &json!({"keys": [key]}))
            }
        }
    }

    /// Client credentials, proved by a secret or an assertion. Which ones are right is not checked yet: any does.
    async fn token(&self, body: &[u8]) -> Result<Response<Bytes>, EntraError> {
        let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
                .filter(|v| !v.is_empty())
        };
        let required = |name: &'static str| field(name).ok_or(EntraError::MissingParameter(name));
        match required("grant_type")? {
            "client_credentials" => {}
            other => return Err(EntraError::UnsupportedGrant(other.to_owned())),
        }
        let client = required("client_id")?;
        let app = client.parse::<Uuid>().map_err(|_| EntraError::UnknownApplication(client.to_owned()))?;
        let proof = match (field("client_secret"), field("client_assertion")) {
            (Some(_), _) => ClientProof::Secret,
            (None, Some(_)) => ClientProof::Assertion,
            (None, None) => return Err(EntraError::MissingCredential),
        };
        let audience = match field("resource") {
            Some(resource) => Audience::resource(resource),
            None => {
                let scope = required("scope")?;
                Audience::scope(scope).ok_or_else(|| EntraError::InvalidScope(scope.to_owned()))?
            }
        };
        let principal = self.directory.service_principal_of(app);
        let principal = principal.ok_or_else(|| EntraError::UnknownApplication(client.to_owned()))?;
        Ok(match self.issue(Subject::ServicePrincipal(principal, proof), audience).await {
            Err(error) => fault(&error),
            Ok(token) => answer_json(
                StatusCode::OK,
                &json!({
                    "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME,
                    "access_token": token.text,
                }),
            ),
        })
    }

    fn refuse(&self, error: &EntraError) -> Response<Bytes> {
        let now = Clock::wall();
        error.answer(Uuid::new_v5(&self.tenant(), &now.millis().to_be_bytes()), now)
    }
}

/// identity-and-control-plane.md section 4.2: MSAL asks it after a failed token request, some always.
fn instances(origin: &Origin) -> serde_json::Value {
    let host = "login.microsoftonline.com";
    json!({
        "tenant_discovery_endpoint": format!("{}/common/v2.0/.well-known/openid-configuration", origin.url()),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": host,
            "preferred_cache": "login.windows.net",
            "aliases": [host, "login.windows.net", "login.microsoft.com", "sts.windows.net", origin.authority],
        }],
    })
}

fn not_found(parts: &Parts) -> Response<Bytes> {
    let description = format!(
        "akv: the login authority has no {} {} yet; applications log in at /TENANT/oauth2/v2.0/token.",
        parts.method,
        parts.uri.path()
    );
    answer_json(StatusCode::NOT_FOUND, &json!({"error": "not_found", "error_description": description}))
}

/// The signing key could be neither read nor made.
pub(super) fn fault(error: &crate::error::Error) -> Response<Bytes> {
    if let crate::error::Error::Unexpected(cause) = error {
        tracing::error!(cause, "no token can be issued");
    }
    let description = "akv: no token can be issued; the cause is in the log.";
    answer_json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({"error": "server_error", "error_description": description}),
    )
}
