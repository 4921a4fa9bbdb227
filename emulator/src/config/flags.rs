//! The command line: its commands, and the flags of those that start an emulator.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::emulator_flags::configured;
use super::{
    AttestArgs, BehaviourArgs, CaArgs, ClockArgs, CompareArgs, Config, Data, DataArgs, DirectoryArgs,
    EnvArgs, FaultArgs, IssuerArgs, JournalArgs, ListenArgs, SnapshotArgs, TargetArgs, VaultArgs, WhyArgs,
};

/// An Azure Key Vault on your own machine.
#[derive(Debug, Parser)]
#[command(name = "akv", version, about, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `serve` if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags of `serve`.
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the emulator and keep it running.
    Serve(ServeArgs),
    /// Print the variables that make every client use the running emulator: `eval "$(akv env)"`.
    Env(EnvArgs),
    /// Run a program against a private, throw-away emulator and exit with its code.
    Run(RunArgs),
    /// Print where the certificate authority and its bundles are.
    Ca(CaArgs),
    /// Show or move the vaults' clock.
    Clock(ClockArgs),
    /// Show what was asked of the vaults and what came of it.
    Journal(JournalArgs),
    /// Tell in plain words why a request was refused.
    Why(WhyArgs),
    /// Show or set what is to go wrong with which requests.
    Fault(FaultArgs),
    /// Say how issuers treat requests; approve, reject, revoke.
    Issuer(IssuerArgs),
    /// Print an assertion of an environment to which keys can be released, as JSON.
    Attest(AttestArgs),
    /// Play scenarios on an emulator of its own and on another vault, and print what they answer differently.
    Compare(CompareArgs),
    /// Save all of the emulator's state to a file, or load one.
    Snapshot(SnapshotArgs),
    /// Bring the emulator back to its flags and contents; clock and directory stay.
    Reset(TargetArgs),
    /// Ask the emulator whether it is well; exit code 0 if so.
    Healthcheck(TargetArgs),
}

/// Flags of `akv serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    behaviour: BehaviourArgs,
    #[command(flatten)]
    directory: DirectoryArgs,
    #[command(flatten)]
    vaults: VaultArgs,
    /// Follow --contents: when a file of theirs changes, what they say otherwise than before is carried out.
    #[arg(long, env = "AKV_WATCH", requires = "contents")]
    pub watch: bool,
    /// Keep the state in this file: loaded at the start, in place of --contents, if it is there; saved, readable by you alone, when a signal ends the emulator.
    #[arg(long, env = "AKV_SNAPSHOT", value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Write a line to stderr for each request.
    #[arg(long, short, env = "AKV_VERBOSE")]
    pub verbose: bool,
}

/// Flags of `akv run`.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    behaviour: BehaviourArgs,
    #[command(flatten)]
    directory: DirectoryArgs,
    #[command(flatten)]
    vaults: VaultArgs,
    /// Write a line to stderr for each request.
    #[arg(long, short)]
    pub verbose: bool,
    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub program: Vec<OsString>,
}

impl ServeArgs {
    /// The flags as a configuration.
    ///
    /// # Errors
    /// One line that names the flag.
    pub fn config(&self) -> Result<Config, String> {
        Ok(Config {
            bind: self.listen.bind,
            port: self.listen.port,
            names: self.listen.names.clone(),
            data: self.data.data()?,
            snapshot: self.snapshot.clone(),
            ..configured(&self.behaviour, &self.directory, &self.vaults)
        })
    }
}

impl RunArgs {
    /// The flags as a configuration that keeps its files in `folder`.
    #[must_use]
    pub fn config(&self, folder: PathBuf) -> Config {
        Config { data: Data::Directory(folder), ..configured(&self.behaviour, &self.directory, &self.vaults) }
    }
}

/// Reads the command line.
///
/// # Errors
/// One line that names the flag and the mend. Help and version are printed and end the process, as clap does.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, String> {
    Cli::try_parse_from(arguments).map_err(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        one_line(&error.to_string())
    })
}

