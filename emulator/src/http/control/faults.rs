//! `/akv/faults`: what is to go wrong with which requests.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::refuse;
use crate::faults::{Fault, Faults};
use crate::identity::answer_json;

/// `GET /akv/faults`
pub(super) fn list(faults: &Faults) -> Response<Bytes> {
    answer_json(StatusCode::OK, &json!({"faults": faults.list()}))
}

/// `POST /akv/faults`: one more.
pub(super) fn add(faults: &Faults, body: &[u8]) -> Response<Bytes> {
    let fault = serde_json::from_slice::<Fault>(body).map_err(|error| format!("a fault is {FORM} ({error})"));
    match fault.and_then(|fault| faults.add(fault)) {
        Ok(()) => list(faults),
        Err(reason) => refuse(&reason),
    }
}

/// `DELETE /akv/faults`
pub(super) fn clear(faults: &Faults) -> Response<Bytes> {
    faults.clear();
    list(faults)
}

/// What a fault looks like.
const FORM: &str = "`{\"on\":{\"operation\":\"SecretGet\",\"vault\":\"kv\",\"name\":\"db\",\"caller\":\"GUID\"},\"percent\":50,\"times\":2,\"do\":..}`, where `do` is one of `{\"answer\":{\"status\":429,\"retry_after\":1}}`, `{\"delay\":\"2s\"}`, `{\"reset_after\":10}` and `{\"stale\":\"5s\"}`";
