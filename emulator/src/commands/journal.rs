//! `akv journal`: the journal of a running emulator, a line for each entry.

use std::process::ExitCode;

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::Value;

use super::{client, print};
use crate::config::{JournalArg, JournalArgs};
use crate::journal::{AuditRecords, Entry};

/// Answer of `GET /akv/journal`.
#[derive(Deserialize)]
struct Entries {
    entries: Vec<Entry>,
}

/// Carries out the command.
///
/// # Errors
/// One line for people, if there is no emulator.
pub(super) async fn run(args: &JournalArgs) -> Result<ExitCode, String> {
    let client = client(args.target);
    if let Some(JournalArg::Clear) = args.command {
        return client.delete::<Value>("/akv/journal").await.map(|_| ExitCode::SUCCESS);
    }
    if args.audit {
        let answer: AuditRecords = client.get(&format!("/akv/journal?form=audit&{}", query(args))).await?;
        for record in answer.records {
            print(&serde_json::to_string(&record).map_err(|error| error.to_string())?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let answer: Entries = client.get(&format!("/akv/journal?{}", query(args))).await?;
    for entry in answer.entries {
        let json = || serde_json::to_string(&entry).map_err(|error| error.to_string());
        print(&if args.json { json()? } else { entry.to_string() })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: &JournalArgs) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("kind", args.kind.and_then(|kind| Some(kind.to_possible_value()?.get_name().to_owned()))),
        ("vault", args.vault.clone()),
        ("operation", args.operation.clone()),
        ("name", args.name.clone()),
        ("version", args.object_version.clone()),
        ("error", args.error.clone()),
        ("status", args.status.map(|status| status.to_string())),
        ("request_id", args.request_id.map(|id| id.to_string())),
    ] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    query.finish()
}
