//! The expression language of templates: `[concat('kv-', uniqueString(resourceGroup().id))]`.
//!
//! Pure: text in, a value or an [`ExpressionError`] out. What an expression may name comes in as [`Names`]; nothing here
//! knows of stores, requests or time. Source: learn.microsoft.com, Azure Resource Manager, "ARM template functions".

mod evaluate;
mod functions;
mod parse;
mod review;

#[cfg(test)]
mod tests;

pub(super) use self::evaluate::{Evaluator, Names, Place, Stage, UserFunction};
pub(super) use self::functions::identifiers::{child_of, resource_id, split_name};
pub(super) use self::functions::unique::hash;
pub(super) use self::parse::{Expression, parse};
pub(super) use self::review::review;

use crate::arm::error::ExpressionError;

/// What a text of a template is.
#[derive(Debug, PartialEq)]
pub(super) enum Text<'a> {
    /// Itself.
    Literal(&'a str),
    /// An expression.
    Expression(Expression),
}

/// Tells texts from expressions: `[..]` is one, `[[..` is a text that begins with one bracket.
///
/// # Errors
/// An expression that cannot be read.
pub(super) fn read(text: &str) -> Result<Text<'_>, ExpressionError> {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) if inner.starts_with('[') => Ok(Text::Literal(&text[1..])),
        Some(inner) => parse(inner).map(Text::Expression),
        None => Ok(Text::Literal(text)),
    }
}
