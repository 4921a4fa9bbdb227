//! A function in place of a network, for tests.

use std::fmt;
use std::future::Future;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use azure_core::{Bytes, Error};
use http::header::HOST;
use http::uri::Uri;

use super::exchange;

/// The official clients' transport, answered by a function.
pub(crate) struct Function<F>(pub(crate) F);

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

#[async_trait]
impl<F, A> HttpClient for Function<F>
where
    F: Fn(http::Request<Bytes>) -> A + Send + Sync,
    A: Future<Output = http::Response<Bytes>> + Send,
{
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let sent = as_received(exchange::request(request)?)?;
        let (head, body) = (self.0)(sent).await.into_parts();
        Ok(exchange::answer(&head, body))
    }
}

/// As an HTTP/1.1 server sees it: the path in the request line, the host in its header.
fn as_received(mut request: http::Request<Bytes>) -> azure_core::Result<http::Request<Bytes>> {
    let invalid = |error: http::Error| Error::new(ErrorKind::Other, error);
    let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    *request.uri_mut() = Uri::builder().path_and_query(path).build().map_err(invalid)?;
    let host = authority.try_into().map_err(|error| invalid(http::Error::from(error)))?;
    request.headers_mut().insert(HOST, host);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_sees_what_a_server_would() {
        let sent =
            http::Request::get("https://kv.vault.azure.net:1/secrets?api-version=7.4").body(Bytes::new());
        let received = as_received(sent.unwrap()).unwrap();
        assert_eq!(received.uri(), "/secrets?api-version=7.4");
        assert_eq!(received.headers()[HOST], "kv.vault.azure.net:1");
    }
}
