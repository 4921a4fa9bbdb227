//! The control API: what a person or a test harness asks of the emulator itself, under `/akv/`.
//!
//! It refuses browsers and foreign hosts, so that no web page can move the clock. It must not show secret values but in a
//! snapshot, which is all of the emulator. This file carries out what [`routes`] is the table of, and what concerns the process as a whole; each other concern has a
//! file of its own.

mod attestation;
mod clock;
mod faults;
mod issuers;
mod journal;
mod openapi;
mod routes;
mod snapshot;
mod throttling;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::http::{State, explain};
use crate::identity::answer_json;
use crate::timestamp::Timestamp;

pub use self::clock::{ClockCommand, ClockState};
use self::routes::{Operation, ROUTES};
pub(crate) use self::snapshot::PATH as SNAPSHOT_PATH;

/// The path below which the control API lives.
pub const PREFIX: &str = "/akv/";

/// What `GET /akv/info` tells, and the names the emulator goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Published {
    /// Host names beside loopback under which the control API and the identity endpoints answer.
    #[serde(default, skip)]
    pub names: Vec<String>,
    /// The emulator's version.
    pub version: String,
    /// The tenant of its tokens.
    pub tenant_id: String,
    /// The subscription of its control plane.
    #[serde(default)]
    pub subscription_id: String,
    /// `IDENTITY_HEADER` of its managed identity.
    pub identity_header: String,
    /// PEM of its certificate authority; `None` when that is kept in memory.
    pub ca_file: Option<PathBuf>,
    /// System roots and its authority together, PEM.
    pub ca_bundle: Option<PathBuf>,
    /// The same as PKCS#12, for Java.
    pub truststore: Option<PathBuf>,
    /// PEM of the certificate authority itself.
    #[serde(default, skip)]
    pub ca_pem: String,
}

/// Answers a request below [`PREFIX`].
pub(super) async fn answer(state: &State, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    if is_browser(&parts.headers) {
        return explain(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "akv: the control API does not answer web pages.",
        );
    }
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let fitting = || ROUTES.iter().filter_map(|route| Some((route, route.parameters(path)?)));
    match fitting().find(|(route, _)| parts.method == *route.method) {
        Some((route, parameters)) => {
            carry_out(state, route.operation, &parameters, parts.uri.query().unwrap_or_default(), body).await
        }
        None if fitting().next().is_some() => {
            let message = format!("akv: {} is not for this path.", parts.method);
            explain(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", &message)
        }
        None => {
            let message = format!("akv: the control API has no '{PREFIX}{path}'; see {PREFIX}openapi.json.");
            explain(StatusCode::NOT_FOUND, "NotFound", &message)
        }
    }
}

async fn carry_out(
    state: &State,
    operation: Operation,
    parameters: &[&str],
    query: &str,
    body: &[u8],
) -> Response<Bytes> {
    use Operation as Op;
    let of_the_whole = matches!(
        operation,
        // They answer whatever goes on, or close the gate themselves.
        Op::Health | Op::Info | Op::Authority | Op::OpenApi | Op::Reset | Op::SaveSnapshot | Op::LoadSnapshot
    );
    let _passing = if of_the_whole { None } else { Some(state.gate.read().await) };
    match operation {
        Op::Health => health(state),
        Op::Info => answer_json(StatusCode::OK, &state.published),
        Op::Authority => pem(&state.published.ca_pem),
        Op::OpenApi => answer_json(StatusCode::OK, &openapi::document()),
        Op::ShowClock => answer_json(StatusCode::OK, &ClockState::from(state.clock.reading())),
        Op::MoveClock => clock::command(&state.clock, body),
        Op::ShowJournal => journal::entries(state, query).await,
        Op::ClearJournal => journal::clear(&state.journal),
        Op::ListFaults => faults::list(&state.faults),
        Op::AddFault => faults::add(&state.faults, body),
        Op::ClearFaults => faults::clear(&state.faults),
        Op::ShowThrottling => throttling::show(&state.throttling),
        Op::SetThrottling => throttling::set(&state.throttling, body),
        Op::Reset => reset(state).await,
        Op::SaveSnapshot => snapshot::save(state).await,
        Op::LoadSnapshot => snapshot::load(state, body).await,
        Op::ChallengeClaims => claims_challenge(state, Some(Clock::wall())),
        Op::AcceptClaims => claims_challenge(state, None),
        Op::Attest => attestation::attest(&state.attestation, body).await,
        Op::ShowRoot | Op::ShowIssuer | Op::TreatIssuer | Op::Approve | Op::Reject | Op::Revoke => {
            issuers::answer(state, operation, parameters, body).await
        }
    }
}

/// Whoever holds a token of before is asked for another one, as by continuous access evaluation.
fn claims_challenge(state: &State, since: Option<Timestamp>) -> Response<Bytes> {
    state.identity.revoke_before(since);
    answer_json(StatusCode::OK, &serde_json::json!({"since": since.map(|since| since.to_string())}))
}

/// Others wait for this before they read the bundle: it is well once that is written.
fn health(state: &State) -> Response<Bytes> {
    let (status, word) = match state.ready.load(Ordering::Acquire) {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
    };
    answer_json(status, &serde_json::json!({"status": word, "vaults": state.vaults.count()}))
}

async fn reset(state: &State) -> Response<Bytes> {
    match state.reset().await {
        Ok(()) => health(state),
        Err(error) => refuse(&error.to_string()),
    }
}

/// Browsers send `Origin` with every request that could do harm and `Sec-Fetch-Site` with all of them.
fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("origin") || headers.contains_key("sec-fetch-site")
}

/// What the control API refuses, and why.
fn refuse(reason: &str) -> Response<Bytes> {
    explain(StatusCode::BAD_REQUEST, "BadParameter", &format!("akv: {reason}."))
}

fn pem(text: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(text.as_bytes()));
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/x-pem-file"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_known_by_its_headers() {
        let with = |name: &'static str| HeaderMap::from_iter([(name.parse().unwrap(), "x".parse().unwrap())]);
        assert!(is_browser(&with("origin")) && is_browser(&with("sec-fetch-site")));
        assert!(!is_browser(&with("user-agent")));
    }
}
