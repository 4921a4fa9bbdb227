//! How the journal keeps what it remembers. Every request makes an entry and has another forgotten, so that both must cost
//! little: whatever text a request has is kept in one piece, and taken apart for those who read it.
//!
//! It must not decide what is remembered.

use std::net::IpAddr;
use std::sync::Arc;

use uuid::Uuid;

use super::{Caller, Entry, Event, Refusal, Request};
use crate::timestamp::Timestamp;
use crate::vault::name::Version;

/// A request to a vault with its answer, as whoever answered it knows it; see [`Request`] for what it means.
#[derive(Debug)]
pub struct Answered<'a> {
    /// `x-ms-request-id` of the answer.
    pub request_id: Uuid,
    /// `x-ms-client-request-id`, if the client sent one.
    pub client_request_id: Option<&'a str>,
    /// The vault's name.
    pub vault: &'a str,
    /// HTTP method.
    pub method: &'a str,
    /// `https` or `http`.
    pub scheme: &'a str,
    /// The host, with its port if the client named one.
    pub authority: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The operation as Azure's audit log names it.
    pub operation: Option<&'static str>,
    /// Who asked.
    pub caller: Option<Caller>,
    /// From which address.
    pub address: IpAddr,
    /// HTTP status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub error: Option<Refusal>,
    /// How that came about, in plain words.
    pub why: Option<String>,
    /// The object's version.
    pub version: Option<Version>,
    /// `api-version` of the request.
    pub api_version: Option<&'a str>,
    /// `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) what: What,
}

/// What happened.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every entry is a request")]
pub(super) enum What {
    Request(KeptRequest),
    Other(Arc<Event>),
}

impl Kept {
    /// The entry as it is shown.
    pub(super) fn entry(&self) -> Entry {
        let event = match &self.what {
            What::Request(request) => Event::Request(request.shown()),
            What::Other(event) => event.as_ref().clone(),
        };
        Entry { sequence: self.sequence, at: self.at, event }
    }
}

/// A part of a request's text.
#[derive(Clone, Copy, Debug)]
struct Part {
    begin: u32,
    end: u32,
}

impl Part {
    /// `text`, put behind what stands in `whole`.
    fn added(whole: &mut String, text: &str) -> Self {
        let begin = length(whole);
        whole.push_str(text);
        Self { begin, end: length(whole) }
    }

    fn of(self, whole: &str) -> String {
        whole.get(self.begin as usize..self.end as usize).unwrap_or_default().to_owned()
    }
}

/// A request's head is far shorter than this can count.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// A request, its text in one piece.
#[derive(Clone, Debug)]
pub(super) struct KeptRequest {
    pub(super) request_id: Uuid,
    operation: Option<&'static str>,
    caller: Option<Caller>,
    address: IpAddr,
    status: u16,
    error: Option<Box<Refusal>>,
    why: Option<Box<str>>,
    version: Option<Version>,
    duration_ms: u64,
    text: Box<str>,
    uri: Part,
    path: Part,
    vault: Part,
    method: Part,
    client_request_id: Option<Part>,
    api_version: Option<Part>,
    user_agent: Option<Part>,
}

impl KeptRequest {
    pub(super) fn new(answered: Answered<'_>) -> Self {
        let Answered { vault, method, scheme, authority, target, .. } = answered;
        let Answered { client_request_id, api_version, user_agent, .. } = answered;
        let optional = [client_request_id, api_version, user_agent].map(Option::unwrap_or_default);
        let parts = [[scheme, "://", authority, target], [vault, method, optional[0], optional[1]]];
        let whole = parts.iter().flatten().map(|part| part.len()).sum::<usize>() + optional[2].len();
        let mut text = String::with_capacity(whole);
        let mut add = |part: &str| Part::added(&mut text, part);
        let begin = [scheme, "://", authority].map(&mut add)[0].begin;
        let target_part = add(target);
        let (path, _) = target.split_once('?').unwrap_or((target, ""));
        let path = Part { begin: target_part.begin, end: target_part.begin + length(path) };
        let (vault, method) = (add(vault), add(method));
        let client_request_id = client_request_id.map(&mut add);
        let api_version = api_version.map(&mut add);
        let user_agent = user_agent.map(&mut add);
        Self {
            request_id: answered.request_id,
            operation: answered.operation,
            caller: answered.caller,
            address: answered.address,
            status: answered.status,
            error: answered.error.map(Box::new),
            why: answered.why.map(Into::into),
            version: answered.version,
            duration_ms: answered.duration_ms,
            uri: Part { begin, end: target_part.end },
            path,
            vault,
            method,
            client_request_id,
            api_version,
            user_agent,
            text: text.into(),
        }
    }

    fn shown(&self) -> Request {
        let part = |part: Part| part.of(&self.text);
        Request {
            request_id: self.request_id,
            client_request_id: self.client_request_id.map(part),
            vault: part(self.vault),
            method: part(self.method),
            path: part(self.path),
            operation: self.operation.map(Into::into),
            caller: self.caller,
            address: self.address,
            status: self.status,
            error: self.error.as_deref().cloned(),
            why: self.why.as_deref().map(str::to_owned),
            version: self.version.map(|version| version.to_string()),
            api_version: self.api_version.map(part),
            uri: part(self.uri),
            user_agent: self.user_agent.map(part),
            duration_ms: self.duration_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn what_was_kept_in_one_piece_is_shown_in_its_parts() {
        let answered = Answered {
            request_id: Uuid::from_u128(7),
            client_request_id: Some(""),
            vault: "kv",
            method: "GET",
            scheme: "https",
            authority: "kv.vault.azure.net",
            target: "/secrets/db?api-version=7.6",
            operation: Some("SecretGet"),
            caller: None,
            address: Ipv4Addr::LOCALHOST.into(),
            status: 200,
            error: None,
            why: None,
            version: Some(Version::new(1)),
            api_version: Some("7.6"),
            user_agent: None,
            duration_ms: 3,
        };
        let what = What::Request(KeptRequest::new(answered));
        let entry = Kept { sequence: 1, at: Timestamp::default(), what }.entry();
        assert_eq!(
            serde_json::to_string(&entry).unwrap(),
            concat!(
                r#"{"sequence":1,"at":0,"request":{"request_id":"00000000-0000-0000-0000-000000000007","#,
                r#""client_request_id":"","vault":"kv","method":"GET","path":"/secrets/db","#,
                r#""operation":"SecretGet","address":"127.0.0.1","status":200,"#,
                r#""version":"00000000000000000000000000000001","api_version":"7.6","#,
                r#""uri":"https://kv.vault.azure.net/secrets/db?api-version=7.6","duration_ms":3}}"#,
            )
        );
    }
}
