//! Scenarios: requests in order, with the statuses that Azure answers them with, to be played on any vault, ours or
//! Azure's, and the answers of two vaults compared.
//!
//! A scenario is a TOML file of raw requests, so that what is compared is the wire and not what some client makes of it.
//! It must not know how the emulator answers.

mod comparable;
mod credential;
mod difference;
mod play;
mod remote;

use serde::Deserialize;
use std::collections::BTreeMap;

pub use self::comparable::{Comparable, comparable};
pub use self::credential::{TOKEN_VARIABLE, credential};
pub use self::difference::difference;
pub use self::play::{Heard, Target, play};
pub use self::remote::Remote;

/// The scenarios that come with the emulator, by name.
const BUILT_IN: &[(&str, &str)] = &[
    ("certificate", include_str!("built_in/certificate.toml")),
    ("challenge", include_str!("built_in/challenge.toml")),
    ("key", include_str!("built_in/key.toml")),
    ("refusals", include_str!("built_in/refusals.toml")),
    ("secret", include_str!("built_in/secret.toml")),
];

/// Requests in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// By which it is asked for; a file's is its path.
    #[serde(skip)]
    pub name: String,
    /// What it goes through, in a line.
    pub about: String,
    /// The requests.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One request, and what is to come of it.
///
/// `{name}` in its texts stands for a name drawn for the run, and what a step keeps is `{it}` in the steps after it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Method and path: `GET /secrets/{name}`. An `api-version` is added if it names none.
    pub request: String,
    /// The body, JSON.
    pub body: Option<String>,
    /// The status that Azure answers with.
    pub status: u16,
    /// `error.code` or, where there is one, `error.innererror.code` of that answer.
    pub code: Option<String>,
    /// A member that the answer has, as a JSON pointer.
    pub has: Option<String>,
    /// Ask again until the answer is as described: an operation that takes time on Azure.
    #[serde(default)]
    pub settles: bool,
    /// Send no token.
    #[serde(default)]
    pub anonymous: bool,
    /// What to keep of the answer: a name, and where it is as a JSON pointer. Of a URL the last segment is kept.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

impl Scenario {
    /// The scenarios that come with the emulator.
    ///
    /// # Errors
    /// Never: a test reads them all.
    pub fn built_in() -> Result<Vec<Self>, String> {
        BUILT_IN.iter().map(|(name, text)| Self::parse(name, text)).collect()
    }

    /// The built-in one of that name, or else that of the file.
    ///
    /// # Errors
    /// One line for people.
    pub fn find(name: &str) -> Result<Self, String> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text);
        }
        let text = std::fs::read_to_string(name).map_err(|error| {
            format!("`{name}` is no scenario that `akv compare --list` shows, and no file: {error}")
        })?;
        Self::parse(name, &text)
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let scenario: Self = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name: name.to_owned(), ..scenario })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_come_along_are_read_and_found_by_name() {
        for scenario in Scenario::built_in().unwrap() {
            let found = Scenario::find(&scenario.name).unwrap();
            assert_eq!(found.steps.len(), scenario.steps.len());
            assert!(!found.about.is_empty() && found.steps.len() > 4, "{}", found.name);
        }
    }

    #[test]
    fn a_scenario_of_ones_own_is_a_file_and_what_is_wrong_with_one_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        std::fs::write(path, "about = 'a'\n[[step]]\nrequest = 'GET /keys'\nstatus = 200").unwrap();
        assert_eq!(Scenario::find(path).unwrap().steps[0].status, 200);
        std::fs::write(path, "about = 'a'\n[[step]]\nrequest = 'GET /keys'\nstatsu = 200").unwrap();
        assert!(Scenario::find(path).unwrap_err().contains("statsu"));
        assert!(Scenario::find("/nowhere").unwrap_err().contains("--list"));
    }
}
