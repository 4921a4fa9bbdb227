//! The functions of the language, by family. A name that is in none of them is refused.

mod collections;
mod dates;
pub(super) mod identifiers;
mod lambdas;
mod logic;
mod numbers;
mod places;
mod texts;
pub(super) mod unique;

use serde_json::Value;

use super::evaluate::{Evaluator, UserFunction};
use super::parse::Expression;
use crate::arm::error::ExpressionError;

/// A function's value, or `None` where the family does not have it.
type Outcome = Option<Result<Value, ExpressionError>>;

/// Calls a function.
///
/// # Errors
/// One that is not there, cannot be used there or does not take its arguments.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &[Expression],
) -> Result<Value, ExpressionError> {
    let lower = name.to_ascii_lowercase();
    if let Some(function) = evaluator.names.place().function(name) {
        return own(evaluator, name, &function, arguments);
    }
    // These do not look at all of their arguments, or not as values.
    if let Some(value) =
        logic::lazy(evaluator, &lower, arguments).or_else(|| lambdas::call(evaluator, &lower, arguments))
    {
        return value;
    }
    let given =
        arguments.iter().map(|argument| evaluator.expression(argument)).collect::<Result<Vec<_>, _>>()?;
    let given = Given { name, values: &given };
    of_values(evaluator, &lower, given)
        .unwrap_or_else(|| Err(ExpressionError::UnknownFunction(name.to_owned())))
}

fn of_values(evaluator: &Evaluator<'_>, lower: &str, given: Given<'_>) -> Outcome {
    texts::call(lower, given)
        .or_else(|| collections::call(lower, given))
        .or_else(|| logic::call(lower, given))
        .or_else(|| numbers::call(lower, given))
        .or_else(|| dates::call(evaluator, lower, given))
        .or_else(|| places::call(evaluator, lower, given))
}

/// Whether there is a function of that name: a family has it if it says anything to a call without arguments.
pub(super) fn knows(evaluator: &Evaluator<'_>, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    evaluator.names.place().function(name).is_some()
        || logic::lazy(evaluator, &lower, &[]).is_some()
        || lambdas::call(evaluator, &lower, &[]).is_some()
        || of_values(evaluator, &lower, Given { name, values: &[] }).is_some()
}

/// A function of the template's own sees its parameters and nothing else.
fn own(
    evaluator: &Evaluator<'_>,
    name: &str,
    function: &UserFunction<'_>,
    arguments: &[Expression],
) -> Result<Value, ExpressionError> {
    if arguments.len() != function.parameters.len() {
        let why = format!("it takes {} arguments, not {}", function.parameters.len(), arguments.len());
        return Err(ExpressionError::Arguments(name.to_owned(), why));
    }
    // One function may call another; a chain that long calls itself.
    if evaluator.depth > 32 {
        return Err(ExpressionError::Cycle(name.to_owned()));
    }
    let mut inner = evaluator.clone();
    inner.in_function = true;
    inner.depth += 1;
    let mut locals = Vec::new();
    for (parameter, argument) in function.parameters.iter().zip(arguments) {
        locals.push(((*parameter).to_owned(), evaluator.expression(argument)?));
    }
    inner.locals.extend(locals);
    inner.value(function.output)
}

/// A function's arguments.
#[derive(Clone, Copy, Debug)]
struct Given<'a> {
    name: &'a str,
    values: &'a [Value],
}

impl<'a> Given<'a> {
    fn wrong(self, why: impl Into<String>) -> ExpressionError {
        ExpressionError::Arguments(self.name.to_owned(), why.into())
    }

    /// Refuses another number of arguments.
    fn count(self, least: usize, most: usize) -> Result<Self, ExpressionError> {
        match self.values.len() {
            count if (least..=most).contains(&count) => Ok(self),
            count if least == most => Err(self.wrong(format!("it takes {least} arguments, not {count}"))),
            count => Err(self.wrong(format!("it takes {least} to {most} arguments, not {count}"))),
        }
    }

    fn get(self, index: usize) -> Result<&'a Value, ExpressionError> {
        self.values.get(index).ok_or_else(|| self.wrong(format!("argument {} is missing", index + 1)))
    }

    fn text(self, index: usize) -> Result<&'a str, ExpressionError> {
        let found = self.get(index)?.as_str();
        found.ok_or_else(|| self.wrong(format!("argument {} is no string", index + 1)))
    }

    fn number(self, index: usize) -> Result<i64, ExpressionError> {
        let found = self.get(index)?.as_i64();
        found.ok_or_else(|| self.wrong(format!("argument {} is no integer", index + 1)))
    }

    /// A number that counts something.
    fn size(self, index: usize) -> Result<usize, ExpressionError> {
        let number = self.number(index)?;
        usize::try_from(number).map_err(|_| self.wrong(format!("argument {} is negative", index + 1)))
    }

    fn truth(self, index: usize) -> Result<bool, ExpressionError> {
        let found = self.get(index)?.as_bool();
        found.ok_or_else(|| self.wrong(format!("argument {} is no boolean", index + 1)))
    }

    fn array(self, index: usize) -> Result<&'a Vec<Value>, ExpressionError> {
        let found = self.get(index)?.as_array();
        found.ok_or_else(|| self.wrong(format!("argument {} is no array", index + 1)))
    }

    fn object(self, index: usize) -> Result<&'a serde_json::Map<String, Value>, ExpressionError> {
        let found = self.get(index)?.as_object();
        found.ok_or_else(|| self.wrong(format!("argument {} is no object", index + 1)))
    }

    /// All arguments as texts; numbers and booleans are written out.
    fn texts(self) -> Result<Vec<String>, ExpressionError> {
        let written = |value: &Value| written(value).ok_or_else(|| self.wrong("it takes strings"));
        self.values.iter().map(written).collect()
    }
}

/// A scalar as text.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}
