//! Graph's refusals: one enum, one table, Graph's body.
//!
//! The codes are those of Microsoft's documentation; texts follow what its clients' issue threads quote, and none was
//! recorded for this project.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::identity::answer_json;
use crate::identity::directory::Refusal;
use crate::timestamp::Timestamp;

/// A situation in which Graph refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GraphError {
    /// No token.
    NoToken,
    /// The token is not for Graph, not ours, or out of date.
    Token(Error),
    /// `/me`, asked by an application.
    NotDelegated,
    /// No such object.
    NotFound(String),
    /// `$filter` in a form that is not understood.
    Filter(String),
    /// The body is not what is asked for.
    Body(String),
    /// A member is missing.
    MissingMember(&'static str, &'static str),
    /// A member has a value that it cannot have.
    InvalidMember(&'static str),
    /// The application has a service principal already.
    PrincipalExists,
    /// Another object has the value.
    Taken(&'static str),
    /// The reference is there already.
    ReferenceExists,
    /// The tenant is full.
    Quota,
    /// The path exists in Graph, if anywhere, and not here.
    NotEmulated(String),
}

impl From<Refusal> for GraphError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Taken("servicePrincipalNames") => Self::PrincipalExists,
            Refusal::Taken(member) => Self::Taken(member),
            Refusal::NotFound(id) => Self::NotFound(id.to_string()),
            Refusal::Quota => Self::Quota,
        }
    }
}

impl GraphError {
    /// Status and code.
    const fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoToken | Self::Token(_) => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"),
            Self::NotDelegated | Self::Body(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "Request_ResourceNotFound"),
            Self::Filter(_) => (StatusCode::BAD_REQUEST, "Request_UnsupportedQuery"),
            Self::PrincipalExists => (StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue"),
            Self::MissingMember(..) | Self::InvalidMember(_) | Self::Taken(_) | Self::ReferenceExists => {
                (StatusCode::BAD_REQUEST, "Request_BadRequest")
            }
            Self::Quota => (StatusCode::FORBIDDEN, "Directory_QuotaExceeded"),
            Self::NotEmulated(_) => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::NoToken => "Access token is empty.".to_owned(),
            Self::Token(error) => token_message(error).to_owned(),
            Self::NotDelegated => "/me request is only valid with delegated authentication flow.".to_owned(),
            Self::NotFound(id) => format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            ),
            Self::Filter(filter) => {
                format!("Unsupported or invalid query filter clause specified: {filter}")
            }
            Self::Body(detail) => format!("Unable to read JSON request payload. {detail}"),
            Self::MissingMember(member, resource) => {
                format!("A value is required for property '{member}' of resource '{resource}'.")
            }
            Self::InvalidMember(member) => {
                format!("Invalid value specified for property '{member}' of resource.")
            }
            Self::PrincipalExists => "The service principal cannot be created, updated, or restored because the service principal name is already in use.".to_owned(),
            Self::Taken(member) => {
                format!("Another object with the same value for property {member} already exists.")
            }
            Self::ReferenceExists => "One or more added object references already exist for the following modified properties: 'members'.".to_owned(),
            Self::Quota => "The directory object quota limit for the Tenant has been exceeded.".to_owned(),
            Self::NotEmulated(path) => format!("akv: {path} of Microsoft Graph is not emulated."),
        }
    }

    /// The answer, with `id` as the request's.
    pub(super) fn answer(&self, id: Uuid, now: Timestamp) -> Response<Bytes> {
        let ((status, code), message) = (self.code(), self.message());
        let date = now.to_string().trim_end_matches('Z').to_owned();
        answer_json(
            status,
            &json!({"error": {
                "code": code,
                "message": message,
                "innerError": {"date": date, "request-id": id, "client-request-id": id},
            }}),
        )
    }
}

fn token_message(error: &Error) -> &'static str {
    match error {
        Error::InvalidAudience { .. } => "Access token validation failure. Invalid audience.",
        Error::TokenExpired => "Lifetime validation failed, the token is expired.",
        Error::InvalidSignature | Error::UnknownSigningKey { .. } => {
            "Access token validation failure. Invalid signature."
        }
        Error::InvalidIssuer { .. } => "Access token validation failure. Invalid issuer.",
        _ => "CompactToken parsing failed with error code: 80049217",
    }
}
