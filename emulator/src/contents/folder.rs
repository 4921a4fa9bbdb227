//! A folder as contents: what its files are by their endings.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Contents, ContentsError, FileBody, SecretContents, VaultContents, unusable};

/// The vault that files directly in the folder go into.
const VAULT: &str = "my-vault";

impl Contents {
    /// Reads a folder: `.pfx`, `.p12` and `.pem` files are certificates (without a password) named like them, each line
    /// `NAME=value` of an `.env` file is a secret, its underscores become hyphens. Files in the folder itself go into
    /// the vault `my-vault`, those of a folder in it into the vault named like that folder.
    ///
    /// # Errors
    /// One line that names the file and what is wrong in it.
    pub fn read_folder(folder: &Path) -> Result<Self, ContentsError> {
        let mut contents = Self::default();
        for path in entries(folder)? {
            let vault = if path.is_dir() { stem(&path) } else { VAULT.to_owned() };
            let files = if path.is_dir() { entries(&path)? } else { vec![path] };
            for file in files.iter().filter(|file| file.is_file()) {
                contents.vaults.entry(vault.clone()).or_default().take(file)?;
            }
        }
        contents.vaults.retain(|_, vault| !(vault.secrets.is_empty() && vault.certificates.is_empty()));
        Ok(contents)
    }
}

impl VaultContents {
    /// Takes in a file by its ending; others are none of its business.
    fn take(&mut self, file: &Path) -> Result<(), ContentsError> {
        let name = file.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
        match name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending) {
            Some("pfx" | "p12" | "pem") => {
                let body = FileBody { file: Some(file.to_owned()), ..FileBody::default() };
                self.certificates.insert(stem(file), body);
            }
            Some("env") => {
                let text = fs::read_to_string(file).map_err(|error| unusable(file, &error))?;
                for (name, value) in text.lines().filter_map(assignment) {
                    self.secrets.insert(name.replace('_', "-"), SecretContents::Value(value));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// `NAME=value`, with or without `export` and quotes; `None` for comments and blank lines.
fn assignment(line: &str) -> Option<(&str, String)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    (!line.starts_with('#')).then(|| (name.trim(), unquoted.unwrap_or(value).to_owned()))
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// In order of their names, so that a seed draws the same each time.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ContentsError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<PathBuf> =
        entries.map_err(|error| unusable(folder, &error))?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    Ok(paths)
}

/// What a certificate's file holds, as the `value` of "import certificate".
pub(super) fn certificate_value(bytes: Vec<u8>) -> (Value, &'static str) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN") => (text.into(), "application/x-pem-file"),
        Ok(text) => (STANDARD.encode(text).into(), "application/x-pkcs12"),
        Err(binary) => (STANDARD.encode(binary.as_bytes()).into(), "application/x-pkcs12"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files_are_read_as_shells_write_them() {
        for (line, expected) in [
            ("DB_URL=postgres://a?b=c", Some(("DB_URL", "postgres://a?b=c"))),
            ("export KEY='a b'", Some(("KEY", "a b"))),
            (" Q=\"x\" ", Some(("Q", "x"))),
            ("EMPTY=", Some(("EMPTY", ""))),
            ("# A=b", None),
            ("", None),
        ] {
            assert_eq!(assignment(line), expected.map(|(n, v)| (n, v.to_owned())), "{line}");
        }
    }

    #[test]
    fn files_are_what_their_endings_say_and_folders_are_vaults() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("other")).unwrap();
        write("web.pfx", "p");
        write(".env", "DB_PASSWORD=x\n");
        write("notes.txt", "n");
        write("other/api.PEM", "p");
        let contents = Contents::read(folder.path()).unwrap();
        let names: Vec<_> = contents
            .vaults
            .iter()
            .flat_map(|(vault, of)| {
                let names = of.certificates.keys().chain(of.secrets.keys());
                names.map(move |name| format!("{vault}/{name}"))
            })
            .collect();
        assert_eq!(names, ["my-vault/web", "my-vault/DB-PASSWORD", "other/api"]);
    }
}
