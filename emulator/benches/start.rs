//! How long from starting the process to its first answer over TLS, and what it weighs when idle.
//!
//! Whole processes of the release build, the median and the worst of repeated runs; beside them the least any process
//! takes here (`akv --version`), as the machine's share. Run with `cargo bench -p akv-emulator --bench start`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the time and prints what it read"
)]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

const RUNS: usize = 30;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // `cargo test --benches` runs it too: once is enough there.
    let runs = if std::env::args().any(|argument| argument == "--bench") { RUNS } else { 1 };
    let kept = tempfile::tempdir()?;
    start(kept.path())?;

    println!("{:<44} {:>9} {:>9}", format!("{runs} runs"), "median", "worst");
    report("process alone (akv --version)", runs, version)?;
    report("first start to first answer over TLS", runs, || start(tempfile::tempdir()?.path()))?;
    report("restart to first answer over TLS", runs, || start(kept.path()))?;
    for (what, pool) in [("idle memory (resident)", "4"), ("idle memory without a key pool", "0")] {
        match idle_memory(kept.path(), pool)? {
            Some(kilobytes) => println!("{what:<44} {:>6.1} MB", f64::from(kilobytes) / 1024.0),
            None => println!("{what:<44} not known on this system"),
        }
    }
    Ok(())
}

fn report(what: &str, runs: usize, mut run: impl FnMut() -> Outcome<Duration>) -> Outcome<()> {
    let mut times = (0..runs).map(|_| run()).collect::<Outcome<Vec<_>>>()?;
    times.sort_unstable();
    let millis = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    println!("{what:<44} {:>6.1} ms {:>6.1} ms", millis(times.get(times.len() / 2)), millis(times.last()));
    Ok(())
}

fn akv() -> Command {
    Command::new(env!("CARGO_BIN_EXE_akv"))
}

fn version() -> Outcome<Duration> {
    let begun = Instant::now();
    akv().arg("--version").stdout(Stdio::null()).status()?;
    Ok(begun.elapsed())
}

/// A running emulator; dropping it ends the process.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path, pool: &str) -> Outcome<(Served, String)> {
    let mut child = akv()
        .args(["serve", "--port", "0", "--key-pool", pool, "--data-dir"])
        .arg(folder)
        // It is to trust what the system trusts, as on most machines, not what this shell names.
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take();
    let served = Served(child);
    let mut line = String::new();
    BufReader::new(stdout.ok_or("no stdout")?).read_line(&mut line)?;
    let ready: serde_json::Value = serde_json::from_str(&line)?;
    let proxy = ready["proxy"].as_str().ok_or("no proxy")?;
    Ok((served, proxy.trim_start_matches("http://").to_owned()))
}

/// From spawning the process to the status line of a challenge.
fn start(folder: &Path) -> Outcome<Duration> {
    let begun = Instant::now();
    let (_served, address) = serve(folder, "4")?;
    let answer = ask(&address, &folder.join("ca.pem"))?;
    let taken = begun.elapsed();
    if answer.starts_with("HTTP/1.1 401") { Ok(taken) } else { Err(answer.into()) }
}

fn ask(address: &str, authority: &Path) -> Outcome<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = "kv.vault.azure.net";
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(host)?)?;
    let mut socket = TcpStream::connect(address)?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    write!(
        stream,
        "GET /certificates?api-version=7.4 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Resident memory in kilobytes, once the process has answered and its pool is full.
fn idle_memory(folder: &Path, pool: &str) -> Outcome<Option<u32>> {
    let (served, address) = serve(folder, pool)?;
    ask(&address, &folder.join("ca.pem"))?;
    // A pool takes about a second to fill; memory is read when it has.
    std::thread::sleep(Duration::from_secs(if pool == "0" { 0 } else { 4 }));
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.0.id())).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(resident.and_then(|text| text.split_whitespace().next()?.parse().ok()))
}
