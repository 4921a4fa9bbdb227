//! Files of the data directory: read whole, put in place whole.
//!
//! A file appears with all of its bytes or not at all, and processes that start at the same moment agree on its
//! contents. It must not know what the files mean.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

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
