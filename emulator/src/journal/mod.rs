//! The journal: what was asked of the emulator and what came of it, in order, for people and for tests.
//!
//! It keeps the newest entries up to a bound and forgets the oldest. It must not hold a body, a token or a secret's
//! value, and it decides nothing: whoever answers a request says what is to be remembered of it.

mod audit;
mod expect;
mod filter;
mod kept;
mod service;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::kept::{Kept, KeptRequest, Text, Texts, What};
use crate::timestamp::Timestamp;

pub use self::audit::{AuditRecord, AuditRecords, Surroundings};
pub use self::expect::{
    Asked, Expectation, anything, create_certificate, create_key, decrypt, delete_certificate, delete_secret,
    get_certificate, get_key, get_secret, import_certificate, operation, set_secret, sign, unwrap_key,
};
pub use self::filter::{Filter, Kind};
pub use self::kept::Answered;
pub use self::service::{Service, ServiceRequest};

/// How many entries are kept unless another number is chosen.
pub const DEFAULT_CAPACITY: usize = 10_000;

/// Something that happened.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "nearly every event is a request")]
pub enum Event {
    /// A request to a vault was answered.
    Request(Request),
    /// A request to one of the services around the vaults was answered.
    Service(ServiceRequest),
    /// The service would have sent a mail.
    Mail(Mail),
}

/// A request to a vault and its answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Request {
    /// `x-ms-request-id` of the answer.
    #[schemars(with = "String")]
    pub request_id: Uuid,
    /// `x-ms-client-request-id`, if the client sent one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_id: Option<String>,
    /// The vault's name.
    pub vault: String,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// The operation as Azure's audit log names it, such as `CertificateGet`; `None` if the request asked for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Cow<'static, str>>,
    /// Who asked; `None` without an acceptable token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// From which address.
    pub address: IpAddr,
    /// HTTP status of the answer.
    pub status: u16,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
    /// How that came about, in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The object's version, if the answer or the request named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `api-version` of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The whole URI.
    #[serde(default)]
    pub uri: String,
    /// `User-Agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// How long it took, by the machine's clock, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
}

#[cfg(test)]
impl Request {
    /// A request for a secret, for tests.
    pub(crate) fn answered(status: u16, address: IpAddr) -> Self {
        Self {
            request_id: Uuid::from_u128(7),
            client_request_id: None,
            vault: "kv".into(),
            method: "GET".into(),
            path: "/secrets/db".into(),
            operation: None,
            caller: None,
            address,
            status,
            error: None,
            why: None,
            version: None,
            api_version: None,
            uri: "https://kv.vault.azure.net/secrets/db?api-version=2025-07-01".into(),
            user_agent: None,
            duration_ms: 0,
        }
    }
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
pub struct Caller {
    /// Object id in the directory.
    #[schemars(with = "String")]
    pub oid: Uuid,
    /// Application id, if an application asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub appid: Option<Uuid>,
}

/// An error as it was answered.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Refusal {
    /// `error.code`.
    pub code: Cow<'static, str>,
    /// `error.innererror.code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub innererror: Option<Cow<'static, str>>,
    /// `error.message`.
    pub message: String,
}

/// A mail that Azure would have sent to a vault's contacts.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Mail {
    /// The vault's name.
    pub vault: String,
    /// The certificate it is about.
    pub certificate: String,
    /// Addresses, from the vault's contacts.
    pub to: Vec<String>,
    /// What it says.
    pub subject: String,
}

/// One entry.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Entry {
    /// Counts from 1 and never repeats, so that a reader can ask for what came after.
    pub sequence: u64,
    /// When, by the vaults' clock.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

