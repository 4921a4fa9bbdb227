//! Codes that stand for a login in progress: device codes and authorization codes.
//!
//! A code is good once and for a while; how many there are is bounded, the oldest go first. Whether it has expired is
//! a comparison of instants, made when somebody shows it. It must not know how a code travels.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::chance::Chance;
use crate::crypto::sha256;
use crate::identity::tokens::Audience;
use crate::timestamp::Timestamp;

/// How many codes are kept at a time.
const CAPACITY: usize = 10_000;

/// What is known of a login before its tokens are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    /// Client id of the application that asked.
    pub(super) client: Uuid,
    /// Object id of the user.
    pub(super) user: Uuid,
    /// What the tokens are for, unless the request for them says.
    pub(super) audience: Option<Audience>,
    /// `scope` of the request.
    pub(super) scope: String,
    /// What an authorization code is bound to beside.
    pub(super) binding: Option<Binding>,
}

/// What the holder of an authorization code must show again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    /// Where the code was sent.
    pub(super) redirect_uri: String,
    /// `code_challenge` and its method.
    pub(super) challenge: Option<Challenge>,
    /// Repeated in the id token.
    pub(super) nonce: Option<String>,
}

/// A proof key for code exchange, RFC 7636.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// The base64url of the verifier's SHA-256.
    S256(String),
}

impl Challenge {
    /// Whether `verifier` is the one whose challenge this is.
    pub(super) fn is_met_by(&self, verifier: Option<&str>) -> bool {
        let Some(verifier) = verifier else { return false };
        match self {
            Self::Plain(expected) => expected == verifier,
            Self::S256(expected) => *expected == URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes())),
        }
    }
}

/// Why a code opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    /// Nobody gave it out, or long ago.
    Unknown,
    /// It was shown before.
    Redeemed,
    /// It was good until then.
    Expired,
}

/// The codes of one kind.
#[derive(Debug)]
pub(in crate::identity) struct Codes {
    lifetime: i64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<String, Entry>,
    /// Codes by when they were given out and in which order.
    order: BTreeMap<u64, String>,
    given: u64,
}

#[derive(Debug)]
struct Entry {
    /// `None` once it was redeemed.
    login: Option<Login>,
    expires: Timestamp,
}

impl Codes {
    /// Codes that are good for `lifetime` seconds.
    pub(in crate::identity) fn new(lifetime: i64) -> Self {
        Self { lifetime, kept: Mutex::default() }
    }

    /// How long they are good, in seconds.
    pub(super) const fn lifetime(&self) -> i64 {
        self.lifetime
    }

    /// A new code for `login`.
    pub(super) fn give(&self, login: Login, draw: &Chance, now: Timestamp) -> String {
        let code = format!("1.{}{}", draw.uuid().simple(), draw.uuid().simple());
        let mut kept = self.kept.lock();
        while kept.entries.len() >= CAPACITY {
            let Some((_, oldest)) = kept.order.pop_first() else { break };
            kept.entries.remove(&oldest);
        }
        let expires = Timestamp::from_seconds(now.seconds() + self.lifetime);
        kept.given += 1;
        let given = kept.given;
        kept.order.insert(given, code.clone());
        kept.entries.insert(code.clone(), Entry { login: Some(login), expires });
        code
    }

    /// What `code` stands for, which it does no longer, if `fits` agrees.
    ///
    /// # Errors
    /// Why it is not good, as `spent` says it, or what `fits` says; then it is as good as before.
    pub(super) fn redeem<E>(
        &self,
        code: &str,
        now: Timestamp,
        spent: impl Fn(Spent) -> E,
        fits: impl FnOnce(&Login) -> Result<(), E>,
    ) -> Result<Login, E> {
        let mut kept = self.kept.lock();
        let entry = kept.entries.get_mut(code).ok_or_else(|| spent(Spent::Unknown))?;
        let login = entry.login.as_ref().ok_or_else(|| spent(Spent::Redeemed))?;
        if now >= entry.expires {
            return Err(spent(Spent::Expired));
        }
        fits(login)?;
        entry.login.take().ok_or_else(|| spent(Spent::Redeemed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login {
            client: Uuid::from_u128(1),
            user: Uuid::from_u128(2),
            audience: None,
            scope: String::new(),
            binding: None,
        }
    }

    fn redeem(codes: &Codes, code: &str, seconds: i64) -> Result<Login, Spent> {
        codes.redeem(code, Timestamp::from_seconds(seconds), |spent| spent, |_| Ok(()))
    }

    #[test]
    fn a_code_is_good_once_and_until_it_expires() {
        let (codes, draw) = (Codes::new(600), Chance::seeded(1));
        let give = || codes.give(login(), &draw, Timestamp::from_seconds(0));
        let code = give();
        assert_eq!(redeem(&codes, &code, 599), Ok(login()));
        assert_eq!(redeem(&codes, &code, 599), Err(Spent::Redeemed));
        assert_eq!(redeem(&codes, &give(), 600), Err(Spent::Expired));
        assert_eq!(redeem(&codes, "1.guess", 0), Err(Spent::Unknown));
    }

    #[test]
    fn a_code_that_does_not_fit_its_holder_stays_good() {
        let (codes, draw) = (Codes::new(600), Chance::seeded(1));
        let code = codes.give(login(), &draw, Timestamp::from_seconds(0));
        let now = Timestamp::from_seconds(1);
        let refused = codes.redeem(&code, now, |spent| spent, |_| Err(Spent::Unknown));
        assert_eq!(refused, Err(Spent::Unknown));
        assert_eq!(redeem(&codes, &code, 1), Ok(login()));
    }

    /// RFC 7636 appendix B.
    #[test]
    fn a_verifier_meets_the_challenge_that_was_made_of_it() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = Challenge::S256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into());
        assert!(challenge.is_met_by(Some(verifier)));
        assert!(!challenge.is_met_by(Some("another")) && !challenge.is_met_by(None));
        assert!(Challenge::Plain("v".into()).is_met_by(Some("v")));
    }

    #[test]
    fn only_so_many_are_kept() {
        let (codes, draw) = (Codes::new(600), Chance::seeded(1));
        let first = codes.give(login(), &draw, Timestamp::from_seconds(0));
        for _ in 0..CAPACITY {
            codes.give(login(), &draw, Timestamp::from_seconds(0));
        }
        assert_eq!(redeem(&codes, &first, 1), Err(Spent::Unknown));
        assert_eq!(codes.kept.lock().entries.len(), CAPACITY);
    }
}
