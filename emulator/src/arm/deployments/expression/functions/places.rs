//! Functions of the deployment and of what it is made of.

use serde_json::Value;

use super::identifiers::{arguments, resource_id};
use super::{Given, Outcome};
use crate::arm::deployments::expression::evaluate::{Evaluator, Stage, property};
use crate::arm::error::ExpressionError;

pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, given: Given<'_>) -> Outcome {
    Some(match name {
        "parameters" => given.count(1, 1).and_then(|g| g.text(0)).and_then(|n| parameter(evaluator, n)),
        "variables" if evaluator.in_function => Err(ExpressionError::NotExpectedHere("variables".to_owned())),
        "variables" => given.count(1, 1).and_then(|g| g.text(0)).and_then(|n| evaluator.names.variable(n)),
        "copyindex" => copy_index(evaluator, given),
        "newguid" if evaluator.stage == Stage::Default => {
            Ok(evaluator.names.place().new_guid().to_string().into())
        }
        "newguid" => Err(ExpressionError::NotExpectedHere("newGuid".to_owned())),
        "subscription" | "resourcegroup" | "tenant" | "deployment" | "deployer" | "environment" => {
            given.count(0, 0).and_then(|g| {
                let fact = evaluator.names.place().fact(name);
                fact.ok_or_else(|| ExpressionError::NotExpectedHere(g.name.to_owned()))
            })
        }
        "resourceid" => id(evaluator, given, Level::Deployment),
        "subscriptionresourceid" => id(evaluator, given, Level::Subscription),
        "tenantresourceid" => id(evaluator, given, Level::Tenant),
        "extensionresourceid" => extension_id(given),
        "reference" => reference(evaluator, given),
        "references" => references(evaluator, given),
        "resourceinfo" => given.count(1, 1).and_then(|g| g.text(0)).and_then(|symbol| {
            started(evaluator, given)?;
            evaluator.names.info(symbol)
        }),
        _ => return None,
    })
}

fn parameter(evaluator: &Evaluator<'_>, name: &str) -> Result<Value, ExpressionError> {
    if !evaluator.in_function {
        return evaluator.names.parameter(name);
    }
    let found = evaluator.locals.iter().rev().find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone()).ok_or_else(|| ExpressionError::ParameterNotFound(name.to_owned()))
}

/// `copyIndex()`, `copyIndex(1)`, `copyIndex('loop')`, `copyIndex('loop', 1)`
fn copy_index(evaluator: &Evaluator<'_>, given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(0, 2)?;
    let (name, offset) = match given.values {
        [] => (None, 0),
        [Value::Number(_)] => (None, given.number(0)?),
        [_] => (Some(given.text(0)?), 0),
        _ => (Some(given.text(0)?), given.number(1)?),
    };
    let found = match name {
        Some(name) => evaluator.loops.iter().rev().find(|(own, _)| own.eq_ignore_ascii_case(name)),
        None => evaluator.loops.last(),
    };
    let (_, turn) = found.ok_or_else(|| ExpressionError::NotExpectedHere("copyIndex".to_owned()))?;
    Ok(turn.saturating_add(offset).into())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Deployment,
    Subscription,
    Tenant,
}

/// `resourceId([subscription,] [group,] type, name, ..)`
fn id(evaluator: &Evaluator<'_>, given: Given<'_>, level: Level) -> Result<Value, ExpressionError> {
    let values = given.texts()?;
    let (before, kind, names) = arguments(given.name, &values)?;
    let below = resource_id(kind, &names)
        .ok_or_else(|| given.wrong("the type must have one segment more than there are names"))?;
    let fact = |name: &str, member: &str| {
        let fact = evaluator.names.place().fact(name)?;
        property(&fact, member).ok().and_then(|value| value.as_str().map(str::to_owned))
    };
    let own = fact("subscription", "subscriptionId").unwrap_or_default();
    let group = match level {
        Level::Deployment => fact("resourcegroup", "name"),
        _ => None,
    };
    Ok(match (level, before) {
        (Level::Tenant, []) => format!("/{below}"),
        (Level::Subscription, []) => format!("/subscriptions/{own}/{below}"),
        (Level::Subscription, [subscription]) => format!("/subscriptions/{subscription}/{below}"),
        (Level::Deployment, []) => match group {
            Some(group) => format!("/subscriptions/{own}/resourceGroups/{group}/{below}"),
            None => format!("/subscriptions/{own}/{below}"),
        },
        (Level::Deployment, [one]) if group.is_some() => {
            format!("/subscriptions/{own}/resourceGroups/{one}/{below}")
        }
        (Level::Deployment, [one]) => format!("/subscriptions/{one}/{below}"),
        (Level::Deployment, [subscription, group]) => {
            format!("/subscriptions/{subscription}/resourceGroups/{group}/{below}")
        }
        _ => return Err(given.wrong("too much stands before the type")),
    }
    .into())
}

/// `extensionResourceId(id, type, name, ..)`
fn extension_id(given: Given<'_>) -> Result<Value, ExpressionError> {
    let values = given.texts()?;
    let (base, rest) = values.split_first().ok_or_else(|| given.wrong("argument 1 is missing"))?;
    let (_, kind, names) = arguments(given.name, rest)?;
    let below = resource_id(kind, &names)
        .ok_or_else(|| given.wrong("the type must have one segment more than there are names"))?;
    Ok(format!("{}/{below}", base.trim_end_matches('/')).into())
}

/// Only what is known before anything is deployed may stand in names and conditions.
fn started(evaluator: &Evaluator<'_>, given: Given<'_>) -> Result<(), ExpressionError> {
    match evaluator.stage == Stage::Run && !evaluator.in_function {
        true => Ok(()),
        false => Err(ExpressionError::NotExpectedHere(given.name.to_owned())),
    }
}

/// `reference(name or id, [api-version], ['Full'])`
fn reference(evaluator: &Evaluator<'_>, given: Given<'_>) -> Result<Value, ExpressionError> {
    started(evaluator, given)?;
    let given = given.count(1, 3)?;
    let version = given.values.get(1).and_then(Value::as_str).filter(|version| !version.is_empty());
    let found = evaluator.names.resource(given.text(0)?, version)?;
    match given.values.get(2).and_then(Value::as_str) {
        Some(full) if full.eq_ignore_ascii_case("full") => Ok(found),
        None => property(&found, "properties"),
        Some(_) => Err(given.wrong("argument 3 is not 'Full'")),
    }
}

/// `references(loop, ['Full'])`
fn references(evaluator: &Evaluator<'_>, given: Given<'_>) -> Result<Value, ExpressionError> {
    started(evaluator, given)?;
    let given = given.count(1, 2)?;
    let found = evaluator.names.resources(given.text(0)?)?;
    match given.values.len() {
        2 => Ok(found.into()),
        _ => found.iter().map(|resource| property(resource, "properties")).collect(),
    }
}
