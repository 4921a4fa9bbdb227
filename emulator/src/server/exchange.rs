//! One request for the service: its body gathered within a limit, its target in one form, its answer sent.
//!
//! It must not look at what the request asks for.

use std::fmt;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

use super::delivery::{Delivered, deliver};
use crate::http::line::Line;
use crate::http::{Service, body_limit};

/// How much of a body that is too large is read and thrown away, so that the client gets to see the answer.
const DRAIN_LIMIT: usize = 64 * 1024 * 1024;

/// Why there is no answer: the client went away in the middle of its body, or sent it against the rules of HTTP.
#[derive(Debug)]
pub(super) struct BrokenBody(String);

impl fmt::Display for BrokenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request body broke off: {}", self.0)
    }
}

impl std::error::Error for BrokenBody {}

/// Gathers the body, asks the service, and gives its answer.
pub(super) async fn answer(
    service: &Service,
    line: &Line,
    request: Request<Incoming>,
) -> Result<Response<Delivered>, BrokenBody> {
    if request.method() == Method::CONNECT {
        return Ok(text(
            StatusCode::METHOD_NOT_ALLOWED,
            "a tunnel cannot be opened inside TLS or another tunnel",
        ));
    }
    let (mut parts, mut body) = request.into_parts();
    let Some(body) = gather(&mut body, body_limit(&parts)).await? else {
        return Ok(too_large(parts.version));
    };
    to_origin_form(&mut parts);
    let head_alone = parts.method == Method::HEAD && parts.version == Version::HTTP_2;
    let response = deliver(service.answer(&parts, &body, line).await).await;
    Ok(if head_alone { without_body(response) } else { response })
}

/// What HEAD is answered, with the length that GET's body has (RFC 9110 section 9.3.2). In HTTP/1 hyper sees to it, in
/// HTTP/2 it would send the body, and the client would reset the stream.
fn without_body(response: Response<Delivered>) -> Response<Delivered> {
    let Delivered::Whole(body) = response.body() else { return response };
    let length = body.size_hint().exact().filter(|length| *length > 0);
    let (mut parts, _) = response.into_parts();
    if let Some(length) = length {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Delivered::default())
}

/// The whole body; `None` when it is over the limit.
async fn gather(body: &mut Incoming, limit: usize) -> Result<Option<Bytes>, BrokenBody> {
    if body.is_end_stream() {
        return Ok(Some(Bytes::new()));
    }
    match Limited::new(&mut *body, limit).collect().await {
        Ok(whole) => Ok(Some(whole.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => {
            drain(body).await;
            Ok(None)
        }
        Err(error) => Err(BrokenBody(error.to_string())),
    }
}

/// Closing a socket with unread bytes in it resets it, and the client would lose the answer with it.
async fn drain(body: &mut Incoming) {
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > DRAIN_LIMIT {
            return;
        }
    }
}

/// Whichever form the target came in (RFC 9112 section 3.2, or HTTP/2's pseudo headers), the service sees a path and a
/// Host header.
pub(super) fn to_origin_form(parts: &mut http::request::Parts) {
    let Some(authority) = parts.uri.authority() else { return };
    // Credentials in the target are the client's, not part of the host's name.
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    if let Ok(host) = HeaderValue::from_str(host) {
        parts.headers.insert(HOST, host);
    }
    let path = parts.uri.path_and_query().cloned();
    parts.uri = Uri::from(path.unwrap_or(PathAndQuery::from_static("/")));
}

fn too_large(version: Version) -> Response<Delivered> {
    let mut response = crate::http::body_too_large().map(Delivered::from);
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A one-line answer in plain text.
pub(super) fn text(status: StatusCode, line: &str) -> Response<Delivered> {
    let mut response = Response::new(Delivered::from(Bytes::from(format!("{line}\n"))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
