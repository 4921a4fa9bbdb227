//! `/akv/clock`: shows and moves the vaults' time.

use bytes::Bytes;
use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refuse;
use crate::clock::{Clock, Reading, within_reach};
use crate::identity::answer_json;
use crate::timestamp::Timestamp;
use crate::timing::duration;

/// Body of `POST /akv/clock`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum ClockCommand {
    /// Move by a duration such as `90d`, back with a minus sign.
    Advance(String),
    /// Set to a time: RFC 3339, a date or Unix seconds.
    Set(String),
    /// Stop.
    Freeze,
    /// Run on.
    Resume,
    /// Back to the machine's clock.
    Reset,
}

/// Answer of `/akv/clock`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
pub struct ClockState {
    /// The vaults' time, RFC 3339.
    pub now: String,
    /// The same in Unix seconds.
    pub unix: i64,
    /// Whether it stands still.
    pub frozen: bool,
}

impl From<Reading> for ClockState {
    fn from(reading: Reading) -> Self {
        Self { now: reading.now.to_string(), unix: reading.now.seconds(), frozen: reading.frozen }
    }
}

/// `POST /akv/clock`.
pub(super) fn command(clock: &Clock, body: &[u8]) -> Response<Bytes> {
    let moved = serde_json::from_slice(body)
        .map_err(|_| "the body is `{\"advance\":\"90d\"}`, `{\"set\":\"2027-01-31\"}`, `\"freeze\"`, `\"resume\"` or `\"reset\"`".to_owned())
        .and_then(|command| carry_out(clock, command));
    match moved {
        Ok(reading) => answer_json(StatusCode::OK, &ClockState::from(reading)),
        Err(reason) => refuse(&reason),
    }
}

fn carry_out(clock: &Clock, command: ClockCommand) -> Result<Reading, String> {
    Ok(match command {
        ClockCommand::Advance(by) => {
            let (sign, length) = by.strip_prefix('-').map_or((1, by.as_str()), |length| (-1, length));
            let length =
                i64::try_from(duration(length)?.as_millis()).map_err(|_| format!("`{by}` is too long"))?;
            within_reach(Timestamp::from_millis(clock.now().millis().saturating_add(sign * length)))?;
            clock.advance(sign * length)
        }
        ClockCommand::Set(at) => clock.set(within_reach(Timestamp::parse(&at)?)?),
        ClockCommand::Freeze => clock.freeze(),
        ClockCommand::Resume => clock.resume(),
        ClockCommand::Reset => clock.reset(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_both_ways_and_nonsense_changes_nothing() {
        let clock = Clock::frozen(Timestamp::parse("2027-01-31").unwrap());
        let post = |body: &str| command(&clock, body.as_bytes());
        assert_eq!(
            post(r#"{"advance":"90d"}"#).body().as_ref(),
            br#"{"now":"2027-05-01T00:00:00Z","unix":1809129600,"frozen":true}"#
        );
        assert_eq!(post(r#"{"advance":"-89d"}"#).status(), StatusCode::OK);
        assert_eq!(clock.now(), Timestamp::parse("2027-02-01").unwrap());
        for nonsense in [
            "",
            "{}",
            r#"{"set":"1960-01-01"}"#,
            r#"{"advance":"-40000d"}"#,
            r#"{"advance":"soon"}"#,
            r#"{"set":"soon"}"#,
            r#"{"jump":"1d"}"#,
        ] {
            assert_eq!(post(nonsense).status(), StatusCode::BAD_REQUEST, "{nonsense}");
        }
        assert_eq!(clock.now(), Timestamp::parse("2027-02-01").unwrap());
    }
}
