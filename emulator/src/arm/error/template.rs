//! What is wrong with a template, in Resource Manager's sentences; [`super::ArmError::InvalidTemplate`] quotes them.
//!
//! Sources, public issues unless another is named, the newest wording that there is: a value that is not provided,
//! fabric-toolbox 398 (2026); of another type, deployment-stacks 190 (2024); not allowed, "The value 'NOra' is not
//! part of .." in notes on New-AzResourceGroupDeployment; parameters that are not defined, azure-devtestlab 773 and
//! others; segments, Azure-Sentinel 13852 (2026); too many resources, azure-api-management-devops-resource-kit 360
//! (2020), the whole of it and its place in notes on Advent of Code 2022 with Farmer; too many turns,
//! azure-quickstart-templates 6459 (2019); a resource that stands there twice, azure-search-openai-demo 1449
//! (2024); a circle, entaoai 15 (2023); a dependency that is not defined, Azure-IPAM 6 (2026); the schema, the
//! tests of vscode-azurearmtools. What [`TemplateError::source`] calls unverified is in the emulator's own words.

use super::expression::ExpressionError;
use crate::error::Source;

/// How many resources a template may have, and how many turns a loop: learn.microsoft.com, "ARM template best
/// practices", "Template limits", and "Resource iteration in ARM templates", "Copy limits".
pub const MOST_RESOURCES: usize = 800;

