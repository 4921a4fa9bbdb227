//! The control plane, `management.azure.com`: subscriptions, resource groups, vaults, roles, deployments.
//!
//! Built like [`crate::http`]: a request becomes a typed operation of one family (each family has its route table, its
//! bodies and one match that runs it), [`store`] decides by facts and `now`, [`error`] holds every refusal. Its own
//! permissions are not enforced: every caller of the tenant is an owner of the subscription.

mod attestation;
mod bodies;
mod deployments;
pub mod error;
mod filter;
mod groups;
mod hsms;
pub mod metadata;
mod objects;
mod policies;
mod reply;
mod roles;
mod route;
pub mod store;
mod subscriptions;
mod vaults;

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Request, Response};

use crate::chance::Chance;
use crate::clock::Clock;
use crate::contents::{Resource, members};
use crate::error::Error;
use crate::http::State;
use crate::http::auth::bearer_token;
use crate::http::origin::Origin;
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::identity::Identity;
use crate::identity::tokens::Caller;
use crate::journal;
use crate::timestamp::Timestamp;
use crate::timing::Timing;
use crate::vault::Vaults;

use self::error::ArmError;
use self::store::{Stamp, Store};

/// How closely `az keyvault create` is followed where Azure and its quickstarts disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fidelity {
    /// A vault whose creator did not ask for roles has access policies, and its creator is granted what the CLI granted
    /// before 2.61, so that `az keyvault set-policy` works (identity-and-control-plane.md P1 and P10).
    #[default]
    Lenient,
    /// What the CLI sends is what is made.
    Strict,
}

/// What a token for the control plane may be for.
const AUDIENCES: [&str; 5] = [
    "https://management.core.windows.net/",
    "https://management.core.windows.net",
    "https://management.azure.com/",
    "https://management.azure.com",
    // A token for a cloud of one's own, registered by `az cloud register`.
    "https://management.core.windows.net//",
];

/// The host by which the configuration asks for resources.
const AUTHORITY: &str = "management.azure.com";

/// Everything an operation may use.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    state: &'a State,
    store: &'a Store,
    vaults: &'a Vaults,
    now: Timestamp,
    draw: &'a Chance,
    timing: &'a Timing,
    caller: Caller,
    origin: &'a Origin,
    target: &'a Target<'a>,
    headers: &'a HeaderMap,
    fidelity: Fidelity,
}

impl Call<'_> {
    /// Now, by the caller.
    const fn stamp(&self) -> Stamp {
        Stamp { at: self.now, by: self.caller.object_id }
    }

    /// The version of the interface that the client speaks; every one is taken.
    fn api_version(&self) -> &str {
        self.target.query("api-version").unwrap_or_default()
    }

    /// When something that takes as long as a deletion will be over.
    fn settles_at(&self) -> Timestamp {
        self.now + self.draw.duration(&self.timing.delete)
    }

    /// 202 for an operation that is over at `done_at`: where to ask, and when.
    fn accepted(&self, path: &str, done_at: Timestamp) -> Reply {
        let id = self.draw.uuid();
        self.store.begin_operation(id, done_at);
        let version = self.api_version();
        let subscription = self.store.subscription;
        reply::accepted(
            format!("{}/subscriptions/{subscription}/{path}/{id}?api-version={version}", self.origin.url()),
            self.timing.retry_after,
        )
    }
}

/// Whether a path on this machine's own names is the control plane's (identity-and-control-plane.md section 7).
pub(crate) fn owns(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    metadata::owns(path)
        || ["subscriptions", "tenants", "providers"].iter().any(|own| own.eq_ignore_ascii_case(first))
}

/// Answers a request to the control plane.
pub(crate) async fn answer(state: &State, origin: &Origin, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    let request_id = state.chance.uuid();
    let target = Target::of(&parts.uri);
    if metadata::owns(parts.uri.path()) {
        return metadata::answer(origin, &target);
    }
    let caller = authenticate(&parts.headers, &state.identity, origin);
    let who = caller.as_ref().ok().map(journal::Caller::from);
    let result = match caller {
        Ok(caller) => carry_out(state, caller, origin, &target, parts, body).await,
        Err(error) => Err(error),
    };
    tracing::info!(
        method = %parts.method,
        path = parts.uri.path(),
        %request_id,
        refused = result.as_ref().err().map(tracing::field::display),
        "control plane request"
    );
    let mut response = reply::render(result, &parts.headers, request_id, state.store.tenant);
    if let Some(who) = who {
        response.extensions_mut().insert(who);
    }
    response
}

/// Which members of a vault's body Azure does not know, if any.
pub(crate) fn complaint(resource: &Resource) -> Option<String> {
    let is_vault = resource.path.split('/').rev().nth(1) == Some("vaults");
    let form = members::unknown::<bodies::vaults::VaultParameters>;
    let complaint = members::complaint(&is_vault.then(|| form(&resource.body))?)?;
    Some(format!("vault `{}`, resource: {complaint}", resource.vault))
}

/// Asks for a resource on the configuration's behalf, as the developer.
///
/// # Errors
/// As for anybody else.
pub(crate) async fn carry_out_own(state: &State, resource: &Resource) -> Result<(), ArmError> {
    let path =
        format!("/subscriptions/{}/{}?api-version=2023-07-01", state.store.subscription, resource.path);
    let request = Request::put(path).header(HOST, AUTHORITY).body(());
    let (parts, ()) = request.map_err(|error| ArmError::Unexpected(error.to_string()))?.into_parts();
    let origin = Origin { scheme: "https", authority: AUTHORITY.to_owned() };
    let (caller, body) = (state.identity.developer(), resource.body.to_string());
    carry_out(state, caller, &origin, &Target::of(&parts.uri), &parts, body.as_bytes()).await.map(drop)
}

async fn carry_out(
    state: &State,
    caller: Caller,
    origin: &Origin,
    target: &Target<'_>,
    parts: &Parts,
    body: &[u8],
) -> Result<Reply, ArmError> {
    if target.query("api-version").is_none_or(str::is_empty) {
        return Err(ArmError::MissingApiVersion);
    }
    let call = Call {
        state,
        store: &state.store,
        vaults: &state.vaults,
        now: state.clock.now(),
        draw: &state.chance,
        timing: &state.timing,
        caller,
        origin,
        target,
        headers: &parts.headers,
        fidelity: state.fidelity,
    };
    route::Operation::route(&call, &parts.method, body)?.run(&call).await
}

/// The caller that the request's token names.
fn authenticate(headers: &HeaderMap, identity: &Identity, origin: &Origin) -> Result<Caller, ArmError> {
    let token = bearer_token(headers).ok_or(ArmError::MissingToken)?;
    let (own, slash) = (origin.url(), format!("{}/", origin.url()));
    let mut audiences = AUDIENCES.to_vec();
    audiences.extend([own.as_str(), slash.as_str()]);
    identity.verify(token, &audiences, Clock::wall()).map_err(|error| match error {
        Error::InvalidAudience { found, .. } => ArmError::InvalidAudience(found),
        Error::InvalidIssuer { expected, found } => ArmError::InvalidTenant(found, expected),
        Error::TokenExpired => ArmError::ExpiredToken,
        Error::Unexpected(cause) => ArmError::Unexpected(cause),
        _ => ArmError::InvalidToken,
    })
}
