//! Template deployments: routes, and what carries each out.
//!
//! | module | what it is for |
//! |---|---|
//! | [`expression`] | the expression language; pure |
//! | [`template`], [`text`] | a template as JSON has it; its text, and where in it a member stands |
//! | [`parameters`], [`secrets`] | the values that a request gives, those of vaults' secrets among them |
//! | [`facts`], [`settle`] | what expressions may name: the place, parameters, variables, resources |
//! | [`plan`], [`references`] | the resources with their ids, in order; pure |
//! | [`mod@prepare`] | a request into a plan that nobody refuses; it makes nothing |
//! | [`apply`] | a plan carried out, a request to a provider for each resource |
//! | [`answer`] | bodies |
//!
//! What a template makes is made by the routes of this control plane and in no other way, so that a resource is the same
//! whether a client or a template asks for it. Types without a route are refused before anything is made.

mod answer;
mod apply;
mod expression;
mod facts;
mod parameters;
mod plan;
mod prepare;
mod references;
mod secrets;
mod settle;
mod template;
mod text;

use std::future::Future;
use std::pin::Pin;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use self::facts::Level;
use self::prepare::{Prepared, Preparing, correlation, prepare};
use self::template::Request;
use super::bodies::Page;
use super::error::{ArmError, document};
use super::route::Asked;
use super::store::deployments::{Deployment, Mode};
use super::{Call, reply};
use crate::authorization::scope::Scope;
use crate::http::reply::Reply;

/// One operation: where, and what.
#[derive(Debug)]
pub(super) struct Operation {
    level: Level,
    what: What,
}

#[derive(Debug)]
enum What {
    /// `GET ../deployments`
    List,
    /// `GET ../deployments/{name}`
    Get(String),
    /// `HEAD ../deployments/{name}`
    Exists(String),
    /// `PUT ../deployments/{name}`
    Create(String, Box<Request>, Vec<u8>),
    /// `DELETE ../deployments/{name}`
    Delete(String),
    /// `POST ../deployments/{name}/validate`
    Validate(String, Box<Request>, Vec<u8>),
    /// `POST ../deployments/{name}/cancel`
    Cancel(String),
    /// `POST ../deployments/{name}/exportTemplate`
    Export(String),
    /// `GET ../deployments/{name}/operations`
    ListOperations(String),
    /// `GET ../deployments/{name}/operations/{id}`
    GetOperation(String, String),
    /// `GET ../deployments/{name}/operationStatuses/{id}`
    GetStatus(String),
}

/// What a client, or a template, wants deployed: where, under which name, and the request as it was written.
#[derive(Debug)]
struct Order {
    level: Level,
    name: String,
    request: Request,
    text: Vec<u8>,
}

impl Order {
    /// The place that it is for.
    ///
    /// # Errors
    /// 404 for a group that is not there; 400 for a name that is none, and without a location that it must have.
    fn place(&self, call: &Call<'_>) -> Result<Scope, ArmError> {
        let within = self.level.scope(call)?;
        if self.level == Level::Subscription && self.request.location.is_none() {
            return Err(ArmError::LocationRequired);
        }
        ensure_name(&self.name)?;
        Ok(within)
    }

    /// Looked at whole, with nothing made.
    fn prepared<'a>(&'a self, call: &'a Call<'_>) -> Preparing<'a> {
        prepare(call, &self.level, &self.name, &self.request.properties, &self.text)
    }

    /// The deployment before anything is made.
    fn begun(&self, call: &Call<'_>, prepared: &Prepared<'_>, within: &Scope) -> Deployment {
        Deployment {
            name: self.name.clone(),
            within: within.clone(),
            scope: within.child(&format!("providers/Microsoft.Resources/deployments/{}", self.name)),
            location: self.request.location.clone(),
            tags: self.request.tags.clone().unwrap_or_default(),
            mode: prepared.mode,
            template: self.request.properties.template.clone().unwrap_or_default(),
            parameters: parameters::answer(&prepared.template, &prepared.values),
            outputs: Value::Null,
            steps: Vec::new(),
            correlation_id: correlation(call),
            stamp: call.stamp(),
            done_at: call.now,
            cancelled_at: None,
            failure: None,
        }
    }
}

