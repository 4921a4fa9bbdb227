//! Functions of arrays and objects, and those that take texts as well.

use serde_json::{Map, Value};

use super::{Given, Outcome};
use crate::arm::error::ExpressionError;

pub(super) fn call(name: &str, given: Given<'_>) -> Outcome {
    Some(match name {
        "array" => given.count(1, 1).and_then(|g| g.get(0)).map(|value| match value {
            Value::Array(_) => value.clone(),
            other => vec![other.clone()].into(),
        }),
        "createarray" => Ok(given.values.to_vec().into()),
        "createobject" => create_object(given),
        "length" => given.count(1, 1).and_then(|g| g.get(0)).and_then(|v| length(given, v)).map(Value::from),
        "empty" => given.count(1, 1).and_then(|g| g.get(0)).and_then(|value| match value {
            Value::Null => Ok(true.into()),
            other => length(given, other).map(|length| (length == 0).into()),
        }),
        "first" => end(given, <[char]>::first, <[Value]>::first),
        "last" => end(given, <[char]>::last, <[Value]>::last),
        "take" => part(given, Side::Before),
        "skip" => part(given, Side::After),
        "contains" => contains(given),
        "indexof" => index_of(given, false),
        "lastindexof" => index_of(given, true),
        "range" => range(given),
        "union" => union(given),
        "shallowmerge" => shallow_merge(given),
        "intersection" => intersection(given),
        "items" => items(given),
        "objectkeys" => given
            .count(1, 1)
            .and_then(|g| g.object(0))
            .map(|object| object.keys().map(|key| Value::from(key.as_str())).collect()),
        "flatten" => given.count(1, 1).and_then(|g| g.array(0)).map(|arrays| {
            arrays.iter().flat_map(|array| array.as_array().into_iter().flatten().cloned()).collect()
        }),
        _ => return None,
    })
}

/// Which part of a text or an array.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

fn create_object(given: Given<'_>) -> Result<Value, ExpressionError> {
    let mut object = Map::new();
    for pair in 0..given.values.len().div_ceil(2) {
        object.insert(given.text(2 * pair)?.to_owned(), given.get(2 * pair + 1)?.clone());
    }
    Ok(object.into())
}

fn length(given: Given<'_>, value: &Value) -> Result<usize, ExpressionError> {
    match value {
        Value::String(text) => Ok(text.chars().count()),
        Value::Array(items) => Ok(items.len()),
        Value::Object(members) => Ok(members.len()),
        _ => Err(given.wrong("argument 1 is neither a string, an array nor an object")),
    }
}

fn end(
    given: Given<'_>,
    of_text: impl Fn(&[char]) -> Option<&char>,
    of_items: impl Fn(&[Value]) -> Option<&Value>,
) -> Result<Value, ExpressionError> {
    match given.count(1, 1)?.get(0)? {
        Value::String(text) => {
            let text: Vec<char> = text.chars().collect();
            Ok(of_text(&text).map(char::to_string).unwrap_or_default().into())
        }
        Value::Array(items) => Ok(of_items(items).cloned().unwrap_or(Value::Null)),
        _ => Err(given.wrong("argument 1 is neither a string nor an array")),
    }
}

/// The characters or items of argument 1 from that of the number that argument 2 says, or up to it.
fn part(given: Given<'_>, side: Side) -> Result<Value, ExpressionError> {
    let given = given.count(2, 2)?;
    let count = usize::try_from(given.number(1)?).unwrap_or(0);
    let (skip, take) = match side {
        Side::Before => (0, count),
        Side::After => (count, usize::MAX),
    };
    match given.get(0)? {
        Value::String(text) => Ok(text.chars().skip(skip).take(take).collect::<String>().into()),
        Value::Array(items) => Ok(items.iter().skip(skip).take(take).cloned().collect()),
        _ => Err(given.wrong("argument 1 is neither a string nor an array")),
    }
}

/// A text in a text; an item of an array; a key of an object, without regard to case.
fn contains(given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(2, 2)?;
    let found = match (given.get(0)?, given.get(1)?) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Array(items), item) => items.contains(item),
        (Value::Object(members), Value::String(key)) => {
            members.keys().any(|own| own.eq_ignore_ascii_case(key))
        }
        _ => return Err(given.wrong("argument 1 is neither a string, an array nor an object")),
    };
    Ok(found.into())
}

fn index_of(given: Given<'_>, from_the_end: bool) -> Result<Value, ExpressionError> {
    let given = given.count(2, 2)?;
    let found = match given.get(0)? {
        Value::String(text) => {
            let (text, part) = (text.to_lowercase(), given.text(1)?.to_lowercase());
            let at = if from_the_end { text.rfind(&part) } else { text.find(&part) };
            at.map(|at| text[..at].chars().count())
        }
        Value::Array(items) => {
            let same = |item: &Value| item == &given.values[1];
            if from_the_end { items.iter().rposition(same) } else { items.iter().position(same) }
        }
        _ => return Err(given.wrong("argument 1 is neither a string nor an array")),
    };
    Ok(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1).into())
}

fn range(given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(2, 2)?;
    let (start, count) = (given.number(0)?, given.number(1)?);
    if !(0..=10_000).contains(&count) {
        return Err(given.wrong("argument 2 is not between 0 and 10000"));
    }
    Ok((start..start.saturating_add(count)).map(Value::from).collect())
}

fn union(given: Given<'_>) -> Result<Value, ExpressionError> {
    if given.values.iter().all(Value::is_array) {
        let mut all: Vec<Value> = Vec::new();
        for item in given.values.iter().flat_map(|array| array.as_array().into_iter().flatten()) {
            if !all.contains(item) {
                all.push(item.clone());
            }
        }
        return Ok(all.into());
    }
    let mut all = Map::new();
    for index in 0..given.values.len() {
        merge(&mut all, given.object(index)?);
    }
    Ok(all.into())
}

/// Objects within objects are merged, too; anything else is replaced.
fn merge(own: &mut Map<String, Value>, given: &Map<String, Value>) {
    for (key, value) in given {
        match (own.get_mut(key), value) {
            (Some(Value::Object(own)), Value::Object(given)) => merge(own, given),
            _ => {
                own.insert(key.clone(), value.clone());
            }
        }
    }
}

fn shallow_merge(given: Given<'_>) -> Result<Value, ExpressionError> {
    let mut all = Map::new();
    for object in given.count(1, 1)?.array(0)? {
        let object = object.as_object().ok_or_else(|| given.wrong("argument 1 is no array of objects"))?;
        all.extend(object.clone());
    }
    Ok(all.into())
}

fn intersection(given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(1, usize::MAX)?;
    if let Value::Array(first) = given.get(0)? {
        let others =
            (1..given.values.len()).map(|index| given.array(index)).collect::<Result<Vec<_>, _>>()?;
        return Ok(first.iter().filter(|item| others.iter().all(|o| o.contains(item))).cloned().collect());
    }
    let mut common = given.object(0)?.clone();
    for index in 1..given.values.len() {
        let other = given.object(index)?;
        common.retain(|key, value| other.get(key) == Some(value));
    }
    Ok(common.into())
}

fn items(given: Given<'_>) -> Result<Value, ExpressionError> {
    let object = given.count(1, 1)?.object(0)?;
    Ok(object.iter().map(|(key, value)| serde_json::json!({ "key": key, "value": value })).collect())
}
