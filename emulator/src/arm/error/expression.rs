//! What is wrong with a template's expression, in Resource Manager's sentences.
//!
//! They stand inside of other refusals ([`super::ArmError::InvalidTemplate`]), which quote them. Sources: public issues
//! of template-analyzer, vscode-azurearmtools and azure-quickstart-templates; [`ExpressionError::Arguments`] and the
//! cycles are in the emulator's own words.

use std::fmt;

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
            Self::UnknownFunction(name) => write!(f, "The template function '{name}' is not valid."),
            Self::NotExpectedHere(name) => {
                write!(f, "The template function '{name}' is not expected at this location.")
            }
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
            Self::OutOfBounds(index) => {
                write!(f, "The language expression property array index '{index}' is out of bounds.")
            }
            Self::ParameterNotFound(name) => write!(f, "The template parameter '{name}' is not found."),
            Self::VariableNotFound(name) => write!(f, "The template variable '{name}' is not found."),
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
