//! Deployments and their operations as bodies have them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::prepare::template_hash;
use crate::arm::error::{ArmError, document};
use crate::arm::store::deployments::{Deployment, Step};
use crate::timestamp::Timestamp;

/// A deployment.
pub(super) fn deployment(deployment: &Deployment, now: Timestamp) -> Value {
    let state = deployment.state(now);
    let mut body = json!({
        "id": deployment.scope.to_string(),
        "name": deployment.name,
        "type": "Microsoft.Resources/deployments",
        "properties": properties(deployment, state, now),
    });
    if let Some(location) = &deployment.location {
        body["location"] = location.as_str().into();
    }
    if !deployment.tags.is_empty() {
        body["tags"] = json!(deployment.tags);
    }
    body
}

fn properties(deployment: &Deployment, state: &str, now: Timestamp) -> Value {
    let ended = deployment.ended(now);
    let mut properties = json!({
        "templateHash": template_hash(&deployment.template),
        "parameters": deployment.parameters,
        "mode": deployment.mode,
        "provisioningState": state,
        "timestamp": ended.to_string(),
        "duration": duration(ended.since(deployment.stamp.at)),
        "correlationId": deployment.correlation_id,
        "providers": providers(deployment),
        "dependencies": dependencies(&deployment.steps),
    });
    if state == "Succeeded" {
        properties["outputs"] = deployment.outputs.clone();
        let made = deployment.steps.iter().map(|step| json!({ "id": step.resource }));
        properties["outputResources"] = made.collect();
    }
    if let Some(failure) = deployment.failure.as_ref().filter(|_| state == "Failed") {
        properties["error"] = failure.clone();
    }
    properties
}

/// ISO 8601.
fn duration(of: Duration) -> String {
    format!("PT{}.{:03}S", of.as_secs(), of.subsec_millis())
}

fn providers(deployment: &Deployment) -> Value {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (namespace, kind) in deployment.steps.iter().filter_map(|step| step.kind.split_once('/')) {
        all.entry(namespace).or_default().insert(kind);
    }
    let providers = all.into_iter().map(|(namespace, kinds)| {
        let kinds = kinds.into_iter().map(|kind| json!({ "resourceType": kind, "locations": [null] }));
        json!({ "namespace": namespace, "resourceTypes": kinds.collect::<Value>() })
    });
    providers.collect()
}

fn dependencies(steps: &[Step]) -> Value {
    let named =
        |id: &str, kind: &str, name: &str| json!({ "id": id, "resourceType": kind, "resourceName": name });
    let all = steps.iter().filter(|step| !step.needs.is_empty()).map(|step| {
        let mut own = named(&step.resource, &step.kind, &step.name);
        own["dependsOn"] = step.needs.iter().map(|(id, kind, name)| named(id, kind, name)).collect();
        own
    });
    all.collect()
}

/// What `validate` answers.
pub(super) fn validated(deployment: &Deployment, resources: &[String], now: Timestamp) -> Value {
    let mut properties = properties(deployment, "Succeeded", now);
    if let Some(members) = properties.as_object_mut() {
        members.remove("outputs");
        members.remove("outputResources");
    }
    properties["validatedResources"] = resources.iter().map(|id| json!({ "id": id })).collect();
    json!({
        "id": deployment.scope.to_string(),
        "name": deployment.name,
        "type": "Microsoft.Resources/deployments",
        "properties": properties,
    })
}

/// How the long-running operation stands.
pub(super) fn status(deployment: &Deployment, now: Timestamp) -> Value {
    let state = deployment.state(now);
    let mut body = json!({ "status": state });
    match &deployment.failure {
        Some(failure) if state == "Failed" => body["error"] = failure.clone(),
        _ if state == "Canceled" => body["error"] = document(&ArmError::DeploymentCanceled),
        _ => {}
    }
    body
}

/// The operations of a deployment: one for each resource, and one for the outputs.
pub(super) fn operations(deployment: &Deployment, now: Timestamp) -> Vec<Value> {
    let mut all: Vec<_> = deployment.steps.iter().map(|step| operation(deployment, step, now)).collect();
    if deployment.state(now) == "Succeeded" {
        let id = deployment.correlation_id.simple().to_string();
        all.push(entry(deployment, now, &id, ("EvaluateDeploymentOutput", "Succeeded", "OK"), Map::new()));
    }
    all
}

fn operation(deployment: &Deployment, step: &Step, now: Timestamp) -> Value {
    let target = json!({ "id": step.resource, "resourceType": step.kind, "resourceName": step.name });
    let mut own = Map::new();
    own.insert("targetResource".to_owned(), target);
    let state = match &step.failure {
        _ if deployment.is_running(now) => "Running",
        None => "Succeeded",
        Some(failure) => {
            own.insert("statusMessage".to_owned(), json!({ "error": failure }));
            "Failed"
        }
    };
    let status = http::StatusCode::from_u16(step.status).ok().and_then(|status| status.canonical_reason());
    let status = status.unwrap_or_default().replace(' ', "");
    entry(deployment, now, &step.id.simple().to_string(), ("Create", state, &status), own)
}

fn entry(
    deployment: &Deployment,
    now: Timestamp,
    id: &str,
    (operation, state, status): (&str, &str, &str),
    own: Map<String, Value>,
) -> Value {
    let ended = deployment.ended(now);
    let mut properties = json!({
        "provisioningOperation": operation,
        "provisioningState": state,
        "timestamp": ended.to_string(),
        "duration": duration(ended.since(deployment.stamp.at)),
        "trackingId": deployment.correlation_id,
        "statusCode": status,
    });
    if let Some(members) = properties.as_object_mut() {
        members.extend(own);
    }
    let id_of = deployment.scope.child(&format!("operations/{id}"));
    json!({ "id": id_of.to_string(), "operationId": id, "properties": properties })
}
