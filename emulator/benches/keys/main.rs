//! What a request costs beside what it is for: a key operation beside the raw operation of aws-lc, reading a secret beside
//! a bare server that sends the same bytes; what a million secrets weigh, and what a page of them takes at any depth.
//!
//! The servers run on one core, the client on another, over TLS 1.3 and HTTP/1.1 with eight connections and a token of the
//! emulator's own authority. A rate is what is done in a second of the processor's time that the server's threads get,
//! the kernel's share included, so that whatever else the machine does takes nothing from it. What is compared takes
//! turns on the same core in short rounds; the median ratio of the rounds is what counts. For which part of the time the
//! core was at work stands behind it: a server that has to wait for requests pays for being woken, so that ratios are good
//! for something only where both were at work nearly all the time. The client writes little, reads little and never
//! sleeps, for the same reason.
//!
//! Run with `cargo bench -p akv-emulator --bench keys`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the time and prints what it read"
)]

#[path = "../common/mod.rs"]
mod common;
mod load;
mod raw;
mod servers;
mod weight;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::common::{Outcome, Tls, request};
use crate::load::{Load, Rate};
use crate::raw::{Operation, RawKeys};
use crate::servers::{Servers, pin};

const SECRET: &str = "/secrets/bench";
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
        return weight::weigh(effort.secrets);
    }
    compare(&effort)?;
    // In a process of its own, so that nothing else is weighed.
    let status = Command::new(std::env::current_exe()?).args(&arguments[1..]).arg(WEIGH).status()?;
    if status.success() { Ok(()) } else { Err("the secrets could not be weighed".into()) }
}

/// Rates of two things that take turns, one a round.
#[derive(Default)]
struct Turns {
    rates: Vec<(Rate, Rate)>,
}

impl Turns {
    fn median(&self, of: impl Fn(&(Rate, Rate)) -> f64) -> f64 {
        let mut values: Vec<f64> = self.rates.iter().map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    }

    fn report(&self, what: &str) {
        let (base, ours) = (self.median(|it| it.0.per_second), self.median(|it| it.1.per_second));
        let ratio = self.median(|(base, ours)| ours.per_second / base.per_second);
        let at_work = [self.median(|it| it.0.at_work), self.median(|it| it.1.at_work)];
        let [base_at_work, ours_at_work] = at_work.map(|share| share * 100.0);
        println!(
            "{what:<40} {base:>12.0} {ours:>12.0} {ratio:>8.2} {base_at_work:>8.0} % {ours_at_work:>3.0} %"
        );
    }
}

fn compare(effort: &Effort) -> Outcome<()> {
    let servers = Servers::start()?;
    pin(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        println!(
            "{:<40} {:>12} {:>12} {:>8} {:>16}",
            "a second of the processor", "alone", "by HTTPS", "ratio", "at work"
        );
        tokio::spawn(never_sleep());
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

/// Keeps the client's thread awake: to wake a sleeping one costs a server as much as a tenth of a request, and the slower
/// server would pay it more often.
async fn never_sleep() {
    loop {
        tokio::task::yield_now().await;
    }
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
        let mut ours = Load::new(&servers.emulator, "POST", &path, &body.to_string()).await?;
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
