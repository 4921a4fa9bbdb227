//! The parameters of a request to the login authority, from a form or a query.

use http::Method;
use http::request::Parts;

use crate::identity::entra_error::EntraError;

/// Parameters; an empty one counts as absent, as Entra has it.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Of a query.
    pub(super) fn of_query(parts: &Parts) -> Self {
        Self::parse(parts.uri.query().unwrap_or_default().as_bytes())
    }

    /// Of the body of a POST, else of the query.
    pub(super) fn of(parts: &Parts, body: &[u8]) -> Self {
        if parts.method == Method::POST { Self::parse(body) } else { Self::of_query(parts) }
    }

    /// Of a body.
    pub(super) fn parse(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded).into_owned();
        Self(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// A parameter's first value.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, EntraError> {
        self.field(name).ok_or(EntraError::MissingParameter(name))
    }
}
