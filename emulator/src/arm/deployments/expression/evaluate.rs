//! An expression's tree into its value.

use serde_json::Value;

use super::functions;
use super::parse::Expression;
use super::{Text, read};
use crate::arm::error::{ExpressionError, MOST_RESOURCES};

/// Where in a template an expression stands: it decides which functions are expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::arm::deployments) enum Stage {
    /// A parameter's default value: the only place for `utcNow` and `newGuid`.
    Default,
    /// Names, conditions, variables: known before anything is deployed.
    Start,
    /// Bodies and outputs: `reference` is known once what it names is there.
    Run,
}

/// A function that a template defines itself.
#[derive(Debug)]
pub(in crate::arm::deployments) struct UserFunction<'a> {
    /// The names of its parameters, in order.
    pub(in crate::arm::deployments) parameters: Vec<&'a str>,
    /// Its `output.value`.
    pub(in crate::arm::deployments) output: &'a Value,
}

/// What expressions may name.
pub(in crate::arm::deployments) trait Names {
    /// Where it stands.
    fn place(&self) -> &dyn Place;
    /// `parameters('name')`
    fn parameter(&self, name: &str) -> Result<Value, ExpressionError>;
    /// `variables('name')`
    fn variable(&self, name: &str) -> Result<Value, ExpressionError>;
    /// `reference('name or id', 'api-version')`: the whole resource.
    fn resource(&self, name: &str, version: Option<&str>) -> Result<Value, ExpressionError>;
    /// `references('name')`: the whole resources of a loop.
    fn resources(&self, name: &str) -> Result<Vec<Value>, ExpressionError>;
    /// `resourceInfo('name')`: what a resource's place in the template says of it.
    fn info(&self, name: &str) -> Result<Value, ExpressionError>;
}

/// What an expression knows of where it stands, whatever values it may name.
pub(in crate::arm::deployments) trait Place {
    /// `subscription()`, `resourceGroup()`, `tenant()`, `deployment()`, `deployer()`, `environment()`.
    fn fact(&self, name: &str) -> Option<Value>;
    /// `utcNow()`
    fn now(&self) -> crate::timestamp::Timestamp;
    /// `newGuid()`
    fn new_guid(&self) -> uuid::Uuid;
    /// A function of the template's own, by `namespace.name`.
    fn function(&self, name: &str) -> Option<UserFunction<'_>>;
}

/// Evaluates expressions of one place.
#[derive(Clone)]
pub(in crate::arm::deployments) struct Evaluator<'a> {
    pub(super) names: &'a dyn Names,
    pub(super) stage: Stage,
    /// The loops around the place, by name, the innermost last.
    pub(super) loops: Vec<(String, i64)>,
    /// Lambda variables; inside of a template's function, its parameters.
    pub(super) locals: Vec<(String, Value)>,
    pub(super) in_function: bool,
    /// How many of the template's functions are being called, one by another.
    pub(super) depth: usize,
}

impl<'a> Evaluator<'a> {
    pub(in crate::arm::deployments) fn new(names: &'a dyn Names, stage: Stage) -> Self {
        Self { names, stage, loops: Vec::new(), locals: Vec::new(), in_function: false, depth: 0 }
    }

    /// The same inside of loops.
    #[must_use]
    pub(in crate::arm::deployments) fn within(mut self, loops: &[(String, i64)]) -> Self {
        self.loops.extend_from_slice(loops);
        self
    }

    pub(super) fn with_local(&self, name: &str, value: Value) -> Self {
        let mut inner = self.clone();
        inner.locals.push((name.to_owned(), value));
        inner
    }

