//! Flags of the commands that talk to a running emulator or to its files.

use std::net::{IpAddr, Ipv4Addr};

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::{DEFAULT_PORT, Data, DataArgs};
use crate::journal::Kind;

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
    /// Only requests to vaults, to the services around them, or mails.
    #[arg(long)]
    pub kind: Option<Kind>,
    /// Only of this vault.
    #[arg(long)]
    pub vault: Option<String>,
    /// Only this operation, as Azure's audit log names it: CertificateGet.
    #[arg(long)]
    pub operation: Option<String>,
    /// Only about the object of this name.
    #[arg(long)]
    pub name: Option<String>,
    /// Only about this version of an object.
    #[arg(long, value_name = "VERSION")]
    pub object_version: Option<String>,
    /// Only refused with this error code or inner error code: ForbiddenByPolicy.
    #[arg(long, value_name = "CODE")]
    pub error: Option<String>,
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

impl CaArgs {
    /// Where things are kept.
    ///
    /// # Errors
    /// See [`DataArgs::data`].
    pub fn data(&self) -> Result<Data, String> {
        self.data.data()
    }
}
