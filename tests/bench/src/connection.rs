//! One connection to a server, HTTP/1.1 or HTTP/2 over TLS 1.3.
//!
//! HTTP/1.1 is written and read here, byte by byte as little as can be, so that the load costs less than what it
//! measures; HTTP/2 is hyper's. It must not interpret an answer beyond its status and its length.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::process::Server;
use crate::{Failure, Outcome};

/// The vault that is measured.
pub(crate) const VAULT: &str = "bench.vault.azure.net";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    pub(crate) const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// A request as the load knows it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How a server is dialled, and with which token.
#[derive(Clone)]
pub(crate) struct Dialler {
    address: SocketAddr,
    tls: TlsConnector,
    protocol: Protocol,
    host: &'static str,
    token: Arc<str>,
}

impl Dialler {
    pub(crate) fn new(server: &Server, protocol: Protocol, host: &'static str, token: &str) -> Outcome<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(server.ca_pem.as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Every handshake is a full one.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![match protocol {
            Protocol::Http1 => b"http/1.1".to_vec(),
            Protocol::Http2 => b"h2".to_vec(),
        }];
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { address: server.address, tls, protocol, host, token: token.into() })
    }

    async fn tls(&self) -> Outcome<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(self.tls.connect(ServerName::try_from(self.host)?, stream).await?)
    }

    pub(crate) async fn connect(&self) -> Outcome<Connection> {
        let stream = self.tls().await?;
        let wire = match self.protocol {
            Protocol::Http1 => {
                Wire::Http1 { stream: Box::new(stream), buffer: Vec::with_capacity(64 * 1024) }
            }
            Protocol::Http2 => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
                tokio::spawn(driver);
                Wire::Http2(sender)
            }
        };
        Ok(Connection { wire, host: self.host, token: Arc::clone(&self.token) })
    }

    pub(crate) async fn connections(&self, number: usize) -> Outcome<Vec<Connection>> {
        let mut connections = Vec::with_capacity(number);
        for _ in 0..number {
            connections.push(self.connect().await?);
        }
        Ok(connections)
    }

    /// A connection that is opened, shaken hands on and closed again from both sides.
    pub(crate) async fn handshake(&self) -> Outcome<()> {
        let mut stream = self.tls().await?;
        stream.shutdown().await?;
        // What follows is the session ticket and the server's own end.
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok(())
    }
}

enum Wire {
    Http1 { stream: Box<TlsStream<TcpStream>>, buffer: Vec<u8> },
    Http2(SendRequest<Full<Bytes>>),
}

pub(crate) struct Connection {
    wire: Wire,
    host: &'static str,
    token: Arc<str>,
}

impl Connection {
    /// Sends a request and reads its answer to the end; the answer's status.
    pub(crate) async fn send(&mut self, wanted: &Wanted) -> Outcome<u16> {
        match &mut self.wire {
            Wire::Http1 { stream, buffer } => {
                write_head(buffer, wanted, self.host, &self.token);
                stream.write_all(buffer).await?;
                stream.flush().await?;
                buffer.clear();
                Ok(read_answer(stream, buffer).await?.status)
            }
            Wire::Http2(sender) => {
                let answer = sender.send_request(request(wanted, self.host, &self.token)?).await?;
                let status = answer.status().as_u16();
                answer.into_body().collect().await?;
                Ok(status)
            }
        }
    }

    /// The same, and all of the answer. HTTP/1.1 only.
    pub(crate) async fn ask(&mut self, wanted: &Wanted) -> Outcome<Answer> {
        let Wire::Http1 { stream, buffer } = &mut self.wire else {
            return Err("only HTTP/1.1 is asked for whole answers".into());
        };
        write_head(buffer, wanted, self.host, &self.token);
        stream.write_all(buffer).await?;
        stream.flush().await?;
        buffer.clear();
        let head = read_answer(stream, buffer).await?;
        let mut headers = HeaderMap::new();
        for line in String::from_utf8_lossy(&buffer[..head.length]).lines().skip(1) {
            let Some((name, value)) = line.split_once(": ") else { continue };
            headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
        let body = Bytes::copy_from_slice(&buffer[head.length..]);
        Ok(Answer { status: head.status, headers, body })
    }
}

fn request(wanted: &Wanted, host: &str, token: &str) -> Outcome<Request<Full<Bytes>>> {
    let uri =
        Uri::builder().scheme("https").authority(host).path_and_query(wanted.target.as_str()).build()?;
    let mut request = Request::builder().method(&wanted.method).uri(uri);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    Ok(request.body(Full::new(wanted.body.clone()))?)
}

fn write_head(buffer: &mut Vec<u8>, wanted: &Wanted, host: &str, token: &str) {
    buffer.clear();
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| buffer.extend_from_slice(part.as_bytes()));
    put(&[wanted.method.as_str(), " ", &wanted.target, " HTTP/1.1\r\nhost: ", host, "\r\n"]);
    if !token.is_empty() {
        put(&["authorization: Bearer ", token, "\r\n"]);
    }
    if !wanted.body.is_empty() {
        // The control plane's login takes forms, everything else JSON.
        let form = wanted.body.starts_with(b"grant_type=");
        let kind = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        put(&["content-type: ", kind, "\r\ncontent-length: ", &wanted.body.len().to_string(), "\r\n"]);
    }
    put(&["\r\n"]);
    buffer.extend_from_slice(&wanted.body);
}

struct Head {
    status: u16,
    /// Of status line and headers, the empty line included.
    length: usize,
}

/// Reads one answer, and nothing beyond it, into `buffer`.
async fn read_answer(stream: &mut TlsStream<TcpStream>, buffer: &mut Vec<u8>) -> Outcome<Head> {
    let mut head: Option<(Head, usize)> = None;
    loop {
        if head.is_none() {
            head = parse_head(buffer)?;
        }
        if let Some((_, total)) = &head
            && buffer.len() >= *total
        {
            break;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection in the middle of an answer".into());
        }
    }
    head.map(|(head, _)| head).ok_or_else(|| Failure::from("no head"))
}

/// The head, and how long the answer is with it; `None` while it is not all there.
fn parse_head(buffer: &[u8]) -> Outcome<Option<(Head, usize)>> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&buffer[..end])?;
    let status = text.get(9..12).ok_or("no status")?.parse()?;
    let length = text
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.trim().parse::<usize>())?;
    Ok(Some((Head { status, length: end + 4 }, end + 4 + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello";
        let (head, total) = parse_head(whole).unwrap().unwrap();
        assert_eq!((head.status, head.length, total), (202, whole.len() - 5, whole.len()));
        assert!(parse_head(&whole[..30]).unwrap().is_none());
        assert_eq!(parse_head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().1, 27);
    }

    #[test]
    fn a_request_is_written_as_its_parts_say() {
        let wanted =
            Wanted { method: Method::PUT, target: "/a?b=c".to_owned(), body: Bytes::from_static(b"{}") };
        let mut buffer = b"left over".to_vec();
        write_head(&mut buffer, &wanted, "h", "t");
        assert_eq!(
            String::from_utf8(buffer).unwrap(),
            "PUT /a?b=c HTTP/1.1\r\nhost: h\r\nauthorization: Bearer t\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        );
    }
}
