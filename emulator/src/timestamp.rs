//! A point in time and the calendar arithmetic on it, shared by every layer.
//!
//! It must not read a clock: `now` always comes in as a value.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Month, UtcDateTime};

/// Milliseconds since the Unix epoch, as the emulator counts them; whole seconds on the wire, as Azure's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, JsonSchema)]
#[schemars(description = "Seconds since the Unix epoch.")]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59Z, the last instant that X.509 and RFC 3339 can both write.
const LAST: i64 = 253_402_300_799_000;

impl Timestamp {
    /// The instant `millis` milliseconds after the epoch, held within years 1 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis > LAST {
            Self(LAST)
        } else if millis < -62_135_596_800_000 {
            Self(-62_135_596_800_000)
        } else {
            Self(millis)
        }
    }

    /// The instant `seconds` seconds after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the form of every time in a Key Vault body.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The same instant as a calendar date and time, to whole seconds.
    #[must_use]
    pub fn to_utc(self) -> UtcDateTime {
        // `from_millis` keeps every value inside the range that `UtcDateTime` accepts.
        UtcDateTime::from_unix_timestamp(self.seconds()).unwrap_or(UtcDateTime::UNIX_EPOCH)
    }

    /// `months` calendar months later; a day that the target month lacks becomes that month's last day.
    ///
    /// Source: certificates.md section 5.2, notAfter is whole calendar months after the issue.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        self.shifted(i64::from(months))
    }

    /// `months` calendar months earlier, by the same rule.
    #[must_use]
    pub fn minus_months(self, months: u32) -> Self {
        self.shifted(-i64::from(months))
    }

    fn shifted(self, months: i64) -> Self {
        let date = self.to_utc();
        let index = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 + months;
        let Ok(year) = i32::try_from(index.div_euclid(12)) else { return Self(LAST) };
        let month = u8::try_from(index.rem_euclid(12) + 1).unwrap_or(12);
        let Ok(month) = Month::try_from(month) else { return Self(LAST) };
        let day = date.day().min(month.length(year));
        let Ok(moved) =
            date.replace_day(1).and_then(|d| d.replace_year(year)).and_then(|d| d.replace_month(month))
        else {
            return Self(LAST);
        };
        let Ok(moved) = moved.replace_day(day) else { return Self(LAST) };
        Self::from_millis(moved.unix_timestamp() * 1000 + self.0.rem_euclid(1000))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339 (`2027-01-31T00:00:00Z`), a date alone, or Unix seconds.
    ///
    /// # Errors
    /// A sentence that names the three forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(seconds) = text.parse::<i64>() {
            return Ok(Self::from_seconds(seconds));
        }
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        time::OffsetDateTime::parse(&whole, &Rfc3339)
            .map(|t| Self::from_millis(i64::try_from(t.unix_timestamp_nanos() / 1_000_000).unwrap_or(LAST)))
            .map_err(|_| {
                format!("`{text}` is not a time: write 2027-01-31T00:00:00Z, 2027-01-31 or Unix seconds")
            })
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().format(&Rfc3339).unwrap_or_default())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}+{}ms", self.0.rem_euclid(1000))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.seconds())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from_seconds)
    }
}

/// Times as they are, for what must come back as it was: seconds, with a fraction where there is one.
pub mod exact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Timestamp;

    #[derive(Deserialize, Serialize)]
    #[serde(untagged)]
    enum Seconds {
        Whole(i64),
        Fraction(f64),
    }

    impl From<Timestamp> for Seconds {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 milliseconds, to the year 9999")]
        fn from(at: Timestamp) -> Self {
            match at.0.rem_euclid(1000) {
                0 => Self::Whole(at.seconds()),
                _ => Self::Fraction(at.0 as f64 / 1000.0),
            }
        }
    }

    impl From<Seconds> for Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "`from_millis` takes whatever is left")]
        fn from(seconds: Seconds) -> Self {
            match seconds {
                Seconds::Whole(seconds) => Self::from_seconds(seconds),
                Seconds::Fraction(seconds) => Self::from_millis((seconds * 1000.0).round() as i64),
            }
        }
    }

    /// Writes a time.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        Seconds::from(*at).serialize(serializer)
    }

    /// Reads a time.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Seconds::deserialize(deserializer).map(Timestamp::from)
    }

    /// The same of a time that may be none.
    pub mod option {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        use super::{Seconds, Timestamp};

        /// Writes a time or none.
        ///
        /// # Errors
        /// The serializer's.
        pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            at.map(Seconds::from).serialize(serializer)
        }

        /// Reads a time or none.
        ///
        /// # Errors
        /// The deserializer's.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::<Seconds>::deserialize(deserializer)?.map(Timestamp::from))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn months_are_calendar_months_clamped_to_the_end_of_the_month() {
        assert_eq!(at("2023-03-04").plus_months(12), at("2024-03-04"));
        assert_eq!(at("2024-02-29").plus_months(12), at("2025-02-28"));
        assert_eq!(at("2026-10-31T23:59:59Z").plus_months(4), at("2027-02-28T23:59:59Z"));
        assert_eq!(at("2026-01-31").plus_months(1200), at("2126-01-31"));
        assert_eq!(at("9990-01-31").plus_months(1200).to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn seconds_round_down_before_the_epoch_too() {
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
        assert_eq!(at("1969-12-31T23:59:59Z").to_string(), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn three_spellings_of_one_instant_are_equal_and_others_are_refused() {
        assert_eq!(at("2027-01-31"), at("2027-01-31T02:00:00+02:00"));
        assert_eq!(at("2027-01-31"), Timestamp::from_seconds(1_801_353_600));
        assert!(Timestamp::parse("next week").unwrap_err().contains("2027-01-31T00:00:00Z"));
    }

    #[test]
    fn an_exact_time_comes_back_to_the_millisecond_and_whole_seconds_have_no_fraction() {
        #[derive(Deserialize, Serialize)]
        struct Exact(#[serde(with = "exact")] Timestamp, #[serde(with = "exact::option")] Option<Timestamp>);
        for (millis, written) in [
            (1_800_000_000_123, "1800000000.123"),
            (5000, "5"),
            (-1, "-0.001"),
            (LAST - 1, "253402300798.999"),
        ] {
            let at = Timestamp::from_millis(millis);
            let text = serde_json::to_string(&Exact(at, Some(at))).unwrap();
            assert_eq!(text, format!("[{written},{written}]"));
            let Exact(one, other) = serde_json::from_str(&text).unwrap();
            assert_eq!((one, other), (at, Some(at)));
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_calendar() {
        assert_eq!(at("9999-12-31") + Duration::from_secs(u64::MAX), Timestamp::from_millis(LAST));
        assert_eq!(at("2027-01-31").since(at("2028-01-31")), Duration::ZERO);
    }
}
