//! Figures into Markdown: the table on the terminal is the one in `BENCHMARKS.md`.
//!
//! It must not round a target into being met.

use std::fmt::Write;
use std::path::Path;

use crate::Outcome;
use crate::connection::Protocol;
use crate::machine::{describe, said_by};
use crate::pool::Pool;
use crate::raw::Raw;
use crate::scaling::Scaling;
use crate::soak::{Sample, Soak};
use crate::table::{Effort, Row, Table};
use crate::weight::Weight;

/// Everything that a run measured.
pub(crate) struct Figures {
    pub(crate) effort: Effort,
    pub(crate) pinned: bool,
    pub(crate) weight: Weight,
    pub(crate) table: Table,
    pub(crate) pool: Pool,
    pub(crate) scaling: Scaling,
}

/// What is to be reached, and what was.
struct Target {
    what: &'static str,
    limit: Limit,
    measured: f64,
    unit: &'static str,
}

#[derive(Clone, Copy)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    const fn new(what: &'static str, limit: Limit, measured: f64, unit: &'static str) -> Self {
        Self { what, limit, measured, unit }
    }
}

/// Something to look at while it runs.
pub(crate) fn progress(row: Option<&Row>) {
    if let Some(row) = row {
        eprintln!("{}", line(row));
    }
}

/// The same for a soak.
pub(crate) fn progress_of_soak(sample: Option<&Sample>) {
    if let Some(Sample { minute, requests, resident }) = sample {
        eprintln!("{minute:.1} min: {requests} requests, {resident:.1} MB");
    }
}

fn line(row: &Row) -> String {
    let Row { akv, bare, .. } = row;
    let raw = row.of_raw.map_or_else(String::new, |of_raw| format!("{of_raw:.2}"));
    format!(
        "| {} | {} | {} | {:.0} | {:.0} | {:.2} | {:.1} | {:.1} | {:.2} | {raw} | {} / {} / {} | {} / {} / {} |",
        row.what,
        row.protocol.name(),
        row.connections,
        akv.rate,
        bare.rate,
        row.rate_ratio,
        akv.cpu,
        bare.cpu,
        row.cpu_ratio,
        time(akv.latencies.p50),
        time(akv.latencies.p99),
        time(akv.latencies.p999),
        time(bare.latencies.p50),
        time(bare.latencies.p99),
        time(bare.latencies.p999),
    )
}

/// Microseconds, or milliseconds where there are many.
fn time(micros: f64) -> String {
    if micros < 1000.0 { format!("{micros:.0} us") } else { format!("{:.1} ms", micros / 1000.0) }
}

