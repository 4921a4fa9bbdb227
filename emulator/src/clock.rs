//! The only reader of time.
//!
//! Two readings: [`Clock::now`] is the vaults' time, which the control API moves; [`Clock::wall`] is the machine's,
//! for what other programs judge by their own clocks: tokens and TLS certificates. Nothing else may ask a clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// The emulator's clock; clones share it.
#[derive(Clone, Debug)]
pub struct Clock {
    state: Arc<RwLock<State>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// The machine's clock, moved by so many milliseconds.
    Running { ahead: i64 },
    /// Stands still.
    Frozen {
        #[serde(with = "crate::timestamp::exact")]
        at: Timestamp,
    },
}

/// How a clock is set. One that runs has run on when it is set so again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Setting(State);

/// What the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The vaults' time.
    pub now: Timestamp,
    /// Whether it stands still.
    pub frozen: bool,
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { state: Arc::new(RwLock::new(State::Running { ahead: 0 })) }
    }

    /// A clock that stands at `at`.
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self { state: Arc::new(RwLock::new(State::Frozen { at })) }
    }

    /// The vaults' time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.state.read().now()
    }

    /// The vaults' time at `wall` by the machine's.
    #[must_use]
    pub fn at(&self, wall: Timestamp) -> Timestamp {
        self.state.read().at(wall)
    }

    /// The machine's time.
    #[must_use]
    pub fn wall() -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::default() + since
    }

    /// Time and mode together.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.state.read().reading()
    }

    /// Moves the clock by `millis`, back if negative; a standing clock stays standing.
    pub fn advance(&self, millis: i64) -> Reading {
        let mut state = self.state.write();
        *state = match *state {
            State::Running { ahead } => State::Running { ahead: ahead.saturating_add(millis) },
            State::Frozen { at } => {
                State::Frozen { at: Timestamp::from_millis(at.millis().saturating_add(millis)) }
            }
        };
        state.reading()
    }

    /// Sets the clock to `at`; a standing clock stays standing.
    pub fn set(&self, at: Timestamp) -> Reading {
        let mut state = self.state.write();
        *state = match *state {
            State::Running { .. } => State::running_from(at),
            State::Frozen { .. } => State::Frozen { at },
        };
        state.reading()
    }

    /// How it is set.
    #[must_use]
    pub fn setting(&self) -> Setting {
        Setting(*self.state.read())
    }

    /// Sets it so.
    pub fn put(&self, setting: Setting) {
        *self.state.write() = setting.0;
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) -> Reading {
        let mut state = self.state.write();
        *state = State::Frozen { at: state.now() };
        state.reading()
    }

    /// Lets the clock run on from where it is.
    pub fn resume(&self) -> Reading {
        let mut state = self.state.write();
        *state = State::running_from(state.now());
        state.reading()
    }

    /// Back to the machine's clock.
    pub fn reset(&self) -> Reading {
        let mut state = self.state.write();
        *state = State::Running { ahead: 0 };
        state.reading()
    }
}

impl State {
    fn now(self) -> Timestamp {
        self.at(Clock::wall())
    }

    fn at(self, wall: Timestamp) -> Timestamp {
        match self {
            Self::Running { ahead } => Timestamp::from_millis(wall.millis().saturating_add(ahead)),
            Self::Frozen { at } => at,
        }
    }

    fn reading(self) -> Reading {
        Reading { now: self.now(), frozen: matches!(self, Self::Frozen { .. }) }
    }

    fn running_from(at: Timestamp) -> Self {
        Self::Running { ahead: at.millis() - Clock::wall().millis() }
    }
}

/// `at`, if certificates can be dated then: ten minutes back and a hundred years ahead included.
///
/// # Errors
/// A sentence that names the years.
pub fn within_reach(at: Timestamp) -> Result<Timestamp, String> {
    let reachable = (1971..9000).contains(&at.to_utc().year());
    reachable.then_some(at).ok_or_else(|| format!("{at} is not within the years 1971 to 8999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_standing_clock_moves_only_when_told_and_both_ways() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let clock = Clock::frozen(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.advance(DAY).now, start + Duration::from_secs(86_400));
        assert_eq!(clock.advance(-2 * DAY).now, start - Duration::from_secs(86_400));
        assert_eq!(clock.set(start), Reading { now: start, frozen: true });
    }

    #[test]
    fn a_running_clock_keeps_running_from_where_it_was_put() {
        let clock = Clock::system();
        let far = Timestamp::parse("2040-01-01").unwrap();
        assert!(!clock.set(far).frozen);
        assert!(clock.now() >= far && clock.now().since(far) < Duration::from_secs(60));
        assert!(clock.freeze().frozen);
        assert!(!clock.resume().frozen);
        assert!(clock.now() >= far);
        let ahead = clock.setting();
        assert!(clock.reset().now < far);
        clock.put(ahead);
        assert!(clock.now() >= far);
    }
}
