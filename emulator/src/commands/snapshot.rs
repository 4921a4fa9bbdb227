//! `akv snapshot`: the whole state of a running emulator, into a file and out of one.

use std::path::Path;
use std::process::ExitCode;

use super::client;
use crate::config::{SnapshotArg, SnapshotArgs};
use crate::storage::{self, Readers};

/// Carries out the command.
///
/// # Errors
/// One line for people: no emulator, a file that cannot be read or written, a document that is refused.
pub(super) async fn run(args: &SnapshotArgs) -> Result<ExitCode, String> {
    let client = client(args.target);
    match &args.command {
        SnapshotArg::Save { file } => {
            let document = client.snapshot().await?;
            storage::replace(file, &document, Readers::Owner).map_err(|error| unusable(file, &error))?;
        }
        SnapshotArg::Load { file } => {
            let document = std::fs::read(file).map_err(|error| unusable(file, &error))?;
            client.load(document.into()).await.map_err(|error| unusable(file, &error))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn unusable(file: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: {why}", file.display())
}
