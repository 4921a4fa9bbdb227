//! `/akv/journal`: what was asked of the vaults and what came of it.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::refuse;
use crate::identity::answer_json;
use crate::journal::{Entry, Filter, Journal};

/// `GET /akv/journal?vault=..&operation=..&name=..&status=..&request_id=..&after=..`
pub(super) fn entries(journal: &Journal, query: Option<&str>) -> Response<Bytes> {
    match Filter::parse(query.unwrap_or_default()) {
        Ok(filter) => {
            let entries = journal.select(&filter);
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
