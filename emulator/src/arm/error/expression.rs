//! What is wrong with a template's expression, in Resource Manager's sentences.
//!
//! They stand inside of other refusals ([`super::ArmError::InvalidTemplate`]), which quote them. Sources: public issues
//! template-analyzer 184 and azure-api-management-devops-resource-kit 561, F5's f5-azure-arm-templates 238 and azure-docs
//! 115708; azure-policy 1442 (a parameter) and SentinelPlaybooks 8 (a variable); the outputs of Bicep's own tests (an
//! unknown function). What [`ExpressionError::source`] calls unverified is in the emulator's own words.

use std::fmt;

use super::template::MOST_RESOURCES;
use crate::error::Source;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpressionError {
    /// A character that cannot stand there: the expression, the character, its position.
    Character(String, char, usize),
    /// The expression ends too early, or goes on too long.
    Unfinished(String),
    /// A function that templates do not have.
    UnknownFunction(String),
    /// A function that cannot be used in that place.
    NotExpectedHere(String),
    /// Arguments that a function does not take, and why.
    Arguments(String, String),
    /// An object without that property: its name, and those that it has.
    NoProperty(String, String),
    /// A property of something that has none.
    NotEvaluated(String),
    /// A member that is not there, or of no type that it may have.
    Member(&'static str),
    /// A loop that takes no number of turns, or too many.
    Count,
    /// An array without that item.
    OutOfBounds(i64),
    /// A parameter that the template does not define.
    ParameterNotFound(String),
    /// A variable that the template does not define.
    VariableNotFound(String),
    /// A parameter or variable whose value depends on itself.
    Cycle(String),
    /// No resource of the template, nor the id of another.
    NotDefined(String),
    /// A resource outside of the template, asked for without an api-version.
    NeedsApiVersion(String),
    /// A value that is known once this resource is deployed or looked up: what was asked for, and the api-version.
    Awaits(String, Option<String>),
}

impl ExpressionError {
    /// Where the sentence is from.
    #[must_use]
    pub const fn source(&self) -> Source {
        match self {
            // Resource Manager names the tokens that it found and expected, and the resource that refers to another.
            Self::Unfinished(_)
            | Self::NeedsApiVersion(_)
            | Self::Arguments(..)
            | Self::Member(_)
            | Self::Count
            | Self::Cycle(_) => Source::Unverified,
            _ => Source::Quoted,
        }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(text, found, at) => write!(
                f,
                "The language expression '{text}' is not valid: the string character '{found}' at position '{at}' is not expected."
            ),
            Self::Unfinished(text) => write!(
                f,
                "Unable to parse language expression '{text}': expected token 'EndOfData' and actual 'Unknown'."
            ),
            Self::UnknownFunction(name) => write!(
                f,
                "The template function '{name}' is not valid. Please see https://aka.ms/arm-functions for usage details."
            ),
            Self::NotExpectedHere(name) => write!(
                f,
                "The template function '{name}' is not expected at this location. Please see https://aka.ms/arm-functions for usage details."
            ),
            Self::Arguments(name, why) => {
                write!(f, "Unable to evaluate template language function '{name}': {why}.")
            }
            Self::NoProperty(name, available) => write!(
                f,
                "The language expression property '{name}' doesn't exist, available properties are '{available}'."
            ),
            Self::NotEvaluated(name) => {
                write!(f, "The language expression property '{name}' can't be evaluated.")
            }
            Self::Member(name) => write!(f, "'{name}' is missing or of the wrong type"),
            Self::Count => {
                write!(
                    f,
                    "the copy count must be a positive integer value and cannot exceed '{MOST_RESOURCES}'"
                )
            }
            Self::OutOfBounds(index) => {
                write!(f, "The language expression property array index '{index}' is out of bounds.")
            }
            Self::ParameterNotFound(name) => write!(
                f,
                "The template parameter '{name}' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details."
            ),
            Self::VariableNotFound(name) => write!(
                f,
                "The template variable '{name}' is not found. Please see https://aka.ms/arm-syntax-variables for usage details."
            ),
            Self::Cycle(name) => write!(f, "The value of '{name}' depends on itself."),
            Self::NeedsApiVersion(resource) => {
                write!(f, "The reference to '{resource}' requires an API version.")
            }
            Self::NotDefined(resource) | Self::Awaits(resource, _) => {
                write!(f, "The resource '{resource}' is not defined in the template.")
            }
        }
    }
}
