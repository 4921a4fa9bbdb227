//! `/akv/attestation`: makes environment assertions to which keys can be released.

use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::task::spawn_blocking;

use super::refuse;
use crate::attestation::AttestationAuthority;
use crate::clock::Clock;
use crate::identity::answer_json;

/// `POST /akv/attestation`.
pub(super) async fn attest(authority: &AttestationAuthority, body: &[u8]) -> Response<Bytes> {
    let Ok(request) = serde_json::from_slice(body) else {
        return refuse(
            "the body is `{\"authority\":\"https://..\",\"claims\":{..},\"flaw\":\"none|expired|forged\"}`, each of them optional",
        );
    };
    let authority = authority.clone();
    match spawn_blocking(move || authority.attest(request, Clock::wall())).await {
        Ok(Ok(assertion)) => answer_json(StatusCode::OK, &assertion),
        Ok(Err(reason)) => refuse(&reason),
        Err(error) => refuse(&error.to_string()),
    }
}
