//! The emulator's own keys: read from the data directory or made, when they are first needed.
//!
//! Making one takes tens of milliseconds, which no start should wait for. It must not know what a key is for.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::crypto::CryptoError;
use crate::error::Error;
use crate::storage::{self, Readers};

/// Where a key is kept.
#[derive(Clone)]
pub enum KeyStore {
    /// Nowhere: it ends with the process.
    Memory,
    /// Nowhere, and the next process makes the same again from this.
    Seed([u8; 32]),
    /// In this file, PKCS#8 in PEM.
    File(PathBuf),
}

/// A seed is as secret as its key.
impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Memory => "Memory",
            Self::Seed(_) => "Seed",
            Self::File(_) => "File",
        })
    }
}

/// Makes a key, from a seed if there is one.
pub type Make = fn(Option<[u8; 32]>) -> Result<Zeroizing<String>, CryptoError>;

/// A key that is there when it is asked for.
#[derive(Debug)]
pub struct Kept<K> {
    store: KeyStore,
    make: Make,
    read: fn(&str) -> Result<K, CryptoError>,
    key: OnceLock<K>,
    making: Mutex<()>,
}

impl<K> Kept<K> {
    /// A key kept in `store`, which `make` makes in the form that `read` reads.
    #[must_use]
    pub const fn new(store: KeyStore, make: Make, read: fn(&str) -> Result<K, CryptoError>) -> Self {
        Self { store, make, read, key: OnceLock::new(), making: Mutex::new(()) }
    }

    /// The key. The first call may take as long as making one: keep it off the async threads.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if it can be neither read nor made; the log says which file.
    pub fn get(&self) -> Result<&K, Error> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let _one_at_a_time = self.making.lock();
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let made = self.load().map_err(Error::Unexpected)?;
        Ok(self.key.get_or_init(|| made))
    }

    fn load(&self) -> Result<K, String> {
        let make = |seed| (self.make)(seed).map_err(|error| error.to_string());
        let (pem, place) = match &self.store {
            KeyStore::Memory => (make(None)?, "memory".to_owned()),
            KeyStore::Seed(seed) => (make(Some(*seed))?, "memory".to_owned()),
            KeyStore::File(path) => (kept(path, || make(None))?, path.display().to_string()),
        };
        (self.read)(&pem).map_err(|error| format!("{place}: {error}"))
    }
}

/// The text of `path`, made if it is missing.
fn kept(
    path: &Path,
    make: impl FnOnce() -> Result<Zeroizing<String>, String>,
) -> Result<Zeroizing<String>, String> {
    let explain = |error: std::io::Error| format!("{}: {error}", path.display());
    let text = |bytes| {
        String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| format!("{}: no PEM", path.display()))
    };
    if let Some(found) = storage::read(path).map_err(explain)? {
        return text(found);
    }
    let made = make()?;
    match storage::create(path, made.as_bytes(), Readers::Owner).map_err(explain)? {
        None => Ok(made),
        Some(others) => text(others),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(_: Option<[u8; 32]>) -> Result<Zeroizing<String>, CryptoError> {
        Ok(Zeroizing::new("made".to_owned()))
    }

    fn read(text: &str) -> Result<String, CryptoError> {
        if text == "broken" { Err(CryptoError::MalformedKey) } else { Ok(text.to_owned()) }
    }

    #[test]
    fn a_key_is_made_once_and_read_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let store = KeyStore::File(path.clone());
        assert_eq!(Kept::new(store.clone(), make, read).get().unwrap(), "made");
        std::fs::write(&path, "another").unwrap();
        assert_eq!(Kept::new(store, make, read).get().unwrap(), "another");
    }

    #[test]
    fn a_file_that_holds_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, "broken").unwrap();
        let Err(Error::Unexpected(cause)) = Kept::new(KeyStore::File(path), make, read).get() else {
            panic!()
        };
        assert!(cause.contains("key.pem"), "{cause}");
    }
}
