//! One request to a vault, from its bearer token to its answer.
//!
//! The order is the service's: the token first, whatever the path, name or body (certificates.md section 1.3); then the
//! firewall; then the api-version; then the permission, before the body is looked at; then the operation.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Response, Uri};
use uuid::Uuid;

use crate::attestation::AttestationAuthority;
use crate::authorization::explain::explain;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::contents::Step;
use crate::crypto::jwe::SealingKey;
use crate::crypto::{CertifiedKey, KeyMaterial, KeyPool};
use crate::error::Error;
use crate::faults::Delivery;
use crate::hosts::Product;
use crate::http::admission::Admission;
use crate::http::api_version::ApiVersion;
use crate::http::disturbance::{self, Disturbance};
use crate::http::line::{Dialled, Line};
use crate::http::operation::Operation;
use crate::http::origin::Origin;
use crate::http::reply::{Context, Reply, render};
use crate::http::target::Target;
use crate::http::{State, auth, renewal};
use crate::journal::{self, Answered};
use crate::keystore::Kept;
use crate::pki::Pki;
use crate::timestamp::Timestamp;
use crate::timing::Timing;
use crate::vault::keys::Key;
use crate::vault::name::{ObjectName, Version};
use crate::vault::{Settings, Vault, Vaults};

/// Whom a request is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addressee<'a> {
    /// The service.
    pub(super) product: Product,
    /// The vault or pool.
    pub(super) name: &'a str,
    /// How the caller dialled it.
    pub(super) dialled: &'a Dialled,
    /// The connection by which the caller asks.
    pub(super) line: &'a Line,
}

impl<'b> Addressee<'b> {
    const fn origin(&self) -> &'b Origin {
        &self.dialled.origin
    }

    fn peer(&self) -> IpAddr {
        self.line.connection.peer.ip()
    }

    const fn vaults<'a>(&self, state: &'a State) -> &'a Vaults {
        match self.product {
            Product::KeyVault => &state.vaults,
            Product::ManagedHsm => &state.pools,
        }
    }
}

/// Everything an operation may use.
#[derive(Debug)]
pub struct Call<'a> {
    /// The vault it is for.
    pub vault: Arc<Vault>,
    /// The vault's settings, read once for the whole request.
    pub settings: Arc<Settings>,
    /// The vaults' time, read once for the whole request.
    pub now: Timestamp,
    /// Where it draws.
    pub draw: &'a Chance,
    /// Where keys come from.
    pub keys: &'a Arc<KeyPool>,
    /// What seals backups.
    pub backup_key: &'a Arc<Kept<SealingKey>>,
    /// What attests environments.
    pub attestation: &'a AttestationAuthority,
    /// What the hardware signs with.
    pub hardware_key: &'a Arc<Kept<CertifiedKey>>,
    /// What stands behind issuers.
    pub pki: &'a Arc<Pki>,
    /// How long things take.
    pub timing: &'a Timing,
    /// What identifiers start with.
    pub origin: &'a Origin,
    /// Path and query.
    pub target: &'a Target<'a>,
    /// The form of the answer.
    pub api_version: ApiVersion,
}

impl<'a> Call<'a> {
    /// A call of `vault` with what the emulator has for all of them.
    fn new(
        state: &'a State,
        vault: Arc<Vault>,
        settings: Arc<Settings>,
        now: Timestamp,
        origin: &'a Origin,
        target: &'a Target<'a>,
        api_version: ApiVersion,
    ) -> Self {
        Self {
            vault,
            settings,
            now,
            draw: &state.chance,
            keys: &state.keys,
            backup_key: &state.backup_key,
            attestation: &state.attestation,
            hardware_key: &state.hardware_key,
            pki: &state.pki,
            timing: &state.timing,
            origin,
            target,
            api_version,
        }
    }
}

/// What is learnt of a request on its way; the journal keeps it.
#[derive(Debug, Default)]
struct Trace<'a> {
    caller: Option<journal::Caller>,
    region: Option<&'static str>,
    operation: Option<&'static str>,
    why: Option<String>,
    delivery: Delivery,
    assignment: Option<Uuid>,
    version: Option<Version>,
    api_version: Option<&'a str>,
}

/// Answers a request to a vault or pool.
pub(super) async fn answer(state: &State, to: &Addressee<'_>, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    let _answering = state.keys.answering();
    let request_id = state.chance.uuid();
    let begun = Clock::wall();
    let now = state.clock.at(begun);
    let target = Target::of(&parts.uri);
    let mut trace = Trace::default();
    let result = carry_out(state, to, parts, &target, body, (now, begun), &mut trace).await;
    let region = trace.region.unwrap_or_else(|| {
        let found = to.vaults(state).get(to.name, now);
        found.map_or(state.settings.location, |vault| vault.settings().location).name()
    });
    let duration_ms = u64::try_from(Clock::wall().since(begun).as_millis()).unwrap_or(u64::MAX);
    let context = Context {
        assignment: trace.assignment,
        latency: duration_ms,
        ..Context::new(to.product, &parts.headers, &to.line.network_info, request_id, region)
    };
    let outcome = result.as_ref().err();
    if let Some(Error::Denied(refusal)) = outcome {
        trace.why = Some(explain(refusal));
    }
    tracing::info!(
        vault = to.name,
        method = %parts.method,
        path = parts.uri.path(),
        request_id = %context.request_id,
        refused = outcome.map(tracing::field::display),
        "request"
    );
    if state.journal.is_kept() {
        let answered = answered(to, parts, &context, &result, &trace);
        state.journal.record_request(now, Answered { duration_ms, ..answered });
    }
    let mut response =
        render(result, &context, |refused| auth::challenge(&state.identity, to.origin(), refused));
    if trace.delivery != Delivery::default() {
        response.extensions_mut().insert(trace.delivery);
    }
    response
}

