//! Flags of `akv snapshot`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TargetArgs;

/// Flags of `akv snapshot`.
#[derive(Args, Clone, Debug)]
pub struct SnapshotArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: SnapshotArg,
}

/// What `akv snapshot` does.
#[derive(Clone, Debug, Subcommand)]
pub enum SnapshotArg {
    /// Write all of the emulator's state to a file that you alone can read: secret values and private keys are in it.
    Save {
        /// The file; one that is there is replaced.
        file: PathBuf,
    },
    /// Put a file's state in place of what is there, all of it or, if something is wrong with the file, nothing.
    Load {
        /// The file.
        file: PathBuf,
    },
}