impl Figures {
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        self.head(&mut text);
        self.targets(&mut text);
        self.process(&mut text);
        self.rows(&mut text);
        self.rest(&mut text);
        text
    }

    fn head(&self, text: &mut String) {
        let lines = [
            format!("Machine: {}.", describe()),
            format!(
                "Versions: akv {} at {}, {}.",
                env!("CARGO_PKG_VERSION"),
                said_by("git", &["rev-parse", "--short", "HEAD"]),
                said_by("rustc", &["--version"])
            ),
            format!("Date: {}.", said_by("date", &["-u", "+%F %H:%M UTC"])),
            if self.pinned {
                "Servers are pinned to one core, the load to another.".to_owned()
            } else {
                "Servers and load could NOT be pinned to a core each: the figures are less steady.".to_owned()
            },
            format!(
                "Each figure is the median of {} rounds of {} ms, in turns with the bare server; a ratio is the median of the rounds' ratios.",
                self.effort.rounds,
                self.effort.round.as_millis()
            ),
        ];
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }

    /// A median over the rows of an operation.
    fn over(&self, what: &str, figure: impl Fn(&Row) -> f64) -> f64 {
        crate::load::median(self.table.rows.iter().filter(|row| row.what.starts_with(what)).map(figure))
    }

    fn targets(&self, text: &mut String) {
        let _ = writeln!(text, "\n| what | target | measured | met |\n|---|---|---|---|");
        for Target { what, limit, measured, unit } in
            self.of_requests().into_iter().chain(self.of_processes())
        {
            let (limit, met) = match limit {
                Limit::AtLeast(least) => (format!("at least {least}{unit}"), measured >= least),
                Limit::AtMost(most) => (format!("at most {most}{unit}"), measured <= most),
            };
            let met = if met { "yes" } else { "NO" };
            let _ = writeln!(text, "| {what} | {limit} | {measured:.2}{unit} | {met} |");
        }
    }

    fn of_requests(&self) -> Vec<Target> {
        let raw = |what| self.over(what, |row| row.of_raw.unwrap_or(f64::NAN));
        let served = |what| 1.0 / self.over(what, |row| row.cpu_ratio);
        let shakes = 1.0 / self.table.handshakes.cpu_ratio;
        let noticed = self.pool.meanwhile.iter().map(|row| row.ratio).fold(0.0, f64::max);
        vec![
            Target::new(
                "GET secret with authentication, permission and api-version checks: processor time beside bare hyper + rustls",
                Limit::AtMost(1.3),
                self.over("GET secret", |row| row.cpu_ratio),
                "",
            ),
            Target::new(
                "GET secret: requests a second beside the same",
                Limit::AtLeast(0.77),
                self.over("GET secret", |row| row.rate_ratio),
                "",
            ),
            Target::new(
                "sign RS256: raw signature beside the processor time of the whole request",
                Limit::AtLeast(0.85),
                raw("sign RS256"),
                "",
            ),
            Target::new("sign ES256: the same", Limit::AtLeast(0.85), raw("sign ES256"), ""),
            Target::new(
                "sign RS256 beside a bare server that signs, by processor time",
                Limit::AtLeast(0.85),
                served("sign RS256"),
                "",
            ),
            Target::new("sign ES256: the same", Limit::AtLeast(0.85), served("sign ES256"), ""),
            Target::new("full TLS handshakes: the same", Limit::AtLeast(0.9), shakes, ""),
            Target::new(
                "p99.9 of GET secret while keys are made, beside none being made: the worst of three loads",
                Limit::AtMost(1.25),
                noticed,
                "",
            ),
            Target::new(
                "mixed load on two cores beside one, by processor time",
                Limit::AtLeast(1.7),
                self.scaling.spent,
                "",
            ),
        ]
    }

    fn of_processes(&self) -> Vec<Target> {
        let Weight { restart, first_start, idle, binary, .. } = &self.weight;
        #[expect(clippy::cast_precision_loss, reason = "a file's size")]
        let size = *binary as f64 / 1e6;
        let created = self.pool.created.p50 / 1e3;
        vec![
            Target::new(
                "certificate, RSA-2048 from the pool, create to completed, p50",
                Limit::AtMost(3.0),
                created,
                " ms",
            ),
            Target::new("restart to the first answer over TLS", Limit::AtMost(10.0), restart.0, " ms"),
            Target::new(
                "first start, which makes the authority, to the first answer over TLS",
                Limit::AtMost(10.0),
                first_start.0,
                " ms",
            ),
            Target::new("memory when idle, key pool full", Limit::AtMost(12.0), *idle, " MB"),
            Target::new("binary, static and stripped", Limit::AtMost(12.0), size, " MB"),
        ]
    }

    fn process(&self, text: &mut String) {
        let Weight {
            first_start, restart, no_work, secret, secrets, ec_certificate, rsa_certificate, ..
        } = &self.weight;
        let _ = writeln!(text, "\n### Whole processes\n\n| what | median | worst |\n|---|---|---|");
        for (what, (median, worst)) in [
            ("first start to the first answer over TLS", first_start),
            ("restart to the first answer over TLS", restart),
            ("`akv --version`: a process that does nothing", no_work),
        ] {
            let _ =
                writeln!(text, "| {what} ({} runs) | {median:.1} ms | {worst:.1} ms |", self.effort.starts);
        }
        let _ = writeln!(text, "\n| what | resident |\n|---|---|");
        let _ = writeln!(
            text,
            "| {} secrets of 100 bytes | {secrets:.0} MB in all, {secret:.0} bytes each |",
            self.effort.secrets
        );
        let _ = writeln!(text, "| 1000 certificates on P-256, created | {ec_certificate:.1} MB |");
        let _ = writeln!(text, "| 1000 certificates with RSA-2048, imported | {rsa_certificate:.1} MB |");
    }

    fn rows(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n### Requests\n\nBare: a server of hyper, rustls and tokio that sends the same bytes, after the raw operation where there is one. CPU: the server's processor time for a request in microseconds, the kernel's share included.\n\n| operation | protocol | connections | akv/s | bare/s | ratio | akv CPU us | bare CPU us | ratio | raw / akv CPU | akv p50 / p99 / p99.9 | bare p50 / p99 / p99.9 |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
        );
        for row in self.table.rows.iter().chain([&self.table.handshakes]) {
            let _ = writeln!(text, "{}", line(row));
        }
        let busy = |of: fn(&Row) -> f64| crate::load::median(self.table.rows.iter().map(of));
        let _ = writeln!(
            text,
            "\nThe servers' core was at work for akv {:.0} %, for bare {:.0} % of the time (medians over the rows; {} and {} with one connection over HTTP/1.1): where it was not, the load or other programs set the pace, and the ratio of processor times says more than the ratio of rates.",
            busy(|row| row.akv.busy) * 100.0,
            busy(|row| row.bare.busy) * 100.0,
            self.busy_alone(|row| row.akv.busy),
            self.busy_alone(|row| row.bare.busy),
        );
        let _ = writeln!(text, "\n| raw, without a server | CPU us | a second |\n|---|---|---|");
        for (raw, micros) in &self.table.raw {
            let _ = writeln!(text, "| {} | {micros:.2} | {:.0} |", Raw::name(*raw), 1e6 / micros);
        }
    }

    fn busy_alone(&self, figure: fn(&Row) -> f64) -> String {
        let alone = |row: &&Row| row.connections == 1 && row.protocol == Protocol::Http1;
        let busy = crate::load::median(self.table.rows.iter().filter(alone).map(figure));
        format!("{:.0} %", busy * 100.0)
    }

    fn rest(&self, text: &mut String) {
        let Pool { created, creations, meanwhile } = &self.pool;
        let _ = writeln!(
            text,
            "\n### The key pool\n\nRSA-2048 from a full pool, `POST create` to the `GET pending` that says completed, one connection, {creations} of them: p50 {}, p99 {}, p99.9 {}.\n\nGET secret with `--key-pool 0`, and beside a pool that is never full:\n\n| load | no keys made: p50 / p99 / p99.9 | keys being made | p99.9 ratio | the pool's share of the core |\n|---|---|---|---|---|",
            time(created.p50),
            time(created.p99),
            time(created.p999)
        );
        for row in meanwhile {
            let all = |of: &crate::load::Latencies| {
                format!("{} / {} / {}", time(of.p50), time(of.p99), time(of.p999))
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.2} | {:.0} % |",
                row.what,
                all(&row.quiet),
                all(&row.making),
                row.ratio,
                row.share * 100.0
            );
        }
        let Scaling { one, two, passed, spent } = &self.scaling;
        let _ = writeln!(
            text,
            "\n### One core and two\n\nMixed load in process (half reads of secrets, lists, sets, reads of a certificate, signatures): {one:.0} operations a second by one thread, {two:.0} by two threads on two cores. Median ratio {passed:.2} by the clock, {spent:.2} by the processor time that the threads got."
        );
    }
}

