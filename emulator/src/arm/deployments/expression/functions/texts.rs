//! Functions of text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use uuid::Uuid;

use super::{Given, Outcome, unique, written};
use crate::arm::error::ExpressionError;

/// What `uriComponent` leaves as it is (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The namespace of `guid` (learn.microsoft.com, "String functions for ARM templates", guid).
const GUIDS: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);

const MANY: usize = usize::MAX;

pub(super) fn call(name: &str, given: Given<'_>) -> Outcome {
    Some(match name {
        "concat" => concat(given),
        "format" => format(given),
        "tolower" => one(given, str::to_lowercase),
        "toupper" => one(given, str::to_uppercase),
        "trim" => one(given, |text| text.trim().to_owned()),
        "base64" => one(given, |text| BASE64_STANDARD.encode(text)),
        "uricomponent" => one(given, |text| utf8_percent_encode(text, RESERVED).to_string()),
        "uricomponenttostring" => {
            one(given, |text| percent_decode_str(text).decode_utf8_lossy().into_owned())
        }
        "base64tostring" => decoded(given).map(Value::String),
        "base64tojson" => decoded(given).and_then(|text| json(given, &text)),
        "json" => given.count(1, 1).and_then(|g| g.text(0)).and_then(|text| json(given, text)),
        "string" => given.count(1, 1).and_then(|g| g.get(0)).map(string),
        "replace" => given.count(3, 3).and_then(|g| Ok(g.text(0)?.replace(g.text(1)?, g.text(2)?).into())),
        "startswith" => compare(given, |text, part| text.starts_with(part)),
        "endswith" => compare(given, |text, part| text.ends_with(part)),
        "padleft" => pad_left(given),
        "split" => split(given),
        "join" => join(given),
        "substring" => substring(given),
        "uniquestring" => {
            given.count(1, MANY).and_then(Given::texts).map(|t| unique::string(&t.join("-")).into())
        }
        "guid" => given
            .count(1, MANY)
            .and_then(Given::texts)
            .map(|texts| Uuid::new_v5(&GUIDS, texts.join("-").as_bytes()).to_string().into()),
        _ => return None,
    })
}

fn one(given: Given<'_>, change: impl Fn(&str) -> String) -> Result<Value, ExpressionError> {
    Ok(change(given.count(1, 1)?.text(0)?).into())
}

/// Texts, or arrays.
fn concat(given: Given<'_>) -> Result<Value, ExpressionError> {
    if given.values.iter().all(Value::is_array) {
        return Ok(given.values.iter().flat_map(|v| v.as_array().into_iter().flatten().cloned()).collect());
    }
    Ok(given.texts()?.concat().into())
}

/// `{0}` is the first value; a doubled brace is a brace. Formats after a colon are those of .NET and not read.
fn format(given: Given<'_>) -> Result<Value, ExpressionError> {
    let pattern = given.count(1, MANY)?.text(0)?;
    let (mut text, mut rest) = (String::new(), pattern);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        let brace = &behind[..1];
        if behind[1..].starts_with(brace) {
            text.push_str(brace);
            rest = &behind[2..];
            continue;
        }
        let wrong = || given.wrong(format!("the format string '{pattern}' is not valid"));
        let (index, after) = behind[1..].split_once('}').filter(|_| brace == "{").ok_or_else(wrong)?;
        let index: usize = index.trim().parse().map_err(|_| wrong())?;
        let value = given.values.get(index + 1).ok_or_else(wrong)?;
        let _ = write!(text, "{}", written(value).unwrap_or_else(|| value.to_string()));
        rest = after;
    }
    text.push_str(rest);
    Ok(text.into())
}

fn decoded(given: Given<'_>) -> Result<String, ExpressionError> {
    let bytes = BASE64_STANDARD.decode(given.count(1, 1)?.text(0)?).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| given.wrong("argument 1 is no base64 of text"))
}

fn json(given: Given<'_>, text: &str) -> Result<Value, ExpressionError> {
    serde_json::from_str(text).map_err(|error| given.wrong(format!("argument 1 is no JSON: {error}")))
}

fn string(value: &Value) -> Value {
    written(value).unwrap_or_else(|| value.to_string()).into()
}

fn compare(given: Given<'_>, holds: impl Fn(&str, &str) -> bool) -> Result<Value, ExpressionError> {
    let given = given.count(2, 2)?;
    Ok(holds(&given.text(0)?.to_lowercase(), &given.text(1)?.to_lowercase()).into())
}

fn pad_left(given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(2, 3)?;
    let text = written(given.get(0)?).ok_or_else(|| given.wrong("argument 1 is no string"))?;
    let with = if given.values.len() == 3 { given.text(2)? } else { " " };
    let mut characters = with.chars();
    let (Some(with), None) = (characters.next(), characters.next()) else {
        return Err(given.wrong("argument 3 is no single character"));
    };
    let missing = given.size(1)?.min(10_000).saturating_sub(text.chars().count());
    Ok(format!("{}{text}", with.to_string().repeat(missing)).into())
}

fn split(given: Given<'_>) -> Result<Value, ExpressionError> {
    let text = given.count(2, 2)?.text(0)?;
    let separators: Vec<&str> = match given.get(1)? {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Err(given.wrong("argument 2 is neither a string nor an array of them")),
    };
    let mut parts = vec![String::new()];
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match separators.iter().find(|separator| !separator.is_empty() && rest.starts_with(**separator)) {
            Some(separator) => {
                parts.push(String::new());
                rest = &rest[separator.len()..];
            }
            None => {
                if let Some(last) = parts.last_mut() {
                    last.push(next);
                }
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    Ok(parts.into())
}

fn join(given: Given<'_>) -> Result<Value, ExpressionError> {
    let items = given.count(2, 2)?.array(0)?;
    let items: Option<Vec<_>> = items.iter().map(written).collect();
    Ok(items.ok_or_else(|| given.wrong("argument 1 is no array of strings"))?.join(given.text(1)?).into())
}

fn substring(given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(2, 3)?;
    let text: Vec<char> = given.text(0)?.chars().collect();
    let start = given.size(1)?;
    let length = if given.values.len() == 3 { given.size(2)? } else { text.len().saturating_sub(start) };
    let end = start.checked_add(length).filter(|end| *end <= text.len());
    let end =
        end.ok_or_else(|| given.wrong("the index and length must refer to a location within the string"))?;
    Ok(text[start.min(end)..end].iter().collect::<String>().into())
}
