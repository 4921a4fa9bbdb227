//! Requests and answers between `azure_core`'s types and `http`'s.
//!
//! It must not send anything.

use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, Request};
use azure_core::{Bytes, Error};

/// The request, its URI absolute.
pub(super) fn request(request: &Request) -> azure_core::Result<http::Request<Bytes>> {
    let Body::Bytes(body) = request.body() else {
        let reason = "this transport sends no streams: vaults take none";
        return Err(Error::with_message(ErrorKind::Other, reason));
    };
    let mut sent = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
    for (name, value) in request.headers().iter() {
        sent = sent.header(name.as_str(), value.as_str());
    }
    sent.body(body.clone()).map_err(|error| Error::new(ErrorKind::Other, error))
}

/// The answer. A header that is no text has no place in the official clients' model.
pub(super) fn answer(head: &http::response::Parts, body: Bytes) -> AsyncRawResponse {
    let mut headers = Headers::new();
    for (name, value) in &head.headers {
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    AsyncRawResponse::from_bytes(head.status.as_u16().into(), headers, body)
}
