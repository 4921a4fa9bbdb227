//! Functions of dates. The hour comes in as a value; formats are ISO 8601's, .NET's own are refused.

use std::time::Duration;

use serde_json::Value;

use super::{Given, Outcome};
use crate::arm::deployments::expression::evaluate::{Evaluator, Stage};
use crate::arm::error::ExpressionError;
use crate::timestamp::Timestamp;

pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, given: Given<'_>) -> Outcome {
    Some(match name {
        "utcnow" if evaluator.stage != Stage::Default => {
            Err(ExpressionError::NotExpectedHere("utcNow".to_owned()))
        }
        "utcnow" => given.count(0, 1).and_then(|g| {
            let format = if g.values.is_empty() { "yyyyMMddTHHmmssZ" } else { g.text(0)? };
            written(evaluator.names.place().now(), format)
                .map(Value::from)
                .ok_or_else(|| unreadable(g, format))
        }),
        "datetimeadd" => add(given),
        "datetimetoepoch" => given.count(1, 1).and_then(|g| moment(g, 0)).map(|at| at.seconds().into()),
        "datetimefromepoch" => given
            .count(1, 1)
            .and_then(|g| g.number(0))
            .map(|seconds| Timestamp::from_seconds(seconds).to_string().into()),
        _ => return None,
    })
}

fn unreadable(given: Given<'_>, format: &str) -> ExpressionError {
    given.wrong(format!("the format '{format}' is not one that akv writes"))
}

/// Letters that stand for a part of a date, longest first; other letters of .NET's formats are refused.
fn written(at: Timestamp, format: &str) -> Option<String> {
    let at = at.to_utc();
    let format = match format {
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "d" => "MM/dd/yyyy",
        other => other,
    };
    let parts = [
        ("yyyy", format!("{:04}", at.year())),
        ("yy", format!("{:02}", at.year().rem_euclid(100))),
        ("MM", format!("{:02}", u8::from(at.month()))),
        ("dd", format!("{:02}", at.day())),
        ("HH", format!("{:02}", at.hour())),
        ("mm", format!("{:02}", at.minute())),
        ("ss", format!("{:02}", at.second())),
    ];
    let (mut text, mut rest) = (String::new(), format);
    while let Some(next) = rest.chars().next() {
        if let Some((letters, part)) = parts.iter().find(|(letters, _)| rest.starts_with(letters)) {
            text.push_str(part);
            rest = &rest[letters.len()..];
        } else if next == 'T' || next == 'Z' || !next.is_alphabetic() {
            text.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            return None;
        }
    }
    Some(text)
}

/// A date as templates write it: RFC 3339, or `utcNow`'s own form.
fn moment(given: Given<'_>, index: usize) -> Result<Timestamp, ExpressionError> {
    let text = given.text(index)?;
    let compact = text.len() == 16 && text.is_ascii() && &text[8..9] == "T" && text.ends_with('Z');
    let text = match compact {
        true => format!(
            "{}-{}-{}T{}:{}:{}Z",
            &text[..4],
            &text[4..6],
            &text[6..8],
            &text[9..11],
            &text[11..13],
            &text[13..15]
        ),
        false => text.replacen(' ', "T", 1),
    };
    Timestamp::parse(&text).map_err(|_| given.wrong(format!("argument {} is no date and time", index + 1)))
}

fn add(given: Given<'_>) -> Result<Value, ExpressionError> {
    let given = given.count(2, 3)?;
    let at = moment(given, 0)?;
    let shifted = shifted(at, given.text(1)?);
    let shifted = shifted.ok_or_else(|| given.wrong("argument 2 is no duration of ISO 8601"))?;
    match given.values.len() {
        3 => {
            let format = given.text(2)?;
            written(shifted, format).map(Value::from).ok_or_else(|| unreadable(given, format))
        }
        // `utcNow`'s form stays that form.
        _ if given.text(0)?.len() == 16 => {
            Ok(written(shifted, "yyyyMMddTHHmmssZ").unwrap_or_default().into())
        }
        _ => Ok(shifted.to_string().into()),
    }
}

/// `at`, and a duration of ISO 8601 later, or earlier with a minus.
fn shifted(at: Timestamp, duration: &str) -> Option<Timestamp> {
    let (backwards, rest) = match duration.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, duration),
    };
    let (date, time) = match rest.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (&rest[1..], None),
    };
    let [years, months, weeks, days] = amounts(date, ['Y', 'M', 'W', 'D'])?;
    let [hours, minutes, seconds] = amounts(time.unwrap_or_default(), ['H', 'M', 'S'])?;
    if date.is_empty() && time.is_none_or(str::is_empty) {
        return None;
    }
    let months = u32::try_from(years * 12 + months).ok()?;
    let rest = Duration::from_secs(
        ((weeks * 7 + days) * 24 + hours).checked_mul(3600)?.checked_add(minutes * 60 + seconds)?,
    );
    Some(match backwards {
        true => at.minus_months(months) - rest,
        false => at.plus_months(months) + rest,
    })
}

/// The number before each unit, in the units' order.
fn amounts<const N: usize>(mut text: &str, units: [char; N]) -> Option<[u64; N]> {
    let mut found = [0; N];
    for (slot, unit) in found.iter_mut().zip(units) {
        if let Some((number, behind)) = text.split_once(unit) {
            *slot = number.parse().ok().filter(|number| *number <= 1_000_000)?;
            text = behind;
        }
    }
    text.is_empty().then_some(found)
}
