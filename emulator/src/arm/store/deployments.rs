//! Template deployments: what was deployed, and how it ended.

use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Inner, Key, Stamp, Store, Tags};
use crate::arm::error::ArmError;
use crate::authorization::scope::Scope;
use crate::timestamp::Timestamp;

/// What becomes of what is in the group and not in the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mode {
    /// It stays.
    Incremental,
    /// It is deleted.
    Complete,
}

/// A deployment. What it makes is made when it is asked for; it is over for its callers at `done_at`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
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
    pub mode: Mode,
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
    #[serde(with = "crate::timestamp::exact")]
    pub done_at: Timestamp,
    /// When it was cancelled, if that was before it was over.
    #[serde(with = "crate::timestamp::exact::option")]
    pub cancelled_at: Option<Timestamp>,
    /// Why it failed, as `properties.error` has it.
    pub failure: Option<Value>,
}

/// What a deployment did to one resource.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
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
    /// The provider's refusal, as `properties.statusMessage.error` has it.
    pub failure: Option<Value>,
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

    /// When it ended; `now` for one that has not.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Timestamp {
        self.cancelled_at.unwrap_or_else(|| now.min(self.done_at))
    }

    /// Whether it is still to end.
    #[must_use]
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.state(now) == "Running"
    }
}

/// Under what a deployment is kept.
pub(super) fn key(deployment: &Deployment) -> (Key, Key) {
    key_of(&deployment.within, &deployment.name)
}

fn key_of(within: &Scope, name: &str) -> (Key, Key) {
    (Key::of(within.as_str()), Key::of(name))
}

impl Inner {
    fn ensure_deployable(&self, within: &Scope, name: &str, now: Timestamp) -> Result<(), ArmError> {
        let running = self.deployments.get(&key_of(within, name)).filter(|found| found.is_running(now));
        running.map_or(Ok(()), |found| {
            let id = found.scope.to_string();
            Err(ArmError::DeploymentActive(id, found.correlation_id, found.stamp.at))
        })
    }

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
        self.inner.read().ensure_deployable(within, name, now)
    }

    /// Keeps a deployment in the place of any other of its name.
    pub fn put_deployment(&self, deployment: Deployment) {
        self.inner.write().deployments.insert(key(&deployment), deployment);
    }

    /// The deployment of that name.
    ///
    /// # Errors
    /// 404.
    pub fn deployment(&self, within: &Scope, name: &str) -> Result<Deployment, ArmError> {
        let found = self.inner.read().deployments.get(&key_of(within, name)).cloned();
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
        let found = inner.deployments.get_mut(&key_of(within, name));
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
        let mut inner = self.inner.write();
        inner.ensure_deployable(within, name, now)?;
        Ok(inner.deployments.remove(&key_of(within, name)).is_some())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> Deployment {
        let within = Scope::subscription(&Uuid::nil().to_string());
        Deployment {
            name: "D".to_owned(),
            scope: within.child("providers/Microsoft.Resources/deployments/D"),
            within,
            location: Some("westeurope".to_owned()),
            tags: Tags::from([("a".to_owned(), "b".to_owned())]),
            mode: Mode::Complete,
            template: json!({ "resources": [] }),
            parameters: json!({ "p": { "type": "SecureString" } }),
            outputs: json!({ "o": { "type": "Int", "value": 1 } }),
            steps: vec![Step {
                id: Uuid::from_u128(1),
                resource: "/x".to_owned(),
                kind: "a/b".to_owned(),
                name: "x".to_owned(),
                needs: vec![("/y".to_owned(), "a/c".to_owned(), "y".to_owned())],
                status: 409,
                failure: Some(json!({ "code": "ConflictError", "message": "there" })),
            }],
            correlation_id: Uuid::from_u128(2),
            stamp: Stamp { at: Timestamp::default(), by: Uuid::from_u128(3) },
            done_at: Timestamp::default() + std::time::Duration::from_millis(1500),
            cancelled_at: Some(Timestamp::default() + std::time::Duration::from_millis(700)),
            failure: Some(json!({ "code": "DeploymentFailed", "message": "no" })),
        }
    }

    /// So that a snapshot can hold it.
    #[test]
    fn a_deployment_is_written_down_and_read_back_whole() {
        let written = serde_json::to_value(deployment()).unwrap();
        assert_eq!((&written["mode"], &written["done_at"]), (&json!("Complete"), &json!(1.5)));
        assert_eq!(serde_json::from_value::<Deployment>(written).unwrap(), deployment());
    }
}
