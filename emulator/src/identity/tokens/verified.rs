//! Tokens whose signature was found good: a client shows the same one with every request of an hour.
//!
//! It must not say that a token is good *now*: audience, time and revocation are judged each time.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::claims::Claims;

/// How many are remembered: more callers than a test has. The next one makes room by forgetting them all.
const CAPACITY: usize = 256;

/// The claims of verified tokens, by the tokens' ends: a signature's last bytes are as good as drawn, and to look one up
/// by them costs a tenth of a digest.
#[derive(Default)]
pub(super) struct Verified(RwLock<HashMap<End, Known>>);

type End = [u8; 16];

struct Known {
    token: Box<str>,
    claims: Arc<Claims>,
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}

fn end(token: &str) -> Option<&End> {
    token.as_bytes().last_chunk()
}

impl Verified {
    /// What that token says, if it was verified.
    pub(super) fn claims(&self, token: &str) -> Option<Arc<Claims>> {
        let known = self.0.read();
        let found = known.get(end(token)?).filter(|known| *known.token == *token)?;
        Some(Arc::clone(&found.claims))
    }

    /// Remembers what a token says whose signature is good.
    pub(super) fn remember(&self, token: &str, claims: Claims) -> Arc<Claims> {
        let claims = Arc::new(claims);
        if let Some(end) = end(token) {
            let mut known = self.0.write();
            if known.len() >= CAPACITY {
                known.clear();
            }
            known.insert(*end, Known { token: token.into(), claims: Arc::clone(&claims) });
        }
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
        let token = |n: usize| format!("{n:020}");
        let known = || (0..=CAPACITY).filter(|n| verified.claims(&token(*n)).is_some()).count();
        for n in 0..CAPACITY {
            verified.remember(&token(n), claims());
        }
        assert_eq!(known(), CAPACITY);
        verified.remember(&token(CAPACITY), claims());
        assert_eq!(known(), 1);
    }

    #[test]
    fn a_token_that_ends_like_a_good_one_is_another() {
        let verified = Verified::default();
        verified.remember("head.claims.the-same-signature", claims());
        assert!(verified.claims("head.claims.the-same-signature").is_some());
        for other in ["head.others.the-same-signature", "the-same-signature", "short"] {
            assert!(verified.claims(other).is_none(), "{other}");
        }
    }
}
