//! Functions that call a lambda: `map(array, lambda('x', ..))`.

use serde_json::{Map, Value};

use super::Outcome;
use crate::arm::deployments::expression::evaluate::Evaluator;
use crate::arm::deployments::expression::parse::Expression;
use crate::arm::error::ExpressionError;

pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, arguments: &[Expression]) -> Outcome {
    Some(match (name, arguments) {
        ("map", [array, lambda]) => map(evaluator, array, lambda),
        ("filter", [array, lambda]) => filter(evaluator, array, lambda),
        ("reduce", [array, start, lambda]) => reduce(evaluator, array, start, lambda),
        ("toobject", [array, lambdas @ ..]) => to_object(evaluator, array, lambdas),
        ("lambdavariables", [Expression::Text(wanted)]) => evaluator
            .locals
            .iter()
            .rev()
            .find(|(own, _)| own == wanted)
            .map(|(_, value)| value.clone())
            .ok_or_else(|| ExpressionError::VariableNotFound(wanted.clone())),
        ("map" | "filter" | "reduce" | "toobject" | "lambdavariables", _) => {
            Err(wrong(name, "it takes other arguments"))
        }
        ("lambda", _) => Err(ExpressionError::NotExpectedHere("lambda".to_owned())),
        _ => return None,
    })
}

fn wrong(name: &str, why: &str) -> ExpressionError {
    ExpressionError::Arguments(name.to_owned(), why.to_owned())
}

fn items(evaluator: &Evaluator<'_>, array: &Expression) -> Result<Vec<Value>, ExpressionError> {
    match evaluator.expression(array)? {
        Value::Array(items) => Ok(items),
        _ => Err(wrong("lambda", "argument 1 is no array")),
    }
}

/// Calls `lambda('a', 'b', body)` with as many values as it has names for.
fn apply(evaluator: &Evaluator<'_>, lambda: &Expression, values: &[Value]) -> Result<Value, ExpressionError> {
    let Expression::Call(name, parts) = lambda else { return Err(wrong("lambda", "a lambda is missing")) };
    let Some((body, names)) = parts.split_last().filter(|_| name.eq_ignore_ascii_case("lambda")) else {
        return Err(wrong("lambda", "a lambda is missing"));
    };
    let mut inner = evaluator.clone();
    for (name, value) in names.iter().zip(values) {
        let Expression::Text(name) = name else { return Err(wrong("lambda", "a name is missing")) };
        inner = inner.with_local(name, value.clone());
    }
    inner.expression(body)
}

fn map(evaluator: &Evaluator<'_>, array: &Expression, lambda: &Expression) -> Result<Value, ExpressionError> {
    let items = items(evaluator, array)?.into_iter().enumerate();
    items.map(|(index, item)| apply(evaluator, lambda, &[item, index.into()])).collect()
}

fn filter(
    evaluator: &Evaluator<'_>,
    array: &Expression,
    lambda: &Expression,
) -> Result<Value, ExpressionError> {
    let mut kept = Vec::new();
    for (index, item) in items(evaluator, array)?.into_iter().enumerate() {
        if apply(evaluator, lambda, &[item.clone(), index.into()])? == Value::Bool(true) {
            kept.push(item);
        }
    }
    Ok(kept.into())
}

fn reduce(
    evaluator: &Evaluator<'_>,
    array: &Expression,
    start: &Expression,
    lambda: &Expression,
) -> Result<Value, ExpressionError> {
    let mut value = evaluator.expression(start)?;
    for (index, item) in items(evaluator, array)?.into_iter().enumerate() {
        value = apply(evaluator, lambda, &[value, item, index.into()])?;
    }
    Ok(value)
}

fn to_object(
    evaluator: &Evaluator<'_>,
    array: &Expression,
    lambdas: &[Expression],
) -> Result<Value, ExpressionError> {
    let (key, value) = match lambdas {
        [key] => (key, None),
        [key, value] => (key, Some(value)),
        _ => return Err(wrong("toObject", "it takes 2 to 3 arguments")),
    };
    let mut object = Map::new();
    for item in items(evaluator, array)? {
        let Value::String(name) = apply(evaluator, key, std::slice::from_ref(&item))? else {
            return Err(wrong("toObject", "a key is no string"));
        };
        let member = match value {
            Some(value) => apply(evaluator, value, &[item])?,
            None => item,
        };
        object.insert(name, member);
    }
    Ok(object.into())
}