/// What the journal remembers, but for how long it took.
fn answered<'a>(
    to: &Addressee<'a>,
    parts: &'a Parts,
    context: &'a Context<'_>,
    result: &Result<Reply, Error>,
    trace: &Trace<'a>,
) -> Answered<'a> {
    let answer = result.as_ref().map_err(Error::answer);
    Answered {
        request_id: context.request_id,
        client_request_id: context.client_request_id.as_ref().and_then(|id| id.to_str().ok()),
        vault: to.name,
        method: parts.method.as_str(),
        scheme: to.origin().scheme,
        authority: &to.origin().authority,
        target: path_and_query(parts),
        operation: trace.operation,
        caller: trace.caller,
        address: to.peer(),
        status: answer.as_ref().map_or_else(|answer| answer.status, |reply| reply.status.as_u16()),
        error: answer.err().map(|answer| journal::Refusal {
            code: answer.code.into(),
            innererror: answer.inner.map(Into::into),
            message: answer.message.into_owned(),
        }),
        why: trace.why.clone(),
        version: result.as_ref().ok().and_then(|reply| reply.version).or(trace.version),
        api_version: trace.api_version,
        user_agent: parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()),
        duration_ms: 0,
    }
}

fn path_and_query(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", PathAndQuery::as_str)
}

/// Carries out what is asked at a time by the vaults' clock and the machine's.
async fn carry_out<'a>(
    state: &State,
    to: &Addressee<'_>,
    parts: &Parts,
    target: &'a Target<'_>,
    body: &[u8],
    (now, wall): (Timestamp, Timestamp),
    trace: &mut Trace<'a>,
) -> Result<Reply, Error> {
    if to.origin().scheme != "https" {
        return Err(Error::TlsRequired);
    }
    // A vault answers under two names, and a token for either opens it.
    let audiences = [to.product.resource(), &to.dialled.resource];
    let caller = auth::authenticate(&parts.headers, &state.identity, &audiences, wall)?;
    trace.caller = Some((&caller).into());
    let vault = to.vaults(state).find(to.name, now)?;
    let settings = vault.settings();
    trace.region = Some(settings.location.name());
    let segments = target.segments();
    let admission = Admission::new(&state.store, &settings, &caller);
    admission.admit(to.peer())?;
    trace.api_version = target.query("api-version");
    let api_version = target.api_version()?;
    trace.version = segments.get(2).and_then(|segment| Version::parse(segment));
    let version = trace.version;
    let is_symmetric = |name: &ObjectName| {
        let found = vault.object::<Key>(name, version, now);
        found.is_ok_and(|key| matches!(key.version.content.material, KeyMaterial::Symmetric(_)))
    };
    trace.assignment = admission.permit(&parts.method, &segments, is_symmetric)?;
    let operation = Operation::route(to.product, &parts.method, &segments, target, parts.uri.path(), body)?;
    trace.operation = Some(operation.audit_name());
    if vault.may_be_due(now) || vault.may_rotate(now) {
        Box::pin(renewal::catch_up(state, &vault, &renewal::scope(&segments), now)).await?;
    }
    let call = Call::new(state, vault, settings, now, to.origin(), target, api_version);
    let request = disturbance::Request {
        vault: to.name,
        operation: operation.audit_name(),
        caller: &caller,
        method: &parts.method,
        segments: &segments,
        path: path_and_query(parts),
        now,
    };
    let disturbance = Disturbance::of(&state.faults, &request, &state.chance);
    trace.delivery = disturbance.delivery();
    if let Some(answer) = disturbance.answer() {
        trace.why = Some("a fault was set for this request".to_owned());
        return answer;
    }
    if to.product == Product::KeyVault
        && !state.throttling.admits(to.name, now, || operation.transaction(&call))
    {
        return Err(Error::Throttled);
    }
    let result = operation.run(&call).await;
    disturbance.ended(&result);
    result
}

/// Carries out an operation for the emulator itself: nobody is asked for permission, no fault strikes, and nothing takes
/// time.
///
/// # Errors
/// As for anybody else.
pub(super) async fn carry_out_own(state: &State, step: &Step) -> Result<Reply, Error> {
    let vault = state.vaults.create(&step.vault);
    let settings = vault.settings();
    let uri = format!("{}?api-version={}", step.path, ApiVersion::LATEST);
    let uri = Uri::try_from(uri).map_err(|_| Error::InvalidName(step.path.clone()))?;
    let target = Target::of(&uri);
    let method = Method::from_bytes(step.method.as_bytes())
        .map_err(|_| Error::MethodNotAllowed(step.method.to_owned()))?;
    let body = if step.body.is_null() { Vec::new() } else { step.body.to_string().into_bytes() };
    let operation =
        Operation::route(Product::KeyVault, &method, &target.segments(), &target, &step.path, &body)?;
    let origin = Origin { scheme: "https", authority: format!("{}.vault.azure.net", step.vault) };
    let timing = Timing::fast();
    let (now, api_version) = (state.clock.now(), target.api_version()?);
    let call = Call::new(state, vault, settings, now, &origin, &target, api_version);
    let call = Call { timing: &timing, ..call };
    operation.run(&call).await
}
