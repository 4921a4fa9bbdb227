//! `/akv/issuers` and `/akv/certificates`: how issuers treat requests, who is granted what, and what is revoked.
//!
//! It decides nothing itself: the vault knows what waits, the authorities what they issued.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refuse;
use super::routes::Operation;
use crate::crypto::{CertificateContent, Revocation, RevocationReason, write_pem};
use crate::error::Error;
use crate::http::issuing::{self, Drawn};
use crate::http::{State, explain, renewal};
use crate::identity::answer_json;
use crate::pki::Rank;
use crate::timestamp::Timestamp;
use crate::timing::duration;
use crate::vault::Vault;
use crate::vault::issuers::{Behaviour, Outcome};
use crate::vault::name::{ObjectName, Version};
use crate::vault::renewal::Scope;

/// The reason of a refusal for which none is given.
const NO_REASON: &str = "access_denied|The authority was told to refuse.";

/// Body of `POST /akv/issuers/{vault}/{issuer}`, and the answer.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Treatment {
    /// A duration such as `2h`; absent for as long as the timing has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<String>,
    outcome: Granting,
}

/// What comes of requests.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Granting {
    #[default]
    Issue,
    Approval,
    /// `CODE|WORDS`
    Fail(String),
}

/// Body of `POST /akv/certificates/{vault}/{name}/{approve,reject,revoke}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Decision {
    /// Only of a revocation: the latest if absent.
    version: Option<String>,
    /// Of a rejection or a revocation.
    reason: Option<String>,
}

/// Why a request is not carried out.
#[derive(Debug)]
enum Refusal {
    /// It cannot be understood.
    Form(String),
    /// The vault or the authority refuses.
    State(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::State(error)
    }
}

/// Carries out an operation of issuers or certificates; `parameters` stand for the `{..}` of its path.
pub(super) async fn answer(
    state: &State,
    operation: Operation,
    parameters: &[&str],
    body: &[u8],
) -> Response<Bytes> {
    let answer = match (operation, parameters) {
        (Operation::ShowIssuer, [vault, issuer]) => show(state, vault, issuer),
        (Operation::TreatIssuer, [vault, issuer]) => treat(state, vault, issuer, body).await,
        (operation, [vault, name]) => decide(state, vault, name, operation, body).await,
        _ => root(state).await,
    };
    match answer {
        Ok(answer) => answer_json(StatusCode::OK, &answer),
        Err(Refusal::Form(reason)) => refuse(&reason),
        Err(Refusal::State(error)) => explained(&error),
    }
}

fn explained(error: &Error) -> Response<Bytes> {
    let answer = error.answer();
    let message = match error {
        Error::OperationEnded => "akv: nothing waits for approval there.".to_owned(),
        Error::InvalidCertificate => "akv: it was not issued by the authority behind issuers.".to_owned(),
        Error::Unexpected(cause) => {
            tracing::error!(cause, "the control API failed");
            "akv: it failed; see the log.".to_owned()
        }
        _ => format!("akv: {}", answer.message),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    explain(status, answer.code, &message)
}

fn read<T: DeserializeOwned + Default>(body: &[u8], form: &str) -> Result<T, Refusal> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Refusal::Form(format!("the body is {form} ({error})")))
}

async fn root(state: &State) -> Result<Value, Refusal> {
    let pki = Arc::clone(&state.pki);
    let made = tokio::task::spawn_blocking(move || pki.certificate(Rank::Root)).await;
    let leaf = made.map_err(|error| Error::Unexpected(error.to_string()))??;
    let pem = write_pem(&CertificateContent { leaf, chain: Vec::new(), key: None });
    let pem = pem.map_err(|error| Error::Unexpected(error.to_string()))?;
    Ok(json!({"root": pem.as_str()}))
}

/// A vault that is there; none is made by asking.
fn vault(state: &State, name: &str, now: Timestamp) -> Result<Arc<Vault>, Refusal> {
    let name = name.to_ascii_lowercase();
    let found = state.vaults.get(&name, now).filter(|vault| vault.deletion().is_none());
    Ok(found.ok_or(Error::VaultNotFound(name))?)
}

fn show(state: &State, vault_name: &str, issuer: &str) -> Result<Value, Refusal> {
    let vault = vault(state, vault_name, state.clock.now())?;
    Ok(json!(Treatment::from(vault.issuer_behaviour(&ObjectName::parse(issuer)?)?)))
}

