//! Whole processes: how long they take to start, what they weigh when idle, and what objects weigh in them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::Outcome;
use crate::connection::{Dialler, Protocol, VAULT, Wanted};
use crate::load::{Load, Make, Work, median};
use crate::machine::{Cores, resident};
use crate::process::{Akv, Server};
use crate::scenario::{at, ec_policy, make_vault, wanted};
use crate::table::Effort;

#[derive(Debug, Default)]
pub(crate) struct Weight {
    /// Milliseconds: median and worst of a first start, of a restart, and of a process that does nothing.
    pub(crate) first_start: (f64, f64),
    pub(crate) restart: (f64, f64),
    pub(crate) no_work: (f64, f64),
    /// Megabytes when idle with a full key pool.
    pub(crate) idle: f64,
    /// Bytes for each secret of 100 bytes, and megabytes with all of them.
    pub(crate) secret: f64,
    pub(crate) secrets: f64,
    /// Kilobytes for each certificate, by its key.
    pub(crate) ec_certificate: f64,
    pub(crate) rsa_certificate: f64,
    /// Bytes of the binary that was measured.
    pub(crate) binary: u64,
}

pub(crate) async fn measure(akv: &Akv, cores: Cores, effort: &Effort) -> Outcome<Weight> {
    let mut weight = Weight { binary: std::fs::metadata(&akv.0)?.len(), ..Weight::default() };
    starts(akv, cores, effort, &mut weight).await?;
    let (emulator, _folder) = akv.start(effort.pool, &[cores.servers])?;
    answered(&emulator).await?;
    emulator.settle();
    weight.idle = resident(emulator.id()).unwrap_or(f64::NAN);
    drop(emulator);
    secrets(akv, cores, effort, &mut weight).await?;
    weight.ec_certificate = certificates(akv, cores, effort, Kind::Ec).await?;
    weight.rsa_certificate = certificates(akv, cores, effort, Kind::Rsa).await?;
    Ok(weight)
}

async fn starts(akv: &Akv, cores: Cores, effort: &Effort, weight: &mut Weight) -> Outcome<()> {
    let kept = tempfile::tempdir()?;
    start(akv, kept.path(), cores).await?;
    let (mut first, mut again, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.starts {
        let begun = Instant::now();
        std::process::Command::new(&akv.0).arg("--version").stdout(std::process::Stdio::null()).status()?;
        nothing.push(begun.elapsed());
        first.push(start(akv, tempfile::tempdir()?.path(), cores).await?);
        again.push(start(akv, kept.path(), cores).await?);
    }
    let millis = |times: &[Duration]| {
        let millis = times.iter().map(|time| time.as_secs_f64() * 1e3);
        (median(millis.clone()), millis.fold(0.0, f64::max))
    };
    (weight.first_start, weight.restart, weight.no_work) = (millis(&first), millis(&again), millis(&nothing));
    Ok(())
}

/// From spawning the process to the whole answer to a request over TLS.
async fn start(akv: &Akv, folder: &std::path::Path, cores: Cores) -> Outcome<Duration> {
    let server = Server::start(akv.serve(folder, &[]), &[cores.servers])?;
    let asked = Instant::now();
    answered(&server).await?;
    Ok(server.ready_after + asked.elapsed())
}

/// A request without a token, which is answered by a challenge.
async fn answered(server: &Server) -> Outcome<()> {
    let mut vault = Dialler::new(server, Protocol::Http1, VAULT, "")?.connect().await?;
    match vault.send(&wanted(Method::GET, at("/secrets"), &Value::Null)).await? {
        401 => Ok(()),
        status => Err(format!("{status} instead of a challenge").into()),
    }
}

/// Sends `number` requests over 32 connections.
async fn send(server: &Server, token: &str, number: u64, status: u16, make: Make) -> Outcome<()> {
    let dialler = Dialler::new(server, Protocol::Http1, VAULT, token)?;
    Load::new(server, &dialler, 32, Work { make, status }).await?.until(number).await?;
    Ok(())
}

/// More requests than the journal keeps, so that it does not grow any more.
async fn fill_journal(server: &Server, token: &str) -> Outcome<()> {
    let make: Make = Arc::new(|_| wanted(Method::GET, at("/secrets"), &Value::Null));
    send(server, token, 12_000, 200, make).await
}

#[expect(clippy::cast_precision_loss, reason = "a count of objects")]
async fn secrets(akv: &Akv, cores: Cores, effort: &Effort, weight: &mut Weight) -> Outcome<()> {
    let (emulator, _folder) = akv.start(&["--key-pool", "0"], &[cores.servers])?;
    let token = make_vault(&emulator).await?;
    fill_journal(&emulator, &token).await?;
    let before = resident(emulator.id()).unwrap_or(f64::NAN);
    let body = Bytes::from(json!({"value": "x".repeat(100)}).to_string());
    // In no order, as people name things.
    let make: Make = Arc::new(move |number| Wanted {
        method: Method::PUT,
        target: at(&format!("/secrets/secret-{:010}", number.wrapping_mul(2_654_435_761) % (1 << 32))),
        body: body.clone(),
    });
    send(&emulator, &token, effort.secrets, 200, make).await?;
    weight.secrets = resident(emulator.id()).unwrap_or(f64::NAN);
    weight.secret = (weight.secrets - before) * 1e6 / effort.secrets as f64;
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ec,
    Rsa,
}

/// Kilobytes that each of them adds. RSA certificates are imported from one that was made, as primes take their time.
#[expect(clippy::cast_precision_loss, reason = "a count of objects")]
async fn certificates(akv: &Akv, cores: Cores, effort: &Effort, kind: Kind) -> Outcome<f64> {
    let (emulator, _folder) = akv.start(&["--key-pool", "0"], &[cores.servers])?;
    let token = make_vault(&emulator).await?;
    fill_journal(&emulator, &token).await?;
    let (method, after, status, body) = match kind {
        Kind::Ec => ("create", "create", 202, ec_policy()),
        Kind::Rsa => ("import", "import", 200, exported(&emulator, &token).await?),
    };
    let body = Bytes::from(body.to_string());
    let make = |from: &'static str| -> Make {
        let body = body.clone();
        Arc::new(move |number| Wanted {
            method: Method::POST,
            target: at(&format!("/certificates/{method}-{from}-{number}/{after}")),
            body: body.clone(),
        })
    };
    send(&emulator, &token, 50, status, make("warm")).await?;
    let before = resident(emulator.id()).unwrap_or(f64::NAN);
    send(&emulator, &token, effort.certificates, status, make("one")).await?;
    let after = resident(emulator.id()).unwrap_or(f64::NAN);
    Ok((after - before) * 1e3 / effort.certificates as f64)
}

/// A certificate with its RSA key, as its secret has it.
async fn exported(server: &Server, token: &str) -> Outcome<Value> {
    let mut vault = Dialler::new(server, Protocol::Http1, VAULT, token)?.connect().await?;
    let policy = json!({"policy": {"x509_props": {"subject": "CN=bench"}, "issuer": {"name": "Self"}}});
    vault.send(&wanted(Method::POST, at("/certificates/model/create"), &policy)).await?;
    let pending = wanted(Method::GET, at("/certificates/model/pending"), &Value::Null);
    while !String::from_utf8_lossy(&vault.ask(&pending).await?.body).contains("\"completed\"") {
        tokio::task::yield_now().await;
    }
    let secret = vault.ask(&wanted(Method::GET, at("/secrets/model"), &Value::Null)).await?;
    let secret: Value = serde_json::from_slice(&secret.body)?;
    Ok(json!({"value": secret["value"]}))
}
