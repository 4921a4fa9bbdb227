//! What the requests of one connection have in common, worked out when it is first needed: nearly all of them are for
//! one host.
//!
//! It must not remember anything of who asks, nor decide anything: a host's realm is a matter of its name alone.

use std::sync::Arc;

use http::HeaderValue;
use parking_lot::Mutex;

use crate::hosts::{self, Realm};
use crate::http::Connection;
use crate::http::origin::Origin;
use crate::http::reply;

/// A connection as the service sees it. Its owner keeps it from request to request.
#[derive(Debug)]
pub struct Line {
    pub(super) connection: Connection,
    /// What vaults say of it in each answer.
    pub(super) network_info: HeaderValue,
    last: Mutex<Option<Arc<Dialled>>>,
}

/// A host that a client dialled.
#[derive(Debug)]
pub(super) struct Dialled {
    /// As the request spelled it.
    spelled: String,
    pub(super) origin: Origin,
    /// What tokens for it are issued for.
    pub(super) resource: String,
    pub(super) realm: Option<Realm>,
}

impl Line {
    /// A connection over which nothing was asked yet.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        let network_info = reply::network_info(connection.peer.ip());
        Self { connection, network_info, last: Mutex::default() }
    }

    /// The host that a request names; `None` if that is no host.
    pub(super) fn dialled(&self, authority: &str) -> Option<Arc<Dialled>> {
        let mut last = self.last.lock();
        if let Some(last) = last.as_ref().filter(|last| last.spelled == authority) {
            return Some(Arc::clone(last));
        }
        let origin = Origin::at(authority, self.connection)?;
        let dialled = Arc::new(Dialled {
            spelled: authority.to_owned(),
            realm: hosts::realm(&origin.authority),
            resource: origin.resource(),
            origin,
        });
        *last = Some(Arc::clone(&dialled));
        Some(dialled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::Product;

    #[test]
    fn each_request_is_for_the_host_that_it_names_itself() {
        let line = Line::new(Connection::IN_PROCESS);
        for name in ["a", "a", "b", "a"] {
            let dialled = line.dialled(&format!("{}.vault.localhost:8443", name.to_uppercase())).unwrap();
            assert_eq!(dialled.realm, Some(Realm::Vault(Product::KeyVault, name.to_owned())));
            assert_eq!(dialled.origin.url(), format!("https://{name}.vault.localhost:8443"));
            assert_eq!(dialled.resource, "https://vault.localhost:8443");
        }
        assert!(line.dialled("a b").is_none());
    }
}
