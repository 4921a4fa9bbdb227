//! How long the service takes to do what it does in the background, by profile.
//!
//! Ranges only: a duration is drawn from them once, when a request is accepted. Source of `azure`: certificates.md
//! section 3 and keys-and-secrets.md section 6.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The delays of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From accepting a certificate request to the certificate.
    pub issue: RangeInclusive<Duration>,
    /// From asking for cancellation to `cancelled`.
    pub cancel: RangeInclusive<Duration>,
    /// From a deletion to the deleted object.
    pub delete: RangeInclusive<Duration>,
    /// From a recovery to the live object.
    pub recover: RangeInclusive<Duration>,
    /// From a purge to the free name.
    pub purge: RangeInclusive<Duration>,
    /// From accepting a template to the end of its deployment.
    pub deploy: RangeInclusive<Duration>,
    /// `Retry-After` of operations in progress, in seconds.
    pub retry_after: u32,
}

const fn seconds(low: u64, high: u64) -> RangeInclusive<Duration> {
    Duration::from_secs(low)..=Duration::from_secs(high)
}

impl Timing {
    /// The same states in the same order, each over as soon as the next request asks.
    #[must_use]
    pub const fn fast() -> Self {
        Self {
            issue: seconds(0, 0),
            cancel: seconds(0, 0),
            delete: seconds(0, 0),
            recover: seconds(0, 0),
            purge: seconds(0, 0),
            deploy: seconds(0, 0),
            retry_after: 0,
        }
    }

    /// What was recorded of the real service; how long a deployment takes was not.
    #[must_use]
    pub const fn azure() -> Self {
        Self {
            issue: seconds(1, 3),
            cancel: seconds(2, 8),
            delete: seconds(2, 15),
            recover: seconds(3, 10),
            purge: seconds(2, 9),
            deploy: seconds(10, 40),
            retry_after: 10,
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "issue" => self.issue = range(value)?,
            "cancel" => self.cancel = range(value)?,
            "delete" => self.delete = range(value)?,
            "recover" => self.recover = range(value)?,
            "purge" => self.purge = range(value)?,
            "deploy" => self.deploy = range(value)?,
            "retry-after" => {
                self.retry_after = u32::try_from(duration(value)?.as_secs())
                    .map_err(|_| format!("`{value}` is too long for retry-after"))?;
            }
            _ => {
                return Err(format!(
                    "`{key}` is no delay: they are issue, cancel, delete, recover, purge, deploy and retry-after"
                ));
            }
        }
        Ok(())
    }
}

impl FromStr for Timing {
    type Err = String;

    /// `fast`, `azure`, or `custom:issue=1s..3s,cancel=2s,delete=5s,recover=5s,purge=5s,deploy=5s,retry-after=1s` over `fast`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fast" => return Ok(Self::fast()),
            "azure" => return Ok(Self::azure()),
            _ => {}
        }
        let Some(list) = text.strip_prefix("custom:") else {
            return Err(format!("`{text}` is no timing: write fast, azure or custom:issue=2s,delete=5s"));
        };
        let mut timing = Self::fast();
        for part in list.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("`{part}` has no `=`"))?;
            timing.set(key.trim(), value.trim())?;
        }
        Ok(timing)
    }
}

fn range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    match text.split_once("..") {
        None => duration(text).map(|d| d..=d),
        Some((low, high)) => {
            let (low, high) = (duration(low)?, duration(high)?);
            if low > high { Err(format!("`{text}` runs backwards")) } else { Ok(low..=high) }
        }
    }
}

/// Reads `250ms`, `30s`, `15m`, `12h`, `90d`, or several joined (`1d12h`).
///
/// # Errors
/// A sentence that shows the form.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration: write 250ms, 30s, 15m, 12h or 90d");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit =
            rest[digits..].len() - rest[digits..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let millis = match &rest[digits..digits + unit] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(millis).ok_or_else(wrong)?;
        total = total.checked_add(Duration::from_millis(part)).ok_or_else(wrong)?;
        rest = &rest[digits + unit..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, millis) in
            [("250ms", 250), ("30s", 30_000), ("1d12h", 129_600_000), ("90d", 7_776_000_000)]
        {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["", "5", "5y", "s", "-1s", "99999999999999999999d", "1é"] {
            assert!(duration(text).unwrap_err().contains("90d"), "{text}");
        }
    }

    #[test]
    fn custom_timing_names_its_delays_and_the_rest_stays_fast() {
        let timing: Timing = "custom:issue=1s..3s,retry-after=2s".parse().unwrap();
        assert_eq!(timing, Timing { issue: seconds(1, 3), retry_after: 2, ..Timing::fast() });
        for (text, complaint) in [
            ("slow", "write fast, azure or custom:"),
            ("custom:issue", "has no `=`"),
            ("custom:isue=1s", "they are issue, cancel"),
            ("custom:issue=3s..1s", "runs backwards"),
        ] {
            assert!(text.parse::<Timing>().unwrap_err().contains(complaint), "{text}");
        }
    }
}
