//! Text into an expression's tree.

use crate::arm::error::ExpressionError;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::arm::deployments) enum Expression {
    /// `'text'`
    Text(String),
    /// `42`
    Number(i64),
    /// `name(..)` or `namespace.name(..)`
    Call(String, Vec<Self>),
    /// `expression.name`
    Property(Box<Self>, String),
    /// `expression[index]`
    Index(Box<Self>, Box<Self>),
}

/// No template of anybody's is nested deeper.
const DEPTH: usize = 64;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Reads what stands between the brackets.
///
/// # Errors
/// Where it is no expression.
pub(in crate::arm::deployments) fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let expression = parser.expression()?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.unexpected()),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
    }

    /// Takes the character if it is the next.
    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn need(&mut self, wanted: char) -> Result<(), ExpressionError> {
        self.skip_space();
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> ExpressionError {
        match self.peek() {
            Some(found) => ExpressionError::Character(self.text.to_owned(), found, self.at),
            None => ExpressionError::Unfinished(self.text.to_owned()),
        }
    }

    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(ExpressionError::Unfinished(self.text.to_owned()));
        }
        self.skip_space();
        let mut expression = match self.peek() {
            Some('\'') => Expression::Text(self.literal()?),
            Some('-' | '+' | '0'..='9') => Expression::Number(self.number()?),
            Some(first) if is_first(first) => self.call()?,
            _ => return Err(self.unexpected()),
        };
        loop {
            self.skip_space();
            if self.take('.') {
                expression = Expression::Property(Box::new(expression), self.name()?);
            } else if self.take('[') {
                let index = self.expression()?;
                self.need(']')?;
                expression = Expression::Index(Box::new(expression), Box::new(index));
            } else {
                self.depth -= 1;
                return Ok(expression);
            }
        }
    }

    /// A text in quotes; a quote within it is doubled.
    fn literal(&mut self) -> Result<String, ExpressionError> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(length) = self.text[self.at..].find('\'') else {
                self.at = self.text.len();
                return Err(self.unexpected());
            };
            text.push_str(&self.text[self.at..self.at + length]);
            self.at += length + 1;
            if !self.take('\'') {
                return Ok(text);
            }
            text.push('\'');
        }
    }

    fn number(&mut self) -> Result<i64, ExpressionError> {
        let rest = &self.text[self.at..];
        let sign = usize::from(rest.starts_with(['-', '+']));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..sign + digits].parse().map_err(|_| self.unexpected())?;
        self.at += sign + digits;
        Ok(number)
    }

    fn name(&mut self) -> Result<String, ExpressionError> {
        self.skip_space();
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !is_first(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.unexpected());
        }
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    fn call(&mut self) -> Result<Expression, ExpressionError> {
        let mut name = self.name()?;
        if self.take('.') {
            name = format!("{name}.{}", self.name()?);
        }
        self.need('(')?;
        let mut arguments = Vec::new();
        self.skip_space();
        if self.take(')') {
            return Ok(Expression::Call(name, arguments));
        }
        loop {
            arguments.push(self.expression()?);
            self.skip_space();
            if !self.take(',') {
                self.need(')')?;
                return Ok(Expression::Call(name, arguments));
            }
        }
    }
}

const fn is_first(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '$'
}
