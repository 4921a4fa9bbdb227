//! The flags of the command line, each with its environment variable, and how they become a [`Config`].

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

use super::{AttestArgs, Config, DEFAULT_PORT, Data, DirectoryArgs, IssuerArgs};
use crate::arm::Fidelity;
use crate::clock::{Clock, within_reach};
use crate::contents::Contents;
use crate::identity::{Acceptance, DEFAULT_TENANT, InstanceMetadata};
use crate::journal;
use crate::throttling::Throttle;
use crate::timestamp::Timestamp;
use crate::timing::Timing;
use crate::vault::{FirstUse, Settings, Sku};

/// How many RSA-2048 keys are made ahead unless another number is chosen.
const DEFAULT_POOL: usize = 4;

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
    /// Bring the emulator back to how it was at its start; the clock stays.
    Reset(TargetArgs),
    /// Ask the emulator whether it is well; exit code 0 if so.
    Healthcheck(TargetArgs),
}

/// Where to listen.
#[derive(Args, Clone, Debug)]
pub struct ListenArgs {
    /// Port to listen on; 0 for any free one.
    #[arg(long, env = "AKV_PORT", default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Address to listen on. Beyond loopback, everybody who can reach it can read the vaults.
    #[arg(long, env = "AKV_BIND", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "IP")]
    pub bind: IpAddr,
    /// Another host name by which clients call the emulator, such as a container's; may be repeated.
    #[arg(long = "name", env = "AKV_NAMES", value_delimiter = ',', value_name = "HOST")]
    pub names: Vec<String>,
}

/// Where things are kept.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    /// Directory of the certificate authority and the token key [default: the user's data directory].
    #[arg(long, env = "AKV_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Keep certificate authority and token key in memory, whatever --data-dir says; nothing is written.
    #[arg(long, env = "AKV_IN_MEMORY")]
    pub in_memory: bool,
}

/// How the emulator behaves.
#[derive(Args, Clone, Debug)]
pub struct BehaviourArgs {
    /// How long Azure takes: fast (as soon as asked), azure (as recorded), or custom:issue=2s,cancel=1s,delete=5s..15s,recover=5s,retry-after=1s.
    #[arg(long, env = "AKV_TIMING", default_value = "fast")]
    pub timing: Timing,
    /// Make ids, delays and keys the same in every run.
    #[arg(long, env = "AKV_SEED", value_name = "N")]
    pub seed: Option<u64>,
    /// Start the vaults' clock at this time, standing still: 2027-01-31T00:00:00Z, 2027-01-31 or Unix seconds.
    #[arg(long, env = "AKV_FREEZE_AT", value_name = "TIME", value_parser = instant)]
    pub freeze_at: Option<Timestamp>,
    /// Refuse requests for hosts that are not emulated instead of passing them on.
    #[arg(long, env = "AKV_OFFLINE")]
    pub offline: bool,
    /// Which bearer strings open a vault: lenient (other issuers' are the developer) or strict.
    #[arg(long, env = "AKV_AUTH", value_enum, default_value_t = AuthArg::Lenient)]
    pub auth: AuthArg,
    /// Answer at 169.254.169.254 (through the proxy) as on an Azure VM.
    #[arg(long, env = "AKV_IMDS")]
    pub imds: bool,
    /// RSA-2048 keys to make ahead while idle; 0 for none.
    #[arg(long, env = "AKV_KEY_POOL", default_value_t = DEFAULT_POOL, value_name = "N")]
    pub key_pool: usize,
    /// Keep as many of them again in this directory between runs, readable by you alone; emulators may share it.
    #[arg(long, env = "AKV_KEY_POOL_DIR", value_name = "DIR", conflicts_with = "seed")]
    pub key_pool_dir: Option<PathBuf>,
    /// Entries of the journal to keep; 0 for none.
    #[arg(long, env = "AKV_JOURNAL", default_value_t = journal::DEFAULT_CAPACITY, value_name = "N")]
    pub journal: usize,
    /// Which limits hold for each vault and ten seconds: off, or azure's, above which requests are answered 429.
    #[arg(long, env = "AKV_THROTTLE", value_enum, default_value_t = Throttle::Off)]
    pub throttle: Throttle,
    /// Tenant of the tokens.
    #[arg(long, env = "AKV_TENANT", default_value_t = DEFAULT_TENANT, value_name = "GUID")]
    pub tenant: Uuid,
    /// The one subscription of the control plane [default: one that follows from the tenant].
    #[arg(long, env = "AKV_SUBSCRIPTION", value_name = "GUID")]
    pub subscription: Option<Uuid>,
    /// What `az keyvault create` makes unless it says --enable-rbac-authorization: lenient (access policies, all for the creator) or strict (roles and nothing, as on Azure).
    #[arg(long, env = "AKV_CONTROL_PLANE", value_enum, default_value_t = FidelityArg::Lenient)]
    pub control_plane: FidelityArg,
    /// `IDENTITY_HEADER` of managed identity, for clients that are configured before the start [default: drawn once and kept in the data directory].
    #[arg(long, env = "AKV_IDENTITY_HEADER", value_name = "TEXT", value_parser = header_value)]
    pub identity_header: Option<String>,
}

