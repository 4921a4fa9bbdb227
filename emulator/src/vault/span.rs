//! A span of calendar time as rotation policies write it: ISO 8601, in whole years to seconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

const DAY: Duration = Duration::from_hours(24);

/// The largest number in a span.
const LARGEST: u32 = 366_000;

/// `P2Y`, `P3M`, `P90D`, `PT48H` and what can be put together of them; kept in its writer's spelling.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    text: String,
    months: u32,
    days: u32,
    seconds: u32,
}

/// The whole numbers before `units`, each of which may be missing but none out of order.
fn numbers<const N: usize>(mut text: &str, units: [char; N]) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    for (number, unit) in numbers.iter_mut().zip(units) {
        let Some((digits, behind)) = text.split_once(unit) else { continue };
        let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        *number = digits?.parse().ok().filter(|number| *number <= LARGEST)?;
        text = behind;
    }
    text.is_empty().then_some(numbers)
}

impl Span {
    /// Reads a span of at least a second and at most a thousand years.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.strip_prefix('P')?;
        let (date, time) = parts.split_once('T').unwrap_or((parts, "0S"));
        let [years, months, weeks, days] = numbers(date, ['Y', 'M', 'W', 'D'])?;
        let [hours, minutes, seconds] =
            numbers(Some(time).filter(|time| !time.is_empty())?, ['H', 'M', 'S'])?;
        let (months, days) = (years * 12 + months, weeks * 7 + days);
        let seconds = (hours * 60 + minutes) * 60 + seconds;
        let fits = (months, days, seconds) != (0, 0, 0) && months <= 12_000 && days <= LARGEST;
        fits.then(|| Self { text: text.to_owned(), months, days, seconds })
    }

    /// A span of whole days.
    #[must_use]
    pub fn days(days: u32) -> Self {
        Self { text: format!("P{days}D"), months: 0, days, seconds: 0 }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is as long wherever in the calendar it begins.
    fn beyond_months(&self) -> Duration {
        DAY * self.days + Duration::from_secs(self.seconds.into())
    }

    /// This long after `start`.
    #[must_use]
    pub fn after(&self, start: Timestamp) -> Timestamp {
        start.plus_months(self.months) + self.beyond_months()
    }

    /// This long before `end`.
    #[must_use]
    pub fn before(&self, end: Timestamp) -> Timestamp {
        end.minus_months(self.months) - self.beyond_months()
    }
}

impl TryFrom<String> for Span {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no span of calendar time")
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn months_are_calendar_months_in_both_directions() {
        for (span, before, after) in [
            ("P90D", "2026-11-02", "2027-05-01"),
            ("P3M", "2026-10-31", "2027-04-30"),
            ("P1Y1M2W1D", "2025-12-16", "2028-03-15"),
        ] {
            let span = Span::parse(span).unwrap();
            assert_eq!(
                (span.before(at("2027-01-31")), span.after(at("2027-01-31"))),
                (at(before), at(after)),
                "{}",
                span.as_str()
            );
        }
    }

    /// azure-rest-api-specs, keys.json, `expiryTime`: "48 hours: PT48H".
    #[test]
    fn hours_minutes_and_seconds_are_time_of_the_clock() {
        for (span, before, after) in [
            ("PT48H", "2027-01-29T00:00:00Z", "2027-02-02T00:00:00Z"),
            ("P1DT1H", "2027-01-29T23:00:00Z", "2027-02-01T01:00:00Z"),
            ("P1MT1M1S", "2026-12-30T23:58:59Z", "2027-02-28T00:01:01Z"),
        ] {
            let span = Span::parse(span).unwrap();
            let (before, after) = (at(before), at(after));
            let text = span.as_str();
            assert_eq!(
                (span.before(at("2027-01-31")), span.after(at("2027-01-31"))),
                (before, after),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_span_is_none() {
        for text in [
            "",
            "P",
            "90D",
            "P90",
            "PT",
            "P1DT",
            "PT0S",
            "P1H",
            "PT1D",
            "P-1D",
            "P+1D",
            "PD",
            "P0D",
            "P1.5Y",
            "P1D1Y",
            "PT1S1H",
            "PT1HT1M",
            "P9999999Y",
            "PT999999H",
            "p1d",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
