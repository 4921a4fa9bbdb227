//! What the authorities behind issuers publish under `/pki/`: certificates, lists of what is revoked, OCSP answers.
//!
//! Plain HTTP and no token, as for every authority: whoever validates a certificate has neither.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};

use crate::clock::Clock;
use crate::crypto::{CertificateContent, Validity, write_pem};
use crate::error::Error;
use crate::http::{State, explain};
use crate::pki::{Pki, Rank};
use crate::timestamp::Timestamp;

/// The path below which they publish.
pub const PREFIX: &str = "/pki/";

/// For how long lists and OCSP answers hold. Short, because clients keep what holds and would miss a revocation.
const HOLDS: Duration = Duration::from_mins(10);

/// What somebody asks for.
#[derive(Debug)]
enum Publication {
    /// `ROOT.cer`, DER.
    Certificate(Rank),
    /// `ROOT.pem`
    Pem(Rank),
    /// `ROOT.crl`, DER.
    RevocationList(Rank),
    /// `POST ocsp`, `GET ocsp/BASE64`
    Ocsp(Bytes),
}

/// Answers a request below [`PREFIX`].
pub(super) async fn answer(state: &State, parts: &Parts, body: &[u8]) -> Response<Bytes> {
    let Some(publication) = Publication::route(&parts.method, parts.uri.path(), body) else {
        let message = format!("akv: nothing is published at '{}' for {}.", parts.uri.path(), parts.method);
        return explain(StatusCode::NOT_FOUND, "NotFound", &message);
    };
    let (pki, now, wall) = (Arc::clone(&state.pki), state.clock.now(), Clock::wall());
    let made = tokio::task::spawn_blocking(move || publication.make(&pki, now, wall)).await;
    match made.map_err(|error| Error::Unexpected(error.to_string())).and_then(|made| made) {
        Ok((content_type, bytes)) => {
            let mut response = Response::new(Bytes::from(bytes));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "nothing could be published");
            explain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "akv: it could not be made; see the log.",
            )
        }
    }
}

impl Publication {
    fn route(method: &Method, path: &str, body: &[u8]) -> Option<Self> {
        let path = path.strip_prefix(PREFIX)?;
        match (method, path) {
            (&Method::POST, "ocsp") => return Some(Self::Ocsp(Bytes::copy_from_slice(body))),
            (&Method::GET, _) => {}
            _ => return None,
        }
        if let Some(request) = path.strip_prefix("ocsp/") {
            let request = percent_encoding::percent_decode_str(request).collect::<Vec<u8>>();
            // RFC 6960 appendix A.1; what is no base64 is no request, and is answered as such.
            return Some(Self::Ocsp(STANDARD.decode(request).unwrap_or_default().into()));
        }
        let (name, kind) = path.rsplit_once('.')?;
        let rank = Rank::ALL.into_iter().find(|rank| rank.name() == name)?;
        match kind {
            "cer" => Some(Self::Certificate(rank)),
            "pem" => Some(Self::Pem(rank)),
            "crl" => Some(Self::RevocationList(rank)),
            _ => None,
        }
    }

    fn make(self, pki: &Pki, now: Timestamp, wall: Timestamp) -> Result<(&'static str, Vec<u8>), Error> {
        Ok(match self {
            Self::Certificate(rank) => ("application/pkix-cert", pki.certificate(rank)?),
            Self::Pem(rank) => ("application/x-pem-file", pem(&pki.certificate(rank)?)?),
            Self::RevocationList(rank) => {
                let number = u64::try_from(wall.millis()).unwrap_or_default();
                ("application/pkix-crl", pki.revocation_list(rank, period(now, wall), number)?)
            }
            Self::Ocsp(request) => ("application/ocsp-response", pki.ocsp(&request, period(now, wall))?),
        })
    }
}

fn pem(der: &[u8]) -> Result<Vec<u8>, Error> {
    let content = CertificateContent { leaf: der.to_vec(), chain: Vec::new(), key: None };
    let pem = write_pem(&content).map_err(|error| Error::Unexpected(error.to_string()))?;
    Ok(pem.as_bytes().to_vec())
}

/// Good by the vaults' clock and by the machine's: some clients judge by the one, some by the other.
fn period(now: Timestamp, wall: Timestamp) -> Validity {
    Validity { not_before: now.min(wall), not_after: now.max(wall) + HOLDS }
}