/// Why a parameter's value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is neither a value nor a reference to a secret.
    Form,
    /// It is of another type: the one that is wanted, its own.
    Type(&'static str, &'static str),
    /// It is not among those that are allowed: itself, those.
    NotAllowed(String, String),
    /// It is less than the least, or its length is: which of them, the least.
    Less(&'static str, i64),
    /// It is more than the most, or its length is: which of them, the most.
    More(&'static str, i64),
}

impl Unfit {
    fn sentence(&self) -> String {
        match self {
            Self::Form => "It has neither a value nor a reference to a secret.".to_owned(),
            Self::Type(expected, actual) => format!(
                "Expected a value of type '{expected}', but received a value of type '{actual}'. Please see https://aka.ms/arm-create-parameter-file for usage details."
            ),
            Self::NotAllowed(value, allowed) => {
                format!("The value '{value}' is not part of the allowed value(s): '{allowed}'.")
            }
            Self::Less(what, least) => format!("{what} should be greater than or equal to '{least}'."),
            Self::More(what, most) => format!("{what} should be less than or equal to '{most}'."),
        }
    }
}

/// Why a template is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// A `$schema` that there is not, and those that there are.
    Schema(String, String),
    /// A `contentVersion` that is not four numbers.
    ContentVersion(String),
    /// Symbolic names in a language that has none.
    LanguageVersion,
    /// Parameters that are given but not defined: those, and the ones that are.
    UnknownParameters(String, String),
    /// A parameter without a value.
    ParameterMissing(String),
    /// A parameter's value that does not fit, and why.
    ParameterValue(String, Unfit),
    /// A parameter without a type that there is.
    ParameterType(String),
    /// A variable without a value.
    Variable(String, ExpressionError),
    /// A resource of which something has no value.
    Resource(String, ExpressionError),
    /// An output that has no value.
    Output(String, ExpressionError),
    /// A member of a resource that is absent or no text: the resource, the member.
    NotText(String, &'static str),
    /// A resource's `copy` whose count is out of range.
    Loop,
    /// More resources than a template may have, with every turn of its loops: how many.
    TooMany(usize),
    /// A type with more or fewer segments than its name: the name, the type.
    Segments(String, String),
    /// A resource that stands there twice.
    Twice(String),
    /// A dependency that is no resource of the template.
    NotDefined(String),
    /// Resources that wait for each other: one of them.
    Circular(String),
}

impl TemplateError {
    /// Where the sentence is from.
    #[must_use]
    pub const fn source(&self) -> Source {
        match self {
            Self::ContentVersion(_)
            | Self::LanguageVersion
            | Self::ParameterType(_)
            | Self::ParameterValue(_, Unfit::Form | Unfit::Less(..) | Unfit::More(..))
            | Self::NotText(..) => Source::Unverified,
            Self::Variable(_, why) | Self::Resource(_, why) | Self::Output(_, why) => why.source(),
            Self::Schema(..)
            | Self::UnknownParameters(..)
            | Self::ParameterMissing(_)
            | Self::ParameterValue(..)
            | Self::Segments(..)
            | Self::Loop
            | Self::TooMany(_)
            | Self::Twice(_)
            | Self::NotDefined(_)
            | Self::Circular(_) => Source::Quoted,
        }
    }

    /// The sentence, with the line and column of what it is about.
    #[must_use]
    pub fn sentence(&self, (line, column): (usize, usize)) -> String {
        let place = format!("at line '{line}' and column '{column}'");
        match self {
            Self::UnknownParameters(unknown, known) => format!(
                "The template parameters '{unknown}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '{known}'. Please see https://aka.ms/arm-pass-parameter-values for usage details."
            ),
            Self::ParameterMissing(name) => format!(
                "The value for the template parameter '{name}' {place} is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details."
            ),
            Self::ParameterValue(name, why) => {
                format!(
                    "The provided value for the template parameter '{name}' is not valid. {}",
                    why.sentence()
                )
            }
            Self::ParameterType(name) => {
                format!("The type of the template parameter '{name}' {place} is not valid.")
            }
            Self::Variable(name, why) => format!(
                "The template variable '{name}' is not valid: {why}. Please see https://aka.ms/arm-functions for usage details."
            ),
            Self::Resource(name, why) => format!(
                "The template resource '{name}' {place} is not valid: {why}. Please see https://aka.ms/arm-functions for usage details."
            ),
            Self::Output(name, why) => format!(
                "The template output '{name}' {place} is not valid: {why}. Please see https://aka.ms/arm-functions for usage details."
            ),
            Self::NotText(name, member) => {
                format!("The template resource '{name}' {place} is not valid: '{member}' must be a string.")
            }
            _ => self.of_structure(&place),
        }
    }

    fn of_structure(&self, place: &str) -> String {
        match self {
            Self::Schema(schema, known) => format!(
                "Template schema '{schema}' is not supported. Supported versions are '{known}'. Please see https://aka.ms/arm-template for usage details."
            ),
            Self::ContentVersion(version) => {
                format!(
                    "The template's contentVersion '{version}' is not valid: it is four numbers, '1.0.0.0'."
                )
            }
            Self::LanguageVersion => {
                "Resources with symbolic names need the template's languageVersion to be '2.0'.".to_owned()
            }
            Self::Segments(name, kind) => format!(
                "The template resource '{name}' for type '{kind}' {place} has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name. A root resource type must have segment length one greater than its resource name. Please see https://aka.ms/arm-syntax-resources for usage details."
            ),
            Self::Loop => format!(
                "The template 'copy' definition {place} has an invalid copy count. The copy count must be a positive integer value and cannot exceed '{MOST_RESOURCES}'. Please see https://aka.ms/arm-copy for usage details."
            ),
            Self::TooMany(actual) => format!(
                "The number of template resources limit exceeded. Limit: '{MOST_RESOURCES}' and actual: '{actual}'. Please see https://aka.ms/arm-template/#resources for usage details."
            ),
            Self::Twice(name) => format!(
                "The resource '{name}' {place} is defined multiple times in a template. Please see https://aka.ms/arm-syntax-resources for usage details."
            ),
            Self::Circular(id) => format!(
                "Circular dependency detected on resource: '{id}'. Please see https://aka.ms/arm-syntax-resources for usage details."
            ),
            Self::NotDefined(name) => format!(
                "The resource '{name}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details."
            ),
            _ => String::new(),
        }
    }
}
