//! The load: connections that each send the next request when the last one was answered, for a while.
//!
//! It must not judge the figures; `table` does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::connection::{Connection, Dialler, Wanted};
use crate::process::Server;
use crate::{Failure, Outcome};

/// Makes the `n`th request.
pub(crate) type Make = Arc<dyn Fn(u64) -> Wanted + Send + Sync>;

/// What is sent, and what must come back.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) make: Make,
    pub(crate) status: u16,
}

/// What came of a round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    pub(crate) rate: f64,
    /// The server's processor time for one request, in microseconds.
    pub(crate) cpu: f64,
    /// How much of the time the server's core was at work for it.
    pub(crate) busy: f64,
    pub(crate) latencies: Latencies,
}

/// Latencies in microseconds at the 50th, 99th and 99.9th percentile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latencies {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

impl Latencies {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |thousandth: usize| {
            let place = (times.len() * thousandth / 1000).min(times.len().saturating_sub(1));
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6)
        };
        Self { p50: at(500), p99: at(990), p999: at(999) }
    }
}

/// Connections to one server, kept open between rounds.
pub(crate) struct Load<'a> {
    server: &'a Server,
    connections: Vec<Connection>,
    work: Work,
    sent: Arc<AtomicU64>,
    /// Between an answer and the next request of a connection.
    pause: Duration,
}

impl<'a> Load<'a> {
    pub(crate) async fn new(
        server: &'a Server,
        dialler: &Dialler,
        connections: usize,
        work: Work,
    ) -> Outcome<Self> {
        let connections = dialler.connections(connections).await?;
        Ok(Self { server, connections, work, sent: Arc::default(), pause: Duration::ZERO })
    }

    /// The same, with a pause before each request.
    pub(crate) fn pausing(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Sends for `length`.
    pub(crate) async fn round(&mut self, length: Duration) -> Outcome<Round> {
        self.drive(move |_, begun| begun.elapsed() < length).await
    }

    /// Sends `number` requests in all, over the life of this load.
    pub(crate) async fn until(&mut self, number: u64) -> Outcome<Round> {
        self.drive(move |sent, _| sent < number).await
    }

    async fn drive(&mut self, more: impl Fn(u64, Instant) -> bool + Copy + Send + 'static) -> Outcome<Round> {
        let mut tasks = JoinSet::new();
        let (begun, before) = (Instant::now(), self.server.time());
        for mut connection in self.connections.drain(..) {
            let (work, sent, pause) = (self.work.clone(), Arc::clone(&self.sent), self.pause);
            tasks.spawn(async move {
                let mut times = Vec::new();
                loop {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    if !more(number, begun) {
                        return Ok((connection, times));
                    }
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    let wanted = (work.make)(number);
                    let asked = Instant::now();
                    let status = connection.send(&wanted).await?;
                    times.push(asked.elapsed());
                    if status != work.status {
                        return Err(Failure::from(format!("{wanted:?}: {status}")));
                    }
                }
            });
        }
        let mut times = Vec::new();
        while let Some(ended) = tasks.join_next().await {
            let (connection, own) = ended??;
            self.connections.push(connection);
            times.extend(own);
        }
        let (taken, spent) = (begun.elapsed(), self.server.time().since(&before));
        Ok(round(times, taken, spent))
    }
}

/// Figures from the times of single requests, the time of all, and the processor's.
#[expect(clippy::cast_precision_loss, reason = "no round has 2^52 requests")]
fn round(times: Vec<Duration>, taken: Duration, spent: Duration) -> Round {
    let number = times.len().max(1) as f64;
    Round {
        rate: number / taken.as_secs_f64(),
        cpu: spent.as_secs_f64() * 1e6 / number,
        busy: spent.as_secs_f64() / taken.as_secs_f64(),
        latencies: Latencies::of(times),
    }
}

/// Full TLS handshakes, eight at a time.
pub(crate) async fn handshakes(server: &Server, dialler: &Dialler, length: Duration) -> Outcome<Round> {
    let mut tasks = JoinSet::new();
    let (begun, before) = (Instant::now(), server.time());
    for _ in 0..8 {
        let dialler = dialler.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < length {
                let asked = Instant::now();
                dialler.handshake().await?;
                times.push(asked.elapsed());
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        times.extend(ended??);
    }
    let (taken, spent) = (begun.elapsed(), server.time().since(&before));
    Ok(round(times, taken, spent))
}

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The medians of several rounds, each figure for itself.
pub(crate) fn middle(rounds: &[Round]) -> Round {
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure));
    Round {
        rate: of(|round| round.rate),
        cpu: of(|round| round.cpu),
        busy: of(|round| round.busy),
        latencies: Latencies {
            p50: of(|round| round.latencies.p50),
            p99: of(|round| round.latencies.p99),
            p999: of(|round| round.latencies.p999),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times = (0..1000).rev().map(Duration::from_micros).collect();
        let Latencies { p50, p99, p999 } = Latencies::of(times);
        assert_eq!((p50.round(), p99.round(), p999.round()), (500.0, 990.0, 999.0));
    }

    #[test]
    fn the_median_ignores_one_bad_round() {
        assert!((median([1.0, 900.0, 2.0]) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_round_counts_the_processor_for_each_request() {
        let times = vec![Duration::from_micros(10); 4];
        let round = round(times, Duration::from_secs(2), Duration::from_secs(1));
        assert_eq!((round.rate, round.cpu, round.busy), (2.0, 250_000.0, 0.5));
    }
}