/// clap's complaint and its tip, without usage.
fn one_line(text: &str) -> String {
    let useful = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let useful =
        useful.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let line = useful.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    format!("{} (akv --help lists the flags)", line.strip_prefix("error: ").unwrap_or(&line))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::path::Path;

    use uuid::Uuid;

    use super::super::DEFAULT_PORT;
    use super::*;
    use crate::arm::Fidelity;
    use crate::identity::{Acceptance, InstanceMetadata};
    use crate::throttling::Throttle;
    use crate::timestamp::Timestamp;
    use crate::timing::Timing;
    use crate::vault::{FirstUse, Sku};

    fn cli(line: &str) -> Result<Cli, String> {
        parse(line.split(' ').map(OsString::from))
    }

    fn config(line: &str) -> Config {
        cli(line).unwrap().serve.config().unwrap()
    }

    #[test]
    fn no_command_serves_on_loopback_at_the_fixed_port() {
        let config = config("akv");
        assert_eq!((config.bind, config.port), (IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT));
        assert_eq!(config.first_use, FirstUse::Creates);
    }

    #[test]
    fn every_flag_reaches_the_configuration() {
        let made = config(
            "akv --port 0 --bind 0.0.0.0 --name akv --in-memory --offline --timing azure --seed 7 --freeze-at 2027-01-31 --auth strict --imds --control-plane strict --subscription 00000000-0000-0000-0000-000000000002 --vault KV1,kv2 --closed --retention-days 7 --purge-protection --sku premium --tenant 00000000-0000-0000-0000-000000000001 --identity-header known",
        );
        assert_eq!((made.port, made.bind.to_string().as_str()), (0, "0.0.0.0"));
        assert_eq!(made.names, ["akv"]);
        assert_eq!(made.data, Data::Memory);
        assert!(made.offline);
        assert_eq!(made.timing, Timing::azure());
        assert_eq!((made.seed, made.key_pool), (Some(7), 0));
        assert_eq!(made.clock.now(), Timestamp::parse("2027-01-31").unwrap());
        assert_eq!(made.acceptance, Acceptance::Strict);
        assert_eq!(made.instance_metadata, InstanceMetadata::Served);
        assert_eq!(made.vaults, ["kv1", "kv2"]);
        assert_eq!(made.first_use, FirstUse::Refused);
        assert_eq!((made.settings.retention_days, made.settings.purge_protection), (7, true));
        assert_eq!(made.settings.sku, Sku::Premium);
        assert_eq!(made.fidelity, Fidelity::Strict);
        assert_eq!(made.subscription, Some(Uuid::from_u128(2)));
        assert_eq!(made.tenant, Uuid::from_u128(1));
        assert_eq!(made.identity_header.as_deref(), Some("known"));
        let kept = config("akv --key-pool 9 --journal 5");
        assert_eq!((kept.key_pool, kept.journal), (9, 5));
        assert_eq!(config("akv --throttle azure").throttle, Throttle::Azure);
        assert_eq!(config("akv --snapshot s.json").snapshot.as_deref(), Some(Path::new("s.json")));
        let kept = config("akv --key-pool-dir /keys").key_pool_dir;
        assert_eq!(kept.as_deref(), Some(Path::new("/keys")));
    }

    #[test]
    fn a_bad_flag_is_one_line_that_names_it_and_the_mend() {
        for (line, parts) in [
            ("akv --prot 1", ["--prot", "--port"]),
            ("akv --timing slow", ["--timing", "write fast, azure or custom:"]),
            ("akv --port x", ["--port", "invalid digit"]),
            ("akv --retention-days 5", ["--retention-days", "7..=90"]),
            ("akv --sku gold", ["--sku", "standard or premium"]),
            ("akv --vault a_b", ["--vault", "letters, digits and hyphens"]),
            ("akv --identity-header é", ["--identity-header", "visible ASCII"]),
            ("akv --identity-header=", ["--identity-header", "visible ASCII"]),
            ("akv run", ["were not provided: <PROGRAM>", "required"]),
        ] {
            let complaint = cli(line).unwrap_err();
            assert!(parts.iter().all(|part| complaint.contains(part)), "{line}: {complaint}");
            assert!(!complaint.contains('\n'));
        }
    }

    #[test]
    fn what_follows_two_dashes_is_the_program() {
        let Some(Command::Run(run)) = cli("akv run --seed 1 -- python3 x.py --port 1").unwrap().command
        else {
            panic!("not a run");
        };
        assert_eq!(run.program, ["python3", "x.py", "--port", "1"]);
        assert_eq!(run.config(PathBuf::from("d")).seed, Some(1));
    }
}
