//! The whole state of an emulator as one document, and back.
//!
//! In it are the vaults and pools with everything in them, the control plane with its deployments, the directory, the
//! faults, the limits and the clock. Secret values and private keys are in it as they are: it must not reach a log, and
//! whoever writes it to a file lets only its owner read it.
//!
//! Not in it are:
//! - the journal;
//! - the emulator's own keys (of its authorities, tokens, backups and attestations) and which certificates its issuers
//!   have revoked: they are in the data directory;
//! - logins that are under way, tokens handed out within the process, and a claims challenge that is set;
//! - what is counted for limits in the running ten seconds, and what stale reads remember;
//! - whatever flags and contents say.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::arm::store::snapshot::StoreRecord;
use crate::chance::Position;
use crate::clock::Setting;
use crate::faults::Fault;
use crate::http::State;
use crate::identity::directory::DirectoryRecord;
use crate::throttling::Throttle;
use crate::vault::snapshot::VaultRecord;
use crate::vault::{Sku, Vault};

/// The version of the format that this emulator writes and reads.
pub const VERSION: u32 = 1;

/// An emulator's state.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    akv_snapshot: u32,
    clock: Setting,
    /// How far a seed's draws had come, so that none is drawn again.
    draws: Option<Position>,
    vaults: Vec<VaultRecord>,
    pools: Vec<VaultRecord>,
    control_plane: StoreRecord,
    directory: DirectoryRecord,
    faults: Vec<Fault>,
    throttling: Throttle,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (vaults, pools) = (self.vaults.len(), self.pools.len());
        f.debug_struct("Snapshot").field("vaults", &vaults).field("pools", &pools).finish_non_exhaustive()
    }
}

/// Why a document cannot be loaded: one line. It shows nothing of the document but names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError(pub String);

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SnapshotError {}

/// What tells a snapshot, and of which version, before anything else of it is looked at.
#[derive(Deserialize)]
struct Mark {
    akv_snapshot: u32,
}

impl Snapshot {
    /// Reads a document.
    ///
    /// # Errors
    /// If it is none, of another version, or broken: where.
    pub fn read(document: &[u8]) -> Result<Self, SnapshotError> {
        // A reason of serde's may show a value that is secret: the place must do.
        let at = |error: &serde_json::Error| format!("line {}, column {}", error.line(), error.column());
        let refused = |text: String| SnapshotError(text);
        match serde_json::from_slice::<Mark>(document) {
            Ok(Mark { akv_snapshot: VERSION }) => serde_json::from_slice(document)
                .map_err(|error| refused(format!("the snapshot is broken at {}", at(&error)))),
            Ok(Mark { akv_snapshot }) => Err(refused(format!(
                "the snapshot is of format {akv_snapshot}, and this emulator reads format {VERSION}: load it with the akv that saved it"
            ))),
            Err(error) if error.is_data() => {
                Err(refused("it is no snapshot: `akv snapshot save` writes one".to_owned()))
            }
            Err(error) => {
                Err(refused(format!("it is no snapshot, or it is cut off: no JSON at {}", at(&error))))
            }
        }
    }

    /// The document.
    ///
    /// # Errors
    /// None does.
    pub fn write(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut document =
            serde_json::to_vec_pretty(self).map_err(|error| SnapshotError(error.to_string()))?;
        document.push(b'\n');
        Ok(document)
    }
}

type ByName = BTreeMap<String, Arc<Vault>>;

fn restored(records: Vec<VaultRecord>) -> Result<ByName, SnapshotError> {
    let mut vaults = ByName::new();
    for record in records {
        let name = record.name().to_owned();
        let vault = record.restore().map_err(SnapshotError)?;
        if vaults.insert(name.clone(), Arc::new(vault)).is_some() {
            return Err(SnapshotError(format!("the vault `{name}` is in it twice")));
        }
    }
    Ok(vaults)
}

impl State {
    /// Everything as it is between two requests.
    pub async fn snapshot(&self) -> Snapshot {
        let _closed = self.gate.write().await;
        self.record()
    }

    /// Everything as it is, for whoever has closed the gate.
    pub(super) fn record(&self) -> Snapshot {
        let now = self.clock.now();
        let recorded = |vaults: &crate::vault::Vaults| {
            let standing = vaults.all().into_iter().filter(|vault| vaults.get(&vault.name, now).is_some());
            let mut records: Vec<_> = standing.map(|vault| vault.record(now)).collect();
            records.sort_by(|one, other| one.name().cmp(other.name()));
            records
        };
        Snapshot {
            akv_snapshot: VERSION,
            clock: self.clock.setting(),
            draws: self.chance.position(),
            control_plane: self.store.record(&self.vaults, now),
            vaults: recorded(&self.vaults),
            pools: recorded(&self.pools),
            directory: self.identity.directory().record(),
            faults: self.faults.list(),
            throttling: self.throttling.limits(),
        }
    }

    /// Everything as the snapshot has it, in place of what is there. All of it is checked before any of it counts, and it
    /// is put in place between two requests: those that are under way are answered first, later ones wait. The journal
    /// goes on.
    ///
    /// # Errors
    /// One line that names what cannot be; nothing has changed then.
    pub async fn restore(&self, snapshot: Snapshot) -> Result<(), SnapshotError> {
        let _closed = self.gate.write().await;
        self.put(snapshot)
    }

    /// Puts it in place, for whoever has closed the gate; as [`Self::restore`].
    pub(super) fn put(&self, snapshot: Snapshot) -> Result<(), SnapshotError> {
        let (vaults, pools) = (restored(snapshot.vaults)?, restored(snapshot.pools)?);
        if pools.values().any(|pool| pool.settings().sku != Sku::ManagedHsm) {
            return Err(SnapshotError("one of its pools is no pool of Managed HSM".to_owned()));
        }
        let control_plane = self.store.restored(snapshot.control_plane, &vaults).map_err(SnapshotError)?;
        let directory = self.identity.directory();
        let people = directory.restored(snapshot.directory).map_err(SnapshotError)?;
        let faults = snapshot.faults;
        faults.iter().try_for_each(Fault::check).map_err(SnapshotError)?;
        self.vaults.replace(vaults);
        self.pools.replace(pools);
        self.store.replace(control_plane);
        directory.replace(people);
        self.faults.replace(faults);
        self.throttling.set(snapshot.throttling);
        self.clock.put(snapshot.clock);
        if let Some(position) = &snapshot.draws {
            self.chance.go_on_from(position);
        }
        Ok(())
    }
}
