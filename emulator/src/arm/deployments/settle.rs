//! The values of a template's parameters and variables, and everything else that its expressions may name.
//!
//! A default value or a variable may name others, in any order: each is evaluated when first named, and one that names
//! itself is refused.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::expression::{Evaluator, Names, Place, Stage, UserFunction};
use super::facts::Facts;
use super::plan::{Planned, locate};
use super::template::{Template, find};
use crate::arm::error::ExpressionError;
use crate::timestamp::Timestamp;

/// Values by name in lower case.
pub(super) type Values = BTreeMap<String, Value>;

/// Where expressions stand: in a template, deployed somewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub(super) template: &'a Template,
    pub(super) facts: &'a Facts<'a>,
}

impl Place for Standing<'_> {
    fn fact(&self, name: &str) -> Option<Value> {
        self.facts.get(name)
    }

    fn now(&self) -> Timestamp {
        self.facts.now
    }

    fn new_guid(&self) -> Uuid {
        self.facts.draw.uuid()
    }

    fn function(&self, name: &str) -> Option<UserFunction<'_>> {
        let (namespace, name) = name.split_once('.')?;
        let namespace =
            self.template.functions.iter().find(|own| own.namespace.eq_ignore_ascii_case(namespace))?;
        let found = find(&namespace.members, name)?;
        Some(UserFunction {
            parameters: found.parameters.iter().map(|parameter| parameter.name.as_str()).collect(),
            output: &found.output.value,
        })
    }
}

/// Everything that an expression may name, once parameters and variables have their values.
#[derive(Debug)]
pub(super) struct Settled<'a> {
    pub(super) place: Standing<'a>,
    pub(super) parameters: &'a Values,
    pub(super) variables: &'a Values,
    pub(super) plan: &'a [Planned],
    /// What each resource of the plan came to; `None` before it is there.
    pub(super) deployed: Vec<Option<Value>>,
    /// Resources outside of the template, by id in lower case.
    pub(super) fetched: Values,
}

impl Names for Settled<'_> {
    fn place(&self) -> &dyn Place {
        &self.place
    }

    fn parameter(&self, name: &str) -> Result<Value, ExpressionError> {
        let found = self.parameters.get(&name.to_lowercase()).cloned();
        found.ok_or_else(|| ExpressionError::ParameterNotFound(name.to_owned()))
    }

    fn variable(&self, name: &str) -> Result<Value, ExpressionError> {
        let found = self.variables.get(&name.to_lowercase()).cloned();
        found.ok_or_else(|| ExpressionError::VariableNotFound(name.to_owned()))
    }

    fn resource(&self, name: &str, version: Option<&str>) -> Result<Value, ExpressionError> {
        match locate(self.plan, name).as_slice() {
            [index, ..] => self.planned(*index),
            [] => {
                let id = absolute(self.place.facts, name);
                let id = id.ok_or_else(|| ExpressionError::NotDefined(name.to_owned()))?;
                let found = self.fetched.get(&id.to_lowercase()).cloned();
                found.ok_or_else(|| match version {
                    Some(version) => ExpressionError::Awaits(id, Some(version.to_owned())),
                    None => ExpressionError::NeedsApiVersion(name.to_owned()),
                })
            }
        }
    }

    fn resources(&self, name: &str) -> Result<Vec<Value>, ExpressionError> {
        locate(self.plan, name).into_iter().map(|index| self.planned(index)).collect()
    }

    fn info(&self, name: &str) -> Result<Value, ExpressionError> {
        let found = locate(self.plan, name).first().map(|index| &self.plan[*index]);
        let found = found.ok_or_else(|| ExpressionError::NotDefined(name.to_owned()))?;
        Ok(json!({ "id": found.id, "name": found.name, "type": found.kind, "apiVersion": found.version }))
    }
}

impl Settled<'_> {
    fn planned(&self, index: usize) -> Result<Value, ExpressionError> {
        let planned = &self.plan[index];
        let own = self.deployed.get(index).and_then(Option::as_ref);
        let found = own.or_else(|| self.fetched.get(&planned.id.to_lowercase())).cloned();
        found.ok_or_else(|| {
            ExpressionError::Awaits(planned.id.clone(), planned.existing.then(|| planned.version.clone()))
        })
    }
}

/// A resource id that `reference` is given: whole, or below the place of the deployment.
fn absolute(facts: &Facts<'_>, name: &str) -> Option<String> {
    if name.starts_with('/') {
        return Some(name.to_owned());
    }
    let (kind, _) = name.split_once('/').filter(|(kind, _)| kind.contains('.'))?;
    let base = facts.group.as_ref().unwrap_or(&facts.subscription)["id"].as_str()?;
    Some(match kind {
        _ if name.contains("/providers/") => format!("/{name}"),
        _ => format!("{base}/providers/{name}"),
    })
}

