//! A span of calendar time as rotation policies write it: ISO 8601, in years, months, weeks and days.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// `P2Y`, `P3M`, `P90D` and what can be put together of them; kept in its writer's spelling.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    text: String,
    months: u32,
    days: u32,
}

impl Span {
    /// Reads a span of at least a day and at most a thousand years.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty())?;
        let (mut months, mut days) = (0_u32, 0_u32);
        for (unit, in_months, in_days) in [('Y', 12, 0), ('M', 1, 0), ('W', 0, 7), ('D', 0, 1)] {
            let Some((number, behind)) = rest.split_once(unit) else { continue };
            let number = number.parse::<u32>().ok().filter(|number| *number <= 366_000)?;
            months = months.checked_add(number.checked_mul(in_months)?)?;
            days = days.checked_add(number.checked_mul(in_days)?)?;
            rest = behind;
        }
        let fits = rest.is_empty() && (months, days) != (0, 0) && months <= 12_000 && days <= 366_000;
        fits.then(|| Self { text: text.to_owned(), months, days })
    }

    /// A span of whole days.
    #[must_use]
    pub fn days(days: u32) -> Self {
        Self { text: format!("P{days}D"), months: 0, days }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// This long after `start`.
    #[must_use]
    pub fn after(&self, start: Timestamp) -> Timestamp {
        start.plus_months(self.months) + DAY * self.days
    }

    /// This long before `end`.
    #[must_use]
    pub fn before(&self, end: Timestamp) -> Timestamp {
        end.minus_months(self.months) - DAY * self.days
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

    #[test]
    fn what_is_no_span_of_days_is_none() {
        for text in
            ["", "P", "90D", "P90", "PT1H", "P1DT1H", "P-1D", "P0D", "P1.5Y", "P1D1Y", "P9999999Y", "p1d"]
        {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
