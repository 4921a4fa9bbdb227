//! Results into responses: status, headers in the service's form, compact JSON.
//!
//! The only place that writes the data plane's headers. Sources: certificates.md section 1.2, keys-and-secrets.md 1.1.

use std::net::IpAddr;
use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, EXPIRES, HeaderName, LOCATION, PRAGMA, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::error::Error;
use crate::hosts::Product;
use crate::http::managed_hsm;
use crate::vault::name::Version;
use crate::wire::{ErrorBody, ErrorDetail, InnerError};

/// The build whose behaviour is followed (keys-and-secrets.md section 1.1, newest seen).
const SERVICE_VERSION: &str = "1.9.3449.1";

/// No response has more headers; room for all of them is made at once.
const HEADERS: usize = 16;
/// Room for most bodies.
const BODY: usize = 512;
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const REGION: HeaderName = HeaderName::from_static("x-ms-keyvault-region");
const SERVICE_BUILD: HeaderName = HeaderName::from_static("x-ms-keyvault-service-version");
const ASSIGNMENT: HeaderName = HeaderName::from_static("x-ms-keyvault-rbac-assignment-id");
const NETWORK_INFO: HeaderName = HeaderName::from_static("x-ms-keyvault-network-info");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// A successful answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// JSON; `None` with 204.
    pub body: Option<Vec<u8>>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `Azure-AsyncOperation`, where the control plane says how a long-running operation stands.
    pub operation: Option<String>,
    /// The version of the object that it shows; for the journal.
    pub version: Option<Version>,
}

impl Reply {
    /// 200 with a body.
    ///
    /// # Errors
    /// If the body cannot be written as JSON, which no body of ours refuses.
    pub fn ok(body: &impl Serialize) -> Result<Self, Error> {
        let mut json = Vec::with_capacity(BODY);
        serde_json::to_writer(&mut json, body).map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Self { status: StatusCode::OK, body: Some(json), ..Self::no_content() })
    }

    /// 204.
    #[must_use]
    pub const fn no_content() -> Self {
        let (body, location, operation) = (None, None, None);
        Self { status: StatusCode::NO_CONTENT, body, location, retry_after: None, operation, version: None }
    }

    /// The same, which shows that version.
    #[must_use]
    pub fn showing(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }
}

/// What the headers say of the request and the vault.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// In whose form the answer is.
    pub product: Product,
    /// Of this response.
    pub request_id: Uuid,
    /// Echoed, if the client sent one.
    pub client_request_id: Option<HeaderValue>,
    /// What it says of the client's connection: [`network_info`].
    pub network_info: &'a HeaderValue,
    /// The vault's region.
    pub region: &'static str,
    /// The role assignment by which the caller may, in a vault that goes by roles.
    pub assignment: Option<Uuid>,
    /// How long the answer took, in milliseconds, which a pool tells.
    pub latency: u64,
}

impl<'a> Context<'a> {
    /// Reads what a response repeats of a request.
    #[must_use]
    pub fn new(
        product: Product,
        headers: &HeaderMap,
        network_info: &'a HeaderValue,
        request_id: Uuid,
        region: &'static str,
    ) -> Self {
        Self {
            product,
            request_id,
            client_request_id: headers.get(&CLIENT_REQUEST_ID).cloned(),
            network_info,
            region,
            assignment: None,
            latency: 0,
        }
    }

    /// A body as the product writes it.
    fn body(&self, json: Vec<u8>) -> Bytes {
        match self.product {
            Product::KeyVault => json.into(),
            Product::ManagedHsm if json.is_empty() => Bytes::new(),
            Product::ManagedHsm => managed_hsm::sort_members(json).into(),
        }
    }
}

