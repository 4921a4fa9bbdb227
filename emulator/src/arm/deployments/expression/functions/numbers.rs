//! Functions of numbers.

use serde_json::Value;

use super::{Given, Outcome};
use crate::arm::error::ExpressionError;

pub(super) fn call(name: &str, given: Given<'_>) -> Outcome {
    Some(match name {
        "add" => two(given, i64::checked_add),
        "sub" => two(given, i64::checked_sub),
        "mul" => two(given, i64::checked_mul),
        "div" => two(given, i64::checked_div),
        "mod" => two(given, i64::checked_rem),
        "int" => int(given),
        "float" => float(given),
        "min" => extreme(given, Iterator::min),
        "max" => extreme(given, Iterator::max),
        _ => return None,
    })
}

fn two(given: Given<'_>, of: impl Fn(i64, i64) -> Option<i64>) -> Result<Value, ExpressionError> {
    let given = given.count(2, 2)?;
    let number = of(given.number(0)?, given.number(1)?);
    number.map(Value::from).ok_or_else(|| given.wrong("there is no such integer"))
}

fn int(given: Given<'_>) -> Result<Value, ExpressionError> {
    let number = match given.count(1, 1)?.get(0)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.map(|number: i64| number.into()).ok_or_else(|| given.wrong("argument 1 is no integer"))
}

fn float(given: Given<'_>) -> Result<Value, ExpressionError> {
    let number = match given.count(1, 1)?.get(0)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    number.map(|number: f64| number.into()).ok_or_else(|| given.wrong("argument 1 is no number"))
}

/// Of the arguments, or of the items of the only one.
fn extreme(
    given: Given<'_>,
    of: impl Fn(std::vec::IntoIter<i64>) -> Option<i64>,
) -> Result<Value, ExpressionError> {
    let items = match given.values {
        [Value::Array(items)] => items,
        items => items,
    };
    let numbers: Option<Vec<i64>> = items.iter().map(Value::as_i64).collect();
    let found = numbers.and_then(|numbers| of(numbers.into_iter()));
    found.map(Value::from).ok_or_else(|| given.wrong("it takes integers"))
}
