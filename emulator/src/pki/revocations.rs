//! What was revoked, where it is kept: a file of the data directory, or memory.
//!
//! Whoever keeps an authority's key must keep this too, or a revoked certificate would be good again after a restart.
//! It must not know who may revoke.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::crypto::{Revocation, RevocationReason, SerialNumber};
use crate::storage::{self, Readers};
use crate::timestamp::Timestamp;

type Revoked = BTreeMap<SerialNumber, Revocation>;

/// Revocations by serial number.
#[derive(Debug, Default)]
pub struct Revocations {
    /// Where they outlast the process.
    file: Option<PathBuf>,
    revoked: RwLock<Revoked>,
    /// Held while the file is written, so that nobody who reads waits for a disk.
    writing: Mutex<()>,
}

/// A line of the file.
#[derive(Deserialize, Serialize)]
struct Entry {
    /// Hexadecimal.
    serial: String,
    at: Timestamp,
    /// RFC 5280's word.
    reason: String,
}

impl Revocations {
    /// Those that `file` holds; the next ones go there too.
    ///
    /// # Errors
    /// What the system says, or that the file holds something else.
    pub fn kept(file: PathBuf) -> io::Result<Self> {
        let revoked = RwLock::new(read(&file)?);
        Ok(Self { file: Some(file), revoked, writing: Mutex::default() })
    }

    /// Notes one, on disk first. A second one of the same number changes nothing.
    ///
    /// # Errors
    /// What the system says; then nothing is revoked.
    pub(super) fn add(&self, serial: SerialNumber, revocation: Revocation) -> io::Result<()> {
        let _one_at_a_time = self.writing.lock();
        let mut revoked = self.revoked.read().clone();
        if let Some(file) = &self.file {
            // What another process has revoked meanwhile stays revoked.
            revoked.extend(read(file)?);
        }
        revoked.entry(serial).or_insert(revocation);
        if let Some(file) = &self.file {
            storage::replace(file, &written(&revoked)?, Readers::Owner)?;
        }
        *self.revoked.write() = revoked;
        Ok(())
    }

    /// The revocation of that number.
    pub(super) fn get(&self, serial: SerialNumber) -> Option<Revocation> {
        self.revoked.read().get(&serial).copied()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<(SerialNumber, Revocation)> {
        self.revoked.read().iter().map(|(serial, revocation)| (*serial, *revocation)).collect()
    }
}

fn read(file: &Path) -> io::Result<Revoked> {
    let Some(bytes) = storage::read(file)? else { return Ok(Revoked::new()) };
    let entries: Vec<Entry> = serde_json::from_slice(&bytes)?;
    entries.into_iter().map(Entry::into_revocation).collect()
}

fn written(revoked: &Revoked) -> io::Result<Vec<u8>> {
    let entry = |(serial, revocation): (&SerialNumber, &Revocation)| Entry {
        serial: serial.to_string(),
        at: revocation.at,
        reason: revocation.reason.name().to_owned(),
    };
    Ok(serde_json::to_vec_pretty(&revoked.iter().map(entry).collect::<Vec<_>>())?)
}

impl Entry {
    fn into_revocation(self) -> io::Result<(SerialNumber, Revocation)> {
        let broken = |what: &str| io::Error::other(format!("`{what}` is no part of a revocation"));
        let serial = SerialNumber::parse(&self.serial).ok_or_else(|| broken(&self.serial))?;
        let reason = RevocationReason::from_name(&self.reason).ok_or_else(|| broken(&self.reason))?;
        Ok((serial, Revocation { at: self.at, reason }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revocation(seconds: i64) -> Revocation {
        Revocation { at: Timestamp::from_seconds(seconds), reason: RevocationReason::KeyCompromise }
    }

    fn serial(digits: &str) -> SerialNumber {
        SerialNumber::parse(digits).unwrap()
    }

    #[test]
    fn what_is_revoked_stays_so_and_two_processes_forget_nothing_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("revoked.json");
        let (first, second) =
            (Revocations::kept(file.clone()).unwrap(), Revocations::kept(file.clone()).unwrap());
        first.add(serial("4A"), revocation(1)).unwrap();
        second.add(serial("FF00"), revocation(2)).unwrap();
        // The first word on a certificate stands.
        second.add(serial("4A"), revocation(3)).unwrap();
        let both = vec![(serial("4A"), revocation(1)), (serial("FF00"), revocation(2))];
        assert_eq!((second.all(), Revocations::kept(file).unwrap().all()), (both.clone(), both));
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("revoked.json");
        let kept = Revocations::kept(file.clone()).unwrap();
        for content in ["", "{}", r#"[{"serial":"x","at":1,"reason":"superseded"}]"#] {
            std::fs::write(&file, content).unwrap();
            assert!(Revocations::kept(file.clone()).is_err(), "{content}");
            assert!(kept.add(serial("1"), revocation(1)).is_err(), "{content}");
            assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), kept.all().len()), (content, 0));
        }
    }
}