    /// A value of the template with every expression in it evaluated, property loops unrolled.
    ///
    /// # Errors
    /// The first expression that has no value.
    pub(in crate::arm::deployments) fn value(&self, value: &Value) -> Result<Value, ExpressionError> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                items.iter().map(|item| self.value(item)).collect::<Result<_, _>>().map(Value::Array)
            }
            Value::Object(members) => {
                let mut object = serde_json::Map::new();
                for (name, member) in members {
                    if name.eq_ignore_ascii_case("copy") && member.is_array() {
                        self.unroll(member, &mut object)?;
                        continue;
                    }
                    let name = match self.text(name)? {
                        Value::String(name) => name,
                        other => return Err(ExpressionError::NotEvaluated(other.to_string())),
                    };
                    object.insert(name, self.value(member)?);
                }
                Ok(Value::Object(object))
            }
            other => Ok(other.clone()),
        }
    }

    /// `"copy": [{"name", "count", "input"}]` among an object's members: one array for each.
    fn unroll(
        &self,
        copies: &Value,
        into: &mut serde_json::Map<String, Value>,
    ) -> Result<(), ExpressionError> {
        for copy in copies.as_array().into_iter().flatten() {
            let name = copy["name"].as_str().ok_or(ExpressionError::Member("name"))?;
            into.insert(name.to_owned(), self.repeat(name, &copy["count"], &copy["input"])?);
        }
        Ok(())
    }

    /// How many turns a loop takes.
    ///
    /// # Errors
    /// A count that is no such number, or an expression without a value.
    pub(in crate::arm::deployments) fn count(&self, count: &Value) -> Result<i64, ExpressionError> {
        let fits = |count: &i64| usize::try_from(*count).is_ok_and(|count| count <= MOST_RESOURCES);
        self.value(count)?.as_i64().filter(fits).ok_or(ExpressionError::Count)
    }

    /// `input`, once for each turn of a loop.
    ///
    /// # Errors
    /// As [`Self::count`]; the first expression that has no value.
    pub(in crate::arm::deployments) fn repeat(
        &self,
        name: &str,
        count: &Value,
        input: &Value,
    ) -> Result<Value, ExpressionError> {
        let turns = 0..self.count(count)?;
        turns.map(|turn| self.clone().within(&[(name.to_owned(), turn)]).value(input)).collect()
    }

    /// A text's value: itself, or what its expression gives.
    ///
    /// # Errors
    /// An expression without a value.
    pub(in crate::arm::deployments) fn text(&self, text: &str) -> Result<Value, ExpressionError> {
        match read(text)? {
            Text::Literal(text) => Ok(Value::String(text.to_owned())),
            Text::Expression(expression) => self.expression(&expression),
        }
    }

    pub(in crate::arm::deployments) fn expression(
        &self,
        expression: &Expression,
    ) -> Result<Value, ExpressionError> {
        match expression {
            Expression::Text(text) => Ok(Value::String(text.clone())),
            Expression::Number(number) => Ok((*number).into()),
            Expression::Call(name, arguments) => functions::call(self, name, arguments),
            Expression::Property(of, name) => property(&self.expression(of)?, name),
            Expression::Index(of, index) => {
                let (of, index) = (self.expression(of)?, self.expression(index)?);
                item(&of, &index)
            }
        }
    }
}

/// `value.name`, without regard to case.
pub(super) fn property(value: &Value, name: &str) -> Result<Value, ExpressionError> {
    let Value::Object(members) = value else { return Err(ExpressionError::NotEvaluated(name.to_owned())) };
    let found = members
        .get(name)
        .or_else(|| members.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value));
    found.cloned().ok_or_else(|| {
        let available: Vec<_> = members.keys().map(String::as_str).collect();
        ExpressionError::NoProperty(name.to_owned(), available.join(", "))
    })
}

/// `value[index]`
pub(super) fn item(value: &Value, index: &Value) -> Result<Value, ExpressionError> {
    match (value, index) {
        (_, Value::String(name)) => property(value, name),
        (Value::Array(items), Value::Number(number)) => {
            let index = number.as_i64().unwrap_or(-1);
            let found = usize::try_from(index).ok().and_then(|index| items.get(index));
            found.cloned().ok_or(ExpressionError::OutOfBounds(index))
        }
        _ => Err(ExpressionError::NotEvaluated(index.to_string())),
    }
}