/// What the vaults are like.
#[derive(Args, Clone, Debug)]
pub struct VaultArgs {
    /// A vault that is there from the start; may be repeated.
    #[arg(long = "vault", env = "AKV_VAULTS", value_delimiter = ',', value_name = "NAME", value_parser = vault_name)]
    pub vaults: Vec<String>,
    /// What to fill vaults with: a .toml or .json file, or a folder of .pfx, .pem and .env files; see README.
    #[arg(long, env = "AKV_CONTENTS", value_name = "PATH", value_parser = contents)]
    pub contents: Option<Contents>,
    /// Refuse vaults that --vault does not name; otherwise any comes into being on first use.
    #[arg(long, env = "AKV_CLOSED")]
    pub closed: bool,
    /// Days for which deleted objects are kept, 7 to 90.
    #[arg(long, env = "AKV_RETENTION_DAYS", default_value_t = 90, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(7..=90))]
    pub retention_days: u16,
    /// Refuse to purge before that.
    #[arg(long, env = "AKV_PURGE_PROTECTION")]
    pub purge_protection: bool,
    /// What vaults offer: keys in hardware (RSA-HSM, EC-HSM) are made in premium ones only.
    #[arg(long, env = "AKV_SKU", default_value = "standard", value_name = "standard|premium", value_parser = sku)]
    pub sku: Sku,
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

/// Which running emulator is meant.
#[derive(Args, Clone, Copy, Debug)]
pub struct TargetArgs {
    /// Port of the emulator.
    #[arg(long, env = "AKV_PORT", default_value_t = DEFAULT_PORT, global = true)]
    pub port: u16,
    /// Address of the emulator.
    #[arg(long, global = true, env = "AKV_HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "IP")]
    pub host: IpAddr,
}

/// Flags of `akv env`.
#[derive(Args, Clone, Copy, Debug)]
pub struct EnvArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// In whose words to print them.
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub shell: Shell,
}

/// Flags of `akv ca`.
#[derive(Args, Clone, Debug)]
pub struct CaArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Write the bundle and the Java truststore anew from the system's roots.
    #[arg(long)]
    pub refresh: bool,
}

/// Flags of `akv clock`.
#[derive(Args, Clone, Debug)]
pub struct ClockArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// What to do; `show` if nothing is said.
    #[command(subcommand)]
    pub command: Option<ClockArg>,
}

/// What `akv clock` does.
#[derive(Clone, Debug, Subcommand)]
pub enum ClockArg {
    /// Show the vaults' time.
    Show,
    /// Move it by a duration: 90d, 1d12h, back with a minus sign: -2h.
    Advance {
        /// By how much.
        #[arg(allow_hyphen_values = true)]
        by: String,
    },
    /// Set it: 2027-01-31T00:00:00Z, 2027-01-31 or Unix seconds.
    Set {
        /// To what.
        time: String,
    },
    /// Stop it.
    Freeze,
    /// Let it run on from where it is.
    Resume,
    /// Back to the machine's time.
    Reset,
}

/// Flags of `akv journal`.
#[derive(Args, Clone, Debug)]
pub struct JournalArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// Only of this vault.
    #[arg(long)]
    pub vault: Option<String>,
    /// Only this operation, as Azure's audit log names it: CertificateGet.
    #[arg(long)]
    pub operation: Option<String>,
    /// Only about the object of this name.
    #[arg(long)]
    pub name: Option<String>,
    /// Only with this HTTP status.
    #[arg(long)]
    pub status: Option<u16>,
    /// Only the answer with this x-ms-request-id.
    #[arg(long, value_name = "GUID")]
    pub request_id: Option<Uuid>,
    /// Print entries as JSON, one to a line.
    #[arg(long)]
    pub json: bool,
    /// Print requests as Azure's audit log has them, one to a line.
    #[arg(long, conflicts_with = "json")]
    pub audit: bool,
    /// What to do; show if nothing is said.
    #[command(subcommand)]
    pub command: Option<JournalArg>,
}

/// What `akv journal` does.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum JournalArg {
    /// Show the entries.
    Show,
    /// Forget all entries.
    Clear,
}

