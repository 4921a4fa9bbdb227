//! Functions of truth and comparison.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Given, Outcome};
use crate::arm::deployments::expression::evaluate::{Evaluator, item};
use crate::arm::deployments::expression::parse::Expression;
use crate::arm::error::ExpressionError;

/// Those that evaluate only what they need: the branch that is not taken may name what is not there.
pub(super) fn lazy(evaluator: &Evaluator<'_>, name: &str, arguments: &[Expression]) -> Outcome {
    let wrong = |why: &str| Err(ExpressionError::Arguments(name.to_owned(), why.to_owned()));
    Some(match (name, arguments) {
        ("if", [condition, yes, no]) => match evaluator.expression(condition) {
            Ok(Value::Bool(true)) => evaluator.expression(yes),
            Ok(Value::Bool(false)) => evaluator.expression(no),
            Ok(_) => wrong("argument 1 is no boolean"),
            Err(error) => Err(error),
        },
        ("if", _) => wrong("it takes 3 arguments"),
        ("coalesce", _) => coalesce(evaluator, arguments),
        ("tryget", [of, path @ ..]) => try_get(evaluator, of, path),
        ("tryget", []) => wrong("it takes 2 arguments"),
        _ => return None,
    })
}

/// The first that is not null.
fn coalesce(evaluator: &Evaluator<'_>, arguments: &[Expression]) -> Result<Value, ExpressionError> {
    for argument in arguments {
        let value = evaluator.expression(argument)?;
        if !value.is_null() {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

/// What is at the end of a path, or null.
fn try_get(
    evaluator: &Evaluator<'_>,
    of: &Expression,
    path: &[Expression],
) -> Result<Value, ExpressionError> {
    let mut value = evaluator.expression(of)?;
    for step in path {
        let step = evaluator.expression(step)?;
        match item(&value, &step) {
            Ok(found) => value = found,
            Err(_) => return Ok(Value::Null),
        }
    }
    Ok(value)
}

pub(super) fn call(name: &str, given: Given<'_>) -> Outcome {
    Some(match name {
        "equals" => given.count(2, 2).map(|g| (g.values[0] == g.values[1]).into()),
        "not" => given.count(1, 1).and_then(|g| g.truth(0)).map(|truth| (!truth).into()),
        "and" => truths(given).map(|all| all.into_iter().all(|truth| truth).into()),
        "or" => truths(given).map(|all| all.into_iter().any(|truth| truth).into()),
        "true" => given.count(0, 0).map(|_| true.into()),
        "false" => given.count(0, 0).map(|_| false.into()),
        "null" => given.count(0, 0).map(|_| Value::Null),
        "bool" => boolean(given),
        "less" => ordered(given, &[Ordering::Less]),
        "lessorequals" => ordered(given, &[Ordering::Less, Ordering::Equal]),
        "greater" => ordered(given, &[Ordering::Greater]),
        "greaterorequals" => ordered(given, &[Ordering::Greater, Ordering::Equal]),
        _ => return None,
    })
}

fn truths(given: Given<'_>) -> Result<Vec<bool>, ExpressionError> {
    let given = given.count(2, usize::MAX)?;
    (0..given.values.len()).map(|index| given.truth(index)).collect()
}

fn boolean(given: Given<'_>) -> Result<Value, ExpressionError> {
    let truth = match given.count(1, 1)?.get(0)? {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    truth.map(Value::Bool).ok_or_else(|| given.wrong("argument 1 is no boolean"))
}

fn ordered(given: Given<'_>, wanted: &[Ordering]) -> Result<Value, ExpressionError> {
    let ordering = match given.count(2, 2)?.values {
        [Value::String(left), Value::String(right)] => Some(left.cmp(right)),
        [Value::Number(left), Value::Number(right)] => {
            left.as_f64().zip(right.as_f64()).and_then(|(left, right)| left.partial_cmp(&right))
        }
        _ => None,
    };
    let ordering = ordering.ok_or_else(|| given.wrong("it takes two integers or two strings"))?;
    Ok(wanted.contains(&ordering).into())
}
