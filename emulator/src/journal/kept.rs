//! How the journal keeps what it remembers. Every request makes an entry and has another forgotten, so that both must cost
//! little: the text of all requests stands one behind the other, and is taken apart for those who read it.
//!
//! It must not decide what is remembered.

use std::collections::VecDeque;
use std::fmt;
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

#[cfg(test)]
impl<'a> Answered<'a> {
    /// A secret that was read by path and query.
    pub(super) fn for_tests(target: &'a str) -> Self {
        Self {
            request_id: Uuid::from_u128(7),
            client_request_id: None,
            vault: "kv",
            method: "GET",
            scheme: "https",
            authority: "kv.vault.azure.net",
            target,
            operation: Some("SecretGet"),
            caller: None,
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            status: 200,
            error: None,
            why: None,
            version: Some(Version::new(1)),
            api_version: Some("7.6"),
            user_agent: None,
            duration_ms: 3,
        }
    }
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
    /// The entry as it is shown; its text is in `text`.
    pub(super) fn entry(&self, text: &Text) -> Entry {
        let event = match &self.what {
            What::Request(request) => Event::Request(request.shown(text)),
            What::Other(event) => event.as_ref().clone(),
        };
        Entry { sequence: self.sequence, at: self.at, event }
    }
}

/// The text of the requests that are kept, from the oldest to the newest. What is forgotten leaves in front of what is
/// added behind, and no memory is asked for or given back.
#[derive(Default)]
pub(super) struct Texts {
    bytes: VecDeque<u8>,
    /// How much text was forgotten: where `bytes` begins in all text that ever was.
    forgotten: u64,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Texts {
    /// Where the next text will begin.
    fn end(&self) -> u64 {
        self.forgotten + self.bytes.len() as u64
    }

    fn place(&self, at: u64) -> usize {
        usize::try_from(at.saturating_sub(self.forgotten)).unwrap_or(usize::MAX).min(self.bytes.len())
    }

    /// Forgets whatever stands before `kept`, the oldest entry that is kept; all of it if there is none.
    pub(super) fn forget_before(&mut self, kept: Option<&Kept>) {
        let begin = match kept.map(|kept| &kept.what) {
            Some(What::Request(request)) => request.begin,
            // It has no text; what stands before the next one that has goes with that.
            Some(What::Other(_)) => return,
            None => self.end(),
        };
        let place = self.place(begin);
        self.bytes.drain(..place);
        self.forgotten += place as u64;
    }

    /// The text of `kept` and of all that came after it.
    pub(super) fn copy(&self, kept: &Kept) -> Text {
        let begin = match &kept.what {
            What::Request(request) => request.begin,
            What::Other(_) => self.forgotten,
        };
        Text { begin, bytes: self.bytes.range(self.place(begin)..).copied().collect() }
    }
}

/// A copy of the text of some requests.
#[derive(Debug, Default)]
pub(super) struct Text {
    begin: u64,
    bytes: Vec<u8>,
}

impl Text {
    fn of(&self, begin: u64, part: Part) -> String {
        let place = |at: u32| usize::try_from((begin - self.begin) + u64::from(at)).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(place(part.begin)..place(part.end)).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// A part of a request's text.
#[derive(Clone, Copy, Debug)]
struct Part {
    begin: u32,
    end: u32,
}

/// A request's text while it is added.
struct Adding<'a> {
    texts: &'a mut Texts,
    length: u32,
}

impl Adding<'_> {
    /// `text`, put behind what was added before.
    fn add(&mut self, text: &str) -> Part {
        let begin = self.length;
        self.texts.bytes.extend(text.as_bytes());
        self.length += length(text);
        Part { begin, end: self.length }
    }
}

/// A request's head is far shorter than this can count.
fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// A request; its text is in [`Texts`].
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
    /// Where its text begins.
    begin: u64,
    uri: Part,
    path: Part,
    vault: Part,
    method: Part,
    client_request_id: Option<Part>,
    api_version: Option<Part>,
    user_agent: Option<Part>,
}

impl KeptRequest {
    pub(super) fn new(answered: Answered<'_>, texts: &mut Texts) -> Self {
        let Answered { client_request_id, api_version, user_agent, .. } = answered;
        let begin = texts.end();
        let mut text = Adding { texts, length: 0 };
        for part in [answered.scheme, "://", answered.authority] {
            text.add(part);
        }
        let target = text.add(answered.target);
        let (path, _) = answered.target.split_once('?').unwrap_or((answered.target, ""));
        let path = Part { begin: target.begin, end: target.begin + length(path) };
        let (vault, method) = (text.add(answered.vault), text.add(answered.method));
        let mut add = |part| text.add(part);
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
            begin,
            uri: Part { begin: 0, end: target.end },
            path,
            vault,
            method,
            client_request_id,
            api_version,
            user_agent,
        }
    }

    fn shown(&self, text: &Text) -> Request {
        let part = |part| text.of(self.begin, part);
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
    use super::*;

    #[test]
    fn what_was_kept_in_one_piece_is_shown_in_its_parts() {
        let answered =
            Answered { client_request_id: Some(""), ..Answered::for_tests("/secrets/db?api-version=7.6") };
        let mut texts = Texts::default();
        let what = What::Request(KeptRequest::new(answered, &mut texts));
        let kept = Kept { sequence: 1, at: Timestamp::default(), what };
        let entry = kept.entry(&texts.copy(&kept));
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
