//! The socket: accepts connections, tells TLS from plain HTTP, acts as proxy, and stops without cutting answers off.
//!
//! One listener does everything, so that one `HTTPS_PROXY` value is all a client needs:
//!
//! ```text
//! accept -> first byte 0x16 -> TLS -> HTTP/1.1 or HTTP/2 -> Service
//!        -> anything else   -> HTTP/1.1 -> Service
//!                                       -> CONNECT to a host of ours: the same choice again, inside the tunnel
//!                                       -> CONNECT or `GET http://..` to any other host: passed on, or 502
//! ```
//!
//! It must not know what a request means: it only moves requests to `Service` and bytes to other hosts.
//! It is the only module that starts tasks.

mod connection;
mod delivery;
mod exchange;
mod head_timer;
mod proxy;
mod stop;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::http::Service;
use connection::Context;
use stop::Stop;

/// How long running requests may take to end once the server is told to stop.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// The pause after a failed accept. The usual cause, too many open files, does not go away at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Connections the system may hold for us before they are accepted.
const BACKLOG: u32 = 1024;

/// Where to listen and what to do with requests for other hosts.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The address to listen on; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// Whether requests for hosts that are not ours are refused instead of passed on.
    pub offline: bool,
    /// Host names beside loopback by which we are called, in lower case.
    pub names: Vec<String>,
}

/// A listener that is bound but does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    context: Arc<Context>,
    stop: Stop,
}

impl Server {
    /// Binds the address. Connections wait in the system's queue until [`Server::serve`] runs.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// What the system says about the address: in use, not of this machine, not permitted.
    pub fn bind(
        options: ServerOptions,
        tls: Arc<rustls::ServerConfig>,
        service: Service,
    ) -> io::Result<Self> {
        let listener = listen(options.bind)?;
        let stop = Stop::default();
        let context = Context {
            acceptor: TlsAcceptor::from(tls),
            service,
            offline: options.offline,
            names: options.names,
            local: listener.local_addr()?,
            stopped: stop.signal(),
        };
        Ok(Self { listener, context: Arc::new(context), stop })
    }

    /// The address the server listens on.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `shutdown` ends, then lets running requests end for two seconds at most.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        connections.spawn(connection::run(stream, peer, Arc::clone(&self.context)));
                    }
                    Err(error) => pause(&error).await,
                },
                Some(ended) = connections.join_next() => note(ended),
            }
        }
        drop(self.listener);
        self.stop.now();
        let drained = async {
            while let Some(ended) = connections.join_next().await {
                note(ended);
            }
        };
        if tokio::time::timeout(STOP_LIMIT, drained).await.is_err() {
            tracing::warn!("requests were still running after {STOP_LIMIT:?} and are cut off");
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Unix this allows a restart while old connections linger; on Windows it would allow two servers on one port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A failed accept is the trouble of one connection or of a moment, never the end of the server.
async fn pause(error: &io::Error) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "cannot accept a connection");
    #[expect(clippy::disallowed_methods, reason = "without a pause a full file table would spin the loop")]
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// A panic ends the connection it happened on and nothing else.
fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection ended in a panic");
    }
}

/// Small answers leave at once instead of waiting for more to send.
fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY refused");
    }
}

#[cfg(test)]
mod tests;
