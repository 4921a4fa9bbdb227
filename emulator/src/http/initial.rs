//! What an emulator begins with, and going back to it.

use crate::contents::{Contents, ContentsError};
use crate::http::{State, data_plane};

/// What an emulator begins with.
#[derive(Clone, Debug, Default)]
pub struct Initial {
    /// Vaults that are there.
    pub vaults: Vec<String>,
    /// What vaults are filled with.
    pub contents: Option<Contents>,
}

impl State {
    /// Fills vaults with `contents`.
    ///
    /// # Errors
    /// One line that names the object and why it is refused; what came before it is there.
    pub async fn fill(&self, contents: &Contents) -> Result<(), ContentsError> {
        for vault in contents.vaults() {
            self.vaults.create(&vault);
        }
        for step in contents.steps()? {
            let done = data_plane::carry_out_own(self, &step).await;
            done.map_err(|error| ContentsError(format!("vault `{}`, {}: {error}", step.vault, step.path)))?;
        }
        let mut faults = contents.faults().iter().cloned();
        faults.try_for_each(|fault| self.faults.add(fault)).map_err(ContentsError)
    }

    /// Back to how it was at the start: its vaults and contents, no faults but theirs, an empty control plane and journal.
    /// The clock, the directory and whoever has logged in stay.
    ///
    /// # Errors
    /// As [`Self::fill`], if a file has changed since.
    pub async fn reset(&self) -> Result<(), ContentsError> {
        self.vaults.clear();
        self.pools.clear();
        self.store.clear();
        self.faults.clear();
        self.throttling.clear();
        self.journal.clear();
        for vault in &self.initial.vaults {
            self.vaults.create(vault);
        }
        match &self.initial.contents {
            Some(contents) => self.fill(contents).await,
            None => Ok(()),
        }
    }
}
