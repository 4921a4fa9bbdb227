//! Assertions on the journal, for tests: `journal.expect(get_secret("db")).times(2)`.
//!
//! A failed one prints what was expected and the whole journal. It must not be used by the emulator itself.

use std::fmt;

use uuid::Uuid;

use super::{Entry, Event, Filter, Journal};

/// Requests that a test speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Asked {
    filter: Filter,
    caller: Option<Uuid>,
}

/// Requests for an operation, named as Azure's audit log names it, such as `CertificateGet`.
pub fn operation(name: &str) -> Asked {
    Asked { filter: Filter { operation: Some(name.to_owned()), ..Filter::default() }, caller: None }
}

/// Every request.
pub fn anything() -> Asked {
    Asked::default()
}

macro_rules! operations {
    ($($function:ident $name:literal)*) => {$(
        #[doc = concat!("Requests for `", $name, "` of the object of that name.")]
        pub fn $function(name: &str) -> Asked {
            operation($name).named(name)
        }
    )*};
}

operations! {
    get_secret "SecretGet"
    set_secret "SecretSet"
    delete_secret "SecretDelete"
    get_key "KeyGet"
    create_key "KeyCreate"
    sign "KeySign"
    decrypt "KeyDecrypt"
    unwrap_key "KeyUnwrap"
    get_certificate "CertificateGet"
    create_certificate "CertificateCreate"
    import_certificate "CertificateImport"
    delete_certificate "CertificateDelete"
}

impl Asked {
    /// About the object of this name.
    pub fn named(mut self, name: &str) -> Self {
        self.filter.object = Some(name.to_owned());
        self
    }

    /// Of this vault.
    pub fn of(mut self, vault: &str) -> Self {
        self.filter.vault = Some(vault.to_owned());
        self
    }

    /// Answered with this status.
    pub const fn answered(mut self, status: u16) -> Self {
        self.filter.status = Some(status);
        self
    }

    /// About this version of an object: one that the request named, or that the answer showed or made.
    pub fn version(mut self, version: &str) -> Self {
        self.filter.version = Some(version.to_owned());
        self
    }

    /// Refused for this reason: `error.code` or `error.innererror.code` of the answer, such as `ForbiddenByPolicy`.
    pub fn refused(mut self, code: &str) -> Self {
        self.filter.error = Some(code.to_owned());
        self
    }

    /// By the caller with this object id or application id.
    pub const fn by(mut self, caller: Uuid) -> Self {
        self.caller = Some(caller);
        self
    }

    fn admits(&self, entry: &Entry) -> bool {
        let Event::Request(request) = &entry.event else { return false };
        let is_by = |id| request.caller.is_some_and(|caller| caller.oid == id || caller.appid == Some(id));
        self.filter.admits(entry) && self.caller.is_none_or(is_by)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Filter { operation, object, vault, version, status, error, .. } = &self.filter;
        f.write_str(operation.as_deref().unwrap_or("any request"))?;
        object.iter().try_for_each(|name| write!(f, " of `{name}`"))?;
        version.iter().try_for_each(|version| write!(f, " version {version}"))?;
        vault.iter().try_for_each(|name| write!(f, " in vault `{name}`"))?;
        self.caller.iter().try_for_each(|id| write!(f, " by {id}"))?;
        status.iter().try_for_each(|status| write!(f, " answered {status}"))?;
        error.iter().try_for_each(|code| write!(f, " refused with {code}"))
    }
}

/// How often something was asked, to be compared with what a test expects.
#[derive(Debug)]
#[must_use = "say how often: `.times(n)`, `.once()`, `.never()` or `.at_least(n)`"]
pub struct Expectation<'a> {
    journal: &'a Journal,
    asked: Asked,
}

impl Journal {
    /// How often it was asked so far, without the requests that were answered 401 for want of a token: the official
    /// clients send one such first.
    pub const fn expect(&self, asked: Asked) -> Expectation<'_> {
        Expectation { journal: self, asked }
    }
}

impl Expectation<'_> {
    /// Exactly so often.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn times(&self, expected: usize) {
        self.compare(&format!("{expected} times"), |found| found == expected);
    }

    /// Exactly once.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn once(&self) {
        self.compare("once", |found| found == 1);
    }

    /// Not at all.
    ///
    /// # Panics
    /// If it was.
    #[track_caller]
    pub fn never(&self) {
        self.compare("never", |found| found == 0);
    }

    /// So often or more.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn at_least(&self, expected: usize) {
        self.compare(&format!("at least {expected} times"), |found| found >= expected);
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion of a test fails as assert! does")]
    fn compare(&self, expected: &str, fits: impl Fn(usize) -> bool) {
        let all = self.journal.select(&Filter::default());
        let found = all.iter().filter(|entry| self.asked.admits(entry)).count();
        if !fits(found) {
            let lines: Vec<String> = all.iter().map(|entry| format!("  {entry}")).collect();
            let journal = if lines.is_empty() { "  nothing".to_owned() } else { lines.join("\n") };
            panic!("expected {} {expected}, found {found}; the journal:\n{journal}", self.asked);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::panic::catch_unwind;

    use super::super::{Caller, Refusal, Request};
    use super::*;
    use crate::timestamp::Timestamp;

    fn journal() -> Journal {
        let journal = Journal::new(10);
        for status in [401, 200, 404] {
            journal.record(
                Timestamp::default(),
                Event::Request(Request {
                    version: (status == 200).then_some("v1".into()),
                    error: (status == 404).then(|| Refusal {
                        code: "SecretNotFound".into(),
                        innererror: None,
                        message: String::new(),
                    }),
                    operation: (status != 401).then_some("SecretGet".into()),
                    caller: (status != 401).then_some(Caller { oid: Uuid::from_u128(1), appid: None }),
                    ..Request::answered(status, IpAddr::V4(Ipv4Addr::LOCALHOST))
                }),
            );
        }
        journal
    }

    #[test]
    fn what_was_asked_is_counted_without_what_had_no_token() {
        let journal = journal();
        journal.expect(get_secret("db")).times(2);
        journal.expect(get_secret("db").of("KV").answered(404).by(Uuid::from_u128(1))).once();
        journal.expect(get_secret("db").by(Uuid::from_u128(2))).never();
        journal.expect(get_secret("db").version("v1").answered(200)).once();
        journal.expect(get_secret("db").version("v2")).never();
        journal.expect(get_secret("db").refused("SecretNotFound")).once();
        journal.expect(get_secret("db").refused("Forbidden")).never();
        journal.expect(get_secret("other")).never();
        journal.expect(anything()).at_least(3);
    }

    #[test]
    fn a_failure_says_what_was_expected_and_prints_the_journal() {
        let asked = || get_secret("db").version("v1").of("kv").refused("Forbidden");
        assert_eq!(asked().to_string(), "SecretGet of `db` version v1 in vault `kv` refused with Forbidden");
        let failed = catch_unwind(|| journal().expect(get_secret("db").of("kv")).never()).unwrap_err();
        let message = failed.downcast_ref::<String>().unwrap();
        assert!(
            message.starts_with("expected SecretGet of `db` in vault `kv` never, found 2; the journal:\n  1970-01-01T00:00:00Z 401 - GET kv/secrets/db "),
            "{message}"
        );
        assert_eq!(message.lines().count(), 4);
    }
}
