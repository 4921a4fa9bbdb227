//! The key pool: how long a certificate takes from it, and what requests notice while it makes keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};

use crate::Outcome;
use crate::connection::{Dialler, Protocol, VAULT};
use crate::load::{Latencies, Load, Make, Work, median};
use crate::machine::{Cores, time_of_threads};
use crate::process::Akv;
use crate::scenario::{at, make_vault, wanted};
use crate::table::Effort;

/// Keys in the pool from which certificates are created, and how often it is filled for them.
const KEYS: usize = 24;

pub(crate) struct Pool {
    /// From the creation's first byte to the answer that says completed.
    pub(crate) created: Latencies,
    pub(crate) creations: usize,
    pub(crate) meanwhile: Vec<Meanwhile>,
}

/// Reading a secret without a pool, and beside a pool that is never full.
pub(crate) struct Meanwhile {
    pub(crate) what: &'static str,
    pub(crate) quiet: Latencies,
    pub(crate) making: Latencies,
    /// The median of the rounds' ratios at the 99.9th percentile.
    pub(crate) ratio: f64,
    /// How much of its core the thread got that makes keys.
    pub(crate) share: f64,
}

pub(crate) async fn measure(akv: &Akv, cores: Cores, effort: &Effort) -> Outcome<Pool> {
    let times = creations(akv, cores, effort).await?;
    let mut meanwhile = Vec::new();
    for (what, connections, pause) in [
        ("1 connection, a request each 2 ms", 1, Duration::from_millis(2)),
        ("1 connection, back to back", 1, Duration::ZERO),
        ("32 connections, back to back", 32, Duration::ZERO),
    ] {
        let mut turns = Vec::new();
        for _ in 0..effort.rounds {
            let quiet = reads(akv, cores, effort, ("0", connections, pause)).await?;
            turns.push((quiet, reads(akv, cores, effort, ("100000", connections, pause)).await?));
        }
        let middle = |of: fn(&Turn) -> Latencies| Latencies {
            p50: median(turns.iter().map(|turn| of(turn).p50)),
            p99: median(turns.iter().map(|turn| of(turn).p99)),
            p999: median(turns.iter().map(|turn| of(turn).p999)),
        };
        meanwhile.push(Meanwhile {
            what,
            quiet: middle(|turn| turn.0.0),
            making: middle(|turn| turn.1.0),
            ratio: median(turns.iter().map(|(quiet, making)| making.0.p999 / quiet.0.p999)),
            share: median(turns.iter().map(|(_, making)| making.1)),
        });
    }
    Ok(Pool { creations: times.len(), created: Latencies::of(times), meanwhile })
}

/// What a process without a pool, and one with, came to: latencies, and the pool's share of the core.
type Turn = ((Latencies, f64), (Latencies, f64));

/// Reads a secret of a process of its own for some rounds' time, so that no other process makes keys meanwhile.
async fn reads(
    akv: &Akv,
    cores: Cores,
    effort: &Effort,
    (pool, connections, pause): (&str, usize, Duration),
) -> Outcome<(Latencies, f64)> {
    let (emulator, _folder) = akv.start(&["--key-pool", pool], &[cores.servers])?;
    let token = make_vault(&emulator).await?;
    let dialler = Dialler::new(&emulator, Protocol::Http1, VAULT, &token)?;
    let mut vault = dialler.connect().await?;
    vault.send(&wanted(Method::PUT, at("/secrets/read"), &json!({"value": "x".repeat(100)}))).await?;
    let make: Make = Arc::new(|_| wanted(Method::GET, at("/secrets/read"), &Value::Null));
    let work = Work { make, status: 200 };
    let mut load = Load::new(&emulator, &dialler, connections, work).await?.pausing(pause);
    load.round(effort.round / 4).await?;
    let (begun, before) = (Instant::now(), time_of_threads(emulator.id(), "key-pool"));
    let round = load.round(effort.round * 5).await?;
    let spent = time_of_threads(emulator.id(), "key-pool").saturating_sub(before);
    Ok((round.latencies, spent.as_secs_f64() / begun.elapsed().as_secs_f64()))
}

async fn creations(akv: &Akv, cores: Cores, effort: &Effort) -> Outcome<Vec<Duration>> {
    let keys = if effort.rounds > 1 { KEYS } else { 1 };
    let (emulator, _folder) = akv.start(&["--key-pool", &keys.to_string()], &[cores.servers])?;
    let token = make_vault(&emulator).await?;
    let mut vault = Dialler::new(&emulator, Protocol::Http1, VAULT, &token)?.connect().await?;
    let policy = json!({"policy": {"x509_props": {"subject": "CN=bench"}, "issuer": {"name": "Self"}}});
    let mut times = Vec::new();
    for round in 0..effort.rounds {
        emulator.settle();
        for key in 0..keys {
            let path = format!("/certificates/c-{round}-{key}");
            let create = wanted(Method::POST, at(&format!("{path}/create")), &policy);
            let pending = wanted(Method::GET, at(&format!("{path}/pending")), &Value::Null);
            let begun = Instant::now();
            let created = vault.ask(&create).await?;
            let said = vault.ask(&pending).await?;
            times.push(begun.elapsed());
            if created.status != 202 || !String::from_utf8_lossy(&said.body).contains("\"completed\"") {
                return Err(format!("{created:?} {said:?}").into());
            }
        }
    }
    Ok(times)
}
