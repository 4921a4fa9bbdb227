//! Entra's refusals at the token endpoint: one enum, one table, Entra's body.
//!
//! Texts follow Microsoft's page "Microsoft Entra authentication and authorization error codes"; none of them was
//! recorded for this project, so all are unverified beyond their code.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::identity::answer_json;
use crate::timestamp::Timestamp;

/// A situation in which the login authority refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntraError {
    /// A form member is absent or empty.
    MissingParameter(&'static str),
    /// `grant_type` is none that is emulated.
    UnsupportedGrant(String),
    /// `client_id` is no application id.
    UnknownApplication(String),
    /// No secret and no assertion.
    MissingCredential,
    /// `scope` or `resource` names nothing.
    InvalidScope(String),
    /// The tenant of the path is not ours.
    UnknownTenant(String),
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: String,
    trace_id: Uuid,
    correlation_id: Uuid,
    error_uri: String,
}

impl EntraError {
    /// OAuth code, number and sentence.
    fn row(&self) -> (StatusCode, &'static str, u32, String) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::MissingParameter(name) => (
                bad,
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            ),
            Self::UnsupportedGrant(grant) => (
                bad,
                "unsupported_grant_type",
                70_003,
                format!("The app requested an unsupported grant type '{grant}'."),
            ),
            Self::UnknownApplication(id) => (
                bad,
                "unauthorized_client",
                700_016,
                format!(
                    "Application with identifier '{id}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
                ),
            ),
            Self::MissingCredential => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                7_000_216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
                    .to_owned(),
            ),
            Self::InvalidScope(scope) => (
                bad,
                "invalid_scope",
                70_011,
                format!("The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."),
            ),
            Self::UnknownTenant(tenant) => (
                bad,
                "invalid_request",
                90_002,
                format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."),
            ),
        }
    }

    /// The answer, with `id` as trace and correlation id.
    #[must_use]
    pub fn answer(&self, id: Uuid, now: Timestamp) -> Response<Bytes> {
        let (status, error, number, sentence) = self.row();
        let timestamp = now.to_string().replace('T', " ");
        let error_description =
            format!("AADSTS{number}: {sentence} Trace ID: {id} Correlation ID: {id} Timestamp: {timestamp}");
        let body = Body {
            error,
            error_description,
            error_codes: [number],
            timestamp,
            trace_id: id,
            correlation_id: id,
            error_uri: format!("https://login.microsoftonline.com/error?code={number}"),
        };
        answer_json(status, &body)
    }
}
