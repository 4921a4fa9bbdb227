//! What an emulator is filled with: a file in TOML or JSON, or a folder of certificates and `.env` files.
//!
//! Objects are described by the bodies of Azure's own REST operations, so there is nothing new to learn and nothing to
//! translate: [`Contents::steps`] says which operations bring them about. It must not carry them out
//! ([`crate::Emulator::fill`] does) and holds no default of its own but a certificate's subject and issuer.

mod folder;
pub(crate) mod members;
mod people;
mod resources;
mod steps;
mod watched;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::faults::Fault;
use crate::throttling::Throttle;

use self::people::People;
use self::resources::ResourceContents;
pub use self::resources::{Resource, Surroundings};
pub use self::steps::Step;
pub use self::watched::Watched;

/// The body of one of Azure's REST operations.
type Body = Map<String, Value>;

/// What to fill an emulator with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// Vaults by name.
    #[serde(default)]
    vaults: BTreeMap<String, VaultContents>,
    /// Whom the directory holds.
    #[serde(default)]
    directory: People,
    /// Faults, as `akv fault set` takes them.
    #[serde(default)]
    faults: Vec<Fault>,
    /// Which limits hold.
    #[serde(default)]
    throttling: Option<Throttle>,
    /// The folder that file names are relative to.
    #[serde(skip)]
    folder: PathBuf,
    /// The path that they were read from.
    #[serde(skip)]
    source: Option<PathBuf>,
}

/// What to fill a vault with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VaultContents {
    /// Secrets by name: the value, or the body of Azure's "set secret".
    #[serde(default)]
    secrets: BTreeMap<String, SecretContents>,
    /// Keys by name: the body of Azure's "create key", or of "import key" if it has a member `key`.
    #[serde(default)]
    keys: BTreeMap<String, Body>,
    /// Certificate issuers by name: the body of Azure's "set certificate issuer".
    #[serde(default)]
    issuers: BTreeMap<String, Body>,
    /// Certificate contacts, as Azure's "set certificate contacts" takes them.
    #[serde(default)]
    contacts: Vec<Body>,
    /// Certificates by name: the body of Azure's "create certificate", or of "import certificate" if it has a member
    /// `file` or `value`. Without a policy a certificate is self-signed for `CN=` its name.
    #[serde(default)]
    certificates: BTreeMap<String, FileBody>,
    /// Objects of these that are deleted, each as `secrets/NAME`, `keys/NAME` or `certificates/NAME`.
    #[serde(default)]
    deleted: Vec<String>,
    /// What the control plane knows of the vault: with any of it, the vault is made there and lets in whom it says.
    #[serde(default)]
    resource: ResourceContents,
}

/// A secret.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a secret is its value, or the body of \"set secret\"")]
enum SecretContents {
    /// Its value.
    Value(String),
    /// The body of "set secret".
    Body(FileBody),
}

/// A body whose `value` may be what a file holds.
#[derive(Clone, Default, Deserialize, JsonSchema)]
struct FileBody {
    /// A file that holds the value, relative to this one.
    #[serde(default)]
    file: Option<PathBuf>,
    /// Azure's own members.
    #[serde(flatten)]
    body: Body,
}

impl fmt::Debug for SecretContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretContents(..)")
    }
}

impl fmt::Debug for FileBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileBody").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Why contents cannot be used: one line that names the file or the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentsError(pub(crate) String);

impl fmt::Display for ContentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContentsError {}

fn unusable(path: &Path, why: &dyn fmt::Display) -> ContentsError {
    ContentsError(format!("{}: {}", path.display(), why.to_string().trim().replace('\n', "; ")))
}

impl Contents {
    /// Reads a `.toml` or `.json` file, or a folder: see [`Self::read_folder`] for what counts in one.
    ///
    /// # Errors
    /// One line that names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, ContentsError> {
        if path.is_dir() {
            let read = Self::read_folder(path)?;
            return Ok(Self { source: Some(path.to_owned()), ..read });
        }
        let text = std::fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
        let json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let read = if json { Self::from_json(&text) } else { Self::from_toml(&text) };
        let mut contents = read.map_err(|error| unusable(path, &error))?;
        contents.folder = path.parent().map(Path::to_owned).unwrap_or_default();
        contents.source = Some(path.to_owned());
        Ok(contents)
    }

    /// Reads TOML; file names in it are relative to the working directory.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        // Not as it shows itself: with the line, which may hold a secret.
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&letter| letter != '\n').count() + 1;
            format!("line {line}, column {column}: {}", error.message())
        })
    }

    /// Reads JSON; file names in it are relative to the working directory.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Why they cannot be carried out: all of it, after the file that says so.
    pub(crate) fn refused(&self, why: &[String]) -> ContentsError {
        let why = why.join("; ");
        match &self.source {
            Some(path) => unusable(path, &why),
            None => ContentsError(why),
        }
    }

    /// The faults.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Which limits hold; `None` if nothing is said.
    #[must_use]
    pub const fn throttling(&self) -> Option<Throttle> {
        self.throttling
    }

    /// The JSON Schema of a contents file.
    #[must_use]
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, named) in [
            ("[vaults.kv.secret]\ndb = 'x'", "secret"),
            (
                "[vaults.kv.secrets]\ndb = 7",
                "line 2, column 6: a secret is its value, or the body of \"set secret\"",
            ),
            ("[[faults]]\npercent = 7", "do"),
            ("[directory.user]", "user"),
            ("[vaults.kv.resource]\nlocation = 'eastus'\nrole = 1", "line 3"),
            ("throttling = 'some'", "azure"),
        ] {
            let complaint = Contents::from_toml(text).unwrap_err();
            assert!(complaint.contains(named), "{text}: {complaint}");
        }
        let cut_off = Contents::from_toml("[vaults.kv.secrets]\ndb = \"hunter2").unwrap_err();
        assert!(cut_off.starts_with("line 2, column ") && !cut_off.contains("hunter2"), "{cut_off}");
        let missing = Contents::read(Path::new("no/such.toml")).unwrap_err().to_string();
        assert!(missing.starts_with("no/such.toml: "), "{missing}");
    }

    #[test]
    fn debug_shows_no_value() {
        let contents =
            Contents::from_toml("[vaults.kv.secrets]\na = 'hunter2'\nb.value = 'hunter2'").unwrap();
        assert!(!format!("{contents:?}").contains("hunter2"));
    }

    /// The published schema is the one that the types say. Write it anew with `UPDATE_SCHEMA=1`.
    #[test]
    fn the_published_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contents.schema.json");
        let current = format!("{}\n", serde_json::to_string_pretty(&Contents::schema()).unwrap());
        if option_env!("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &current).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), current);
    }
}
