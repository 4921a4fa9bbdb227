//! Faults on purpose: answers, delays, broken connections and stale reads that a test asks for.
//!
//! A fault says which requests it strikes and what happens to them; [`Faults::strike`] decides, with the draws given by
//! the caller. It must not wait, answer or close anything itself: whoever carries the answer does
//! ([`Delivery`] travels with the response).

mod criteria;
mod stale;

use std::time::Duration;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::timing;

pub use self::criteria::Criteria;
pub use self::stale::{Shown, Stale};

/// A fault as the control API takes it, in one JSON object.
///
/// `{"operation":"SecretGet","name":"db","times":2,"answer":{"status":503}}`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests it strikes; all, if it says nothing.
    #[serde(default, skip_serializing_if = "Criteria::is_empty")]
    pub on: Criteria,
    /// Of every request that fits, how many in a hundred it strikes; all of them unless said otherwise.
    #[serde(default = "always", skip_serializing_if = "is_always")]
    pub percent: u8,
    /// How many requests it still strikes; without end unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens to them.
    #[serde(rename = "do")]
    pub effect: Effect,
}

const fn always() -> u8 {
    100
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_always(percent: &u8) -> bool {
    *percent == 100
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is refused; nothing of it is carried out.
    Answer(Injected),
    /// It is carried out, and its answer is kept back so long, as `300ms` or `2s`.
    Delay(Length),
    /// It is carried out, and the connection breaks after so many bytes of the answer's body.
    ResetAfter(usize),
    /// Reads show the object as it was before a write for so long after it.
    Stale(Length),
}

/// A refusal that Azure could have sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Injected {
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// `error.code`; by default Azure's own for that status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `error.message`; by default Azure's own for that status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `Retry-After`, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// A duration, written as `300ms` or `2s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Length(pub Duration);

impl TryFrom<String> for Length {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        timing::duration(&text).map(Self)
    }
}

impl From<Length> for String {
    fn from(length: Length) -> Self {
        format!("{}ms", length.0.as_millis())
    }
}

/// How an answer travels: set as an extension of the response, heeded by whoever carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// It is kept back so long, by the machine's clock.
    pub delay: Duration,
    /// The connection breaks after so many bytes of its body.
    pub reset_after: Option<usize>,
}

/// A request as faults see it.
#[derive(Clone, Copy, Debug)]
pub struct Struck<'a> {
    /// The vault's name.
    pub vault: &'a str,
    /// The operation's name in Azure's audit log.
    pub operation: &'a str,
    /// The name of the object it is about.
    pub object: Option<&'a str>,
    /// Object id and application id of the caller.
    pub caller: [Option<Uuid>; 2],
}

/// What happens to one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strike {
    /// It is refused.
    pub answer: Option<Injected>,
    /// How its answer travels.
    pub delivery: Delivery,
    /// For how long reads are stale.
    pub stale: Option<Duration>,
}

impl Fault {
    /// Whether its numbers make sense.
    ///
    /// # Errors
    /// A sentence that names the member.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=100).contains(&self.percent) {
            return Err(format!("`percent` is {}: write 1 to 100", self.percent));
        }
        if self.times == Some(0) {
            return Err("`times` is 0: such a fault strikes nothing".to_owned());
        }
        match &self.effect {
            Effect::Answer(answer) if !(400..=599).contains(&answer.status) => {
                Err(format!("`status` is {}: a refusal has 400 to 599", answer.status))
            }
            _ => Ok(()),
        }
    }
}

/// The faults that are set, and what stale reads remember.
#[derive(Debug, Default)]
pub struct Faults {
    set: Mutex<Vec<Fault>>,
    stale: Stale,
}

impl Faults {
    /// Sets another fault.
    ///
    /// # Errors
    /// A sentence that names what makes no sense; nothing is set then.
    pub fn add(&self, fault: Fault) -> Result<(), String> {
        fault.check()?;
        self.set.lock().push(fault);
        Ok(())
    }

