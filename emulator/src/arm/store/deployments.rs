//! Template deployments: what was deployed, and how it ended.

use serde_json::Value;
use uuid::Uuid;

use super::{Key, Stamp, Store};
use crate::arm::error::ArmError;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;

/// A deployment that has ended: the emulator carries one out at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// Its resource id.
    pub scope: Scope,
    /// `properties.parameters`, with the values that were used; secure ones without.
    pub parameters: Value,
    /// `properties.outputs`.
    pub outputs: Value,
    /// The resources that were deployed.
    pub resources: Vec<Scope>,
    /// `properties.correlationId`.
    pub correlation_id: Uuid,
    /// When.
    pub stamp: Stamp,
    /// Why it failed; code and message.
    pub failure: Option<(String, String)>,
}

impl Store {
    /// Keeps a deployment under its group and name.
    ///
    /// # Errors
    /// 404 for the group.
    pub fn put_deployment(&self, group: &str, deployment: Deployment) -> Result<(), ArmError> {
        let mut inner = self.inner.write();
        inner.group(group, deployment.stamp.at)?;
        inner.deployments.insert((Key::of(group), Key::of(&deployment.name)), deployment);
        Ok(())
    }

    /// The deployment of that name.
    ///
    /// # Errors
    /// 404.
    pub fn deployment(&self, group: &str, name: &str, now: Timestamp) -> Result<Deployment, ArmError> {
        let inner = self.inner.read();
        inner.group(group, now)?;
        let found = inner.deployments.get(&(Key::of(group), Key::of(name))).cloned();
        found.ok_or_else(|| ArmError::DeploymentNotFound(name.to_owned()))
    }

    /// The deployments of a group, by name.
    ///
    /// # Errors
    /// 404.
    pub fn deployments(&self, group: &str, now: Timestamp) -> Result<Vec<Deployment>, ArmError> {
        let inner = self.inner.read();
        inner.group(group, now)?;
        let key = Key::of(group);
        Ok(inner.deployments.iter().filter(|((g, _), _)| *g == key).map(|(_, d)| d.clone()).collect())
    }

    /// Forgets a deployment; whether it was there. What it deployed stays.
    pub fn delete_deployment(&self, group: &str, name: &str) -> bool {
        self.inner.write().deployments.remove(&(Key::of(group), Key::of(name))).is_some()
    }
}