/// Where a variable's value comes from.
enum Source<'a> {
    Value(&'a Value),
    /// An entry of `variables.copy`.
    Loop(&'a Value),
}

/// While they are being evaluated.
struct Settling<'a> {
    place: Standing<'a>,
    variables: BTreeMap<String, Source<'a>>,
    parameters_done: RefCell<Values>,
    variables_done: RefCell<Values>,
    active: RefCell<Vec<String>>,
}

/// A parameter or variable whose value cannot be found: its path in the template, its name, and why.
pub(super) struct Unsettled {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) why: ExpressionError,
}

/// The values of all parameters and variables. `given` has those that the request gives.
///
/// # Errors
/// The first that has none. A parameter without default value that is not given counts as absent here.
pub(super) fn settle(
    template: &Template,
    facts: &Facts<'_>,
    given: Values,
) -> Result<(Values, Values), Unsettled> {
    let settling = Settling {
        place: Standing { template, facts },
        variables: sources(&template.variables),
        parameters_done: RefCell::new(given),
        variables_done: RefCell::default(),
        active: RefCell::default(),
    };
    for (name, definition) in &template.parameters {
        if definition.default_value.is_some() {
            let failed = |why| Unsettled { path: format!("parameters.{name}"), name: name.clone(), why };
            settling.parameter(name).map_err(failed)?;
        }
    }
    for name in settling.variables.keys() {
        let failed = |why| Unsettled { path: format!("variables.{name}"), name: name.clone(), why };
        settling.variable(name).map_err(failed)?;
    }
    Ok((settling.parameters_done.into_inner(), settling.variables_done.into_inner()))
}

fn sources(variables: &Map<String, Value>) -> BTreeMap<String, Source<'_>> {
    let mut all = BTreeMap::new();
    for (name, value) in variables {
        match value {
            Value::Array(copies) if name.eq_ignore_ascii_case("copy") => {
                let named = copies.iter().filter_map(|copy| Some((copy["name"].as_str()?, copy)));
                all.extend(named.map(|(name, copy)| (name.to_owned(), Source::Loop(copy))));
            }
            value => {
                all.insert(name.clone(), Source::Value(value));
            }
        }
    }
    all
}

impl Settling<'_> {
    /// A value that is computed when it is first named.
    fn once(
        &self,
        (family, name): (&str, &str),
        done: &RefCell<Values>,
        compute: impl FnOnce() -> Result<Value, ExpressionError>,
    ) -> Result<Value, ExpressionError> {
        let lower = name.to_lowercase();
        if let Some(found) = done.borrow().get(&lower) {
            return Ok(found.clone());
        }
        let key = format!("{family} {lower}");
        if self.active.borrow().contains(&key) {
            return Err(ExpressionError::Cycle(name.to_owned()));
        }
        self.active.borrow_mut().push(key);
        let found = compute();
        self.active.borrow_mut().pop();
        done.borrow_mut().insert(lower, found.clone()?);
        found
    }

    fn turns(&self, copy: &Value) -> Result<Value, ExpressionError> {
        let name = copy["name"].as_str().unwrap_or_default();
        Evaluator::new(self, Stage::Start).repeat(name, &copy["count"], &copy["input"])
    }
}

impl Names for Settling<'_> {
    fn place(&self) -> &dyn Place {
        &self.place
    }

    fn parameter(&self, name: &str) -> Result<Value, ExpressionError> {
        self.once(("parameter", name), &self.parameters_done, || {
            let definition = find(&self.place.template.parameters, name);
            let default = definition.and_then(|definition| definition.default_value.as_ref());
            let default = default.ok_or_else(|| ExpressionError::ParameterNotFound(name.to_owned()))?;
            Evaluator::new(self, Stage::Default).value(default)
        })
    }

    fn variable(&self, name: &str) -> Result<Value, ExpressionError> {
        self.once(("variable", name), &self.variables_done, || match find(&self.variables, name) {
            Some(Source::Value(value)) => Evaluator::new(self, Stage::Start).value(value),
            Some(Source::Loop(copy)) => self.turns(copy),
            None => Err(ExpressionError::VariableNotFound(name.to_owned())),
        })
    }

    fn resource(&self, _: &str, _: Option<&str>) -> Result<Value, ExpressionError> {
        Err(ExpressionError::NotExpectedHere("reference".to_owned()))
    }

    fn resources(&self, _: &str) -> Result<Vec<Value>, ExpressionError> {
        Err(ExpressionError::NotExpectedHere("references".to_owned()))
    }

    fn info(&self, _: &str) -> Result<Value, ExpressionError> {
        Err(ExpressionError::NotExpectedHere("resourceInfo".to_owned()))
    }
}