async fn treat(state: &State, vault_name: &str, issuer: &str, body: &[u8]) -> Result<Value, Refusal> {
    let form = "`{\"delay\":\"2h\",\"outcome\":..}`, where `outcome` is `\"issue\"`, `\"approval\"` or `{\"fail\":\"CODE|WORDS\"}`";
    let behaviour = Behaviour::try_from(read::<Treatment>(body, form)?).map_err(Refusal::Form)?;
    let now = state.clock.now();
    let vault = vault(state, vault_name, now)?;
    // What was due before is treated as before.
    renewal::catch_up(state, &vault, &Scope::All, now).await?;
    let issuer = ObjectName::parse(issuer)?;
    vault.set_issuer_behaviour(&issuer, behaviour)?;
    Ok(json!(Treatment::from(vault.issuer_behaviour(&issuer)?)))
}

impl From<Behaviour> for Treatment {
    fn from(behaviour: Behaviour) -> Self {
        Self {
            delay: behaviour.delay.map(|delay| format!("{}ms", delay.as_millis())),
            outcome: match behaviour.outcome {
                Outcome::Issue => Granting::Issue,
                Outcome::Approval => Granting::Approval,
                Outcome::Fail(reason) => Granting::Fail(reason),
            },
        }
    }
}

impl TryFrom<Treatment> for Behaviour {
    type Error = String;

    fn try_from(treatment: Treatment) -> Result<Self, String> {
        Ok(Self {
            delay: treatment.delay.as_deref().map(duration).transpose()?,
            outcome: match treatment.outcome {
                Granting::Issue => Outcome::Issue,
                Granting::Approval => Outcome::Approval,
                Granting::Fail(reason) if reason.is_empty() => Outcome::Fail(NO_REASON.to_owned()),
                Granting::Fail(reason) => Outcome::Fail(reason),
            },
        })
    }
}

async fn decide(
    state: &State,
    vault_name: &str,
    name: &str,
    decision: Operation,
    body: &[u8],
) -> Result<Value, Refusal> {
    let given = read::<Decision>(body, "`{\"version\":\"..\",\"reason\":\"..\"}`")?;
    let (now, name) = (state.clock.now(), ObjectName::parse(name)?);
    let vault = vault(state, vault_name, now)?;
    renewal::catch_up(state, &vault, &Scope::Name(name.clone()), now).await?;
    match decision {
        Operation::Approve => approve(state, &vault, &name, now).await,
        Operation::Reject => {
            let reason = given.reason.unwrap_or_else(|| NO_REASON.to_owned());
            vault.reject_certificate(&name, reason, now)?;
            Ok(json!({"certificate": name.as_str(), "status": "failed"}))
        }
        _ => revoke(state, &vault, &name, given, now).await,
    }
}

/// The request was made when the certificate was asked for; the certificate is made now.
async fn approve(state: &State, vault: &Vault, name: &ObjectName, now: Timestamp) -> Result<Value, Refusal> {
    let approval = vault.plan_approval(name, now)?;
    let plan = (approval.plan.clone(), Drawn::new(&state.chance));
    let mut made = issuing::make(&state.keys, &state.pki, vec![plan]).await?;
    let (_, material) = made.pop().ok_or_else(|| Error::Unexpected("nothing was made".to_owned()))?;
    let view = vault.approve_certificate(name, &approval, material, now)?;
    let version = view.operation.version.to_string();
    Ok(json!({"certificate": name.as_str(), "status": "completed", "version": version}))
}

async fn revoke(
    state: &State,
    vault: &Vault,
    name: &ObjectName,
    given: Decision,
    now: Timestamp,
) -> Result<Value, Refusal> {
    let reason = match given.reason.as_deref() {
        None => RevocationReason::Unspecified,
        Some(name) => RevocationReason::from_name(name).ok_or_else(|| unknown_reason(name))?,
    };
    let version = given
        .version
        .as_deref()
        .map(|text| Version::parse(text).ok_or_else(|| Refusal::Form(format!("`{text}` is no version"))));
    let version = version.transpose()?;
    let live = vault.certificate(name, version, now);
    // A deleted certificate may still be in use elsewhere.
    let found = live.or_else(|absent| match version {
        None => vault.deleted_certificate(name, now).map_err(|_| absent),
        Some(_) => Err(absent),
    })?;
    let issued = found.version.issued.ok_or(Error::InvalidCertificate)?;
    let (pki, revocation) = (Arc::clone(&state.pki), Revocation { at: now, reason });
    let revoked = tokio::task::spawn_blocking(move || pki.revoke(&issued.der, revocation)).await;
    let serial = revoked.map_err(|error| Error::Unexpected(error.to_string()))??;
    let version = found.version.version.to_string();
    Ok(json!({"certificate": name.as_str(), "version": version, "serial": serial.to_string()}))
}

fn unknown_reason(name: &str) -> Refusal {
    let names = RevocationReason::ALL.map(RevocationReason::name).join(", ");
    Refusal::Form(format!("`{name}` is no reason: they are {names}"))
}
