//! Files of the data directory: read whole, put in place whole.
//!
//! A file appears with all of its bytes or not at all, and processes that start at the same moment agree on its
//! contents. It must not know what the files mean.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Who may read a file that is put in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The user alone.
    Owner,
    /// Every program on the machine.
    Everybody,
}

/// The bytes of `path`; `None` when there is no such file.
///
/// # Errors
/// What the system says.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a folder for its owner alone, unless it is there.
///
/// # Errors
/// What the system says.
pub fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The paths of what is in a folder, in no order.
///
/// # Errors
/// What the system says.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// Removes a file, for good even if the machine stops in this moment; whether it was this call that did.
///
/// # Errors
/// What the system says.
pub fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => settle(path.parent().unwrap_or(Path::new("."))).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Waits until what was done in a folder is on the disk.
#[cfg(unix)]
fn settle(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder is no file, and the system sees to it.
#[cfg(not(unix))]
fn settle(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Puts `bytes` at `path` in one step, over whatever was there.
///
/// # Errors
/// What the system says.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    written(path, bytes, readers)?.persist(path).map(drop).map_err(|failed| failed.error)
}

/// Puts `bytes` at `path` unless a file is there, and answers what is there afterwards: `None` for these very bytes,
/// the other process's if that was first.
///
/// # Errors
/// What the system says.
pub fn create(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<Option<Vec<u8>>> {
    match written(path, bytes, readers)?.persist_noclobber(path) {
        Ok(_) => Ok(None),
        Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(failed) => Err(failed.error),
    }
}

fn written(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".akv-");
    restrict(&mut builder, readers);
    let mut file = builder.tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(unix)]
fn restrict(builder: &mut tempfile::Builder<'_, '_>, readers: Readers) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(match readers {
        Readers::Owner => 0o600,
        Readers::Everybody => 0o644,
    }));
}

/// Elsewhere a file takes the permissions of its directory, which is the user's own.
#[cfg(not(unix))]
fn restrict(_builder: &mut tempfile::Builder<'_, '_>, _readers: Readers) {}

/// Bytes within a text.
pub mod base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use zeroize::Zeroizing;

    /// Writes bytes.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<T: AsRef<[u8]>, S: Serializer>(bytes: &T, serializer: S) -> Result<S::Ok, S::Error> {
        Zeroizing::new(STANDARD.encode(bytes)).serialize(serializer)
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// The deserializer's, and for other bytes than `T` can be.
    pub fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = Zeroizing::<String>::deserialize(deserializer)?;
        let bytes = STANDARD.decode(&*text).map_err(|_| D::Error::custom("no base64"))?;
        T::try_from(bytes).map_err(|_| D::Error::custom("another number of bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_create_wins_and_the_other_is_told_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert_eq!(read(&path).unwrap(), None);
        assert_eq!(create(&path, b"first", Readers::Owner).unwrap(), None);
        assert_eq!(create(&path, b"second", Readers::Owner).unwrap(), Some(b"first".to_vec()));
        replace(&path, b"third", Readers::Owner).unwrap();
        assert_eq!(read(&path).unwrap(), Some(b"third".to_vec()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_removed_by_one_call() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, b"x", Readers::Owner).unwrap();
        assert_eq!(files(folder.path()).unwrap(), [path.as_path()]);
        assert_eq!((remove(&path).unwrap(), remove(&path).unwrap()), (true, false));
        assert!(files(folder.path()).unwrap().is_empty() && files(&path).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, b"secret", Readers::Owner).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
