//! The soak: a mixed load at half of the maximum rate for as long as asked, and the emulator's memory each minute.
//!
//! The mix leaves nothing behind: what is created is deleted and purged again, so that memory has no reason to grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::connection::{Connection, Dialler, Protocol, VAULT, Wanted};
use crate::machine::{Cores, pin, resident};
use crate::process::Akv;
use crate::scenario::{at, create_key, ec_policy, make_vault, wanted};
use crate::{Failure, Outcome};

const CLIENTS: usize = 16;
/// Requests of one turn of [`turn`].
const TURN: u64 = 20;

/// What the emulator was like at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) minute: f64,
    pub(crate) requests: u64,
    pub(crate) resident: f64,
}

pub(crate) struct Soak {
    /// Requests a second, as many as there can be.
    pub(crate) maximum: f64,
    pub(crate) samples: Vec<Sample>,
}

pub(crate) async fn run(akv: &Akv, minutes: f64, each: Duration) -> Outcome<Soak> {
    let cores = Cores::find();
    pin(&[cores.load]);
    let (emulator, _folder) = akv.start(&[], &[cores.servers])?;
    let token = make_vault(&emulator).await?;
    let dialler = Dialler::new(&emulator, Protocol::Http1, VAULT, &token)?;
    let keys = Arc::new(prepare(&mut dialler.connect().await?).await?);
    let sent = Arc::new(AtomicU64::new(0));
    let warm = each.min(Duration::from_secs(10));
    let begun = Instant::now();
    ended(clients(&dialler, &keys, &sent, Instant::now() + warm, None).await?).await?;
    let maximum = count(&sent) / begun.elapsed().as_secs_f64();
    sent.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(minutes * 60.0);
    let tasks = clients(&dialler, &keys, &sent, until, Some(maximum / 2.0)).await?;
    let mut samples = Vec::new();
    loop {
        samples.push(Sample {
            minute: begun.elapsed().as_secs_f64() / 60.0,
            requests: sent.load(Ordering::Relaxed),
            resident: resident(emulator.id()).ok_or("the emulator is gone")?,
        });
        crate::report::progress_of_soak(samples.last());
        if Instant::now() >= until {
            break;
        }
        tokio::time::sleep(each.min(until.saturating_duration_since(Instant::now()))).await;
    }
    ended(tasks).await?;
    Ok(Soak { maximum, samples })
}

async fn ended(mut tasks: JoinSet<Outcome<()>>) -> Outcome<()> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "no soak sends 2^52 requests")]
fn count(sent: &AtomicU64) -> f64 {
    sent.load(Ordering::Relaxed) as f64
}

async fn prepare(vault: &mut Connection) -> Outcome<[String; 2]> {
    for number in 0..100 {
        let body = json!({"value": "x".repeat(100)});
        vault.ask(&wanted(Method::PUT, at(&format!("/secrets/kept-{number}")), &body)).await?;
    }
    Ok([
        create_key(vault, "ec", &json!({"kty": "EC"})).await?,
        create_key(vault, "rsa", &json!({"kty": "RSA"})).await?,
    ])
}

/// Clients that take turns until then: as fast as they can, or so that all of them together keep to `rate`.
async fn clients(
    dialler: &Dialler,
    keys: &Arc<[String; 2]>,
    sent: &Arc<AtomicU64>,
    until: Instant,
    rate: Option<f64>,
) -> Outcome<JoinSet<Outcome<()>>> {
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let mut vault = dialler.connect().await?;
        let (keys, sent) = (Arc::clone(keys), Arc::clone(sent));
        tasks.spawn(async move {
            let mut next = Instant::now();
            while Instant::now() < until {
                for (wanted, status) in turn(client, &keys) {
                    let got = vault.send(&wanted).await?;
                    if got != status {
                        return Err(Failure::from(format!("{wanted:?}: {got}")));
                    }
                    sent.fetch_add(1, Ordering::Relaxed);
                }
                if let Some(rate) = rate {
                    #[expect(clippy::cast_precision_loss, reason = "two small constants")]
                    let turn = (TURN * CLIENTS as u64) as f64 / rate;
                    // A client that is late does not hurry afterwards.
                    next = (next + Duration::from_secs_f64(turn)).max(Instant::now());
                    tokio::time::sleep_until(next.into()).await;
                }
            }
            Ok(())
        });
    }
    Ok(tasks)
}

/// What a client does again and again, and the statuses that it gets.
fn turn(client: usize, [ec, rsa]: &[String; 2]) -> Vec<(Wanted, u16)> {
    let none = Value::Null;
    let get = |path: &str| (wanted(Method::GET, at(path), &none), 200);
    let remove = |path: String, status| (wanted(Method::DELETE, at(&path), &none), status);
    let sign = |key: &str, algorithm: &str| {
        let body = json!({"alg": algorithm, "value": "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"});
        (wanted(Method::POST, at(&format!("{key}/sign")), &body), 200)
    };
    let name = format!("soak-{client}");
    let value = json!({"value": "x".repeat(100)});
    let mut turn: Vec<_> =
        (0..7).map(|n| get(&format!("/secrets/kept-{}", (client * 7 + n) % 100))).collect();
    turn.extend([
        get("/secrets"),
        get("/keys"),
        sign(ec, "ES256"),
        sign(rsa, "RS256"),
        (wanted(Method::PUT, at(&format!("/secrets/{name}")), &value), 200),
        remove(format!("/secrets/{name}"), 200),
        remove(format!("/deletedsecrets/{name}"), 204),
        (wanted(Method::POST, at(&format!("/certificates/{name}c/create")), &ec_policy()), 202),
        get(&format!("/certificates/{name}c/pending")),
        get(&format!("/certificates/{name}c")),
        remove(format!("/certificates/{name}c"), 200),
        remove(format!("/deletedcertificates/{name}c"), 204),
        get("/certificates"),
    ]);
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_as_long_as_it_is_counted() {
        let turn = turn(0, &[String::new(), String::new()]);
        assert_eq!(turn.len() as u64, TURN);
    }
}
