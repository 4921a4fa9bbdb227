//! How long a certificate takes from create to completed, and what creating costs beside the key that it needs.
//!
//! RSA-2048, self-signed, no delays: `POST create`, then `GET pending`, which says `completed`.
//!
//! - From the key pool: the median and the 99th percentile of one client that asks again and again, straight into the
//!   service and over one TLS connection. Between the batches the pool fills, and is not measured.
//! - Without a pool: how many certificates a second one core makes, beside how many raw keys the same core makes. The
//!   two take turns in short rounds, so that whatever else the machine does meets both; a round's figure is a ratio,
//!   and the median of the rounds is what counts, as the time that primes take varies by nature.
//!
//! Run with `cargo bench -p akv-emulator --bench certificates`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the time and prints what it read"
)]

mod common;

use std::time::{Duration, Instant};

use akv_emulator::crypto::{KeySpec, PrivateKey, RsaSize};
use akv_emulator::http::Service;
use akv_emulator::{Emulator, Running};
use bytes::Bytes;
use http::{Request, StatusCode};

use crate::common::{Outcome, Tls, request};

const POLICY: &str = r#"{"policy":{"x509_props":{"subject":"CN=bench"},"issuer":{"name":"Self"}}}"#;

/// How much is measured.
struct Effort {
    batches: usize,
    pool: usize,
    rounds: usize,
    keys_in_a_round: usize,
}

fn main() -> Outcome<()> {
    // `cargo test --benches` runs it too: once is enough there.
    let effort = if std::env::args().any(|argument| argument == "--bench") {
        Effort { batches: 5, pool: 24, rounds: 101, keys_in_a_round: 5 }
    } else {
        Effort { batches: 1, pool: 1, rounds: 1, keys_in_a_round: 1 }
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(from_the_pool(&effort))?;
    // One thread for the async part: a creation's steps follow one another on one core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(without_a_pool(&effort))
}

// --- Create to completed ---------------------------------------------------------------------------------------------

async fn from_the_pool(effort: &Effort) -> Outcome<()> {
    println!("{:<52} {:>9} {:>9}", "create to completed, RSA-2048 from the key pool", "p50", "p99");
    let running = Emulator::builder().key_pool(effort.pool).start().await?;
    let mut direct = Direct(running.emulator().service());
    report("through Service::call", &running, effort, &mut direct).await?;
    let mut tls = Tls::connect(running.address(), &running.emulator().ca_pem()).await?;
    report("through TLS, one connection", &running, effort, &mut tls).await?;
    running.stop().await;
    Ok(())
}

/// Something that answers requests.
trait Client {
    async fn send(&mut self, request: Request<Bytes>) -> Outcome<(StatusCode, Bytes)>;
}

async fn report(what: &str, running: &Running, effort: &Effort, client: &mut impl Client) -> Outcome<()> {
    let mut times = Vec::new();
    for batch in 0..effort.batches {
        wait_until_full(running, effort.pool).await;
        for one in 0..effort.pool {
            times.push(create(client, &format!("{}-{batch}-{one}", what.len())).await?);
        }
    }
    times.sort_unstable();
    let at =
        |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    println!("{:<52} {:>6.2} ms {:>6.2} ms", format!("  {what} ({})", times.len()), at(50), at(99));
    Ok(())
}

async fn wait_until_full(running: &Running, pool: usize) {
    let service = running.emulator().service();
    while service.state().keys.ready(RsaSize::Bits2048) < pool {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One certificate, from the first byte of its creation to the answer that says it is completed.
async fn create(client: &mut impl Client, name: &str) -> Outcome<Duration> {
    let begun = Instant::now();
    let created = client.send(request("POST", &format!("/certificates/{name}/create"), POLICY)?).await?;
    let pending = client.send(request("GET", &format!("/certificates/{name}/pending"), "")?).await?;
    let taken = begun.elapsed();
    let completed = pending.1.windows(11).any(|part| part == b"\"completed\"");
    if created.0 == StatusCode::ACCEPTED && completed {
        Ok(taken)
    } else {
        Err(format!("{created:?} {pending:?}").into())
    }
}

struct Direct(Service);

impl Client for Direct {
    async fn send(&mut self, request: Request<Bytes>) -> Outcome<(StatusCode, Bytes)> {
        let (parts, body) = self.0.call(request).await.into_parts();
        Ok((parts.status, body))
    }
}

impl Client for Tls {
    async fn send(&mut self, request: Request<Bytes>) -> Outcome<(StatusCode, Bytes)> {
        Tls::send(self, request).await
    }
}

// --- Beside the raw key ----------------------------------------------------------------------------------------------

async fn without_a_pool(effort: &Effort) -> Outcome<()> {
    let mut client = Direct(Emulator::builder().build()?.service());
    let (mut ratios, mut raw, mut created) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    for round in 0..effort.rounds {
        let mut keys = Duration::ZERO;
        let mut certificates = Duration::ZERO;
        for one in 0..effort.keys_in_a_round {
            let begun = Instant::now();
            PrivateKey::generate(KeySpec::Rsa(RsaSize::Bits2048))?;
            keys += begun.elapsed();
            certificates += create(&mut client, &format!("c-{round}-{one}")).await?;
        }
        ratios.push(keys.as_secs_f64() / certificates.as_secs_f64());
        raw += keys;
        created += certificates;
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let number = f64::from(u32::try_from(effort.rounds * effort.keys_in_a_round)?);
    let rate = |time: Duration| number / time.as_secs_f64();
    println!("\n{:<52} {:>9}", format!("one core, no pool ({number} of each)"), "a second");
    println!("{:<52} {:>9.2}", "  raw RSA-2048 keys", rate(raw));
    println!("{:<52} {:>9.2}", "  certificates, create to completed", rate(created));
    println!("{:<52} {:>9.2}", "  ratio of the two rates", rate(created) / rate(raw));
    println!("{:<52} {:>9.2}", "  median ratio of the rounds", ratios[ratios.len() / 2]);
    Ok(())
}
