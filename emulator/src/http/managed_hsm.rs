//! What Managed HSM writes otherwise than Key Vault (keys-and-secrets.md section 1.4).
//!
//! It must not decide anything: results and refusals come in, and leave in the pool's own form.

use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use uuid::Uuid;

/// A build number in the service's form; clients do not read it.
const BUILD: HeaderValue = HeaderValue::from_static("1.0.20260601-1-a1b2c3d4-1.0.20260601-1");

/// How many milliseconds an answer took.
pub(super) const LATENCY: HeaderName = HeaderName::from_static("x-ms-server-latency");

/// A body with the members of every object in alphabetical order.
pub(super) fn sort_members(body: Vec<u8>) -> Vec<u8> {
    // Parsed objects are ordered by name.
    let sorted = serde_json::from_slice::<Value>(&body).and_then(|value| serde_json::to_vec(&value));
    sorted.unwrap_or(body)
}

/// The message of a refusal, which ends in what the logs call the request.
pub(super) fn message(text: &str, activity: Uuid) -> String {
    format!("{} (Activity ID: {activity})", text.trim_end())
}

/// The headers that vaults do not send, and the one that they write without a blank.
pub(super) fn write_headers(headers: &mut HeaderMap) {
    headers
        .insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    headers.insert("content-security-policy", HeaderValue::from_static("default-src 'self'"));
    headers.insert("x-frame-options", HeaderValue::from_static("SAMEORIGIN"));
    headers.insert("x-ms-build-version", BUILD);
    headers.insert(LATENCY, HeaderValue::from_static("0"));
}
