//! Tokens whose signature was found good: a client shows the same one with every request of an hour.
//!
//! It must not say that a token is good *now*: audience, time and revocation are judged each time.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::claims::Claims;
use crate::crypto::sha256;

/// How many are remembered: more callers than a test has. The next one makes room by forgetting them all.
const CAPACITY: usize = 256;

/// The claims of verified tokens, by the tokens' digests.
#[derive(Debug, Default)]
pub(super) struct Verified(RwLock<HashMap<[u8; 32], Arc<Claims>>>);

impl Verified {
    /// What that token says, if it was verified.
    pub(super) fn claims(&self, token: &str) -> Option<Arc<Claims>> {
        self.0.read().get(&sha256(token.as_bytes())).map(Arc::clone)
    }

    /// Remembers what a token says whose signature is good.
    pub(super) fn remember(&self, token: &str, claims: Claims) -> Arc<Claims> {
        let claims = Arc::new(claims);
        let mut known = self.0.write();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(sha256(token.as_bytes()), Arc::clone(&claims));
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AZURE_CLI, Audience, Subject};
    use super::*;
    use crate::identity::DEFAULT_TENANT;
    use crate::identity::directory::{Directory, Rules};
    use crate::timestamp::Timestamp;

    fn claims() -> Claims {
        let developer = Directory::new(DEFAULT_TENANT, Rules::default()).developer();
        let subject = Subject::User(developer, AZURE_CLI);
        let audience = Audience::resource("https://vault.azure.net");
        Claims::of(&subject, &audience, DEFAULT_TENANT, "issuer".to_owned(), Timestamp::default())
    }

    #[test]
    fn no_more_tokens_are_kept_than_there_is_room_for() {
        let verified = Verified::default();
        let known = || (0..=CAPACITY).filter(|n| verified.claims(&n.to_string()).is_some()).count();
        for n in 0..CAPACITY {
            verified.remember(&n.to_string(), claims());
        }
        assert_eq!(known(), CAPACITY);
        verified.remember(&CAPACITY.to_string(), claims());
        assert_eq!(known(), 1);
        assert!(verified.claims("another").is_none());
    }
}