impl Soak {
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "{}: {:.0} minutes, {} requests, paced at {:.0} a second (half of the maximum of {:.0}).\n\n| minute | requests | resident |\n|---|---|---|\n",
            said_by("date", &["-u", "+%F %H:%M UTC"]),
            self.samples.last().map_or(0.0, |last| last.minute),
            self.samples.last().map_or(0, |last| last.requests),
            self.maximum / 2.0,
            self.maximum,
        );
        for Sample { minute, requests, resident } in &self.samples {
            let _ = writeln!(text, "| {minute:.0} | {requests} | {resident:.1} MB |");
        }
        text
    }
}

/// Puts `text` into the block `name` of a file, between its two comments.
pub(crate) fn write_block(file: &Path, name: &str, text: &str) -> Outcome<()> {
    let before = std::fs::read_to_string(file)?;
    std::fs::write(
        file,
        replaced(&before, name, text).ok_or_else(|| {
            format!("{} has no block `<!-- {name}: .. -->` .. `<!-- /{name} -->`", file.display())
        })?,
    )?;
    Ok(())
}

fn replaced(before: &str, name: &str, text: &str) -> Option<String> {
    let opening = before.find(&format!("<!-- {name}:"))?;
    let begin = opening + before[opening..].find("-->")? + "-->".len();
    let end = begin + before[begin..].find(&format!("<!-- /{name} -->"))?;
    Some(format!("{}\n\n{}\n\n{}", &before[..begin], text.trim(), &before[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_replaced_and_the_rest_stays() {
        let file = "a\n<!-- run: by x -->\nold\n<!-- /run -->\nb\n<!-- soak: by y --><!-- /soak -->\n";
        let new = replaced(file, "run", "new\n").unwrap();
        assert_eq!(
            new,
            "a\n<!-- run: by x -->\n\nnew\n\n<!-- /run -->\nb\n<!-- soak: by y --><!-- /soak -->\n"
        );
        assert_eq!(replaced(&new, "run", "new").unwrap(), new);
        assert!(replaced(file, "sizes", "").is_none());
    }

    #[test]
    fn times_are_written_in_the_unit_that_suits_them() {
        assert_eq!((time(12.4), time(1540.0)), ("12 us".to_owned(), "1.5 ms".to_owned()));
    }
}
