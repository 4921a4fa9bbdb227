//! What an emulator begins with, going back to it, and following it when it changes.

use parking_lot::Mutex;

use crate::arm;
use crate::contents::{Contents, ContentsError, Resource, Step, Surroundings};
use crate::http::{State, data_plane};

/// What an emulator begins with.
#[derive(Debug, Default)]
pub struct Initial {
    /// Vaults that are there.
    pub vaults: Vec<String>,
    /// What vaults are filled with.
    pub contents: Mutex<Option<Contents>>,
    /// What was carried out of it.
    done: Mutex<Done>,
}

#[derive(Debug, Default)]
struct Done {
    resources: Vec<Resource>,
    steps: Vec<Step>,
}

impl Initial {
    /// Begins with these vaults and contents.
    #[must_use]
    pub fn new(vaults: Vec<String>, contents: Option<Contents>) -> Self {
        Self { vaults, contents: Mutex::new(contents), done: Mutex::default() }
    }
}

impl State {
    /// Fills vaults with `contents`.
    ///
    /// # Errors
    /// One line that names the object and why it is refused; what came before it is there.
    pub async fn fill(&self, contents: &Contents) -> Result<(), ContentsError> {
        *self.initial.done.lock() = Done::default();
        self.carry_out(contents).await?;
        let mut faults = contents.faults().iter().cloned();
        faults.try_for_each(|fault| self.faults.add(fault)).map_err(ContentsError)?;
        if let Some(limits) = contents.throttling() {
            self.throttling.set(limits);
        }
        Ok(())
    }

    /// Goes over from the contents of before to these: what they say otherwise is carried out, what they say as before is
    /// left as clients have made it, and so is what they say no more; the faults are theirs. A reset goes back to them.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub async fn go_over_to(&self, contents: Contents) -> Result<(), ContentsError> {
        let before = self.initial.contents.lock().replace(contents.clone()).unwrap_or_default();
        self.carry_out(&contents).await?;
        if before.faults() != contents.faults() {
            contents.faults().iter().try_for_each(crate::faults::Fault::check).map_err(ContentsError)?;
            self.faults.replace(contents.faults().to_vec());
        }
        if before.throttling() != contents.throttling() {
            self.throttling.set(contents.throttling().unwrap_or_default());
        }
        Ok(())
    }

    /// What was not carried out yet.
    async fn carry_out(&self, contents: &Contents) -> Result<(), ContentsError> {
        // Whatever is wrong with files and names comes to light before anything is carried out.
        let steps = contents.steps()?;
        contents.people_into(self.identity.directory())?;
        let resources = contents.resources(&Surroundings {
            directory: self.identity.directory(),
            roles: &self.store.role_definitions(),
            tenant: self.store.tenant,
            subscription: self.store.subscription,
            settings: &self.settings,
        })?;
        for resource in &resources {
            if !self.initial.done.lock().resources.contains(resource) {
                let made = arm::carry_out_own(self, resource).await;
                made.map_err(|error| ContentsError(format!("vault `{}`: {error}", resource.vault)))?;
                self.initial.done.lock().resources.push(resource.clone());
            }
        }
        for vault in contents.vaults() {
            self.vaults.create(&vault);
        }
        for step in &steps {
            if !self.initial.done.lock().steps.contains(step) {
                let done = data_plane::carry_out_own(self, step).await;
                done.map_err(|error| {
                    ContentsError(format!("vault `{}`, {}: {error}", step.vault, step.path))
                })?;
                self.initial.done.lock().steps.push(step.clone());
            }
        }
        let mut done = self.initial.done.lock();
        *done = Done { resources, steps };
        Ok(())
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
        let contents = self.initial.contents.lock().clone();
        match contents {
            Some(contents) => self.fill(&contents).await,
            None => Ok(()),
        }
    }
}
