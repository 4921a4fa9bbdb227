//! Answers of the control plane: status, headers, JSON, in Resource Manager's form.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, EXPIRES, LOCATION, PRAGMA, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::error::{ArmError, document};
use super::store::Written;
use crate::http::reply::Reply;

/// A body with its status.
pub(super) fn with(status: StatusCode, body: &impl Serialize) -> Result<Reply, ArmError> {
    let body = serde_json::to_vec(body).map_err(|error| ArmError::Unexpected(error.to_string()))?;
    Ok(Reply { body: Some(body), ..empty(status) })
}

/// 200.
pub(super) fn ok(body: &impl Serialize) -> Result<Reply, ArmError> {
    with(StatusCode::OK, body)
}

/// 201 for what is new, 200 for what was changed.
pub(super) fn written(written: Written, body: &impl Serialize) -> Result<Reply, ArmError> {
    let status = if written == Written::Created { StatusCode::CREATED } else { StatusCode::OK };
    with(status, body)
}

/// A status without a body.
pub(super) fn empty(status: StatusCode) -> Reply {
    Reply { status, ..Reply::no_content() }
}

/// 202. Without `Retry-After`, or with 0, some clients wait half a minute (identity-and-control-plane.md section 4.3).
pub(super) fn accepted(location: String, retry_after: u32) -> Reply {
    let retry_after = Some(retry_after.max(1));
    Reply { location: Some(location), retry_after, ..empty(StatusCode::ACCEPTED) }
}

/// The response to a request that was carried out or refused.
pub(super) fn render(
    result: Result<Reply, ArmError>,
    request: &HeaderMap,
    request_id: Uuid,
    tenant: Uuid,
) -> Response<Bytes> {
    let refused = result.as_ref().err().cloned();
    let reply = result.unwrap_or_else(|error| refusal(&error, request_id));
    let has_body = reply.body.is_some();
    let mut response = Response::new(Bytes::from(reply.body.unwrap_or_default()));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    for (name, value) in [
        (CACHE_CONTROL, "no-cache"),
        (PRAGMA, "no-cache"),
        (EXPIRES, "-1"),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::try_from(request_id.to_string()) {
        let correlation = request.get("x-ms-correlation-request-id").cloned();
        headers.insert("x-ms-correlation-request-id", correlation.unwrap_or_else(|| id.clone()));
        headers.insert("x-ms-request-id", id);
    }
    if let Some(location) = reply.location.and_then(|location| HeaderValue::try_from(location).ok()) {
        headers.insert(LOCATION, location);
    }
    if let Some(url) = reply.operation.and_then(|url| HeaderValue::try_from(url).ok()) {
        headers.insert("azure-asyncoperation", url);
    }
    if let Some(seconds) = reply.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(challenge) = refused.and_then(|error| challenge(&error, tenant)) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

fn refusal(error: &ArmError, request_id: Uuid) -> Reply {
    if let ArmError::Unexpected(cause) = error {
        tracing::error!(%request_id, cause, "unexpected fault of the control plane");
    }
    let answer = error.answer();
    let body = serde_json::to_vec(&json!({ "error": document(error) })).unwrap_or_default();
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply { body: Some(body), ..empty(status) }
}

/// `WWW-Authenticate` of a 401.
fn challenge(error: &ArmError, tenant: Uuid) -> Option<HeaderValue> {
    let reason = match error {
        ArmError::MissingToken => "The authentication failed because of missing 'Authorization' header.",
        _ if error.answer().status == 401 => "The access token is invalid.",
        _ => return None,
    };
    let text = format!(
        "Bearer authorization_uri=\"https://login.windows.net/{tenant}\", error=\"invalid_token\", error_description=\"{reason}\""
    );
    HeaderValue::try_from(text).ok()
}
