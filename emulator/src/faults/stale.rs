//! Reads that lag behind writes: what was answered before a write is answered again for a while.
//!
//! It remembers answers only while a stale fault strikes, so an emulator without one pays nothing.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::timestamp::Timestamp;
use crate::vault::name::Version;

/// An object of a vault: the vault's name and the object's, both in lower case.
type Object = (String, String);

/// What reads were answered, and when objects were written.
#[derive(Debug, Default)]
pub struct Stale {
    facts: Mutex<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    written: HashMap<Object, Timestamp>,
    answers: HashMap<(Object, String), (Bytes, Option<Version>)>,
}

/// What a read is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// What is there.
    Present,
    /// What was there before the write, and the version that it shows.
    Past(Bytes, Option<Version>),
    /// Nothing: the object was not there before the write, or nobody read it.
    Absent,
}

impl Stale {
    /// Notes that the object was written at `now`.
    pub fn wrote(&self, vault: &str, object: &str, now: Timestamp) {
        self.facts.lock().written.insert(key(vault, object), now);
    }

    /// What a read of `path` is to show, `lag` after the last write of the object at the latest.
    pub fn show(&self, vault: &str, object: &str, path: &str, lag: Duration, now: Timestamp) -> Shown {
        let facts = self.facts.lock();
        let object = key(vault, object);
        match facts.written.get(&object) {
            Some(written) if now < *written + lag => facts
                .answers
                .get(&(object, path.to_owned()))
                .map_or(Shown::Absent, |(answer, version)| Shown::Past(answer.clone(), *version)),
            _ => Shown::Present,
        }
    }

    /// Remembers what a read of `path` was answered.
    pub fn remember(&self, vault: &str, object: &str, path: &str, body: &[u8], version: Option<Version>) {
        let answer = (Bytes::copy_from_slice(body), version);
        self.facts.lock().answers.insert((key(vault, object), path.to_owned()), answer);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.facts.lock() = Facts::default();
    }
}

fn key(vault: &str, object: &str) -> Object {
    (vault.to_ascii_lowercase(), object.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_shows_the_past_until_the_lag_is_over() {
        let (stale, lag) = (Stale::default(), Duration::from_secs(5));
        let now = Timestamp::from_seconds(100);
        let show = |at| stale.show("kv", "DB", "/secrets/db", lag, at);
        assert_eq!(show(now), Shown::Present);
        stale.wrote("kv", "db", now);
        assert_eq!(show(now), Shown::Absent);
        assert_eq!(show(now + lag), Shown::Present);
        stale.remember("kv", "db", "/secrets/db", b"old", Some(Version::new(1)));
        stale.wrote("kv", "db", now + lag);
        assert_eq!(show(now + lag), Shown::Past(Bytes::from_static(b"old"), Some(Version::new(1))));
    }
}
