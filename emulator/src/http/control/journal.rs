//! `/akv/journal`: what was asked of the vaults and what came of it.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::refuse;
use crate::http::{State, renewal};
use crate::identity::answer_json;
use crate::journal::{Entry, Filter, Journal};

/// `GET /akv/journal?vault=..&operation=..&name=..&status=..&request_id=..&after=..`
///
/// Mails that were due by now are in it.
pub(super) async fn entries(state: &State, query: Option<&str>) -> Response<Bytes> {
    if let Err(error) = renewal::catch_up_all(state, state.clock.now()).await {
        tracing::error!(%error, "lifetime actions could not be taken");
    }
    match Filter::parse(query.unwrap_or_default()) {
        Ok(filter) => {
            let entries = state.journal.select(&filter);
            let entries: Vec<&Entry> = entries.iter().map(AsRef::as_ref).collect();
            answer_json(StatusCode::OK, &json!({"entries": entries}))
        }
        Err(reason) => refuse(&reason),
    }
}

/// `DELETE /akv/journal`
pub(super) fn clear(journal: &Journal) -> Response<Bytes> {
    journal.clear();
    answer_json(StatusCode::OK, &json!({"entries": []}))
}
