//! What a request costs beside what it is for: a key operation beside the raw operation of aws-lc, reading a secret beside
//! a bare server that sends the same bytes; what a million secrets weigh, and what a page of them takes at any depth.
//!
//! The servers run on one core, the client on another, over TLS 1.3 and HTTP/1.1 with eight connections and a token of the
//! emulator's own authority. A rate is what is done in a second of the processor's time that the server's threads get,
//! the kernel's share included, so that whatever else the machine does takes nothing from it. What is compared takes
//! turns on the same core in short rounds; the median ratio of the rounds is what counts.
//!
//! Run with `cargo bench -p akv-emulator --bench keys`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the time and prints what it read"
)]

mod common;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use akv_emulator::Emulator;
use akv_emulator::clock::Clock;
use akv_emulator::tls::CertificateAuthority;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::common::{Outcome, Tls, request, request_by};

const RESOURCE: &str = "https://vault.azure.net";
const SECRET: &str = "/secrets/bench";
const CONNECTIONS: usize = 8;
const SECRETS: u32 = 1_000_000;
/// What the one process is told that weighs the secrets.
const WEIGH: &str = "weigh-secrets";

/// How much is measured.
struct Effort {
    rounds: usize,
    round: Duration,
    secrets: u32,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --benches` runs it too: once is enough there.
    let effort = if arguments.iter().any(|argument| argument == "--bench") {
        Effort { rounds: 15, round: Duration::from_millis(300), secrets: SECRETS }
    } else {
        Effort { rounds: 1, round: Duration::from_millis(5), secrets: 1000 }
    };
    if arguments.iter().any(|argument| argument == WEIGH) {
        return weigh(&effort);
    }
    compare(&effort)?;
    // In a process of its own, so that nothing else is weighed.
    let status = Command::new(std::env::current_exe()?).args(&arguments[1..]).arg(WEIGH).status()?;
    if status.success() { Ok(()) } else { Err("the secrets could not be weighed".into()) }
}

// --- The two cores ---------------------------------------------------------------------------------------------------

/// Keeps this thread, and those it starts, on one core; where that cannot be said, the figures are less steady.
#[cfg(target_os = "linux")]
fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    rustix::thread::sched_setaffinity(None, &set).unwrap_or_default();
}

#[cfg(not(target_os = "linux"))]
fn pin(_: usize) {}

/// The processor's time that all threads of this process got.
fn process_time() -> Duration {
    processor_time(ClockId::ProcessCPUTime)
}

/// The same of this thread alone.
fn thread_time() -> Duration {
    processor_time(ClockId::ThreadCPUTime)
}

fn processor_time(of: ClockId) -> Duration {
    Duration::try_from(clock_gettime(of)).unwrap_or_default()
}

/// What the servers' core offers.
struct Servers {
    emulator: Listening,
    /// A server that answers everything with what the emulator answers to reading the secret.
    bare: Listening,
    raw: Sender<Raw>,
}

#[derive(Clone)]
struct Listening {
    address: SocketAddr,
    ca_pem: String,
    /// Of somebody who may do everything.
    token: String,
}

type Operation = Box<dyn FnMut() + Send>;
type Raw = (Operation, Duration, Sender<f64>);

impl Servers {
    fn start() -> Outcome<Self> {
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
                if done.send(count / (thread_time() - worked).as_secs_f64()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { emulator, bare, raw })
    }

    /// How many times a second of its time the servers' core does `operation`.
    fn rate(&self, operation: impl FnMut() + Send + 'static, length: Duration) -> Outcome<f64> {
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

// --- The client ------------------------------------------------------------------------------------------------------

/// Eight connections that send the same request again and again.
struct Load {
    connections: Vec<Tls>,
    token: String,
    method: &'static str,
    path: String,
    body: Bytes,
}

impl Load {
    async fn new(
        server: &Listening,
        method: &'static str,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Outcome<Self> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Tls::connect(server.address, &server.ca_pem).await?);
        }
        Ok(Self {
            connections,
            token: server.token.clone(),
            method,
            path: path.to_owned(),
            body: body.into(),
        })
    }

    /// How many requests are answered in a second of the servers' time, as far as that goes during `length`.
    async fn rate(&mut self, length: Duration) -> Outcome<f64> {
        let begun = Instant::now();
        // All threads but this one are the servers'.
        let servers = || process_time().saturating_sub(thread_time());
        let worked = servers();
        let mut tasks = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            let (method, path, body) = (self.method, self.path.clone(), self.body.clone());
            let token = self.token.clone();
            tasks.spawn(async move {
                let mut count = 0.0;
                while begun.elapsed() < length {
                    let wanted = request_by(&token, method, &path, body.clone());
                    let wanted = wanted.map_err(|error| error.to_string())?;
                    let answer = connection.send(wanted).await.map_err(|error| error.to_string())?;
                    if answer.0 != StatusCode::OK {
                        return Err(format!("{answer:?}"));
                    }
                    count += 1.0;
                }
                Ok((count, connection))
            });
        }
        let mut total = 0.0;
        for done in tasks.join_all().await {
            let (count, connection) = done?;
            total += count;
            self.connections.push(connection);
        }
        Ok(total / (servers() - worked).as_secs_f64())
    }
}

/// Rates of two things that take turns, one a round.
#[derive(Default)]
struct Turns {
    rates: Vec<(f64, f64)>,
}

impl Turns {
    fn report(mut self, what: &str) {
        let middle = self.rates.len() / 2;
        let median = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            values[middle]
        };
        let ratios = self.rates.iter().map(|(base, ours)| ours / base).collect();
        let (base, ours): (Vec<f64>, Vec<f64>) = self.rates.drain(..).unzip();
        println!("{what:<40} {:>12.0} {:>12.0} {:>8.2}", median(base), median(ours), median(ratios));
    }
}

// --- Operations and reads --------------------------------------------------------------------------------------------

fn compare(effort: &Effort) -> Outcome<()> {
    let servers = Servers::start()?;
    pin(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        println!("{:<40} {:>12} {:>12} {:>8}", "a second of the processor", "alone", "by HTTPS", "ratio");
        operations(&servers, effort).await?;
        let mut ours = Load::new(&servers.emulator, "GET", SECRET, "").await?;
        let mut bare = Load::new(&servers.bare, "GET", SECRET, "").await?;
        let mut turns = Turns::default();
        for _ in 0..effort.rounds {
            let base = bare.rate(effort.round).await?;
            turns.rates.push((base, ours.rate(effort.round).await?));
        }
        turns.report("GET secret, beside a bare server");
        Ok(())
    })
}

async fn operations(servers: &Servers, effort: &Effort) -> Outcome<()> {
    let mut client = Tls::connect(servers.emulator.address, &servers.emulator.ca_pem).await?;
    let rsa = create(&mut client, "rsa", &json!({"kty": "RSA"})).await?;
    let ec = create(&mut client, "ec", &json!({"kty": "EC"})).await?;
    let text = digest(&SHA256, b"text");
    let sign = |algorithm: &str| json!({"alg": algorithm, "value": URL_SAFE_NO_PAD.encode(text.as_ref())});
    let sealed = json!({"alg": "RSA-OAEP-256", "value": URL_SAFE_NO_PAD.encode(text.as_ref())});
    let (_, sealed) = client.send(request("POST", &format!("{rsa}/encrypt"), sealed.to_string())?).await?;
    let sealed: Value = serde_json::from_slice(&sealed)?;
    let opened = json!({"alg": "RSA-OAEP-256", "value": sealed["value"]});
    let raw = RawKeys::new()?;
    let operations: [(&str, String, Value, Operation); 4] = [
        ("sign RS256, RSA-2048", format!("{rsa}/sign"), sign("RS256"), raw.rsa(&RSA_PKCS1_SHA256)),
        ("sign PS256, RSA-2048", format!("{rsa}/sign"), sign("PS256"), raw.rsa(&RSA_PSS_SHA256)),
        ("decrypt RSA-OAEP-256, RSA-2048", format!("{rsa}/decrypt"), opened, raw.decrypt()?),
        ("sign ES256, P-256", format!("{ec}/sign"), sign("ES256"), raw.ec()),
    ];
    for (what, path, body, operation) in operations {
        let mut ours = Load::new(&servers.emulator, "POST", &path, body.to_string()).await?;
        let mut turns = Turns::default();
        let operation = Arc::new(Mutex::new(operation));
        for _ in 0..effort.rounds {
            let operation = Arc::clone(&operation);
            let base = servers.rate(move || (*operation.lock())(), effort.round)?;
            turns.rates.push((base, ours.rate(effort.round).await?));
        }
        turns.report(what);
    }
    Ok(())
}

/// Creates a key; its path with the version, as the SDKs use it.
async fn create(client: &mut Tls, name: &str, body: &Value) -> Outcome<String> {
    let path = format!("/keys/{name}/create");
    let (_, made) = client.send(request("POST", &path, body.to_string())?).await?;
    let made: Value = serde_json::from_slice(&made)?;
    let kid = made["key"]["kid"].as_str().ok_or("no key was made")?;
    Ok(kid.split_once(".net").ok_or("no kid")?.1.to_owned())
}

/// Keys of aws-lc, without anything around them.
struct RawKeys {
    rsa: Arc<RsaKeyPair>,
    ec: Arc<EcdsaKeyPair>,
}

fn text() -> Digest {
    digest(&SHA256, b"text")
}

impl RawKeys {
    fn new() -> Outcome<Self> {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Self { rsa: Arc::new(rsa), ec: Arc::new(ec) })
    }

    fn rsa(&self, padding: &'static dyn RsaEncoding) -> Operation {
        let (key, text) = (Arc::clone(&self.rsa), text());
        let mut signature = vec![0; 256];
        Box::new(move || assert!(key.sign_digest(padding, &text, &mut signature).is_ok()))
    }

    fn ec(&self) -> Operation {
        let (key, text) = (Arc::clone(&self.ec), text());
        Box::new(move || assert!(key.sign_digest(&text).is_ok()))
    }

    fn decrypt(&self) -> Outcome<Operation> {
        let der: Pkcs8V1Der<'_> = self.rsa.as_der()?;
        let key = PrivateDecryptingKey::from_pkcs8(der.as_ref())?;
        let mut sealed = vec![0; 256];
        let public = OaepPublicEncryptingKey::new(key.public_key())?;
        public.encrypt(&OAEP_SHA256_MGF1SHA256, text().as_ref(), &mut sealed, None)?;
        let key = OaepPrivateDecryptingKey::new(key)?;
        let mut opened = vec![0; 256];
        Ok(Box::new(move || {
            assert!(key.decrypt(&OAEP_SHA256_MGF1SHA256, &sealed, &mut opened, None).is_ok());
        }))
    }
}

// --- A million secrets -----------------------------------------------------------------------------------------------

fn weigh(effort: &Effort) -> Outcome<()> {
    let service = Emulator::builder().build()?.service();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let value = json!({"value": "x".repeat(100)}).to_string();
        let before = resident();
        let begun = Instant::now();
        for number in 0..effort.secrets {
            // In no order, as people name things.
            let name = number.wrapping_mul(2_654_435_761);
            service.call(request("PUT", &format!("/secrets/secret-{name:010}"), value.clone())?).await;
        }
        let rate = f64::from(effort.secrets) / begun.elapsed().as_secs_f64();
        println!("\n{} secrets of 100 bytes, set in process ({rate:.0} a second)", effort.secrets);
        if let (Some(before), Some(after)) = (before, resident()) {
            println!("{:<40} {:>9.0} MB", "  resident", after);
            println!("{:<40} {:>9.0} bytes", "  each", (after - before) * 1e6 / f64::from(effort.secrets));
        }
        println!("  a page of 25");
        for (place, from) in
            [("at the beginning", 0), ("in the middle", 2_147_483_648), ("near the end", 4_200_000_000_u32)]
        {
            let marker = json!({"NextMarker": format!("SECRET-{from:010}"), "TargetLocation": 0}).to_string();
            let path = format!("/secrets?$skiptoken={}", URL_SAFE_NO_PAD.encode(marker));
            let mut times = Vec::new();
            for _ in 0..200 {
                let wanted = request("GET", &path, "")?;
                let begun = Instant::now();
                let (parts, body) = service.call(wanted).await.into_parts();
                times.push(begun.elapsed());
                if parts.status != StatusCode::OK || !body.windows(14).any(|part| part == b"recoverableDay") {
                    return Err(format!("{parts:?}").into());
                }
            }
            times.sort_unstable();
            println!("{:<40} {:>9.0} us", format!("    {place}"), times[100].as_secs_f64() * 1e6);
        }
        Ok(())
    })
}

/// The process's resident memory in megabytes.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
}