const PATHS: &[&[&str]] = &[
    &["deployments"],
    &["deployments", "*"],
    &["deployments", "*", "validate"],
    &["deployments", "*", "cancel"],
    &["deployments", "*", "exporttemplate"],
    &["deployments", "*", "operations"],
    &["deployments", "*", "operations", "*"],
    &["deployments", "*", "operationstatuses", "*"],
];

impl Operation {
    /// The operation that a request below a group asks for; without a group, below the subscription.
    ///
    /// # Errors
    /// 400, 404, 405, 501.
    pub(super) fn route(group: Option<String>, asked: Asked<'_>) -> Result<Self, ArmError> {
        let name = || asked.name(1);
        let request = || Ok::<_, ArmError>((Box::new(text::read(asked.body)?), asked.body.to_vec()));
        let what = match (asked.method, asked.lower) {
            ("GET", [_]) => What::List,
            ("GET", [_, _]) => What::Get(name()),
            ("HEAD", [_, _]) => What::Exists(name()),
            ("PUT", [_, _]) => request().map(|(request, text)| What::Create(name(), request, text))?,
            ("DELETE", [_, _]) => What::Delete(name()),
            ("POST", [_, _, "validate"]) => {
                request().map(|(request, text)| What::Validate(name(), request, text))?
            }
            ("POST", [_, _, "cancel"]) => What::Cancel(name()),
            ("POST", [_, _, "exporttemplate"]) => What::Export(name()),
            ("POST", [_, _, "whatif"]) => {
                return Err(ArmError::NotEmulated("what a deployment would change (what-if)".to_owned()));
            }
            ("GET", [_, _, "operations"]) => What::ListOperations(name()),
            ("GET", [_, _, "operations", _]) => What::GetOperation(name(), asked.name(3)),
            ("GET", [_, _, "operationstatuses", _]) => What::GetStatus(name()),
            _ => return Err(asked.refused(PATHS)),
        };
        Ok(Self { level: group.map_or(Level::Subscription, Level::Group), what })
    }
}

/// Carries it out.
///
/// # Errors
/// The situation in which it is refused.
pub(super) async fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    let Operation { level, what } = operation;
    let (store, now) = (call.store, call.now);
    let within = level.scope(call)?;
    match what {
        What::List => {
            let value = store.deployments(&within).iter().map(|own| answer::deployment(own, now)).collect();
            reply::ok(&Page { value, next_link: None })
        }
        What::Get(name) => reply::ok(&answer::deployment(&store.deployment(&within, &name)?, now)),
        What::Exists(name) => Ok(reply::empty(match store.deployment(&within, &name) {
            Ok(_) => StatusCode::NO_CONTENT,
            Err(_) => StatusCode::NOT_FOUND,
        })),
        What::Create(name, request, text) => {
            create(call, &Order { level, name, request: *request, text }).await
        }
        What::Delete(name) => match store.delete_deployment(&within, &name, now)? {
            true => Ok(call.accepted("operationresults", call.settles_at())),
            false => Ok(reply::empty(StatusCode::NO_CONTENT)),
        },
        What::Validate(name, request, text) => {
            validate(call, &Order { level, name, request: *request, text }).await
        }
        What::Cancel(name) => {
            store.cancel_deployment(&within, &name, now)?;
            Ok(reply::empty(StatusCode::NO_CONTENT))
        }
        What::Export(name) => reply::ok(&json!({ "template": store.deployment(&within, &name)?.template })),
        What::ListOperations(name) => {
            let value = answer::operations(&store.deployment(&within, &name)?, now);
            reply::ok(&Page { value, next_link: None })
        }
        What::GetOperation(name, id) => {
            let all = answer::operations(&store.deployment(&within, &name)?, now);
            let found = all.into_iter().find(|own| own["operationId"].as_str() == Some(id.as_str()));
            reply::ok(&found.ok_or(ArmError::OperationNotFound(id))?)
        }
        What::GetStatus(name) => {
            let deployment = store.deployment(&within, &name)?;
            let reply = reply::ok(&answer::status(&deployment, now))?;
            let wait = call.timing.retry_after.max(1);
            Ok(Reply { retry_after: deployment.is_running(now).then_some(wait), ..reply })
        }
    }
}

