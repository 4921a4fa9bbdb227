//! Template deployments: what was deployed, and how it ended.

use std::ops::Bound;

use serde_json::Value;
use uuid::Uuid;

use super::{Inner, Key, Stamp, Store, Tags};
use crate::arm::error::ArmError;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;

/// A deployment. What it makes is made when it is asked for; it is over for its callers at `done_at`.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// The group or subscription that it was made for.
    pub within: Scope,
    /// Its resource id.
    pub scope: Scope,
    /// Where it is kept, at the level of a subscription.
    pub location: Option<String>,
    /// `tags`.
    pub tags: Tags,
    /// `properties.mode`.
    pub mode: &'static str,
    /// The template, for `exportTemplate`.
    pub template: Value,
    /// `properties.parameters`, with the values that were used; secure ones without.
    pub parameters: Value,
    /// `properties.outputs`.
    pub outputs: Value,
    /// What was done to each resource, in order.
    pub steps: Vec<Step>,
    /// `properties.correlationId`.
    pub correlation_id: Uuid,
    /// When it was asked for, and by whom.
    pub stamp: Stamp,
    /// When it is over.
    pub done_at: Timestamp,
    /// When it was cancelled, if that was before it was over.
    pub cancelled_at: Option<Timestamp>,
    /// Why it failed.
    pub failure: Option<ArmError>,
}

/// What a deployment did to one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// `operationId`.
    pub id: Uuid,
    /// The resource's id.
    pub resource: String,
    /// Its type.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The ids of the resources that had to be there before, each with its type and name.
    pub needs: Vec<(String, String, String)>,
    /// The provider's status.
    pub status: u16,
    /// The provider's refusal.
    pub failure: Option<ArmError>,
}

impl Deployment {
    /// `properties.provisioningState`.
    #[must_use]
    pub const fn state(&self, now: Timestamp) -> &'static str {
        if self.cancelled_at.is_some() {
            "Canceled"
        } else if now.millis() < self.done_at.millis() {
            "Running"
        } else if self.failure.is_some() {
            "Failed"
        } else {
            "Succeeded"
        }
    }

    fn active(&self) -> ArmError {
        ArmError::DeploymentActive(self.scope.to_string(), self.correlation_id, self.stamp.at)
    }

    /// Whether it is still to end.
    #[must_use]
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.state(now) == "Running"
    }
}

fn key(within: &Scope, name: &str) -> (Key, Key) {
    (Key::of(within.as_str()), Key::of(name))
}

impl Inner {
    /// Forgets the deployments of a group.
    pub(super) fn delete_deployments_of(&mut self, group: &Scope) {
        let within = Key::of(group.as_str());
        self.deployments.retain(|(own, _), _| *own != within);
    }
}

impl Store {
    /// Whether a deployment of that name may begin.
    ///
    /// # Errors
    /// 409 while one is running.
    pub fn ensure_deployable(&self, within: &Scope, name: &str, now: Timestamp) -> Result<(), ArmError> {
        let inner = self.inner.read();
        match inner.deployments.get(&key(within, name)).filter(|found| found.is_running(now)) {
            Some(found) => Err(found.active()),
            None => Ok(()),
        }
    }

    /// Keeps a deployment in the place of any other of its name.
    pub fn put_deployment(&self, deployment: Deployment) {
        let key = key(&deployment.within, &deployment.name);
        self.inner.write().deployments.insert(key, deployment);
    }

    /// The deployment of that name.
    ///
    /// # Errors
    /// 404.
    pub fn deployment(&self, within: &Scope, name: &str) -> Result<Deployment, ArmError> {
        let found = self.inner.read().deployments.get(&key(within, name)).cloned();
        found.ok_or_else(|| ArmError::DeploymentNotFound(name.to_owned()))
    }

    /// The deployments of a group or subscription, by name.
    #[must_use]
    pub fn deployments(&self, within: &Scope) -> Vec<Deployment> {
        let inner = self.inner.read();
        let from = Bound::Included((Key::of(within.as_str()), Key::of("")));
        let own = inner.deployments.range((from, Bound::Unbounded));
        own.take_while(|((scope, _), _)| *scope == Key::of(within.as_str())).map(|(_, d)| d.clone()).collect()
    }

    /// Cancels a deployment that is running. What it has made stays.
    ///
    /// # Errors
    /// 404; 409 once it is over.
    pub fn cancel_deployment(&self, within: &Scope, name: &str, now: Timestamp) -> Result<(), ArmError> {
        let mut inner = self.inner.write();
        let found = inner.deployments.get_mut(&key(within, name));
        let found = found.ok_or_else(|| ArmError::DeploymentNotFound(name.to_owned()))?;
        if !found.is_running(now) {
            return Err(ArmError::DeploymentNotCancellable(found.name.clone(), found.state(now)));
        }
        found.cancelled_at = Some(now);
        Ok(())
    }

    /// Forgets a deployment; whether it was there. What it deployed stays.
    ///
    /// # Errors
    /// 409 while it is running.
    pub fn delete_deployment(&self, within: &Scope, name: &str, now: Timestamp) -> Result<bool, ArmError> {
        self.ensure_deployable(within, name, now)?;
        Ok(self.inner.write().deployments.remove(&key(within, name)).is_some())
    }
}
