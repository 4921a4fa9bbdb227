//! A vault of one's own, for tests that run side by side: a name, a URL and a token that nobody else has.
//!
//! It is a vault like others, opened by an access policy. It must not answer requests itself.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use uuid::Uuid;

use crate::arm::store::vault_resource::KIND;
use crate::authorization::network::{NetworkRules, PublicAccess};
use crate::authorization::policy::AccessPolicy;
use crate::authorization::{Governance, PermissionModel};
use crate::http::Service;
use crate::identity::tokens::{Caller, CallerType};
use crate::vault::{Access, Settings};

/// An answer on its way.
pub type Answering = Pin<Box<dyn Future<Output = Response<Bytes>> + Send>>;

/// A vault that its own token opens and no other. With its last clone, and the last of its [`Self::answers`], vault and
/// token are gone, and all that is in it.
#[derive(Clone)]
pub struct OwnVault(Arc<Inner>);

struct Inner {
    service: Service,
    name: String,
    url: String,
    token: String,
    caller: Uuid,
}

impl fmt::Debug for OwnVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnVault").field("url", &self.0.url).finish_non_exhaustive()
    }
}

impl OwnVault {
    /// A new vault of `service`, called by what `url` makes of its name.
    pub(crate) fn of(service: Service, url: impl FnOnce(&str) -> String) -> Self {
        let state = service.state();
        let (name, caller, token) = loop {
            let number = state.identity.handed_out().number().to_string();
            let draw = state.chance.apart(&["own vault", &number]);
            let name = format!("test-{number}");
            let caller = Caller {
                object_id: draw.uuid(),
                app_id: draw.uuid(),
                groups: Vec::new(),
                kind: CallerType::Application,
                issuer: state.identity.token_issuer().into(),
                resource_id: None,
            };
            if state.vaults.add(&name, settings(&service, &name, caller.object_id)) {
                break (name, caller, format!("{}{}", draw.version(), draw.version()));
            }
        };
        let object_id = caller.object_id;
        state.identity.handed_out().add(token.clone(), caller);
        Self(Arc::new(Inner { url: url(&name), service, name, token, caller: object_id }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The bearer token that opens it, as long as it is there: `akv_client::Builder::bearer_token`.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0.token
    }

    /// The object id of whoever shows the token, by which the journal names them.
    #[must_use]
    pub fn caller(&self) -> Uuid {
        self.0.caller
    }

    /// The answers of its emulator without a socket: `akv_client::Builder::answered_by`.
    pub fn answers(&self) -> impl Fn(Request<Bytes>) -> Answering + Clone + Send + Sync + use<> {
        let vault = self.clone();
        move |request| {
            let vault = vault.clone();
            Box::pin(async move { vault.0.service.call(request).await })
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.service.state();
        state.identity.handed_out().remove(&self.token);
        state.vaults.purge(&self.name);
    }
}

/// What vaults are like here, with everything granted to one caller.
fn settings(service: &Service, name: &str, object_id: Uuid) -> Settings {
    let state = service.state();
    let tenant = state.identity.tenant();
    let governance = Governance {
        scope: state.store.scope().child(&format!("providers/{KIND}/{name}")),
        tenant,
        model: PermissionModel::AccessPolicies,
        policies: vec![AccessPolicy::all_and_purge(tenant, object_id)],
        network: NetworkRules::default(),
        public_access: PublicAccess::Enabled,
    };
    Settings { access: Access::Governed(Arc::new(governance)), ..state.settings.clone() }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::Emulator;

    async fn set(vault: &OwnVault, token: &str) -> StatusCode {
        let request = Request::put("/secrets/db?api-version=2025-07-01")
            .header("host", vault.url().strip_prefix("https://").unwrap())
            .header("authorization", format!("Bearer {token}"));
        let answers = vault.answers();
        answers(request.body(Bytes::from_static(br#"{"value":"1"}"#)).unwrap()).await.status()
    }

    #[tokio::test]
    async fn its_own_token_opens_it_and_no_other_does() {
        let emulator = Emulator::builder().build().unwrap();
        let (one, other) = (emulator.vault(), emulator.vault());
        assert_ne!((one.url(), one.token(), one.caller()), (other.url(), other.token(), other.caller()));
        assert_eq!(set(&one, one.token()).await, StatusCode::OK);
        assert_eq!(set(&one, other.token()).await, StatusCode::FORBIDDEN);
        assert_eq!(set(&one, "developer").await, StatusCode::FORBIDDEN);
        assert!(!format!("{one:?}").contains(one.token()));
    }

    #[tokio::test]
    async fn it_takes_no_name_that_is_taken_and_with_it_goes_what_was_in_it() {
        let emulator = Emulator::builder().strict().closed().vault("test-1").build().unwrap();
        let own = emulator.vault();
        assert_eq!(own.name(), "test-2");
        assert_eq!(set(&own, own.token()).await, StatusCode::OK);
        let (service, answers, token) = (emulator.service(), own.answers(), own.token().to_owned());
        let is_there = || service.state().vaults.get("test-2", service.state().clock.now()).is_some();
        drop(own);
        assert!(is_there(), "somebody may still ask");
        drop(answers);
        assert!(!is_there());
        let request =
            Request::get("/secrets?api-version=2025-07-01").header("host", "test-1.vault.azure.net");
        let request = request.header("authorization", format!("Bearer {token}")).body(Bytes::new()).unwrap();
        assert_eq!(service.call(request).await.status(), StatusCode::UNAUTHORIZED, "the token is gone too");
        assert_ne!(emulator.vault().token(), token);
    }

    /// A program that makes emulators all day keeps none of them.
    #[tokio::test]
    async fn a_dropped_emulator_is_gone() {
        let emulator = Emulator::builder().build().unwrap();
        let own = emulator.vault();
        assert_eq!(set(&own, own.token()).await, StatusCode::OK);
        let kept = Arc::downgrade(&emulator.service().state().backup_key);
        drop(emulator);
        assert!(kept.upgrade().is_some(), "its vault is still in use");
        drop(own);
        assert!(kept.upgrade().is_none());
    }
}
