//! The values that a request gives for a template's parameters: read, and held against what the template asks for.

use serde_json::{Map, Value};

use super::settle::Values;
use super::template::{Definition, Kind, Template, find};
use crate::arm::error::{TemplateError, Unfit};

/// A parameter's value as a request gives it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// `{"value": ..}`
    Value(Value),
    /// `{"reference": {"keyVault": {"id"}, "secretName", "secretVersion"}}`
    Secret(SecretReference),
}

/// A secret of a vault that is to be a parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SecretReference {
    pub(super) vault: String,
    pub(super) name: String,
    pub(super) version: Option<String>,
}

/// Reads `properties.parameters`.
///
/// # Errors
/// A parameter that the template does not have, or that is neither a value nor a reference.
pub(super) fn read(
    template: &Template,
    given: &Map<String, Value>,
) -> Result<Vec<(String, Given)>, TemplateError> {
    let unknown: Vec<_> =
        given.keys().filter(|name| find(&template.parameters, name).is_none()).cloned().collect();
    if !unknown.is_empty() {
        let known: Vec<_> = template.parameters.keys().map(String::as_str).collect();
        return Err(TemplateError::UnknownParameters(unknown.join(", "), known.join(", ")));
    }
    let mut all = Vec::new();
    for (name, entry) in given {
        let wrong = || TemplateError::ParameterValue(name.clone(), Unfit::Form);
        let value = match (entry.get("value"), entry.get("reference")) {
            (Some(value), None) => Given::Value(value.clone()),
            (None, Some(reference)) => Given::Secret(secret(reference).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        all.push((name.clone(), value));
    }
    Ok(all)
}

fn secret(reference: &Value) -> Option<SecretReference> {
    Some(SecretReference {
        vault: reference["keyVault"]["id"].as_str()?.to_owned(),
        name: reference["secretName"].as_str()?.to_owned(),
        version: reference["secretVersion"].as_str().filter(|text| !text.is_empty()).map(str::to_owned),
    })
}

/// Whether every parameter has a value.
///
/// # Errors
/// The first that has none, nor a default.
pub(super) fn all_given(template: &Template, values: &mut Values) -> Result<(), TemplateError> {
    for (name, definition) in &template.parameters {
        let definition = template.resolved(definition);
        let given = values.get(&name.to_lowercase());
        if given.is_some_and(|value| !value.is_null() || definition.nullable == Some(true)) {
            continue;
        }
        match (definition.default_value.is_some(), definition.nullable) {
            // Null stands for the default.
            (true, _) => {
                values.remove(&name.to_lowercase());
            }
            (false, Some(true)) => {
                values.insert(name.to_lowercase(), Value::Null);
            }
            (false, _) => return Err(TemplateError::ParameterMissing(name.clone())),
        }
    }
    Ok(())
}

/// Holds the values against what the template says of its parameters.
///
/// # Errors
/// The first that is not of its type, not allowed, or out of range.
pub(super) fn check(template: &Template, values: &Values) -> Result<(), TemplateError> {
    for (name, definition) in &template.parameters {
        let definition = template.resolved(definition);
        let kind = definition.kind.as_deref().and_then(Kind::parse);
        let kind = kind.ok_or_else(|| TemplateError::ParameterType(name.clone()))?;
        let Some(value) = values.get(&name.to_lowercase()) else { continue };
        if value.is_null() && definition.nullable == Some(true) {
            continue;
        }
        if let Some(why) = complaint(kind, &definition, value) {
            return Err(TemplateError::ParameterValue(name.clone(), why));
        }
    }
    Ok(())
}

fn complaint(kind: Kind, definition: &Definition, value: &Value) -> Option<Unfit> {
    if !kind.admits(value) {
        return Some(Unfit::Type(kind.expected(), actual(value)));
    }
    if let Some(allowed) = &definition.allowed_values {
        // An array may be any choice of those that are allowed.
        let fits = allowed.contains(value)
            || value.as_array().is_some_and(|items| items.iter().all(|item| allowed.contains(item)));
        if !fits {
            let allowed: Vec<_> = allowed.iter().map(plain).collect();
            return Some(Unfit::NotAllowed(plain(value), allowed.join(",")));
        }
    }
    let length = match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        _ => None,
    };
    let length = length.and_then(|length| i64::try_from(length).ok());
    range("Length of the value", length, definition.min_length, definition.max_length)
        .or_else(|| range("The value", value.as_i64(), definition.min_value, definition.max_value))
}

fn range(what: &'static str, own: Option<i64>, least: Option<i64>, most: Option<i64>) -> Option<Unfit> {
    let own = own?;
    if let Some(least) = least.filter(|least| own < *least) {
        return Some(Unfit::Less(what, least));
    }
    let most = most.filter(|most| own > *most)?;
    Some(Unfit::More(what, most))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn actual(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

/// `properties.parameters` of the answer: types, and the values that were used, secure ones without.
pub(super) fn answer(template: &Template, values: &Values) -> Value {
    let mut all = Map::new();
    for (name, definition) in &template.parameters {
        let kind = template.resolved(definition).kind.as_deref().and_then(Kind::parse);
        let (Some(kind), Some(value)) = (kind, values.get(&name.to_lowercase())) else { continue };
        let mut entry = Map::new();
        entry.insert("type".to_owned(), kind.name().into());
        if !kind.is_secure() {
            entry.insert("value".to_owned(), value.clone());
        }
        all.insert(name.clone(), entry.into());
    }
    all.into()
}
