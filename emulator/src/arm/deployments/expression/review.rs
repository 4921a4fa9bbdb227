//! Looks at every expression of a value that cannot be evaluated as a whole yet, because part of it waits for a resource.

use serde_json::Value;

use super::evaluate::Evaluator;
use super::functions;
use super::parse::Expression;
use super::{Text, read};
use crate::arm::error::ExpressionError;

/// Refuses what is wrong whatever the resources come to.
///
/// # Errors
/// An expression that cannot be read, names a function that there is not, or has no value for another reason than that it
/// waits.
pub(in crate::arm::deployments) fn review(
    evaluator: &Evaluator<'_>,
    value: &Value,
) -> Result<(), ExpressionError> {
    match value {
        Value::String(text) => {
            if let Text::Expression(expression) = read(text)? {
                known(evaluator, &expression)?;
            }
            waiting(evaluator.text(text))
        }
        Value::Array(items) => items.iter().try_for_each(|item| review(evaluator, item)),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            // What is in a loop has a value in its turns only.
            if name.eq_ignore_ascii_case("copy") && member.is_array() {
                let mut whole = serde_json::Map::new();
                whole.insert(name.clone(), member.clone());
                return waiting(evaluator.value(&Value::Object(whole)));
            }
            review(evaluator, &Value::String(name.clone()))?;
            review(evaluator, member)
        }),
        _ => Ok(()),
    }
}

fn waiting(result: Result<Value, ExpressionError>) -> Result<(), ExpressionError> {
    match result {
        Ok(_) | Err(ExpressionError::Awaits(..)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn known(evaluator: &Evaluator<'_>, expression: &Expression) -> Result<(), ExpressionError> {
    match expression {
        Expression::Call(name, arguments) => {
            if !functions::knows(evaluator, name) {
                return Err(ExpressionError::UnknownFunction(name.clone()));
            }
            arguments.iter().try_for_each(|argument| known(evaluator, argument))
        }
        Expression::Property(of, _) => known(evaluator, of),
        Expression::Index(of, index) => {
            known(evaluator, of)?;
            known(evaluator, index)
        }
        Expression::Text(_) | Expression::Number(_) => Ok(()),
    }
}
