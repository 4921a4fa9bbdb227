//! The servers' core: the emulator, a bare server that answers everything with the same bytes, and raw operations.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use akv_emulator::Emulator;
use akv_emulator::clock::Clock;
use akv_emulator::tls::CertificateAuthority;
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::SECRET;
use crate::common::{Outcome, request};
use crate::load::Rate;
use crate::raw::Operation;

const RESOURCE: &str = "https://vault.azure.net";

/// Keeps this thread, and those it starts, on one core; where that cannot be said, the figures are less steady.
#[cfg(target_os = "linux")]
pub(crate) fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    rustix::thread::sched_setaffinity(None, &set).unwrap_or_default();
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_: usize) {}

/// The processor's time that all threads of this process got.
pub(crate) fn process_time() -> Duration {
    processor_time(ClockId::ProcessCPUTime)
}

/// The same of this thread alone.
pub(crate) fn thread_time() -> Duration {
    processor_time(ClockId::ThreadCPUTime)
}

fn processor_time(of: ClockId) -> Duration {
    Duration::try_from(clock_gettime(of)).unwrap_or_default()
}

/// What the servers' core offers.
pub(crate) struct Servers {
    pub(crate) emulator: Listening,
    /// A server that answers everything with what the emulator answers to reading the secret.
    pub(crate) bare: Listening,
    raw: Sender<Raw>,
}

#[derive(Clone)]
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    /// Of somebody who may do everything.
    pub(crate) token: String,
}

type Raw = (Operation, Duration, Sender<Rate>);

impl Servers {
    pub(crate) fn start() -> Outcome<Self> {
        let (started, servers) = channel();
        std::thread::spawn(move || {
            pin(0);
            if let Err(error) = serve(&started) {
                println!("the servers ended: {error}");
            }
        });
        let (emulator, bare) = servers.recv()?;
        let (raw, wanted) = channel::<Raw>();
        std::thread::spawn(move || {
            pin(0);
            for (mut operation, length, done) in wanted {
                let (begun, worked, mut count) = (Instant::now(), thread_time(), 0.0);
                while begun.elapsed() < length {
                    operation();
                    count += 1.0;
                }
                if done.send(Rate::new(count, thread_time() - worked, begun.elapsed())).is_err() {
                    return;
                }
            }
        });
        Ok(Self { emulator, bare, raw })
    }

    /// How many times a second of its time the servers' core does `operation`.
    pub(crate) fn rate(&self, operation: impl FnMut() + Send + 'static, length: Duration) -> Outcome<Rate> {
        let (done, rate) = channel();
        self.raw.send((Box::new(operation), length, done)).map_err(|_| "the raw thread ended")?;
        Ok(rate.recv()?)
    }
}

fn serve(started: &Sender<(Listening, Listening)>) -> Outcome<()> {
    let emulator = Emulator::builder().build()?;
    let service = emulator.service();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = service.state().identity.token_for(Uuid::from_u128(7), RESOURCE, Clock::wall())?;
    runtime.block_on(async {
        let value = json!({"value": "x".repeat(100)}).to_string();
        service.call(request("PUT", SECRET, value)?).await;
        let (parts, body) = service.call(request("GET", SECRET, "")?).await.into_parts();
        let running = emulator.start().await?;
        let authority = Arc::new(CertificateAuthority::generate(Clock::wall())?);
        let config = akv_emulator::tls::server_config(Arc::clone(&authority), Vec::new(), Clock::wall)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let bare =
            Listening { address: listener.local_addr()?, ca_pem: authority.pem(), token: token.clone() };
        let ours = Listening { address: running.address(), ca_pem: running.emulator().ca_pem(), token };
        started.send((ours, bare))?;
        answer_always(listener, TlsAcceptor::from(Arc::new(config)), parts.headers, body).await
    })
}

/// The least that a server can be: hyper and rustls, and an answer that is there already.
async fn answer_always(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, headers, body) = (acceptor.clone(), headers.clone(), body.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = service_fn(move |_| {
                let mut response = Response::new(Full::new(body.clone()));
                *response.headers_mut() = headers.clone();
                async move { Ok::<_, Infallible>(response) }
            });
            let server = http1::Builder::new();
            drop(server.serve_connection(TokioIo::new(stream), answer).await);
        });
    }
}