/// 201 or 200 with the deployment as it begins, and where to ask how it stands.
async fn create(call: &Call<'_>, order: &Order) -> Result<Reply, ArmError> {
    let within = order.level.scope(call)?;
    let is_new = call.store.deployment(&within, &order.name).is_err();
    let (made, _) = deploy(call, order).await?;
    let mut body =
        answer::deployment(&Deployment { done_at: made.stamp.at, failure: None, ..made.clone() }, call.now);
    body["properties"]["provisioningState"] = "Accepted".into();
    for later in ["outputs", "outputResources"] {
        if let Some(properties) = body["properties"].as_object_mut() {
            properties.remove(later);
        }
    }
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let (url, version) = (call.origin.url(), call.api_version());
    let path = format!("{}/operationStatuses/{}", made.scope, made.correlation_id.simple());
    Ok(Reply {
        operation: Some(format!("{url}{path}?api-version={version}")),
        retry_after: Some(call.timing.retry_after.max(1)),
        ..reply::with(status, &body)?
    })
}

/// What a deployment inside of another came to.
type Nested<'a> = Pin<Box<dyn Future<Output = Result<Value, ArmError>> + Send + 'a>>;

/// Carries out a deployment inside of another: its body, or why it failed.
fn nested<'a>(call: &'a Call<'_>, order: &'a Order) -> Nested<'a> {
    Box::pin(async move {
        let (made, failure) = deploy(call, order).await?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(answer::deployment(&Deployment { done_at: call.now, ..made }, call.now)),
        }
    })
}

/// The deployment as it will be told of from now on, and why it failed.
async fn deploy(call: &Call<'_>, order: &Order) -> Result<(Deployment, Option<ArmError>), ArmError> {
    let within = order.place(call)?;
    call.store.ensure_deployable(&within, &order.name, call.now)?;
    let prepared = order.prepared(call).await?;
    let mut outcome = apply::carry_out(call, &prepared).await;
    let mut made = order.begun(call, &prepared, &within);
    if outcome.failure.is_none() && prepared.mode == Mode::Complete {
        outcome.failure = remove_others(call, &prepared, &within).await.err();
    }
    (made.steps, made.outputs) = (outcome.steps, outcome.outputs);
    made.failure = outcome.failure.as_ref().map(document);
    made.done_at = call.now + call.draw.duration(&call.timing.deploy);
    call.store.put_deployment(made.clone());
    Ok((made, outcome.failure))
}

/// The first api-version whose complete mode deletes what the template has with a condition that is false.
const DELETES_CONDITIONAL: &str = "2019-05-10";

/// `mode: Complete` deletes what is in the group and not in the template; `existing` alone keeps nothing
/// (learn.microsoft.com, "Azure Resource Manager deployment modes"; "Understand deployment modes").
async fn remove_others(call: &Call<'_>, prepared: &Prepared<'_>, within: &Scope) -> Result<(), ArmError> {
    let vaults = call.store.vaults().into_iter().map(|vault| vault.scope);
    let all = vaults.chain(call.store.hsms().into_iter().map(|hsm| hsm.scope));
    for scope in all.filter(|scope| within.contains(scope)) {
        let kept = prepared.plan.iter().any(|planned| {
            let stays = !planned.skipped || call.api_version() < DELETES_CONDITIONAL;
            stays && !planned.existing && planned.id.eq_ignore_ascii_case(scope.as_str())
        });
        if !kept {
            apply::ask(call, Method::DELETE, scope.as_str(), call.api_version(), &Value::Null).await?;
        }
    }
    Ok(())
}

/// Everything but making it.
async fn validate(call: &Call<'_>, order: &Order) -> Result<Reply, ArmError> {
    let within = order.place(call)?;
    let prepared = order.prepared(call).await?;
    let planned = prepared.plan.iter().filter(|planned| !planned.skipped && !planned.existing);
    let resources: Vec<_> = planned.map(|planned| planned.id.clone()).collect();
    let deployment = order.begun(call, &prepared, &within);
    reply::ok(&answer::validated(&deployment, &resources, call.now))
}

fn ensure_name(name: &str) -> Result<(), ArmError> {
    let valid = (1..=64).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || "-._()".contains(c));
    if valid { Ok(()) } else { Err(ArmError::InvalidDeploymentName(name.to_owned())) }
}
