//! Every operation over both protocols at each number of connections, in turns with the bare server.

use std::time::Duration;

use crate::Outcome;
use crate::bare::Canned;
use crate::connection::{Dialler, Protocol, VAULT};
use crate::load::{Load, Round, handshakes, median, middle};
use crate::machine::Cores;
use crate::process::{Akv, Server};
use crate::raw::Raw;
use crate::scenario::Scenario;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    pub(crate) connections: &'static [usize],
    pub(crate) starts: usize,
    pub(crate) secrets: u64,
    pub(crate) certificates: u64,
    /// How an idle emulator is told to keep keys; nothing for what it does by itself.
    pub(crate) pool: &'static [&'static str],
}

impl Effort {
    /// As much as figures need.
    pub(crate) const FULL: Self = Self {
        rounds: 7,
        round: Duration::from_millis(400),
        connections: &[1, 32, 256],
        starts: 30,
        secrets: 1_000_000,
        certificates: 1000,
        pool: &[],
    };
    /// As little as shows that everything runs.
    pub(crate) const SMOKE: Self = Self {
        rounds: 1,
        round: Duration::from_millis(20),
        connections: &[1, 4],
        starts: 1,
        secrets: 500,
        certificates: 5,
        pool: &["--key-pool", "0"],
    };
}

/// What a row says: the emulator, the bare server, and how they compare round by round.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) protocol: Protocol,
    pub(crate) connections: usize,
    pub(crate) akv: Round,
    pub(crate) bare: Round,
    /// Of requests a second.
    pub(crate) rate_ratio: f64,
    /// Of processor time for each request.
    pub(crate) cpu_ratio: f64,
    /// The raw operation beside the emulator's processor time for the whole request.
    pub(crate) of_raw: Option<f64>,
}

pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    pub(crate) handshakes: Row,
    /// Microseconds of the processor for each raw operation.
    pub(crate) raw: Vec<(Raw, f64)>,
}

/// Starts the bare server with what the emulator answered.
pub(crate) fn start_bare(canned: &[Canned], folder: &std::path::Path, core: usize) -> Outcome<Server> {
    let answers = folder.join("answers.json");
    std::fs::write(&answers, serde_json::to_vec(canned)?)?;
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg("bare").arg(&answers);
    Server::start(command, &[core])
}

pub(crate) async fn measure(akv: &Akv, cores: Cores, effort: &Effort) -> Outcome<Table> {
    // Without a pool: keys that are made meanwhile are measured by themselves.
    let (emulator, _folder) = akv.start(&["--key-pool", "0"], &[cores.servers])?;
    let scenario = Scenario::prepare(&emulator).await?;
    let answers = tempfile::tempdir()?;
    let bare = start_bare(&scenario.canned, answers.path(), cores.servers)?;
    let mut raw = Vec::new();
    for operation in [Raw::Rs256, Raw::Es256, Raw::EcCertificate, Raw::RsaKey, Raw::Lookup, Raw::Insert] {
        raw.push((operation, crate::raw::measure(operation, cores.servers, effort.rounds, effort.round)?));
    }
    let mut rows = Vec::new();
    for operation in &scenario.operations {
        for protocol in Protocol::ALL {
            let ours = Dialler::new(&emulator, protocol, VAULT, &scenario.token)?;
            let theirs = Dialler::new(&bare, protocol, VAULT, &scenario.token)?;
            for connections in effort.connections {
                let mut akv = Load::new(&emulator, &ours, *connections, operation.akv.clone()).await?;
                let mut limit = Load::new(&bare, &theirs, *connections, operation.bare.clone()).await?;
                akv.round(effort.round / 4).await?;
                limit.round(effort.round / 4).await?;
                let mut turns = Vec::new();
                for _ in 0..effort.rounds {
                    let base = limit.round(effort.round).await?;
                    turns.push((akv.round(effort.round).await?, base));
                }
                let alone = raw.iter().find(|(kind, _)| *kind == operation.raw).map(|(_, time)| *time);
                rows.push(row(operation.name, protocol, *connections, &turns, alone));
                crate::report::progress(rows.last());
            }
        }
    }
    let ours = Dialler::new(&emulator, Protocol::Http1, VAULT, "")?;
    let theirs = Dialler::new(&bare, Protocol::Http1, VAULT, "")?;
    let mut turns = Vec::new();
    for _ in 0..=effort.rounds {
        let base = handshakes(&bare, &theirs, effort.round).await?;
        turns.push((handshakes(&emulator, &ours, effort.round).await?, base));
    }
    let handshakes = row("TLS handshake, full", Protocol::Http1, 8, &turns[1..], None);
    crate::report::progress(Some(&handshakes));
    Ok(Table { rows, handshakes, raw })
}

fn row(
    what: &'static str,
    protocol: Protocol,
    connections: usize,
    turns: &[(Round, Round)],
    raw: Option<f64>,
) -> Row {
    let (akv, bare): (Vec<_>, Vec<_>) = turns.iter().cloned().unzip();
    Row {
        what,
        protocol,
        connections,
        akv: middle(&akv),
        bare: middle(&bare),
        rate_ratio: median(turns.iter().map(|(akv, bare)| akv.rate / bare.rate)),
        cpu_ratio: median(turns.iter().map(|(akv, bare)| akv.cpu / bare.cpu)),
        of_raw: raw.map(|raw| median(turns.iter().map(|(akv, _)| raw / akv.cpu))),
    }
}
