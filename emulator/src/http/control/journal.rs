//! `/akv/journal`: what was asked of the vaults and what came of it.

use bytes::Bytes;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::refuse;
use crate::arm::store::vault_resource::KIND;
use crate::http::{State, renewal};
use crate::identity::answer_json;
use crate::journal::{AuditRecord, AuditRecords, Entry, Filter, Journal, Surroundings};
use crate::vault::Access;

/// Answer of `GET /akv/journal`.
#[derive(JsonSchema, Serialize)]
pub(super) struct Entries<'a> {
    entries: Vec<&'a Entry>,
}

/// `GET /akv/journal?kind=..&vault=..&operation=..&name=..&version=..&status=..&error=..&request_id=..&after=..&form=..`
///
/// Mails that were due by now are in it.
pub(super) async fn entries(state: &State, query: &str) -> Response<Bytes> {
    if let Err(error) = renewal::catch_up_all(state, state.clock.now()).await {
        tracing::error!(%error, "lifetime actions could not be taken");
    }
    let (filter, form) = match read(query) {
        Ok(read) => read,
        Err(reason) => return refuse(&reason),
    };
    let entries = state.journal.select(&filter);
    let entries = entries.iter();
    match form {
        Form::Entries => answer_json(StatusCode::OK, &Entries { entries: entries.collect() }),
        Form::Audit => {
            let records = entries.filter_map(|entry| AuditRecord::of(entry, &Place { state })).collect();
            answer_json(StatusCode::OK, &AuditRecords { records })
        }
    }
}

/// In which form entries are shown.
enum Form {
    /// The journal's own.
    Entries,
    /// Azure's audit log's, requests alone.
    Audit,
}

/// Filter and form of a query.
fn read(query: &str) -> Result<(Filter, Form), String> {
    let mut form = Form::Entries;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.as_ref()) {
            ("form", "entries") => form = Form::Entries,
            ("form", "audit") => form = Form::Audit,
            ("form", _) => return Err(format!("`form={value}`: it is entries or audit")),
            _ => drop(rest.append_pair(&name, &value)),
        }
    }
    Ok((Filter::parse(&rest.finish())?, form))
}

/// Where audit records find what entries do not hold.
struct Place<'a> {
    state: &'a State,
}

impl Surroundings for Place<'_> {
    fn resource_id(&self, vault: &str) -> String {
        let found = self.state.vaults.get(vault, self.state.clock.now());
        match found.map(|vault| vault.settings().access.clone()) {
            Some(Access::Governed(governance)) => governance.scope.to_string(),
            // A vault that came into being by its first use is in no resource group.
            _ => format!("{}/providers/{KIND}/{vault}", self.state.store.scope()),
        }
    }

    fn user_principal_name(&self, oid: Uuid) -> Option<String> {
        let user = self.state.identity.directory().user(oid)?;
        Some(user.user_principal_name.to_string())
    }
}

/// `DELETE /akv/journal`
pub(super) fn clear(journal: &Journal) -> Response<Bytes> {
    journal.clear();
    answer_json(StatusCode::OK, &Entries { entries: Vec::new() })
}
