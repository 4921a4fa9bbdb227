//! The control API as data: a row for each operation, with its method, path and forms. Requests are dispatched by these
//! rows and `/akv/openapi.json` is written from them, so that neither can know an operation that the other does not.
//!
//! It must not carry anything out.

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::Published;
use super::clock::{ClockCommand, ClockState};
use super::issuers::{Decision, Treatment};
use super::journal::Entries;
use super::throttling::Limits;
use crate::attestation::AssertionRequest;
use crate::faults::Fault;
use crate::journal::AuditRecords;

/// What the control API does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Health,
    Info,
    Authority,
    OpenApi,
    ShowClock,
    MoveClock,
    ShowJournal,
    ClearJournal,
    ListFaults,
    AddFault,
    ClearFaults,
    ShowThrottling,
    SetThrottling,
    Reset,
    SaveSnapshot,
    LoadSnapshot,
    ChallengeClaims,
    AcceptClaims,
    Attest,
    ShowRoot,
    ShowIssuer,
    TreatIssuer,
    Approve,
    Reject,
    Revoke,
}

/// What a body looks like.
type Form = fn(&mut SchemaGenerator) -> Schema;

/// What comes back.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// JSON of this form.
    Json(Form),
    /// A certificate.
    Pem,
}

/// One operation of the control API.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Below [`super::PREFIX`]; `{name}` stands for one segment.
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    /// For people.
    pub(super) summary: &'static str,
    /// Parameters of the query.
    pub(super) query: &'static [&'static str],
    /// What is sent, if anything.
    pub(super) body: Option<Form>,
    pub(super) answer: Answer,
}

impl Route {
    const fn get(path: &'static str, operation: Operation, summary: &'static str, answer: Answer) -> Self {
        Self { method: "GET", path, operation, summary, query: &[], body: None, answer }
    }

    const fn post(path: &'static str, operation: Operation, summary: &'static str, answer: Answer) -> Self {
        Self { method: "POST", ..Self::get(path, operation, summary, answer) }
    }

    const fn put(path: &'static str, operation: Operation, summary: &'static str, answer: Answer) -> Self {
        Self { method: "PUT", ..Self::get(path, operation, summary, answer) }
    }

    const fn delete(path: &'static str, operation: Operation, summary: &'static str, answer: Answer) -> Self {
        Self { method: "DELETE", ..Self::get(path, operation, summary, answer) }
    }

    const fn taking(self, body: Form) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn asking(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// What stands for the path's `{..}` in `path`; `None` if it is another path.
    pub(super) fn parameters<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let mut given = path.split('/');
        let mut parameters = Vec::new();
        for wanted in self.path.split('/') {
            match given.next()? {
                segment if wanted.starts_with('{') && !segment.is_empty() => parameters.push(segment),
                segment if wanted == segment => {}
                _ => return None,
            }
        }
        given.next().is_none().then_some(parameters)
    }
}

fn form<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// JSON that the documentation says no more of.
const OBJECT: Answer = Answer::Json(form::<serde_json::Map<String, Value>>);
const CLOCK: Answer = Answer::Json(form::<ClockState>);
const ISSUER: Answer = Answer::Json(form::<Treatment>);
const JOURNAL: Answer = Answer::Json(form::<JournalAnswer>);

/// Entries, or records with `form=audit`.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is a form for the documentation; each is written by its own type")]
enum JournalAnswer {
    Entries(Entries<'static>),
    Audit(AuditRecords),
}

/// The parameters of the journal's query.
const FILTER: &[&str] =
    &["after", "kind", "vault", "operation", "name", "version", "status", "error", "request_id", "form"];

/// The table.
pub(super) static ROUTES: &[Route] = {
    use Operation as Op;
    &[
        Route::get("health", Op::Health, "Whether it is ready", OBJECT),
        Route::get("info", Op::Info, "What clients need to know of it", Answer::Json(form::<Published>)),
        Route::get("ca.pem", Op::Authority, "Its certificate authority", Answer::Pem),
        Route::get("openapi.json", Op::OpenApi, "This document", OBJECT),
        Route::get("clock", Op::ShowClock, "The vaults' time", CLOCK),
        Route::post("clock", Op::MoveClock, "Move the vaults' time", CLOCK).taking(form::<ClockCommand>),
        Route::get("journal", Op::ShowJournal, "What was asked of the vaults", JOURNAL).asking(FILTER),
        Route::delete("journal", Op::ClearJournal, "Forget the journal", JOURNAL),
        Route::get("faults", Op::ListFaults, "What is to go wrong", OBJECT),
        Route::post("faults", Op::AddFault, "Let something go wrong", OBJECT).taking(form::<Fault>),
        Route::delete("faults", Op::ClearFaults, "Take all faults back", OBJECT),
        Route::get("throttling", Op::ShowThrottling, "Which limits hold", Answer::Json(form::<Limits>)),
        Route::post("throttling", Op::SetThrottling, "Set which limits hold", Answer::Json(form::<Limits>))
            .taking(form::<Limits>),
        Route::post("reset", Op::Reset, "Back to its flags and contents; clock and directory stay", OBJECT),
        Route::get(
            "snapshot",
            Op::SaveSnapshot,
            "All of its state, secret values and private keys too",
            OBJECT,
        ),
        Route::put("snapshot", Op::LoadSnapshot, "Put that state in place of what is there", OBJECT)
            .taking(form::<serde_json::Map<String, Value>>),
        Route::post("claims-challenge", Op::ChallengeClaims, "Refuse every token of before", OBJECT),
        Route::delete("claims-challenge", Op::AcceptClaims, "Accept them again", OBJECT),
        Route::post("attestation", Op::Attest, "Attest an environment to release keys to", OBJECT)
            .taking(form::<AssertionRequest>),
        Route::get("issuers", Op::ShowRoot, "The root above every issuer", OBJECT),
        Route::get("issuers/{vault}/{issuer}", Op::ShowIssuer, "How an issuer treats requests", ISSUER),
        Route::post("issuers/{vault}/{issuer}", Op::TreatIssuer, "Say how it is to treat them", ISSUER)
            .taking(form::<Treatment>),
        Route::post("certificates/{vault}/{name}/approve", Op::Approve, "Approve what waits", OBJECT)
            .taking(form::<Decision>),
        Route::post("certificates/{vault}/{name}/reject", Op::Reject, "Reject what waits", OBJECT)
            .taking(form::<Decision>),
        Route::post("certificates/{vault}/{name}/revoke", Op::Revoke, "Revoke a certificate", OBJECT)
            .taking(form::<Decision>),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_reached_by_its_own_path_and_by_no_other_row() {
        for route in ROUTES {
            let path = route.path.replace(['{', '}'], "");
            let fitting: Vec<_> = ROUTES
                .iter()
                .filter(|other| other.method == route.method && other.parameters(&path).is_some())
                .map(|other| other.operation)
                .collect();
            assert_eq!(fitting, [route.operation], "{path}");
        }
    }

    #[test]
    fn parameters_are_whole_segments() {
        let route = ROUTES.iter().find(|route| route.operation == Operation::ShowIssuer).unwrap();
        assert_eq!(route.parameters("issuers/kv/ca"), Some(vec!["kv", "ca"]));
        for other in ["issuers", "issuers/kv", "issuers/kv/", "issuers/kv/ca/x"] {
            assert_eq!(route.parameters(other), None, "{other}");
        }
    }
}