/// [`NETWORK_INFO`] of a client at `peer`.
#[must_use]
pub fn network_info(peer: IpAddr) -> HeaderValue {
    let (kind, family) = if peer.is_ipv4() { ("Ipv4", "InterNetwork") } else { ("Ipv6", "InterNetworkV6") };
    let info = format!("conn_type={kind};addr={peer};act_addr_fam={family};");
    // An address is written in visible characters.
    HeaderValue::try_from(info).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// The response to a request that was carried out or refused. A refusal of the token carries `challenge`.
#[must_use]
pub fn render(
    result: Result<Reply, Error>,
    context: &Context<'_>,
    challenge: impl FnOnce(&Error) -> String,
) -> Response<Bytes> {
    let reply = match result {
        Ok(reply) => reply,
        Err(error) => return refusal(&error, context, challenge),
    };
    let mut response = Response::new(context.body(reply.body.unwrap_or_default()));
    *response.status_mut() = reply.status;
    write_headers(response.headers_mut(), context, reply.status);
    if let Some(location) = reply.location.and_then(|l| HeaderValue::try_from(l).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(seconds) = reply.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn refusal(
    error: &Error,
    context: &Context<'_>,
    challenge: impl FnOnce(&Error) -> String,
) -> Response<Bytes> {
    if let Error::Unexpected(cause) = error {
        tracing::error!(request_id = %context.request_id, cause, "unexpected fault");
    }
    let mut answer = error.answer();
    if context.product == Product::ManagedHsm {
        answer.message = managed_hsm::message(&answer.message, context.request_id).into();
    }
    let body = ErrorBody {
        error: ErrorDetail {
            code: answer.code,
            message: &answer.message,
            innererror: answer.inner.map(|code| InnerError { code }),
        },
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match (context.product, status) {
        (Product::ManagedHsm, StatusCode::UNAUTHORIZED) => Vec::new(),
        _ => serde_json::to_vec(&body).unwrap_or_default(),
    };
    let mut response = Response::new(context.body(body));
    *response.status_mut() = status;
    write_headers(response.headers_mut(), context, status);
    if status == StatusCode::UNAUTHORIZED
        && let Ok(challenge) = HeaderValue::try_from(challenge(error))
    {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// What all responses of a vault, and all of a pool, say in the same words; whatever differs has its place there.
static VAULT: LazyLock<HeaderMap> = LazyLock::new(|| unvarying(Product::KeyVault));
static POOL: LazyLock<HeaderMap> = LazyLock::new(|| unvarying(Product::ManagedHsm));

fn unvarying(product: Product) -> HeaderMap {
    let text = HeaderValue::from_static;
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, text("no-cache"));
    headers.insert(PRAGMA, text("no-cache"));
    headers.insert(EXPIRES, text("-1"));
    headers.insert(STRICT_TRANSPORT_SECURITY, text("max-age=31536000;includeSubDomains"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, text("nosniff"));
    headers.insert(REGION, text(""));
    match product {
        Product::KeyVault => drop(headers.insert(SERVICE_BUILD, text(SERVICE_VERSION))),
        Product::ManagedHsm => managed_hsm::write_headers(&mut headers),
    }
    headers.insert(NETWORK_INFO, text(""));
    headers.insert(REQUEST_ID, text(""));
    headers
}

/// Into a response that has none yet.
fn write_headers(headers: &mut HeaderMap, context: &Context<'_>, status: StatusCode) {
    *headers = match context.product {
        Product::KeyVault => VAULT.clone(),
        Product::ManagedHsm => POOL.clone(),
    };
    if status == StatusCode::NO_CONTENT {
        headers.remove(CONTENT_TYPE);
    }
    headers.insert(REGION, HeaderValue::from_static(context.region));
    headers.insert(NETWORK_INFO, context.network_info.clone());
    let mut digits = Uuid::encode_buffer();
    if let Ok(id) = HeaderValue::from_str(context.request_id.hyphenated().encode_lower(&mut digits)) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(Ok(id)) = context.assignment.map(|id| HeaderValue::try_from(id.simple().to_string())) {
        headers.insert(ASSIGNMENT, id);
    }
    if context.product == Product::ManagedHsm {
        headers.insert(managed_hsm::LATENCY, context.latency.into());
    }
    if let Some(id) = &context.client_request_id {
        headers.insert(CLIENT_REQUEST_ID, id.clone());
    }
}
