//! What a test pays for a vault of its own: an emulator in the process, from its making to its end, beside the bare key
//! that its certificate needs; and reading a secret.
//!
//! - A life: make an emulator and a vault, create a certificate, get it, drop all. No socket, no key pool; each life
//!   takes turns with a bare key of the same kind. RSA's primes vary by nature: its medians want many rounds.
//! - Many lives at a time, one after the other on every core.
//! - A secret, read again and again: straight into the service, and by the official client in its place.
//!
//! Run with `cargo bench --bench harness`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads the time and prints what it read"
)]

use std::error::Error;
use std::time::{Duration, Instant};

use akv_client::Vault;
use akv_emulator::Emulator;
use akv_emulator::crypto::{Curve, KeySpec, PrivateKey, RsaSize};
use akv_emulator::own_vault::OwnVault;
use azure_security_keyvault_secrets::models::SetSecretParameters;
use bytes::Bytes;
use http::{Request, StatusCode};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How much is measured.
struct Effort {
    lives: usize,
    rsa_lives: usize,
    parallel: usize,
    reads: usize,
}

fn main() -> Outcome<()> {
    // `cargo test --benches` runs it too: once is enough there.
    let effort = if std::env::args().any(|argument| argument == "--bench") {
        Effort { lives: 2000, rsa_lives: 301, parallel: 4000, reads: 100_000 }
    } else {
        Effort { lives: 1, rsa_lives: 1, parallel: 2, reads: 1 }
    };
    let runtime = tokio::runtime::Runtime::new()?;
    println!("{:<56} {:>10} {:>10}", "in the process, no socket", "p50", "p99");
    runtime.block_on(lives(&effort))?;
    runtime.block_on(parallel(effort.parallel))?;
    runtime.block_on(reads(effort.reads))
}

/// Prints median and 99th percentile.
fn report(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "{:<56} {:>7.1} us {:>7.1} us",
        format!("{what} ({})", times.len()),
        micros(at(50)),
        micros(at(99))
    );
    at(50)
}

// --- A life ----------------------------------------------------------------------------------------------------------

async fn lives(effort: &Effort) -> Outcome<()> {
    let ec = r#""kty":"EC","crv":"P-256""#;
    let rsa = r#""kty":"RSA","key_size":2048"#;
    for (what, spec, members, number) in [
        ("P-256", KeySpec::Ec(Curve::P256), ec, effort.lives),
        ("RSA-2048", KeySpec::Rsa(RsaSize::Bits2048), rsa, effort.rsa_lives),
    ] {
        let (mut keys, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..number {
            let begun = Instant::now();
            PrivateKey::generate(spec)?;
            keys.push(begun.elapsed());
            let begun = Instant::now();
            life(members).await?;
            whole.push(begun.elapsed());
        }
        let key = report(&format!("a bare {what} key"), keys);
        let whole = report(&format!("emulator, {what} certificate, get, drop"), whole);
        println!("  a life takes {:.2} keys", whole.as_secs_f64() / key.as_secs_f64());
    }
    Ok(())
}

/// From nothing to nothing.
async fn life(key: &str) -> Outcome<()> {
    let emulator = Emulator::builder().build()?;
    let vault = emulator.vault();
    let policy = format!(
        r#"{{"policy":{{"key_props":{{{key}}},"x509_props":{{"subject":"CN=a"}},"issuer":{{"name":"Self"}}}}}}"#
    );
    expect(&vault, "POST", "/certificates/web/create", policy, StatusCode::ACCEPTED).await?;
    expect(&vault, "GET", "/certificates/web", String::new(), StatusCode::OK).await
}

async fn parallel(number: usize) -> Outcome<()> {
    let begun = Instant::now();
    let key = r#""kty":"EC","crv":"P-256""#;
    let running: Vec<_> = (0..number).map(|_| tokio::spawn(life(key))).collect();
    for life in running {
        life.await??;
    }
    let rate = f64::from(u32::try_from(number)?) / begun.elapsed().as_secs_f64();
    println!("{:<56} {rate:>10.0} a second", format!("such lives at a time, P-256 ({number})"));
    Ok(())
}

// --- A secret --------------------------------------------------------------------------------------------------------

async fn reads(number: usize) -> Outcome<()> {
    let emulator = Emulator::builder().build()?;
    let vault = emulator.vault();
    expect(&vault, "PUT", "/secrets/db", r#"{"value":"s3cret"}"#.to_owned(), StatusCode::OK).await?;
    let mut times = Vec::with_capacity(number);
    for _ in 0..number {
        let begun = Instant::now();
        expect(&vault, "GET", "/secrets/db", String::new(), StatusCode::OK).await?;
        times.push(begun.elapsed());
    }
    report("GET secret, request built and answered", times);

    let client = Vault::builder().url(vault.url().parse()?).bearer_token(vault.token().to_owned());
    let client = client.answered_by(vault.answers()).build()?.secrets();
    let parameters = SetSecretParameters { value: Some("s3cret".to_owned()), ..Default::default() };
    client.set_secret("db", parameters.try_into()?, None).await?;
    let mut times = Vec::with_capacity(number);
    for _ in 0..number {
        let begun = Instant::now();
        client.get_secret("db", None).await?.into_model()?;
        times.push(begun.elapsed());
    }
    report("the same by the official client, read into its model", times);
    Ok(())
}

async fn expect(vault: &OwnVault, method: &str, path: &str, body: String, status: StatusCode) -> Outcome<()> {
    let request = Request::builder()
        .method(method)
        .uri(format!("{path}?api-version=2025-07-01"))
        .header("host", vault.url().trim_start_matches("https://"))
        .header("authorization", format!("Bearer {}", vault.token()));
    let answer = vault.answers()(request.body(Bytes::from(body))?).await;
    if answer.status() == status { Ok(()) } else { Err(format!("{answer:?}").into()) }
}
