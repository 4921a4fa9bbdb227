//! What an emulator begins with, going back to it, and following it when it changes: each in one step, or not at all.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::arm;
use crate::contents::{Contents, ContentsError, Resource, Step, Surroundings};
use crate::http::snapshot::Snapshot;
use crate::http::{State, data_plane};
use crate::throttling::Throttle;

/// What an emulator begins with.
#[derive(Debug, Default)]
pub struct Initial {
    /// Vaults that are there.
    pub vaults: Vec<String>,
    /// Which limits hold unless the contents say otherwise.
    pub throttling: Throttle,
    /// What vaults are filled with.
    pub contents: Mutex<Option<Contents>>,
    /// What was carried out of it.
    done: Mutex<Arc<Requests>>,
}

impl Initial {
    /// Begins with these vaults, limits and contents.
    #[must_use]
    pub fn new(vaults: Vec<String>, throttling: Throttle, contents: Option<Contents>) -> Self {
        Self { vaults, throttling, contents: Mutex::new(contents), done: Mutex::default() }
    }
}

/// Contents as requests.
#[derive(Debug, Default)]
struct Requests {
    resources: Vec<Resource>,
    steps: Vec<Step>,
}

impl State {
    /// Fills vaults with `contents` in one step.
    ///
    /// # Errors
    /// One line that names the file and each object that is refused and why; nothing has changed then.
    pub async fn fill(&self, contents: &Contents) -> Result<(), ContentsError> {
        let steps = contents.steps()?;
        let _closed = self.gate.write().await;
        self.all_or_nothing(contents, async || {
            self.carry_out(contents, &Contents::default(), &Requests::default(), steps).await
        })
        .await
    }

    /// Goes over from the contents of before to these in one step: what they say otherwise is carried out, what they say
    /// as before is left as clients have made it, and so is what they say no more; the faults are theirs. A reset goes
    /// back to them.
    ///
    /// # Errors
    /// As [`Self::fill`]; a reset goes back to those of before then.
    pub async fn go_over_to(&self, contents: Contents) -> Result<(), ContentsError> {
        let steps = contents.steps()?;
        let _closed = self.gate.write().await;
        let before = self.initial.contents.lock().clone().unwrap_or_default();
        let done = Arc::clone(&self.initial.done.lock());
        self.all_or_nothing(&contents, async || self.carry_out(&contents, &before, &done, steps).await)
            .await?;
        *self.initial.contents.lock() = Some(contents);
        Ok(())
    }

    /// Back to what flags and contents say in one step: their vaults, faults and limits, an empty control plane and
    /// journal, no claims challenge. The clock, the directory and whoever has logged in stay; a state that was loaded is
    /// gone.
    ///
    /// # Errors
    /// As [`Self::fill`], if a file has changed since.
    pub async fn reset(&self) -> Result<(), ContentsError> {
        let _closed = self.gate.write().await;
        // Those that are followed may have become others until the gate closed.
        let contents = self.initial.contents.lock().clone();
        match contents {
            Some(contents) => {
                let steps = contents.steps()?;
                self.all_or_nothing(&contents, async || {
                    self.clear();
                    self.carry_out(&contents, &Contents::default(), &Requests::default(), steps).await
                })
                .await?;
            }
            None => self.clear(),
        }
        self.identity.revoke_before(None);
        self.journal.clear();
        Ok(())
    }

    fn clear(&self) {
        self.vaults.clear();
        self.pools.clear();
        self.store.clear();
        self.faults.clear();
        self.throttling.set(self.initial.throttling);
        for vault in &self.initial.vaults {
            self.vaults.create(vault);
        }
    }

    /// Takes the contents for carried out, as the state that was loaded came of them.
    ///
    /// # Errors
    /// One line that names a file that cannot be read, or each member that Azure does not know and each fault that is none.
    pub fn take_for_done(&self, contents: &Contents) -> Result<(), ContentsError> {
        let steps = contents.steps()?;
        // Somebody who came into the contents since is not in that state: no resource is done then.
        let resources = self.resources(contents).unwrap_or_default();
        named(flaws(contents, &resources)).map_err(|refused| contents.refused(&refused))?;
        *self.initial.done.lock() = Arc::new(Requests { resources, steps });
        Ok(())
    }

    /// Changes the state as `change` does, or not at all if that is refused or not awaited to its end. Whoever calls it has
    /// closed the gate.
    async fn all_or_nothing(
        &self,
        contents: &Contents,
        change: impl AsyncFnOnce() -> Result<Requests, Vec<String>>,
    ) -> Result<(), ContentsError> {
        let mut undo = Undo { state: self, before: Some(self.record()) };
        let done = change().await.map_err(|refused| contents.refused(&refused))?;
        undo.before = None;
        *self.initial.done.lock() = Arc::new(done);
        Ok(())
    }

    /// Carries out what was not carried out before; what is refused is named, all of it.
    async fn carry_out(
        &self,
        contents: &Contents,
        before: &Contents,
        done: &Requests,
        steps: Vec<Step>,
    ) -> Result<Requests, Vec<String>> {
        contents.people_into(self.identity.directory()).map_err(|error| vec![error.to_string()])?;
        let resources = self.resources(contents).map_err(|error| vec![error.to_string()])?;
        named(flaws(contents, &resources))?;
        let mut refused = Vec::new();
        for resource in resources.iter().filter(|one| !done.resources.contains(one)) {
            let made = arm::carry_out_own(self, resource).await;
            refused.extend(made.err().map(|error| format!("vault `{}`: {error}", resource.vault)));
        }
        contents.vaults().for_each(|vault| drop(self.vaults.create(&vault)));
        for step in steps.iter().filter(|one| !done.steps.contains(one)) {
            let taken = data_plane::carry_out_own(self, step).await;
            refused
                .extend(taken.err().map(|error| format!("vault `{}`, {}: {error}", step.vault, step.path)));
        }
        named(refused)?;
        if before.faults() != contents.faults() {
            self.faults.replace(contents.faults().to_vec());
        }
        if before.throttling() != contents.throttling() {
            self.throttling.set(contents.throttling().unwrap_or(self.initial.throttling));
        }
        Ok(Requests { resources, steps })
    }

    fn resources(&self, contents: &Contents) -> Result<Vec<Resource>, ContentsError> {
        contents.resources(&Surroundings {
            directory: self.identity.directory(),
            roles: &self.store.role_definitions(),
            tenant: self.store.tenant,
            subscription: self.store.subscription,
            settings: &self.settings,
        })
    }
}

/// Puts the state of before back when it is dropped, as long as it has it.
struct Undo<'a> {
    state: &'a State,
    before: Option<Snapshot>,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before.take()
            && let Err(error) = self.state.put(before)
        {
            tracing::error!(%error, "the state of before cannot be put back");
        }
    }
}

/// What is wrong with resources and faults before anything is carried out.
fn flaws(contents: &Contents, resources: &[Resource]) -> Vec<String> {
    let faults = contents.faults().iter().filter_map(|fault| fault.check().err());
    resources.iter().filter_map(arm::complaint).chain(faults).collect()
}

/// Goes on if nothing is refused.
fn named(refused: Vec<String>) -> Result<(), Vec<String>> {
    if refused.is_empty() { Ok(()) } else { Err(refused) }
}
