//! Tokens handed out within the process, without the login authority: those of vaults that tests have to themselves.
//!
//! They are no JWTs and never expire; whoever hands one out takes it back. It must not say what one opens.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::tokens::Caller;

/// Who holds which token.
#[derive(Debug, Default)]
pub struct HandedOut {
    count: AtomicU64,
    callers: RwLock<HashMap<String, Caller>>,
}

impl HandedOut {
    /// A number that no other call gives, from 1.
    pub fn number(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// From now on `token` names `caller`.
    pub fn add(&self, token: String, caller: Caller) {
        self.callers.write().insert(token, caller);
    }

    /// From now on `token` names nobody.
    pub fn remove(&self, token: &str) {
        self.callers.write().remove(token);
    }

    /// Whom `token` names.
    pub(super) fn caller(&self, token: &str) -> Option<Caller> {
        self.callers.read().get(token).cloned()
    }
}
