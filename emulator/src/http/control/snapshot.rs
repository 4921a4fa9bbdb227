//! `/akv/snapshot`: the emulator's whole state, out and in.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{health, refuse};
use crate::http::snapshot::{Snapshot, SnapshotError};
use crate::http::{State, explain};
use crate::identity::json_answer;

/// Where it is.
pub(crate) const PATH: &str = "/akv/snapshot";

/// `GET /akv/snapshot`
pub(super) async fn save(state: &State) -> Response<Bytes> {
    match state.snapshot().await.write() {
        Ok(document) => json_answer(StatusCode::OK, document.into()),
        Err(error) => explain(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &format!("akv: {error}.")),
    }
}

/// `PUT /akv/snapshot`: all of it or nothing.
pub(super) async fn load(state: &State, body: &[u8]) -> Response<Bytes> {
    let loaded = match Snapshot::read(body) {
        Ok(snapshot) => state.restore(snapshot).await,
        Err(error) => Err(error),
    };
    match loaded {
        Ok(()) => health(state),
        Err(SnapshotError(reason)) => refuse(&reason),
    }
}
