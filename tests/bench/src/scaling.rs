//! One core and two on a mixed load, in process: whether requests wait for each other's locks.
//!
//! Without sockets, because on a machine of two cores the load would take what the second core adds. Each thread is a
//! client of its own that calls the same service: reading and listing secrets, setting one, reading a certificate,
//! signing.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use akv_emulator::Emulator;
use akv_emulator::http::Service;
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::load::median;
use crate::machine::{Cores, pin, thread_time};
use crate::scenario::{at, ec_policy};
use crate::table::Effort;
use crate::{Failure, Outcome};

#[derive(Debug, Default)]
pub(crate) struct Scaling {
    /// Operations a second of one thread, and of two on two cores.
    pub(crate) one: f64,
    pub(crate) two: f64,
    /// The median of the rounds' ratios, by the time that passed.
    pub(crate) passed: f64,
    /// The same by the processor time that the threads got, which other programs take nothing from.
    pub(crate) spent: f64,
}

/// What one thread did: operations, in how much of its processor's time.
type Done = (f64, Duration);

pub(crate) fn measure(cores: Cores, effort: &Effort) -> Outcome<Scaling> {
    let service = Emulator::builder().build()?.service();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let key = runtime.block_on(prepare(&service))?;
    let mut turns = Vec::new();
    for _ in 0..effort.rounds * 2 {
        // Both cores take their turn alone.
        let core = if turns.len() % 2 == 0 { cores.servers } else { cores.load };
        let one = threads(&service, &key, &[core], effort.round)?;
        turns.push((one, threads(&service, &key, &[cores.servers, cores.load], effort.round)?));
    }
    let rate =
        |done: &[Done]| done.iter().map(|(number, _)| number).sum::<f64>() / effort.round.as_secs_f64();
    let pace = |done: &[Done]| done.iter().map(|(number, spent)| number / spent.as_secs_f64()).sum::<f64>();
    Ok(Scaling {
        one: median(turns.iter().map(|(one, _)| rate(one))),
        two: median(turns.iter().map(|(_, two)| rate(two))),
        passed: median(turns.iter().map(|(one, two)| rate(two) / rate(one))),
        spent: median(turns.iter().map(|(one, two)| pace(two) / pace(one))),
    })
}

fn request(method: &str, path: &str, body: &Value) -> Outcome<Request<Bytes>> {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = Request::builder().method(method).uri(at(path)).header("host", "kv.vault.azure.net");
    Ok(request.header("authorization", "Bearer bench").body(body)?)
}

async fn prepare(service: &Service) -> Outcome<String> {
    for number in 0..100 {
        let body = json!({"value": "x".repeat(100)});
        service.call(request("PUT", &format!("/secrets/s-{number}"), &body)?).await;
    }
    service.call(request("POST", "/certificates/web/create", &ec_policy())?).await;
    let made = service.call(request("POST", "/keys/ec/create", &json!({"kty": "EC"}))?).await;
    let made: Value = serde_json::from_slice(made.body())?;
    let kid = made["key"]["kid"].as_str().ok_or("no key was made")?;
    Ok(kid.split_once(".net").ok_or("no kid")?.1.to_owned())
}

fn threads(service: &Service, key: &str, cores: &[usize], length: Duration) -> Outcome<Vec<Done>> {
    let begin = Barrier::new(cores.len());
    std::thread::scope(|scope| {
        let started: Vec<_> = cores
            .iter()
            .map(|core| {
                let begin = &begin;
                scope.spawn(move || {
                    pin(&[*core]);
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    begin.wait();
                    runtime.block_on(mixed(service, key, *core, length))
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().map_err(|_| "a client panicked")?).collect()
    })
}

async fn mixed(service: &Service, key: &str, client: usize, length: Duration) -> Outcome<Done> {
    let sign = json!({"alg": "ES256", "value": "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"});
    let value = json!({"value": "x".repeat(100)});
    let (begun, before, mut number) = (Instant::now(), thread_time(), 0_u32);
    while begun.elapsed() < length {
        let wanted = match number % 10 {
            0..=4 => request("GET", &format!("/secrets/s-{}", number % 100), &Value::Null)?,
            5 => request("GET", "/secrets", &Value::Null)?,
            6 => request("PUT", &format!("/secrets/own-{client}-{}", number % 50), &value)?,
            7 => request("GET", "/certificates/web", &Value::Null)?,
            _ => request("POST", &format!("{key}/sign"), &sign)?,
        };
        let answer = service.call(wanted).await;
        if answer.status() != StatusCode::OK {
            return Err(Failure::from(format!("{answer:?}")));
        }
        number += 1;
    }
    Ok((f64::from(number), thread_time() - before))
}
