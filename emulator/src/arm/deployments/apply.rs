//! Carries a plan out: one request to its provider for each resource, as Resource Manager sends it.
//!
//! A resource that fails takes those with it that need it; the others are still deployed. What was made stays.

use std::future::Future;
use std::pin::Pin;

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::Order;
use super::expression::{Evaluator, Stage, review};
use super::plan::Planned;
use super::prepare::{Prepared, nested_level, nested_request};
use super::settle::Settled;
use super::template::Kind;
use crate::arm::Call;
use crate::arm::error::{ArmError, ExpressionError, document};
use crate::arm::route::Operation;
use crate::arm::store::deployments::Step;
use crate::http::target::Target;

/// What came of a plan.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) steps: Vec<Step>,
    pub(super) outputs: Value,
    pub(super) failure: Option<ArmError>,
}

/// An answer that may contain another deployment.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, ArmError>> + Send + 'a>>;

/// Asks a provider as if a client had, and gives its body.
///
/// # Errors
/// The provider's refusal.
pub(super) fn ask<'a>(
    call: &'a Call<'_>,
    method: Method,
    id: &'a str,
    version: &'a str,
    body: &'a Value,
) -> Answer<'a> {
    Box::pin(async move {
        let (target, headers) = (Target::resource(id, version), HeaderMap::new());
        let inner = Call { target: &target, headers: &headers, caller: call.caller.clone(), ..*call };
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let reply = Operation::route(&inner, &method, &body)?.run(&inner).await?;
        Ok(reply.body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default())
    })
}

/// Whether a provider would take a resource's request, as far as that is known without making it.
///
/// # Errors
/// The provider's refusal.
pub(super) fn check(call: &Call<'_>, planned: &Planned, body: &Value) -> Result<(), ArmError> {
    let (target, headers) = (Target::resource(&planned.id, &planned.version), HeaderMap::new());
    let inner = Call { target: &target, headers: &headers, caller: call.caller.clone(), ..*call };
    Operation::route(&inner, &Method::PUT, body.to_string().as_bytes()).map(drop)
}

/// A resource's body with its values.
///
/// # Errors
/// An expression without a value.
pub(super) fn body(settled: &Settled<'_>, planned: &Planned) -> Result<Value, ExpressionError> {
    let (written, template) = parts(planned);
    let mut value = Evaluator::new(settled, Stage::Run).within(&planned.loops).value(&written)?;
    if let Some(template) = template {
        value["properties"]["template"] = template;
    }
    Ok(value)
}

/// Looks at a body that waits for other resources.
///
/// # Errors
/// What is wrong with it whatever they come to.
pub(super) fn look_at(settled: &Settled<'_>, planned: &Planned) -> Result<(), ExpressionError> {
    let evaluator = Evaluator::new(settled, Stage::Run).within(&planned.loops);
    review(&evaluator, &parts(planned).0)
}

/// The same for an output.
///
/// # Errors
/// As [`look_at`].
pub(super) fn look_at_output(settled: &Settled<'_>, name: &str) -> Result<(), ExpressionError> {
    let value = settled.place.template.outputs.get(name).and_then(|definition| definition.value.as_ref());
    value.map_or(Ok(()), |value| review(&Evaluator::new(settled, Stage::Run), value))
}

/// What is evaluated of a body, and what is not: the template of a deployment inside keeps its own expressions, unless it
/// is to share those of the template around it.
fn parts(planned: &Planned) -> (Value, Option<Value>) {
    let mut written = Value::Object(planned.body.clone());
    let inner = planned.is_deployment() && planned.has_scope_of_its_own();
    let template = inner.then(|| written["properties"]["template"].take());
    (written, template)
}

/// Carries it out.
pub(super) async fn carry_out(call: &Call<'_>, prepared: &Prepared<'_>) -> Outcome {
    let mut settled = prepared.settled();
    let (mut steps, mut failures) = (Vec::new(), Vec::new());
    let mut missing = vec![false; settled.plan.len()];
    for (index, planned) in settled.plan.iter().enumerate() {
        if planned.skipped || planned.existing {
            continue;
        }
        if planned.needs.iter().any(|need| missing[*need]) {
            missing[index] = true;
            continue;
        }
        let result = resource(call, &mut settled, planned, prepared).await;
        steps.push(step(call, settled.plan, planned, result.as_ref().err()));
        match result {
            Ok(value) => settled.deployed[index] = Some(value),
            Err(error) => {
                missing[index] = true;
                failures.push(match error {
                    own @ ArmError::ResourceExpression(..) => own,
                    error => ArmError::ResourceFailed(planned.id.clone(), Box::new(error)),
                });
            }
        }
    }
    if !failures.is_empty() {
        return Outcome { steps, outputs: Value::Null, failure: Some(ArmError::DeploymentFailed(failures)) };
    }
    match outputs(call, &mut settled).await {
        Ok(outputs) => Outcome { steps, outputs, failure: None },
        Err(failure) => Outcome { steps, outputs: Value::Null, failure: Some(failure) },
    }
}

