//! A template and the request that deploys it, as JSON has them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// Body of `PUT ../deployments/{name}` and its like.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    /// Where the deployment is kept, at the level of a subscription.
    #[serde(default)]
    pub(super) location: Option<String>,
    #[serde(default)]
    pub(super) tags: Option<crate::arm::store::Tags>,
    pub(super) properties: Properties,
}

/// `properties` of a [`Request`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Properties {
    pub(super) mode: Option<String>,
    pub(super) template: Option<Value>,
    pub(super) template_link: Option<Value>,
    pub(super) parameters: Option<Map<String, Value>>,
    pub(super) parameters_link: Option<Value>,
    pub(super) expression_evaluation_options: Option<EvaluationOptions>,
}

/// `expressionEvaluationOptions` of a deployment inside of a template.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EvaluationOptions {
    pub(super) scope: Option<String>,
}

/// A template. Members that it must not have are refused, as Azure does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Template {
    #[serde(rename = "$schema")]
    pub(super) schema: String,
    pub(super) content_version: String,
    #[serde(default)]
    pub(super) language_version: Option<String>,
    #[serde(default)]
    pub(super) api_profile: Option<String>,
    /// For readers of the template.
    #[serde(default, rename = "metadata")]
    _metadata: IgnoredAny,
    #[serde(default)]
    pub(super) definitions: Map<String, Value>,
    #[serde(default)]
    pub(super) functions: Vec<Namespace>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Definition>,
    #[serde(default)]
    pub(super) variables: Map<String, Value>,
    #[serde(default)]
    pub(super) resources: Value,
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, Definition>,
}

/// Functions of a template's own.
#[derive(Debug, Deserialize)]
pub(super) struct Namespace {
    pub(super) namespace: String,
    #[serde(default)]
    pub(super) members: BTreeMap<String, Function>,
}

/// One of them.
#[derive(Debug, Deserialize)]
pub(super) struct Function {
    #[serde(default)]
    pub(super) parameters: Vec<FunctionParameter>,
    pub(super) output: FunctionOutput,
}

/// A parameter of a function.
#[derive(Debug, Deserialize)]
pub(super) struct FunctionParameter {
    pub(super) name: String,
}

/// What a function gives.
#[derive(Debug, Deserialize)]
pub(super) struct FunctionOutput {
    pub(super) value: Value,
}

/// A parameter or an output: its type, what holds of it, its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Definition {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(rename = "$ref")]
    pub(super) refers_to: Option<String>,
    pub(super) default_value: Option<Value>,
    pub(super) allowed_values: Option<Vec<Value>>,
    pub(super) min_length: Option<i64>,
    pub(super) max_length: Option<i64>,
    pub(super) min_value: Option<i64>,
    pub(super) max_value: Option<i64>,
    pub(super) nullable: Option<bool>,
    pub(super) value: Option<Value>,
    pub(super) condition: Option<Value>,
    pub(super) copy: Option<OutputCopy>,
}

/// `copy` of an output.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OutputCopy {
    pub(super) count: Value,
    pub(super) input: Value,
}

/// The types that values have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    SecureString,
    Int,
    Bool,
    Object,
    SecureObject,
    Array,
}

impl Kind {
    /// Reads a type's name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "string" => Self::String,
            "securestring" => Self::SecureString,
            "int" => Self::Int,
            "bool" => Self::Bool,
            "object" => Self::Object,
            "secureobject" => Self::SecureObject,
            "array" => Self::Array,
            _ => return None,
        })
    }

    /// As deployments answer it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::SecureString => "SecureString",
            Self::Int => "Int",
            Self::Bool => "Bool",
            Self::Object => "Object",
            Self::SecureObject => "SecureObject",
            Self::Array => "Array",
        }
    }

    /// As refusals call what is expected.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::String | Self::SecureString => "String, Uri",
            Self::Int => "Integer",
            Self::Bool => "Boolean",
            Self::Object | Self::SecureObject => "Object",
            Self::Array => "Array",
        }
    }

    /// Whether values of it are never shown.
    pub(super) const fn is_secure(self) -> bool {
        matches!(self, Self::SecureString | Self::SecureObject)
    }

    /// Whether a value is of it.
    pub(super) fn admits(self, value: &Value) -> bool {
        match self {
            Self::String | Self::SecureString => value.is_string(),
            Self::Int => value.is_i64() || value.is_u64(),
            Self::Bool => value.is_boolean(),
            Self::Object => value.is_object(),
            // A secure object may be anything that JSON has.
            Self::SecureObject => true,
            Self::Array => value.is_array(),
        }
    }
}

impl Template {
    /// A definition with what the one that it refers to says (`#/definitions/name`).
    pub(super) fn resolved(&self, definition: &Definition) -> Definition {
        let mut own = definition.clone();
        let mut steps = 0;
        while let Some(name) = own.refers_to.take() {
            let name = name.rsplit('/').next().unwrap_or_default();
            let found = self.definitions.get(name).cloned().and_then(|v| serde_json::from_value(v).ok());
            let Some(found): Option<Definition> = found.filter(|_| steps < 16) else { break };
            steps += 1;
            own = Definition {
                kind: own.kind.or(found.kind),
                refers_to: found.refers_to,
                default_value: own.default_value,
                allowed_values: own.allowed_values.or(found.allowed_values),
                min_length: own.min_length.or(found.min_length),
                max_length: own.max_length.or(found.max_length),
                min_value: own.min_value.or(found.min_value),
                max_value: own.max_value.or(found.max_value),
                nullable: own.nullable.or(found.nullable),
                ..own
            };
        }
        own
    }
}

/// A member by its name, without regard to case.
pub(super) fn find<'a, T>(members: impl IntoIterator<Item = (&'a String, T)>, name: &str) -> Option<T> {
    members.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
