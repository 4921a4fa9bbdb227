//! The server as its clients' HTTP proxy: which requests stay here, which are passed on, which are refused.
//!
//! A host of ours never leaves the machine. It must not pass anything on when it is told to be offline, nor for
//! strangers when it listens to the network.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::header::HeaderName;
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection::{self, Context};
use super::delivery::Delivered;
use super::exchange::{self, BrokenBody};
use crate::hosts::{self, Realm};
use crate::http::Connection;
use crate::http::line::Line;

/// How long another host may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const HTTP_PORT: u16 = 80;

/// Headers that belong to one hop (RFC 9110 section 7.6.1, and the proxy's own).
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What a connection turns into after a CONNECT that was granted.
pub(super) enum Tunnel {
    /// To a host of ours: served here.
    Ours(OnUpgrade),
    /// To another host, which is already connected.
    Elsewhere(OnUpgrade, TcpStream),
}

/// The answer's body: our own, or one that is passed on as it arrives.
type Answer = Response<Either<Delivered, Incoming>>;

/// Why a request for another host is not passed on.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) StatusCode, String);

impl Refusal {
    fn answer(&self) -> Answer {
        exchange::text(self.0, &self.1).map(Either::Left)
    }
}

/// Answers one request that came outside TLS; a granted CONNECT is left in `tunnel`.
pub(super) async fn answer(
    context: &Context,
    peer: SocketAddr,
    request: Request<Incoming>,
    tunnel: &Mutex<Option<Tunnel>>,
) -> Result<Answer, BrokenBody> {
    if request.method() == Method::CONNECT {
        return Ok(connect(context, peer, request, tunnel).await.unwrap_or_else(|refusal| refusal.answer()));
    }
    let elsewhere = request.uri().authority().filter(|target| !is_ours(target, HTTP_PORT, context)).cloned();
    if let Some(target) = elsewhere {
        return Ok(forward(context, peer, &target, request).await.unwrap_or_else(|refusal| refusal.answer()));
    }
    let line = Line::new(Connection { peer, tls: false });
    let response = exchange::answer(&context.service, &line, request).await?;
    Ok(response.map(Either::Left))
}

/// Whether the emulator answers for `target`. This machine is ours on our own port only: others run on it too.
///
/// The instance metadata service is ours in a tunnel as well: on a machine in the cloud the real one would hand out a
/// real token.
fn is_ours(target: &Authority, default_port: u16, context: &Context) -> bool {
    let own_port = || target.port_u16().unwrap_or(default_port) == context.local.port();
    match hosts::realm(target.host()) {
        Some(Realm::Local) => own_port(),
        Some(
            Realm::Vault(..)
            | Realm::Attestation
            | Realm::Login
            | Realm::Graph
            | Realm::Management
            | Realm::Reserved
            | Realm::InstanceMetadata,
        ) => true,
        None => context.names.iter().any(|name| name.eq_ignore_ascii_case(target.host())) && own_port(),
    }
}

async fn connect(
    context: &Context,
    peer: SocketAddr,
    mut request: Request<Incoming>,
    tunnel: &Mutex<Option<Tunnel>>,
) -> Result<Answer, Refusal> {
    let target = connect_target(&request)
        .ok_or_else(|| Refusal(StatusCode::BAD_REQUEST, "CONNECT wants host:port".to_owned()))?;
    let remote =
        if is_ours(&target, 0, context) { None } else { Some(dial(context, peer, &target, 0).await?) };
    let upgrade = hyper::upgrade::on(&mut request);
    *tunnel.lock() = Some(match remote {
        None => Tunnel::Ours(upgrade),
        Some(remote) => Tunnel::Elsewhere(upgrade, remote),
    });
    let mut response = Response::new(Either::Left(Delivered::default()));
    response.extensions_mut().insert(ReasonPhrase::from_static(b"Connection established"));
    Ok(response)
}

/// `host:port`, both there, and nothing else.
fn connect_target(request: &Request<Incoming>) -> Option<Authority> {
    let target = request.uri().authority()?;
    let complete = !target.host().is_empty() && target.port_u16().is_some_and(|port| port != 0);
    let bare = !target.as_str().contains('@') && request.uri().path_and_query().is_none();
    (complete && bare).then(|| target.clone())
}

/// Opens a connection to a host that is not ours, if that is allowed.
pub(super) async fn dial(
    context: &Context,
    peer: SocketAddr,
    target: &Authority,
    default_port: u16,
) -> Result<TcpStream, Refusal> {
    if !context.local.ip().to_canonical().is_loopback() && !peer.ip().to_canonical().is_loopback() {
        let line =
            format!("{target} is not emulated, and other hosts are reached for this machine's programs only");
        return Err(Refusal(StatusCode::FORBIDDEN, line));
    }
    if context.offline {
        let line = format!("{target} is not emulated, and the emulator runs offline");
        return Err(Refusal(StatusCode::BAD_GATEWAY, line));
    }
    let host = target.host().trim_start_matches('[').trim_end_matches(']');
    let port = target.port_u16().unwrap_or(default_port);
    let dialled = timeout(CONNECT_LIMIT, TcpStream::connect((host, port))).await;
    let remote =
        dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(unreachable(target))?;
    super::no_delay(&remote);
    Ok(remote)
}

fn unreachable<E: std::fmt::Display>(target: &Authority) -> impl FnOnce(E) -> Refusal {
    move |cause| Refusal(StatusCode::BAD_GATEWAY, format!("{target} cannot be reached: {cause}"))
}

/// Moves bytes between a client and another host until both have said all.
pub(super) async fn relay(upgrade: OnUpgrade, mut remote: TcpStream) {
    let Ok(client) = upgrade.await else { return };
    if let Err(error) = connection::copy(&mut TokioIo::new(client), &mut remote).await {
        tracing::debug!(%error, "tunnel ended early");
    }
}

/// Passes a request in absolute form on to another host, and its answer back as it arrives.
async fn forward(
    context: &Context,
    peer: SocketAddr,
    target: &Authority,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    if request.uri().scheme_str() != Some("http") {
        let line =
            format!("{target} wants {} through CONNECT", request.uri().scheme_str().unwrap_or("a scheme"));
        return Err(Refusal(StatusCode::BAD_REQUEST, line));
    }
    let remote = dial(context, peer, target, HTTP_PORT).await?;
    let (mut sender, driver) = http1::handshake(TokioIo::new(remote)).await.map_err(unreachable(target))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the answer's body arrives through the driver, after this returns"
    )]
    tokio::spawn(driver);
    let response = sender.send_request(for_the_next_hop(request)).await.map_err(unreachable(target))?;
    let (mut parts, body) = response.into_parts();
    strip_hop_by_hop(&mut parts.headers);
    parts.extensions.clear();
    Ok(Response::from_parts(parts, Either::Right(body)))
}

fn for_the_next_hop(request: Request<Incoming>) -> Request<Incoming> {
    let (mut parts, body) = request.into_parts();
    exchange::to_origin_form(&mut parts);
    strip_hop_by_hop(&mut parts.headers);
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    Request::from_parts(parts, body)
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(http::header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(*name);
    }
}
