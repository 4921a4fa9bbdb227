//! The life of one connection: first byte, TLS or not, HTTP, and what follows a CONNECT.
//!
//! It must not fail loudly: a broken peer is the peer's affair and ends in a debug line.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::exchange;
use super::head_timer::HeadTimer;
use super::proxy::{self, Tunnel};
use super::stop::Stopped;
use crate::hosts::{self, Product, Realm};
use crate::http::line::Line;
use crate::http::{Connection, Service};

/// How long a peer may take to send its first byte, and again to finish the TLS handshake.
const OPENING_LIMIT: Duration = Duration::from_secs(10);
/// How long a peer may take for the head of a request. It also ends connections that idle between requests, so it is
/// longer than the time for which clients keep theirs in a pool.
const HEAD_LIMIT: Duration = Duration::from_mins(3);
/// What is read ahead to see the first byte: a whole ClientHello or a small request, to spare a second read.
const READ_AHEAD: usize = 4096;
/// The content type of a TLS handshake record, which begins every TLS connection (RFC 8446 section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// What every connection needs to know.
pub(super) struct Context {
    pub(super) acceptor: TlsAcceptor,
    pub(super) service: Service,
    pub(super) offline: bool,
    pub(super) names: Vec<String>,
    pub(super) local: SocketAddr,
    pub(super) stopped: Stopped,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("local", &self.local)
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

/// Any byte stream that a client speaks on: a socket, or the inside of a tunnel.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for S {}

/// A stream by its address, so that TLS and HTTP are compiled once and not for each kind of stream: a call through a
/// table costs nothing beside the system call behind it, and each copy makes the binary larger.
type AnyStream = Box<dyn Stream>;

/// Serves one accepted socket to its end, with the tunnel it may turn into.
pub(super) async fn run(stream: TcpStream, peer: SocketAddr, context: Arc<Context>) {
    super::no_delay(&stream);
    match sniff(Box::new(stream), &context).await {
        Some(Opening::Tls(stream)) => encrypted(stream, peer, &context).await,
        Some(Opening::Plain(stream)) => match plain(stream, peer, &context).await {
            Some(Tunnel::Ours(upgrade)) => match upgrade.await {
                Ok(stream) => inside(Box::new(TokioIo::new(stream)), peer, &context).await,
                Err(error) => tracing::debug!(%peer, %error, "tunnel not opened"),
            },
            Some(Tunnel::Elsewhere(upgrade, remote)) => {
                context.stopped.or_drop(proxy::relay(upgrade, remote)).await;
            }
            None => {}
        },
        None => {}
    }
}

/// Serves the inside of a tunnel to a host of ours. No second tunnel can be opened in it.
async fn inside(stream: AnyStream, peer: SocketAddr, context: &Context) {
    match sniff(stream, context).await {
        Some(Opening::Tls(stream)) => encrypted(stream, peer, context).await,
        Some(Opening::Plain(stream)) => {
            http(Box::new(stream), builder(""), Connection { peer, tls: false }, context).await;
        }
        None => {}
    }
}

enum Opening {
    Tls(BufReader<AnyStream>),
    Plain(BufReader<AnyStream>),
}

/// Looks at the first byte without consuming it; `None` when none came in time or the server stops.
async fn sniff(stream: AnyStream, context: &Context) -> Option<Opening> {
    let mut stream = BufReader::with_capacity(READ_AHEAD, stream);
    let first = context.stopped.or_drop(timeout(OPENING_LIMIT, stream.fill_buf())).await?;
    let first = first.ok()?.ok()?.first().copied()?;
    Some(if first == TLS_HANDSHAKE { Opening::Tls(stream) } else { Opening::Plain(stream) })
}

async fn encrypted(stream: BufReader<AnyStream>, peer: SocketAddr, context: &Context) {
    let handshake = timeout(OPENING_LIMIT, context.acceptor.accept(stream));
    match context.stopped.or_drop(handshake).await {
        Some(Ok(Ok(stream))) => {
            let builder = builder(stream.get_ref().1.server_name().unwrap_or_default());
            http(Box::new(stream), builder, Connection { peer, tls: true }, context).await;
        }
        Some(Ok(Err(error))) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Some(Err(_)) => tracing::debug!(%peer, "TLS handshake took too long"),
        None => {}
    }
}

/// What speaks HTTP/1.1 or HTTP/2 for `host`. All answers are dated but those of pools (keys-and-secrets.md section 1.4).
fn builder(host: &str) -> auto::Builder<TokioExecutor> {
    let dated = !matches!(hosts::realm(host), Some(Realm::Vault(Product::ManagedHsm, _)));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(HeadTimer::default()).header_read_timeout(HEAD_LIMIT).auto_date_header(dated);
    builder.http2().timer(TokioTimer::new()).auto_date_header(dated);
    builder
}

/// HTTP for the service alone.
async fn http(
    stream: AnyStream,
    builder: auto::Builder<TokioExecutor>,
    connection: Connection,
    context: &Context,
) {
    let asked = Arc::new((context.service.clone(), Line::new(connection)));
    let answer = service_fn(move |request| {
        let asked = Arc::clone(&asked);
        async move { exchange::answer(&asked.0, &asked.1, request).await }
    });
    let served = builder.serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = context.stopped.or_finish(served, auto::Connection::graceful_shutdown).await {
        tracing::debug!(peer = %connection.peer, %error, "connection ended early");
    }
}

/// HTTP/1.1 outside TLS, where a client may also use the server as its proxy. Returns the tunnel it asked for.
async fn plain(stream: BufReader<AnyStream>, peer: SocketAddr, context: &Arc<Context>) -> Option<Tunnel> {
    let tunnel = Arc::new(Mutex::new(None));
    let answer = service_fn(|request| {
        let (context, tunnel) = (Arc::clone(context), Arc::clone(&tunnel));
        async move { proxy::answer(&context, peer, request, &tunnel).await }
    });
    let mut builder = http1::Builder::new();
    builder.timer(HeadTimer::default()).header_read_timeout(HEAD_LIMIT);
    let served = builder.serve_connection(TokioIo::new(stream), answer).with_upgrades();
    if let Err(error) =
        context.stopped.or_finish(served, http1::UpgradeableConnection::graceful_shutdown).await
    {
        tracing::debug!(%peer, %error, "connection ended early");
    }
    tunnel.lock().take()
}

/// Bytes both ways until both sides have said all.
pub(super) async fn copy(one: &mut impl Stream, other: &mut impl Stream) -> io::Result<()> {
    tokio::io::copy_bidirectional(one, other).await.map(drop)
}