    /// The faults that still strike, in the order in which they were set.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.set.lock().clone()
    }

    /// Sets these, which were checked, in place of all others.
    pub fn replace(&self, faults: Vec<Fault>) {
        *self.set.lock() = faults;
        self.stale.clear();
    }

    /// Takes all of them back.
    pub fn clear(&self) {
        self.set.lock().clear();
        self.stale.clear();
    }

    /// What happens to a request: everything that fits, the first refusal first. `draw` gives 0 to 99.
    pub fn strike(&self, request: &Struck<'_>, mut draw: impl FnMut() -> u8) -> Strike {
        let mut strike = Strike::default();
        let mut set = self.set.lock();
        if set.is_empty() {
            return strike;
        }
        for fault in set.iter_mut().filter(|fault| fault.on.fits(request)) {
            if fault.percent < 100 && draw() >= fault.percent {
                continue;
            }
            match &fault.effect {
                Effect::Answer(_) if strike.answer.is_some() => continue,
                Effect::Answer(answer) => strike.answer = Some(answer.clone()),
                Effect::Delay(length) => strike.delivery.delay += length.0,
                Effect::ResetAfter(bytes) => strike.delivery.reset_after = Some(*bytes),
                Effect::Stale(length) => strike.stale = Some(length.0),
            }
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
        }
        set.retain(|fault| fault.times != Some(0));
        strike
    }

    /// What stale reads remember.
    #[must_use]
    pub const fn stale(&self) -> &Stale {
        &self.stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Struck<'_> = Struck {
        vault: "kv",
        operation: "SecretGet",
        object: Some("db"),
        caller: [Some(Uuid::from_u128(7)), None],
    };

    fn faults(json: &[&str]) -> Faults {
        let faults = Faults::default();
        for json in json {
            faults.add(serde_json::from_str(json).unwrap()).unwrap();
        }
        faults
    }

    #[test]
    fn a_fault_strikes_what_fits_as_often_as_it_says() {
        let faults = faults(&[
            r#"{"on":{"operation":"secretget","name":"DB"},"times":2,"do":{"answer":{"status":503}}}"#,
        ]);
        let status = || faults.strike(&REQUEST, || 0).answer.map(|answer| answer.status);
        let other = Struck { object: Some("other"), ..REQUEST };
        assert_eq!(faults.strike(&other, || 0), Strike::default());
        assert_eq!((status(), status(), status()), (Some(503), Some(503), None));
        assert!(faults.list().is_empty());
    }

    #[test]
    fn the_first_refusal_wins_and_the_others_wait_while_delays_add_up() {
        let faults = faults(&[
            r#"{"times":1,"do":{"answer":{"status":429,"retry_after":1}}}"#,
            r#"{"times":1,"do":{"answer":{"status":500}}}"#,
            r#"{"do":{"delay":"300ms"}}"#,
            r#"{"do":{"delay":"2s"}}"#,
        ]);
        let first = faults.strike(&REQUEST, || 0);
        assert_eq!(first.answer.unwrap().status, 429);
        assert_eq!(first.delivery.delay, Duration::from_millis(2300));
        assert_eq!(faults.strike(&REQUEST, || 0).answer.unwrap().status, 500);
    }

    #[test]
    fn a_rate_is_drawn() {
        let faults = faults(&[r#"{"percent":30,"do":{"reset_after":10}}"#]);
        assert_eq!(faults.strike(&REQUEST, || 29).delivery.reset_after, Some(10));
        assert_eq!(faults.strike(&REQUEST, || 30).delivery.reset_after, None);
    }

    #[test]
    fn what_makes_no_sense_is_named_and_not_set() {
        for (json, named) in [
            (r#"{"percent":0,"do":{"delay":"1s"}}"#, "percent"),
            (r#"{"times":0,"do":{"delay":"1s"}}"#, "times"),
            (r#"{"do":{"answer":{"status":200}}}"#, "status"),
        ] {
            let fault: Fault = serde_json::from_str(json).unwrap();
            assert!(Faults::default().add(fault).unwrap_err().contains(named), "{json}");
        }
        for json in [r#"{"do":{"delay":"soon"}}"#, r#"{"do":{"answer":{"status":500}},"tiems":1}"#, "{}"] {
            assert!(serde_json::from_str::<Fault>(json).is_err(), "{json}");
        }
    }
}
