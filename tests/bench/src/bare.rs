//! The least that a server over HTTPS can be: hyper, rustls and tokio, and answers that are there already.
//!
//! It answers each path with what the emulator answered to it once, after the raw work that the answer cannot do
//! without, and knows nothing of vaults, tokens or JSON. It runs in a process of its own, as the emulator does.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::Outcome;
use crate::connection::{Answer, VAULT};
use crate::raw::{Operation, Raw};

/// An answer as it is handed to the bare server's process.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Canned {
    /// The path, without a query.
    pub(crate) path: String,
    pub(crate) raw: Raw,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Canned {
    pub(crate) fn new(path: &str, raw: Raw, answer: &Answer) -> Outcome<Self> {
        let own = |name: &HeaderName| name == "content-length" || name == "date";
        let mut headers = Vec::new();
        for (name, value) in answer.headers.iter().filter(|(name, _)| !own(name)) {
            headers.push((name.to_string(), value.to_str()?.to_owned()));
        }
        let body = String::from_utf8(answer.body.to_vec())?;
        Ok(Self { path: path.to_owned(), raw, status: answer.status, headers, body })
    }
}

/// An answer as it is given.
struct Ready {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    raw: Raw,
    operation: Mutex<Operation>,
}

impl Ready {
    fn new(canned: Canned) -> Outcome<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &canned.headers {
            headers.insert(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
        Ok(Self {
            status: StatusCode::from_u16(canned.status)?,
            headers,
            body: canned.body.into(),
            raw: canned.raw,
            operation: Mutex::new(canned.raw.prepare()?),
        })
    }

    fn response(&self) -> Response<Full<Bytes>> {
        if self.raw != Raw::Nothing
            && let Ok(mut operation) = self.operation.lock()
        {
            operation();
        }
        let mut response = Response::new(Full::new(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// Serves the answers of the file `answers` until the process is ended; says so in a line of JSON like the emulator's.
pub(crate) async fn serve(answers: &Path) -> Outcome<()> {
    let canned: Vec<Canned> = serde_json::from_slice(&std::fs::read(answers)?)?;
    let mut ready = HashMap::new();
    for canned in canned {
        ready.insert(canned.path.clone(), Ready::new(canned)?);
    }
    let ready = Arc::new(ready);
    let (config, ca_pem) = tls()?;
    let ca_file = answers.with_extension("pem");
    std::fs::write(&ca_file, ca_pem)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    println!(
        "{}",
        serde_json::json!({"proxy": format!("http://{}", listener.local_addr()?), "ca_file": ca_file})
    );
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, ready) = (acceptor.clone(), Arc::clone(&ready));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = service_fn(move |request| answer(Arc::clone(&ready), request));
            let server = auto::Builder::new(TokioExecutor::new());
            drop(server.serve_connection(TokioIo::new(stream), answer).await);
        });
    }
}

async fn answer(
    ready: Arc<HashMap<String, Ready>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if !body.is_end_stream() {
        drop(body.collect().await);
    }
    Ok(ready.get(parts.uri.path()).map_or_else(
        || {
            let mut unknown = Response::new(Full::default());
            *unknown.status_mut() = StatusCode::NOT_FOUND;
            unknown
        },
        Ready::response,
    ))
}

/// A leaf and a root on P-256, as the emulator's.
fn tls() -> Outcome<(ServerConfig, String)> {
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "bare server's own root");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root_certificate = root.self_signed(&root_key)?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let leaf = CertificateParams::new([VAULT.to_owned()])?.signed_by(&key, &Issuer::new(root, root_key))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chain = vec![leaf.der().clone(), root_certificate.der().clone()];
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from(key))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, root_certificate.pem()))
}