/// Flags of `akv why`.
#[derive(Args, Clone, Copy, Debug)]
pub struct WhyArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// `x-ms-request-id` of its answer; the last refusal if none is given.
    #[arg(value_name = "REQUEST_ID")]
    pub request_id: Option<Uuid>,
}

/// Flags of `akv fault`.
#[derive(Args, Clone, Debug)]
pub struct FaultArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// What to do; list if nothing is said.
    #[command(subcommand)]
    pub command: Option<FaultArg>,
}

/// What `akv fault` does.
#[derive(Clone, Debug, Subcommand)]
pub enum FaultArg {
    /// List the faults that are set, as JSON, one to a line.
    List,
    /// Set one more.
    Set {
        /// Such as {"on":{"operation":"SecretGet"},"times":2,"do":{"answer":{"status":429}}}.
        #[arg(value_name = "JSON")]
        fault: String,
    },
    /// Take all of them back.
    Clear,
}

/// Whose syntax `akv env` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// sh, bash, zsh.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
    /// A JSON object; a variable to unset is null.
    Json,
    /// NAME=value lines, as Docker's --env-file reads them; variables to unset are left out.
    Dotenv,
}

/// `--control-plane`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FidelityArg {
    /// Quickstarts that set access policies pass.
    Lenient,
    /// What the CLI sends is what is made.
    Strict,
}

/// `--auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AuthArg {
    /// Other issuers' tokens are the developer.
    Lenient,
    /// Only our own tokens.
    Strict,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).and_then(within_reach)
}

fn contents(path: &str) -> Result<Contents, String> {
    Contents::read(Path::new(path)).map_err(|error| error.to_string())
}

fn vault_name(text: &str) -> Result<String, String> {
    let fits = (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("a vault's name is letters, digits and hyphens".to_owned())
    }
}

fn sku(text: &str) -> Result<Sku, String> {
    Sku::parse(text).ok_or_else(|| "a vault's SKU is standard or premium".to_owned())
}

/// What every client sends in a header unchanged. Nothing at all would let everybody in.
fn header_value(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("it is visible ASCII without blanks".to_owned()) }
}

impl DataArgs {
    /// Where things are kept.
    ///
    /// # Errors
    /// One line that names the flag, if the user has no home.
    pub fn data(&self) -> Result<Data, String> {
        if self.in_memory {
            return Ok(Data::Memory);
        }
        let own = || directories::ProjectDirs::from("", "", "akv").map(|dirs| dirs.data_dir().to_owned());
        self.data_dir.clone().or_else(own).map(Data::Directory).ok_or_else(|| {
            "there is no home directory to keep the certificate authority in: name one with --data-dir, or use --in-memory"
                .to_owned()
        })
    }
}

impl CaArgs {
    /// Where things are kept.
    ///
    /// # Errors
    /// See [`DataArgs::data`].
    pub fn data(&self) -> Result<Data, String> {
        self.data.data()
    }
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

fn configured(behaviour: &BehaviourArgs, directory: &DirectoryArgs, vaults: &VaultArgs) -> Config {
    Config {
        offline: behaviour.offline,
        timing: behaviour.timing.clone(),
        seed: behaviour.seed,
        clock: behaviour.freeze_at.map_or_else(Clock::system, Clock::frozen),
        acceptance: match behaviour.auth {
            AuthArg::Lenient => Acceptance::Lenient,
            AuthArg::Strict => Acceptance::Strict,
        },
        instance_metadata: match behaviour.imds {
            true => InstanceMetadata::Served,
            false => InstanceMetadata::Unreachable,
        },
        subscription: behaviour.subscription,
        fidelity: match behaviour.control_plane {
            FidelityArg::Lenient => Fidelity::Lenient,
            FidelityArg::Strict => Fidelity::Strict,
        },
        vaults: vaults.vaults.clone(),
        contents: vaults.contents.clone(),
        first_use: if vaults.closed { FirstUse::Refused } else { FirstUse::Creates },
        settings: Settings {
            retention_days: vaults.retention_days,
            purge_protection: vaults.purge_protection,
            sku: vaults.sku,
            ..Settings::default()
        },
        // With a seed every key is derived, so keys made ahead would never be used.
        key_pool: if behaviour.seed.is_some() { 0 } else { behaviour.key_pool },
        key_pool_dir: behaviour.key_pool_dir.clone(),
        journal: behaviour.journal,
        throttle: behaviour.throttle,
        tenant: behaviour.tenant,
        directory: directory.rules(),
        identity_header: behaviour.identity_header.clone(),
        ..Config::default()
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
    let line = useful.collect::<Vec<_>>().join("; ");
    format!("{} (akv --help lists the flags)", line.strip_prefix("error: ").unwrap_or(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("akv run", ["<PROGRAM>", "required"]),
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
