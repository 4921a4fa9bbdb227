//! `/akv/throttling`: which limits hold.

use bytes::Bytes;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refuse;
use crate::identity::answer_json;
use crate::throttling::{Throttle, Throttling};

/// Body of `POST /akv/throttling`, and the answer.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    /// Whose.
    limits: Throttle,
}

/// `GET /akv/throttling`
pub(super) fn show(throttling: &Throttling) -> Response<Bytes> {
    answer_json(StatusCode::OK, &Limits { limits: throttling.limits() })
}

/// `POST /akv/throttling`
pub(super) fn set(throttling: &Throttling, body: &[u8]) -> Response<Bytes> {
    let Ok(Limits { limits }) = serde_json::from_slice(body) else {
        return refuse("the body is `{\"limits\":\"azure\"}` or `{\"limits\":\"off\"}`");
    };
    throttling.set(limits);
    show(throttling)
}
