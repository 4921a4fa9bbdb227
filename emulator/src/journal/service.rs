//! Requests to the services around the vaults: the control plane, the login authority, the directory, managed identity.
//!
//! An entry says who asked for what and what came of it. It has no query, no body and no token.

use std::fmt;
use std::net::IpAddr;

use http::Response;
use http::request::Parts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Caller;

/// A service that is no vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The control plane, `management.azure.com`.
    Management,
    /// The login authority, `login.microsoftonline.com`.
    Login,
    /// The directory, `graph.microsoft.com`.
    Graph,
    /// Managed identity.
    Identity,
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::Login => "login",
            Self::Graph => "graph",
            Self::Identity => "identity",
        }
    }
}

/// A request to a service and its answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct ServiceRequest {
    /// Which service.
    pub service: Service,
    /// `x-ms-request-id` of the answer, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub request_id: Option<Uuid>,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Who asked, or to whom a token was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// From which address.
    pub address: IpAddr,
    /// HTTP status of the answer.
    pub status: u16,
    /// `error.code` of a refusal, or `error` in the form of OAuth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ServiceRequest {
    /// What is kept of a request and its answer; the answer's [`Caller`] is among its extensions.
    #[must_use]
    pub fn of<B: AsRef<[u8]>>(
        service: Service,
        parts: &Parts,
        address: IpAddr,
        response: &Response<B>,
    ) -> Self {
        let request_id = response.headers().get("x-ms-request-id").and_then(|id| id.to_str().ok());
        let refused = response.status().is_client_error() || response.status().is_server_error();
        Self {
            service,
            request_id: request_id.and_then(|id| id.parse().ok()),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            caller: response.extensions().get::<Caller>().copied(),
            address,
            status: response.status().as_u16(),
            error: if refused { error_code(response.body().as_ref()) } else { None },
        }
    }
}

/// A refusal's code: every service has it in one of two places.
fn error_code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Refusal {
        Coded { code: String },
        Plain(String),
    }
    #[derive(Deserialize)]
    struct Body {
        error: Refusal,
    }
    Some(match serde_json::from_slice::<Body>(body).ok()?.error {
        Refusal::Coded { code } | Refusal::Plain(code) => code,
    })
}

impl fmt::Display for ServiceRequest {
    /// One line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.status, self.service.name(), self.method, self.path)?;
        if let Some(id) = self.request_id {
            write!(f, " {id}")?;
        }
        self.error.as_ref().map_or(Ok(()), |error| write!(f, " {error}"))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use http::{Request, StatusCode};

    use super::*;

    fn kept(status: StatusCode, body: &str) -> ServiceRequest {
        let request = Request::get("https://graph.microsoft.com/v1.0/me?$select=id").body(()).unwrap();
        let mut response = Response::new(body.to_owned());
        *response.status_mut() = status;
        response.extensions_mut().insert(Caller { oid: Uuid::nil(), appid: None });
        let address = Ipv4Addr::LOCALHOST.into();
        ServiceRequest::of(Service::Graph, &request.into_parts().0, address, &response)
    }

    #[test]
    fn an_entry_has_the_refusals_code_and_neither_query_nor_body() {
        for (status, body, error) in [
            (StatusCode::OK, r#"{"error":"not a refusal"}"#, None),
            (
                StatusCode::NOT_FOUND,
                r#"{"error":{"code":"Request_ResourceNotFound","message":"m"}}"#,
                Some("Request_ResourceNotFound"),
            ),
            (
                StatusCode::BAD_REQUEST,
                r#"{"error":"invalid_grant","error_description":"d"}"#,
                Some("invalid_grant"),
            ),
            (StatusCode::FORBIDDEN, "the network is unreachable", None),
        ] {
            assert_eq!(kept(status, body).error.as_deref(), error, "{body}");
        }
        let line = kept(StatusCode::OK, "secret").to_string();
        assert_eq!(line, "200 graph GET /v1.0/me");
    }
}
