//! The control API: what a person or a test harness asks of the emulator itself, under `/akv/`.
//!
//! It refuses browsers and foreign hosts, so that no web page can move the clock. It must not show secret values.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Reading, within_reach};
use crate::http::{State, explain};
use crate::identity::answer_json;
use crate::timestamp::Timestamp;
use crate::timing::duration;

/// The path below which the control API lives.
pub const PREFIX: &str = "/akv/";

/// What `GET /akv/info` tells, and the names the emulator goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Host names beside loopback under which the control API and the identity endpoints answer.
    #[serde(default, skip)]
    pub names: Vec<String>,
    /// The emulator's version.
    pub version: String,
    /// The tenant of its tokens.
    pub tenant_id: String,
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

/// Body of `POST /akv/clock`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum ClockCommand {
    /// Move by a duration such as `90d`, back with a minus sign.
    Advance(String),
    /// Set to a time: RFC 3339, a date or Unix seconds.
    Set(String),
    /// Stop.
    Freeze,
    /// Run on.
    Resume,
    /// Back to the machine's clock.
    Reset,
}

/// Answer of `/akv/clock`.
#[derive(Debug, Deserialize, Serialize)]
pub struct ClockState {
    /// The vaults' time, RFC 3339.
    pub now: String,
    /// The same in Unix seconds.
    pub unix: i64,
    /// Whether it stands still.
    pub frozen: bool,
}

impl From<Reading> for ClockState {
    fn from(reading: Reading) -> Self {
        Self { now: reading.now.to_string(), unix: reading.now.seconds(), frozen: reading.frozen }
    }
}

/// Answers a request below [`PREFIX`].
pub(super) fn answer(state: &State, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    if is_browser(&parts.headers) {
        return explain(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "akv: the control API does not answer web pages.",
        );
    }
    match (&parts.method, parts.uri.path().strip_prefix(PREFIX).unwrap_or_default()) {
        (&Method::GET, "health") => health(state),
        (&Method::GET, "info") => answer_json(StatusCode::OK, &state.published),
        (&Method::GET, "ca.pem") => pem(&state.published.ca_pem),
        (&Method::GET, "clock") => answer_json(StatusCode::OK, &ClockState::from(state.clock.reading())),
        (&Method::POST, "clock") => clock(&state.clock, body),
        (_, "health" | "info" | "ca.pem" | "clock") => {
            let message = format!("akv: {} is not for this path.", parts.method);
            explain(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", &message)
        }
        (_, path) => {
            let message = format!("akv: the control API has no '{PREFIX}{path}'.");
            explain(StatusCode::NOT_FOUND, "NotFound", &message)
        }
    }
}

/// Others wait for this before they read the bundle: it is well once that is written.
fn health(state: &State) -> Response<Bytes> {
    let (status, word) = match state.ready.load(Ordering::Acquire) {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
    };
    answer_json(status, &serde_json::json!({"status": word, "vaults": state.vaults.count()}))
}

/// Browsers send `Origin` with every request that could do harm and `Sec-Fetch-Site` with all of them.
fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("origin") || headers.contains_key("sec-fetch-site")
}

fn clock(clock: &Clock, body: &[u8]) -> Response<Bytes> {
    let moved = serde_json::from_slice(body)
        .map_err(|_| "the body is `{\"advance\":\"90d\"}`, `{\"set\":\"2027-01-31\"}`, `\"freeze\"`, `\"resume\"` or `\"reset\"`".to_owned())
        .and_then(|command| carry_out(clock, command));
    match moved {
        Ok(reading) => answer_json(StatusCode::OK, &ClockState::from(reading)),
        Err(reason) => explain(StatusCode::BAD_REQUEST, "BadParameter", &format!("akv: {reason}.")),
    }
}

fn carry_out(clock: &Clock, command: ClockCommand) -> Result<Reading, String> {
    Ok(match command {
        ClockCommand::Advance(by) => {
            let (sign, length) = by.strip_prefix('-').map_or((1, by.as_str()), |length| (-1, length));
            let length =
                i64::try_from(duration(length)?.as_millis()).map_err(|_| format!("`{by}` is too long"))?;
            within_reach(Timestamp::from_millis(clock.now().millis().saturating_add(sign * length)))?;
            clock.advance(sign * length)
        }
        ClockCommand::Set(at) => clock.set(within_reach(Timestamp::parse(&at)?)?),
        ClockCommand::Freeze => clock.freeze(),
        ClockCommand::Resume => clock.resume(),
        ClockCommand::Reset => clock.reset(),
    })
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
    fn time_goes_both_ways_and_nonsense_changes_nothing() {
        let clock = Clock::frozen(Timestamp::parse("2027-01-31").unwrap());
        let post = |body: &str| super::clock(&clock, body.as_bytes());
        assert_eq!(
            post(r#"{"advance":"90d"}"#).body().as_ref(),
            br#"{"now":"2027-05-01T00:00:00Z","unix":1809129600,"frozen":true}"#
        );
        assert_eq!(post(r#"{"advance":"-89d"}"#).status(), StatusCode::OK);
        assert_eq!(clock.now(), Timestamp::parse("2027-02-01").unwrap());
        for nonsense in [
            "",
            "{}",
            r#"{"set":"1960-01-01"}"#,
            r#"{"advance":"-40000d"}"#,
            r#"{"advance":"soon"}"#,
            r#"{"set":"soon"}"#,
            r#"{"jump":"1d"}"#,
        ] {
            assert_eq!(post(nonsense).status(), StatusCode::BAD_REQUEST, "{nonsense}");
        }
        assert_eq!(clock.now(), Timestamp::parse("2027-02-01").unwrap());
    }

    #[test]
    fn a_web_page_is_known_by_its_headers() {
        let with = |name: &'static str| HeaderMap::from_iter([(name.parse().unwrap(), "x".parse().unwrap())]);
        assert!(is_browser(&with("origin")) && is_browser(&with("sec-fetch-site")));
        assert!(!is_browser(&with("user-agent")));
    }
}
