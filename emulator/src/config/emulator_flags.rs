//! What an emulator can be told at its start, whichever command starts it, and how it becomes a [`Config`].

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use uuid::Uuid;

use super::{Config, DEFAULT_PORT, Data, DirectoryArgs};
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
    /// How long Azure takes: fast (as soon as asked), azure (as recorded), or custom:issue=2s,cancel=1s,delete=5s..15s,recover=5s,purge=5s,deploy=5s,retry-after=1s.
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

/// What these flags say; where to listen and where to keep things come on top.
pub(super) fn configured(behaviour: &BehaviourArgs, directory: &DirectoryArgs, vaults: &VaultArgs) -> Config {
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
