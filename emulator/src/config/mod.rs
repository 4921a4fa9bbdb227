//! Flags and environment into a [`Config`]: the only reader of either.
//!
//! A flag's environment variable stands in its help. Nothing below this module knows where a setting came from.

mod attest_flags;
mod command_flags;
mod compare_flags;
mod directory_flags;
mod emulator_flags;
mod flags;
mod issuer_flags;
mod snapshot_flags;

use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use uuid::Uuid;

use crate::arm::Fidelity;
use crate::clock::Clock;
use crate::contents::Contents;
use crate::identity::directory::Rules;
use crate::identity::{Acceptance, DEFAULT_TENANT, InstanceMetadata};
use crate::journal;
use crate::throttling::Throttle;
use crate::timing::Timing;
use crate::vault::{FirstUse, Settings};

pub use self::attest_flags::AttestArgs;
pub use self::command_flags::{
    CaArgs, ClockArg, ClockArgs, EnvArgs, FaultArg, FaultArgs, JournalArg, JournalArgs, Shell, TargetArgs,
    WhyArgs,
};
pub use self::compare_flags::CompareArgs;
pub use self::directory_flags::DirectoryArgs;
pub use self::emulator_flags::{AuthArg, BehaviourArgs, DataArgs, FidelityArg, ListenArgs, VaultArgs};
pub use self::flags::{Cli, Command, RunArgs, ServeArgs, parse};
pub use self::issuer_flags::{IssuerArg, IssuerArgs, Place};
pub use self::snapshot_flags::{SnapshotArg, SnapshotArgs};

/// The port unless another is chosen.
pub const DEFAULT_PORT: u16 = 8443;
/// Where the certificate authority and the token key are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// In memory: they end with the emulator.
    Memory,
    /// In this directory.
    Directory(PathBuf),
}

/// Everything an emulator is told at start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on; 0 for any.
    pub port: u16,
    /// Where the certificate authority and the token key are kept.
    pub data: Data,
    /// Whether requests for other hosts are refused instead of passed on.
    pub offline: bool,
    /// How long things take.
    pub timing: Timing,
    /// Makes ids, delays and keys repeat.
    pub seed: Option<u64>,
    /// The vaults' clock.
    pub clock: Clock,
    /// Which bearer strings open a vault.
    pub acceptance: Acceptance,
    /// Whether the instance metadata service answers at its link-local address.
    pub instance_metadata: InstanceMetadata,
    /// How closely the control plane follows the CLI.
    pub fidelity: Fidelity,
    /// The one subscription; the tenant's own if not given.
    pub subscription: Option<Uuid>,
    /// Vaults that are there from the start.
    pub vaults: Vec<String>,
    /// What vaults are filled with at the start.
    pub contents: Option<Contents>,
    /// Where the state comes from at the start, and goes to in the end; `None` for nowhere.
    pub snapshot: Option<PathBuf>,
    /// What happens when another one is called.
    pub first_use: FirstUse,
    /// What vaults are like.
    pub settings: Settings,
    /// RSA-2048 keys made ahead; 0 for none.
    pub key_pool: usize,
    /// Where keys made ahead outlast the process; `None` for nowhere.
    pub key_pool_dir: Option<PathBuf>,
    /// Entries of the journal that are kept; 0 for none.
    pub journal: usize,
    /// Which limits hold.
    pub throttle: Throttle,
    /// Host names beside loopback that the emulator goes by.
    pub names: Vec<String>,
    /// The tenant of its tokens.
    pub tenant: Uuid,
    /// Who is in its directory.
    pub directory: Rules,
    /// What managed identity's callers show as `X-IDENTITY-HEADER`; drawn if not given.
    pub identity_header: Option<String>,
}

impl Default for Config {
    /// On a free loopback port, in memory, fast: what a test wants.
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            data: Data::Memory,
            offline: false,
            timing: Timing::fast(),
            seed: None,
            clock: Clock::system(),
            acceptance: Acceptance::default(),
            instance_metadata: InstanceMetadata::default(),
            fidelity: Fidelity::default(),
            subscription: None,
            vaults: Vec::new(),
            contents: None,
            snapshot: None,
            first_use: FirstUse::Creates,
            settings: Settings::default(),
            key_pool: 0,
            journal: journal::DEFAULT_CAPACITY,
            key_pool_dir: None,
            throttle: Throttle::default(),
            names: Vec::new(),
            tenant: DEFAULT_TENANT,
            directory: Rules::default(),
            identity_header: None,
        }
    }
}

/// A variable of the caller's environment, to hand it on or because a library reads it too.
#[must_use]
pub fn inherited(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    env::var(name).ok().filter(|value| !value.is_empty())
}
