//! The key pool's keys on disk, between runs: one file each, readable by its owner alone.
//!
//! A key is handed out by whoever removed its file, and only once the removal is on the disk: no crash brings it back,
//! and of several processes that share a directory one gets it. It must not know who wants keys or how many.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::crypto::{KeySpec, PrivateKey, PublicKey, Reserve, RsaSize, sha256};
use crate::storage::{self, Readers};

/// A directory of keys.
#[derive(Debug)]
pub struct KeyShelf {
    folder: PathBuf,
}

impl KeyShelf {
    /// The shelf in `folder`, which is made if it is missing, for its owner alone.
    ///
    /// # Errors
    /// If it can be neither found nor made.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        storage::private_folder(&folder)?;
        Ok(Self { folder })
    }

    /// The files of keys of that size.
    fn files(&self, size: RsaSize) -> Vec<PathBuf> {
        let prefix = prefix(size);
        let mine = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix))
        };
        storage::files(&self.folder).unwrap_or_default().into_iter().filter(mine).collect()
    }
}

fn prefix(size: RsaSize) -> String {
    format!("rsa{}-", size.bits())
}

/// A name of its own for each key, which tells nothing of it: the digest of its public half.
fn file_name(size: RsaSize, public: &PublicKey) -> String {
    let digits: String = sha256(public.spki_der()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{digits}.p8", prefix(size))
}

/// Removes the file, then reads what it held: only who removed it has the key. A file without one is removed as well.
fn claim(path: &Path) -> Option<PrivateKey> {
    let bytes = Zeroizing::new(storage::read(path).ok()??);
    if !storage::remove(path).ok()? {
        return None;
    }
    PrivateKey::from_pkcs8(&bytes).ok()
}

impl Reserve for KeyShelf {
    fn take(&self, size: RsaSize) -> Option<PrivateKey> {
        let wanted = KeySpec::Rsa(size);
        self.files(size).iter().find_map(|path| claim(path).filter(|key| key.spec() == wanted))
    }

    fn put(&self, size: RsaSize, key: &PrivateKey, capacity: usize) -> usize {
        let count = self.count(size);
        if count >= capacity {
            return count;
        }
        let path = self.folder.join(file_name(size, key.public_key()));
        match storage::create(&path, &key.pkcs8_der(), Readers::Owner) {
            Ok(_) => count + 1,
            Err(error) => {
                tracing::warn!(folder = %self.folder.display(), %error, "the key pool cannot be kept");
                0
            }
        }
    }

    fn count(&self, size: RsaSize) -> usize {
        self.files(size).len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;

    use super::*;

    const SIZE: RsaSize = RsaSize::Bits2048;

    fn key() -> PrivateKey {
        PrivateKey::generate(KeySpec::Rsa(SIZE)).unwrap()
    }

    fn shelf(folder: &Path) -> KeyShelf {
        KeyShelf::open(folder.join("keys")).unwrap()
    }

    #[test]
    fn a_key_that_was_put_in_comes_out_once_however_often_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let key = key();
        assert_eq!(shelf(folder.path()).put(SIZE, &key, 1), 1);
        assert_eq!(shelf(folder.path()).take(RsaSize::Bits3072).map(|key| key.spec()), None);
        let taken = shelf(folder.path()).take(SIZE).unwrap();
        assert_eq!(taken.public_key(), key.public_key());
        // As after a crash: whoever took it forgot it, and it does not come back.
        drop(taken);
        assert!(shelf(folder.path()).take(SIZE).is_none());
    }

    #[test]
    fn it_holds_no_more_than_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path());
        assert_eq!((shelf.put(SIZE, &key(), 1), shelf.put(SIZE, &key(), 1), shelf.count(SIZE)), (1, 1, 1));
        assert_eq!(shelf.count(RsaSize::Bits4096), 0);
    }

    /// Each with a shelf of its own, as processes have.
    #[test]
    fn of_many_that_share_a_directory_one_gets_each_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = (0..4).map(|_| key()).collect();
        let own = shelf(folder.path());
        keys.iter().for_each(|key| assert!(own.put(SIZE, key, 4) > 0));
        let start = Barrier::new(8);
        let take_all = || {
            let shelf = shelf(folder.path());
            start.wait();
            std::iter::from_fn(|| shelf.take(SIZE))
                .map(|key| sha256(key.public_key().spki_der()))
                .collect::<Vec<_>>()
        };
        let taken: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(take_all)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(taken.len(), 4, "each once");
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 4);
    }

    #[test]
    fn a_file_that_holds_no_key_is_removed_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path());
        std::fs::write(shelf.folder.join("rsa2048-0.p8"), "half a key").unwrap();
        std::fs::write(shelf.folder.join("notes.txt"), "somebody's").unwrap();
        let key = key();
        shelf.put(SIZE, &key, 9);
        assert_eq!(shelf.take(SIZE).unwrap().public_key(), key.public_key());
        assert!(shelf.take(SIZE).is_none());
        assert_eq!(shelf.count(SIZE), 0);
        assert!(shelf.folder.join("notes.txt").exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let shelf = shelf(folder.path());
        shelf.put(SIZE, &key(), 1);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&shelf.folder), 0o700);
        assert_eq!(mode(&shelf.files(SIZE)[0]), 0o600);
    }
}
