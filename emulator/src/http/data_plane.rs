//! One request to a vault, from its bearer token to its answer.
//!
//! The order is the service's: the token first, whatever the path, name or body (certificates.md section 1.3); then the
//! api-version; then the operation.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};

use crate::chance::Chance;
use crate::crypto::KeyPool;
use crate::crypto::jwe::SealingKey;
use crate::error::{Error, Family};
use crate::http::api_version::ApiVersion;
use crate::http::origin::Origin;
use crate::http::reply::{Context, Reply, render};
use crate::http::target::Target;
use crate::http::{Connection, State, auth, certificates, issuers, managed};
use crate::keystore::Kept;
use crate::timestamp::Timestamp;
use crate::timing::Timing;
use crate::vault::Vault;

/// Everything an operation may use.
#[derive(Debug)]
pub struct Call<'a> {
    /// The vault it is for.
    pub vault: Arc<Vault>,
    /// The vaults' time, read once for the whole request.
    pub now: Timestamp,
    /// Where it draws.
    pub draw: &'a Chance,
    /// Where keys come from.
    pub keys: &'a Arc<KeyPool>,
    /// What seals backups.
    pub backup_key: &'a Arc<Kept<SealingKey>>,
    /// How long things take.
    pub timing: &'a Timing,
    /// What identifiers start with.
    pub origin: &'a Origin,
    /// Path and query.
    pub target: &'a Target,
    /// The form of the answer.
    pub api_version: ApiVersion,
}

/// Answers a request to the vault `name`.
pub(super) async fn answer(
    state: &State,
    name: &str,
    origin: &Origin,
    parts: &Parts,
    body: &[u8],
) -> Response<Bytes> {
    let peer = parts.extensions.get::<Connection>().map(|connection| connection.peer.ip());
    let context = Context::new(&parts.headers, peer, state.chance.uuid(), state.settings.location);
    let result = carry_out(state, name, origin, parts, body).await;
    let outcome = result.as_ref().err();
    tracing::info!(
        vault = name,
        method = %parts.method,
        path = parts.uri.path(),
        request_id = %context.request_id,
        refused = outcome.map(tracing::field::display),
        "request"
    );
    render(result, &context, || auth::challenge(&state.identity, origin))
}

async fn carry_out(
    state: &State,
    name: &str,
    origin: &Origin,
    parts: &Parts,
    body: &[u8],
) -> Result<Reply, Error> {
    if origin.scheme != "https" {
        return Err(Error::TlsRequired);
    }
    auth::authenticate(&parts.headers, &state.identity, origin)?;
    let vault = state.vaults.find(name)?;
    let target = Target::of(&parts.uri);
    let api_version = target.api_version()?;
    let call = Call {
        vault,
        now: state.clock.now(),
        draw: &state.chance,
        keys: &state.keys,
        backup_key: &state.backup_key,
        timing: &state.timing,
        origin,
        target: &target,
        api_version,
    };
    dispatch(&call, &parts.method, parts.uri.path(), body).await
}

/// Which family a path belongs to.
async fn dispatch(call: &Call<'_>, method: &Method, path: &str, body: &[u8]) -> Result<Reply, Error> {
    let target = call.target;
    match target.segments().as_slice() {
        ["certificates", rest @ ..] if matches!(rest, ["issuers" | "contacts", ..]) => {
            issuers::run(issuers::Operation::route(method, rest, target, body)?, call)
        }
        ["certificates", rest @ ..] => {
            certificates::run(certificates::Operation::route(method, rest, target, body)?, call).await
        }
        ["deletedcertificates", rest @ ..] => {
            certificates::run(certificates::Operation::route_deleted(method, rest, target)?, call).await
        }
        ["secrets", rest @ ..] => managed_by(Family::Secret, call, method, rest, body).await,
        ["keys", rest @ ..] => managed_by(Family::Key, call, method, rest, body).await,
        ["deletedsecrets", rest @ ..] => {
            managed::run(Family::Secret, managed::Operation::route_deleted(method, rest, target)?, call).await
        }
        ["deletedkeys", rest @ ..] => {
            managed::run(Family::Key, managed::Operation::route_deleted(method, rest, target)?, call).await
        }
        ["rng", ..] => Err(Error::NotEmulated("the random numbers of a Managed HSM".into())),
        _ => Err(Error::UnknownPath(path.to_owned())),
    }
}

async fn managed_by(
    family: Family,
    call: &Call<'_>,
    method: &Method,
    path: &[&str],
    body: &[u8],
) -> Result<Reply, Error> {
    managed::run(family, managed::Operation::route(family, method, path, call.target, body)?, call).await
}
