//! Everything that is drawn: version ids, request ids, serial numbers, delays.
//!
//! The only user of randomness outside `crypto`. With a seed, the same requests in the same order draw the same
//! values, keys included ([`Chance::key_seed`]).

use std::ops::RangeInclusive;
use std::time::Duration;

use parking_lot::Mutex;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto;
use crate::vault::name::Version;

/// The source of draws.
#[derive(Debug)]
pub struct Chance {
    generator: Mutex<ChaCha20Rng>,
    /// What [`Self::apart`] derives from.
    root: [u8; 32],
    seeded: bool,
}

/// How far the draws of a seed have come.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Position {
    /// Tells seeds apart.
    #[serde(with = "crate::storage::base64")]
    seed: [u8; 32],
    drawn: u64,
}

impl Chance {
    /// Draws that repeat for the same `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let generator = ChaCha20Rng::seed_from_u64(seed);
        let root = generator.get_seed();
        Self { generator: Mutex::new(generator), root, seeded: true }
    }

    /// Draws that nobody can foretell.
    ///
    /// # Errors
    /// If the machine has no randomness to give.
    pub fn from_entropy() -> Result<Self, crypto::CryptoError> {
        let root = crypto::random_bytes()?;
        Ok(Self { generator: Mutex::new(ChaCha20Rng::from_seed(root)), root, seeded: false })
    }

    /// A sequence of its own for what `label` names, whatever was drawn before: for what may be made early or late,
    /// such as a renewal that is made when somebody looks.
    #[must_use]
    pub fn apart(&self, label: &[&str]) -> Self {
        let mut text = self.root.to_vec();
        for part in label {
            text.extend_from_slice(part.as_bytes());
            text.push(0);
        }
        let root = crypto::sha256(&text);
        Self { generator: Mutex::new(ChaCha20Rng::from_seed(root)), root, seeded: self.seeded }
    }

    /// How far its draws have come; `None` when they do not repeat anyway.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        let drawn = u64::try_from(self.generator.lock().get_word_pos()).ok()?;
        self.seeded.then(|| Position { seed: crypto::sha256(&self.root), drawn })
    }

    /// Draws next what came after `position`; draws of another seed do not meet it and go on as they are.
    pub fn go_on_from(&self, position: &Position) {
        if self.seeded && position.seed == crypto::sha256(&self.root) {
            self.generator.lock().set_word_pos(u128::from(position.drawn));
        }
    }

    /// A random UUID, version 4.
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.generator.lock().fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A version id, or another 32 hexadecimal digits.
    pub fn version(&self) -> Version {
        Version::new(self.uuid().as_u128())
    }

    /// A serial number as the service makes them: a random UUID (certificates.md section 5.2).
    pub fn serial(&self) -> [u8; 16] {
        self.uuid().into_bytes()
    }

    /// From what to derive the next key; `None` when keys need not repeat.
    pub fn key_seed(&self) -> Option<[u8; 32]> {
        self.seeded.then(|| {
            let mut seed = [0; 32];
            self.generator.lock().fill_bytes(&mut seed);
            seed
        })
    }

    /// A number from 0 to 99.
    pub fn percent(&self) -> u8 {
        u8::try_from(self.generator.lock().next_u64() % 100).unwrap_or(0)
    }

    /// A duration within `range`, in whole milliseconds.
    pub fn duration(&self, range: &RangeInclusive<Duration>) -> Duration {
        let millis = |d: &Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let (low, high) = (millis(range.start()), millis(range.end()));
        if low >= high {
            return *range.start();
        }
        let width = (high - low).saturating_add(1);
        Duration::from_millis(low + self.generator.lock().next_u64() % width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_draws_one_sequence_and_another_seed_another() {
        let draw = |seed| {
            let chance = Chance::seeded(seed);
            (chance.version(), chance.serial(), chance.key_seed(), chance.uuid())
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_sequence_apart_does_not_depend_on_what_was_drawn_before() {
        let (one, other) = (Chance::seeded(7), Chance::seeded(7));
        one.version();
        let (apart, again) = (one.apart(&["a", "b"]), other.apart(&["a", "b"]));
        assert_eq!((apart.version(), apart.key_seed()), (again.version(), again.key_seed()));
        assert_ne!(one.apart(&["a", "b"]).version(), one.apart(&["ab"]).version());
    }

    #[test]
    fn draws_go_on_from_where_they_were() {
        let (before, after, other) = (Chance::seeded(7), Chance::seeded(7), Chance::seeded(8));
        before.version();
        let position = before.position().unwrap();
        let first = other.version();
        after.go_on_from(&position);
        other.go_on_from(&position);
        assert_eq!(after.version(), before.version());
        assert_ne!(other.version(), first);
        assert_eq!(Chance::from_entropy().unwrap().position(), None);
    }

    #[test]
    fn without_a_seed_nothing_repeats_and_keys_are_not_derived() {
        let (a, b) = (Chance::from_entropy().unwrap(), Chance::from_entropy().unwrap());
        assert_ne!(a.version(), b.version());
        assert_eq!(a.key_seed(), None);
    }

    #[test]
    fn durations_stay_within_their_range() {
        let chance = Chance::seeded(1);
        let (low, high) = (Duration::from_secs(1), Duration::from_secs(3));
        for _ in 0..1000 {
            let drawn = chance.duration(&(low..=high));
            assert!(low <= drawn && drawn <= high);
        }
        assert_eq!(chance.duration(&(high..=high)), high);
    }
}