async fn resource(
    call: &Call<'_>,
    settled: &mut Settled<'_>,
    planned: &Planned,
    prepared: &Prepared<'_>,
) -> Result<Value, ArmError> {
    let value = fetching(call, settled, |settled| body(settled, planned)).await?;
    let value = value.map_err(|why| {
        ArmError::ResourceExpression(planned.id.clone(), prepared.place(&planned.path), why)
    })?;
    if planned.is_deployment() {
        let (level, request) = (nested_level(&planned.id), nested_request(&value)?);
        let text = value.to_string().into_bytes();
        let order = Order { level, name: planned.name.clone(), request, text };
        return super::nested(call, &order).await;
    }
    ask(call, Method::PUT, &planned.id, &planned.version, &value).await
}

/// Evaluates, looking up resources outside of the template as they are asked for.
async fn fetching<T>(
    call: &Call<'_>,
    settled: &mut Settled<'_>,
    evaluate: impl Fn(&Settled<'_>) -> Result<T, ExpressionError>,
) -> Result<Result<T, ExpressionError>, ArmError> {
    loop {
        match evaluate(settled) {
            Err(ExpressionError::Awaits(id, Some(version)))
                if !settled.fetched.contains_key(&id.to_lowercase()) =>
            {
                let found = ask(call, Method::GET, &id, &version, &Value::Null).await?;
                settled.fetched.insert(id.to_lowercase(), found);
            }
            other => return Ok(other),
        }
    }
}

async fn outputs(call: &Call<'_>, settled: &mut Settled<'_>) -> Result<Value, ArmError> {
    let (mut all, mut failed) = (Map::new(), Vec::new());
    let template = settled.place.template;
    for name in template.outputs.keys() {
        match fetching(call, settled, |settled| output(settled, name)).await? {
            Ok(Some(output)) => {
                all.insert(name.clone(), output);
            }
            Ok(None) => {}
            Err(why) => failed.push((name.clone(), why)),
        }
    }
    match failed.is_empty() {
        true => Ok(all.into()),
        false => Err(ArmError::OutputsFailed(failed)),
    }
}

/// One output; `None` if its condition is false.
pub(super) fn output(settled: &Settled<'_>, name: &str) -> Result<Option<Value>, ExpressionError> {
    let evaluator = Evaluator::new(settled, Stage::Run);
    let Some(definition) = settled.place.template.outputs.get(name) else { return Ok(None) };
    let definition = settled.place.template.resolved(definition);
    if let Some(condition) = &definition.condition
        && evaluator.value(condition)? == Value::Bool(false)
    {
        return Ok(None);
    }
    let value = match (&definition.copy, &definition.value) {
        (Some(copy), _) => evaluator.repeat(name, &copy.count, &copy.input)?,
        (None, Some(value)) => evaluator.value(value)?,
        (None, None) => return Err(ExpressionError::Member("value")),
    };
    let kind = definition.kind.as_deref().and_then(Kind::parse);
    let kind =
        kind.filter(|kind| kind.admits(&value) || (value.is_null() && definition.nullable == Some(true)));
    let kind = kind.ok_or(ExpressionError::Member("type"))?;
    let mut output = Map::new();
    output.insert("type".to_owned(), kind.name().into());
    if !kind.is_secure() {
        output.insert("value".to_owned(), value);
    }
    Ok(Some(output.into()))
}

fn step(call: &Call<'_>, plan: &[Planned], planned: &Planned, failure: Option<&ArmError>) -> Step {
    let needs = planned.needs.iter().map(|need| &plan[*need]);
    Step {
        id: call.draw.uuid(),
        resource: planned.id.clone(),
        kind: planned.kind.clone(),
        name: planned.name.clone(),
        needs: needs.map(|need| (need.id.clone(), need.kind.clone(), need.name.clone())).collect(),
        status: failure.map_or(200, |error| error.answer().status),
        failure: failure.map(document),
    }
}
