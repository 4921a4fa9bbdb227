//! Which resources a body asks for by `reference`: it waits for them without saying so in `dependsOn`.

use serde_json::{Map, Value};

use super::expression::{Evaluator, Expression};
use super::plan::expression;

/// What the calls of `reference` and `references` in a body name, as far as it is known beforehand.
pub(super) fn of(body: &Map<String, Value>, evaluator: &Evaluator<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in body {
        text(name, evaluator, &mut found);
        values(value, evaluator, &mut found);
    }
    found
}

fn values(value: &Value, evaluator: &Evaluator<'_>, found: &mut Vec<String>) {
    match value {
        Value::String(own) => text(own, evaluator, found),
        Value::Array(items) => items.iter().for_each(|item| values(item, evaluator, found)),
        Value::Object(members) => {
            for (name, value) in members {
                text(name, evaluator, found);
                values(value, evaluator, found);
            }
        }
        _ => {}
    }
}

fn text(text: &str, evaluator: &Evaluator<'_>, found: &mut Vec<String>) {
    if let Some(expression) = expression(text) {
        calls(&expression, evaluator, found);
    }
}

fn calls(expression: &Expression, evaluator: &Evaluator<'_>, found: &mut Vec<String>) {
    match expression {
        Expression::Call(name, arguments) => {
            let asks = name.eq_ignore_ascii_case("reference") || name.eq_ignore_ascii_case("references");
            if let Some(Value::String(name)) =
                arguments.first().filter(|_| asks).and_then(|first| evaluator.expression(first).ok())
            {
                found.push(name);
            }
            arguments.iter().for_each(|argument| calls(argument, evaluator, found));
        }
        Expression::Property(of, _) => calls(of, evaluator, found),
        Expression::Index(of, index) => {
            calls(of, evaluator, found);
            calls(index, evaluator, found);
        }
        Expression::Text(_) | Expression::Number(_) => {}
    }
}
