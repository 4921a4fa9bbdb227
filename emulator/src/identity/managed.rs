//! Managed identity: the App Service endpoint and the instance metadata service.
//!
//! Source: identity-and-control-plane.md section 5.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use serde_json::json;

use crate::clock::Clock;
use crate::http::target::Target;
use crate::identity::directory::{SystemAssigned, system_app_id};
use crate::identity::login::fault;
use crate::identity::tokens::{Audience, ClientProof, Subject};
use crate::identity::{Identity, InstanceMetadata, answer_json};
use crate::journal;

/// Where the instance metadata service gives tokens.
pub(super) const TOKEN_PATH: &str = "/metadata/identity/oauth2/token";

impl Identity {
    /// `IDENTITY_ENDPOINT` of App Service: `X-IDENTITY-HEADER` proves that the caller is the app.
    pub(super) async fn app_service(&self, parts: &Parts) -> Response<Bytes> {
        if !is(&parts.headers, "x-identity-header", &self.options.identity_header) {
            let message = "The X-IDENTITY-HEADER is not this app's.";
            return answer_json(StatusCode::UNAUTHORIZED, &json!({"statusCode": 401, "message": message}));
        }
        self.managed_token(parts).await
    }

    /// The service at its link-local address. Unless it is served, a client is told what Docker Desktop tells it, on
    /// which every SDK goes on to the next credential at once.
    pub async fn instance_metadata(&self, parts: &Parts) -> Response<Bytes> {
        match self.options.instance_metadata {
            InstanceMetadata::Unreachable => {
                let mut response = Response::new(Bytes::from_static(
                    b"connecting to 169.254.169.254:80: the network is unreachable",
                ));
                *response.status_mut() = StatusCode::FORBIDDEN;
                response
            }
            InstanceMetadata::Served if parts.uri.path().trim_end_matches('/') == TOKEN_PATH => {
                self.instance_metadata_token(parts).await
            }
            InstanceMetadata::Served => {
                invalid(StatusCode::NOT_FOUND, "not_found", "akv: only tokens are served")
            }
        }
    }

    /// A token by the service's rules: a probe without the header is answered 400, quickly.
    pub(super) async fn instance_metadata_token(&self, parts: &Parts) -> Response<Bytes> {
        if !is(&parts.headers, "metadata", "true") {
            let description = "Required metadata header not specified";
            return invalid(StatusCode::BAD_REQUEST, "invalid_request", description);
        }
        self.managed_token(parts).await
    }

    async fn managed_token(&self, parts: &Parts) -> Response<Bytes> {
        if parts.method != Method::GET {
            return invalid(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "Method not allowed");
        }
        let target = Target::of(&parts.uri);
        let Some(resource) = target.query("resource").filter(|resource| !resource.is_empty()) else {
            return invalid(StatusCode::BAD_REQUEST, "invalid_request", "The parameter resource is required");
        };
        let Some(subject) = self.managed_identity(&target) else {
            return invalid(StatusCode::BAD_REQUEST, "invalid_request", "Identity not found");
        };
        let client = match &subject {
            Subject::User(..) => system_app_id(self.tenant()),
            Subject::ServicePrincipal(principal, _) => principal.app_id,
        };
        let caller = journal::Caller::from(&subject);
        let mut response = match self.issue(subject, Audience::resource(resource)).await {
            Err(error) => return fault(&error),
            Ok(token) => answer_json(
                StatusCode::OK,
                &json!({
                    "access_token": token.text, "client_id": client, "expires_on": token.expires_on.to_string(),
                    "not_before": Clock::wall().seconds().to_string(), "resource": resource, "token_type": "Bearer",
                }),
            ),
        };
        response.extensions_mut().insert(caller);
        response
    }

    /// The identity that a query names by client id, object id or resource id, in the words of any of the endpoints'
    /// versions; the machine's own if it names none.
    fn managed_identity(&self, target: &Target<'_>) -> Option<Subject> {
        let given = |names: &[&str]| names.iter().find_map(|name| target.query(name)).map(str::to_owned);
        let directory = self.directory();
        let assigned = |principal| Subject::ServicePrincipal(principal, ClientProof::Assertion);
        if let Some(client_id) = given(&["client_id", "clientid"]) {
            return directory.user_assigned_identity(client_id.parse().ok()?).map(assigned);
        }
        if let Some(resource_id) = given(&["mi_res_id", "msi_res_id"]) {
            return directory.user_assigned_identity_at(&resource_id).map(assigned);
        }
        if let Some(object_id) = given(&["object_id", "principal_id"]) {
            return directory.service_principal(object_id.parse().ok()?).map(assigned);
        }
        Some(match directory.system_identity() {
            SystemAssigned::Developer(user) => Subject::User(user, system_app_id(self.tenant())),
            SystemAssigned::Own(principal) => assigned(principal),
        })
    }
}

fn is(headers: &HeaderMap, name: &str, expected: &str) -> bool {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case(expected))
}

fn invalid(status: StatusCode, error: &str, description: &str) -> Response<Bytes> {
    answer_json(status, &json!({"error": error, "error_description": description}))
}