impl fmt::Display for Entry {
    /// One line for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at)?;
        match &self.event {
            Event::Mail(mail) => {
                write!(f, "mail {} to {}: {}", mail.vault, mail.to.join(", "), mail.subject)
            }
            Event::Service(request) => request.fmt(f),
            Event::Request(request) => {
                let operation = request.operation.as_deref().unwrap_or("-");
                write!(
                    f,
                    "{} {operation} {} {}{} {}",
                    request.status, request.method, request.vault, request.path, request.request_id
                )?;
                match &request.error {
                    Some(error) => write!(f, " {}", error.innererror.as_ref().unwrap_or(&error.code)),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The entries.
#[derive(Debug)]
pub struct Journal {
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    kept: VecDeque<Kept>,
    texts: Texts,
}

impl Entries {
    /// Keeps one entry more and forgets the oldest if there are `capacity`.
    fn keep(&mut self, capacity: usize, at: Timestamp, what: What) -> Option<Kept> {
        self.last += 1;
        let forgotten = if self.kept.len() == capacity { self.kept.pop_front() } else { None };
        self.kept.push_back(Kept { sequence: self.last, at, what });
        if forgotten.is_some() {
            self.texts.forget_before(self.kept.front());
        }
        forgotten
    }
}

impl Journal {
    /// An empty journal that keeps the newest `capacity` entries; with 0 it keeps none.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, entries: Mutex::default() }
    }

    /// Whether anything is kept. Who asks first saves the making of an entry.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.capacity > 0
    }

    /// Takes in what happened at `at`.
    pub fn record(&self, at: Timestamp, event: Event) {
        if self.is_kept() {
            let what = What::Other(Arc::new(event));
            let forgotten = self.entries.lock().keep(self.capacity, at, what);
            drop(forgotten); // outside the lock
        }
    }

    /// Takes in a request to a vault that was answered at `at`.
    pub fn record_request(&self, at: Timestamp, answered: Answered<'_>) {
        if self.is_kept() {
            let mut entries = self.entries.lock();
            let what = What::Request(KeptRequest::new(answered, &mut entries.texts));
            let forgotten = entries.keep(self.capacity, at, what);
            drop(entries);
            drop(forgotten); // outside the lock
        }
    }

    /// The entries that `filter` lets through, from the oldest to the newest.
    #[must_use]
    pub fn select(&self, filter: &Filter) -> Vec<Entry> {
        let entries = self.entries.lock();
        let first = entries.kept.partition_point(|entry| entry.sequence <= filter.after);
        let kept: Vec<Kept> = entries.kept.range(first..).cloned().collect();
        let text = kept.first().map_or_else(Text::default, |first| entries.texts.copy(first));
        drop(entries);
        kept.iter().map(|kept| kept.entry(&text)).filter(|entry| filter.admits(entry)).collect()
    }

    /// The request that was answered with this `x-ms-request-id`.
    #[must_use]
    pub fn request(&self, id: Uuid) -> Option<Entry> {
        let entries = self.entries.lock();
        let is_it = |entry: &&Kept| matches!(&entry.what, What::Request(r) if r.request_id == id);
        let found = entries.kept.iter().rev().find(is_it)?;
        Some(found.entry(&entries.texts.copy(found)))
    }

    /// Forgets all entries; the count goes on.
    pub fn clear(&self) {
        let mut entries = self.entries.lock();
        entries.kept.clear();
        entries.texts.forget_before(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str) -> Event {
        Event::Mail(Mail {
            vault: "kv".into(),
            certificate: "c".into(),
            to: vec![to.into()],
            subject: "s".into(),
        })
    }

    fn sequences(journal: &Journal) -> Vec<u64> {
        journal.select(&Filter::default()).iter().map(|entry| entry.sequence).collect()
    }

    #[test]
    fn the_newest_entries_are_kept_and_the_count_never_repeats() {
        let journal = Journal::new(2);
        for n in 0..3 {
            journal.record(Timestamp::default(), mail(&n.to_string()));
        }
        assert_eq!(sequences(&journal), [2, 3]);
        journal.clear();
        journal.record(Timestamp::default(), mail("x"));
        assert_eq!(sequences(&journal), [4]);
    }

    #[test]
    fn each_request_has_its_own_text_however_many_were_forgotten() {
        let journal = Journal::new(5);
        let path = |n: usize| format!("/secrets/{}", "x".repeat(n * 7 % 40));
        let shown = |entry: Option<&Entry>| match entry.map(|entry| &entry.event) {
            Some(Event::Request(request)) => Some((request.path.clone(), request.uri.clone())),
            _ => None,
        };
        for n in 0..200 {
            // Every third entry has no text, and for a while none has.
            if n % 3 == 0 || (60..80).contains(&n) {
                journal.record(Timestamp::default(), mail("a@b"));
                continue;
            }
            let target = format!("{}?n={n}", path(n));
            let id = Uuid::from_u128(n as u128);
            let answered = Answered { request_id: id, ..Answered::for_tests(&target) };
            journal.record_request(Timestamp::default(), answered);
            let wanted = Some((path(n), format!("https://kv.vault.azure.net{target}")));
            assert_eq!(shown(journal.request(id).as_ref()), wanted);
            let after = journal.entries.lock().last.saturating_sub(3);
            for filter in [Filter::default(), Filter { after, ..Filter::default() }] {
                assert_eq!(shown(journal.select(&filter).last()), wanted);
            }
            if n == 100 {
                journal.clear();
            }
        }
        let lengths: Vec<_> =
            journal.select(&Filter::default()).iter().filter_map(|e| shown(Some(e))).collect();
        assert_eq!(
            lengths.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(),
            [196, 197, 199].map(path)
        );
    }

    #[test]
    fn a_journal_without_room_keeps_nothing() {
        let journal = Journal::new(0);
        journal.record(Timestamp::default(), mail("x"));
        assert!(!journal.is_kept() && sequences(&journal).is_empty());
    }

    #[test]
    fn an_entry_says_its_kind_its_time_and_nothing_that_is_absent() {
        let journal = Journal::new(1);
        journal.record(Timestamp::parse("2027-01-31").unwrap(), mail("a@b"));
        let entries = journal.select(&Filter::default());
        assert_eq!(entries[0].to_string(), "2027-01-31T00:00:00Z mail kv to a@b: s");
        assert_eq!(
            serde_json::to_string(&entries[0]).unwrap(),
            r#"{"sequence":1,"at":1801353600,"mail":{"vault":"kv","certificate":"c","to":["a@b"],"subject":"s"}}"#
        );
    }
}
