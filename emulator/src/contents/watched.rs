//! Contents that may have changed on the disk since they were read.
//!
//! A file that is being written is left alone: a change counts at the second look that finds the files alike. It must not
//! wait: whoever follows contents asks from time to time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Contents, ContentsError};

/// Files as they were: each with when it was written and how long it was, if it was there.
type Files = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

/// Contents by the path that they are read from.
#[derive(Debug)]
pub struct Watched {
    path: PathBuf,
    seen: Files,
    /// How the last look found them, if otherwise than seen.
    changing: Option<Files>,
}

impl Watched {
    /// Watches what `contents` were read from; `None` if that was no file.
    #[must_use]
    pub fn new(contents: &Contents) -> Option<Self> {
        let path = contents.source.clone()?;
        let seen = files(&path, contents);
        Some(Self { path, seen, changing: None })
    }

    /// Where they are read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The contents, if a file of theirs has changed, but not since the last look.
    ///
    /// # Errors
    /// One line that names the file and what is wrong in it, once for each change.
    pub fn changed(&mut self) -> Option<Result<Contents, ContentsError>> {
        let now = match self.path.is_dir() {
            true => files(&self.path, &Contents::default()),
            false => self.seen.iter().map(|(path, _)| (path.clone(), print(path))).collect(),
        };
        let settled = self.changing.replace(now).filter(|before| self.changing.as_ref() == Some(before))?;
        if settled == self.seen {
            return None;
        }
        self.seen = settled;
        let read = Contents::read(&self.path);
        if let Ok(contents) = &read {
            self.seen = files(&self.path, contents);
        }
        Some(read)
    }
}

/// The files that contents come from: the one that was read, or everything in a folder and its folders, and those that
/// are named in them.
fn files(path: &Path, contents: &Contents) -> Files {
    let mut paths = vec![path.to_owned()];
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    if path.is_dir() {
        for entry in entries(path) {
            paths.extend(entries(&entry));
            paths.push(entry);
        }
    } else {
        paths.extend(contents.files());
    }
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), print(&path))).collect()
}

fn print(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the next look says that may say anything: the one before it finds another change, or none.
    fn settled(watched: &mut Watched) -> Option<Result<Contents, ContentsError>> {
        assert!(watched.changed().is_none());
        watched.changed()
    }

    #[test]
    fn a_file_that_is_being_written_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("akv.toml");
        fs::write(&path, "[vaults.kv.secrets]\ndb = 'x'").unwrap();
        let mut watched = Watched::new(&Contents::read(&path).unwrap()).unwrap();
        for half in ["", "[vaults.kv.secrets]\n", "[vaults.kv.secrets]\ndb = 'y'\n"] {
            fs::write(&path, half).unwrap();
            assert!(watched.changed().is_none(), "{half}");
        }
        let read = watched.changed().unwrap().unwrap();
        assert_eq!(read.steps().unwrap()[0].body["value"], "y");
    }

    #[test]
    fn a_change_is_seen_once_and_a_broken_file_until_it_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let (path, value) = (folder.path().join("akv.toml"), folder.path().join("value.txt"));
        fs::write(&value, "one").unwrap();
        fs::write(&path, "[vaults.kv.secrets]\ndb.file = 'value.txt'").unwrap();
        let mut watched = Watched::new(&Contents::read(&path).unwrap()).unwrap();
        assert!(settled(&mut watched).is_none());
        fs::write(&value, "another").unwrap();
        let seen = settled(&mut watched).unwrap().unwrap();
        assert_eq!(seen.steps().unwrap()[0].body["value"], "another");
        assert!(settled(&mut watched).is_none());
        fs::write(&path, "[vaults.kv.secrets").unwrap();
        let complaint = settled(&mut watched).unwrap().unwrap_err().to_string();
        assert!(complaint.contains("akv.toml") && complaint.contains("line 1"), "{complaint}");
        assert!(settled(&mut watched).is_none());
        fs::write(&path, "[vaults.kv.secrets]\ndb = 'x'").unwrap();
        assert!(settled(&mut watched).unwrap().is_ok());
    }

    #[test]
    fn a_file_that_comes_into_a_folder_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("kv")).unwrap();
        let mut watched = Watched::new(&Contents::read(folder.path()).unwrap()).unwrap();
        assert!(settled(&mut watched).is_none());
        fs::write(folder.path().join("kv/.env"), "A=b").unwrap();
        assert_eq!(settled(&mut watched).unwrap().unwrap().steps().unwrap().len(), 1);
        assert!(settled(&mut watched).is_none());
    }
}
