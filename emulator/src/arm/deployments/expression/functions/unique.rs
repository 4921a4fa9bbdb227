//! `uniqueString`: Azure's own value for the same texts.
//!
//! A variant of MurmurHash that gives 64 bits, written in 13 characters of base32. Nobody at Azure describes it; public
//! programs that repeat it agree with each other and with values seen in deployments, some of which the tests hold.

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const FIRST: u32 = 0x239b_961b;
const SECOND: u32 = 0xab0e_9789;

/// The 13 characters for a text.
pub(super) fn string(text: &str) -> String {
    let hash = hash(text.as_bytes());
    let letter = |turn: u32| LETTERS[usize::try_from((hash << (5 * turn)) >> 59).unwrap_or_default()];
    (0..13).map(|turn| char::from(letter(turn))).collect()
}

/// The 64 bits for some bytes; `templateHash` is made of them, too.
pub(in crate::arm::deployments) fn hash(bytes: &[u8]) -> u64 {
    let (mut low, mut high) = (0_u32, 0_u32);
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        low = (low ^ mixed_low(number(&word[..4]))).rotate_left(19).wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(0x561c_cd1b);
        high = (high ^ mixed_high(number(&word[4..]))).rotate_left(13).wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(0x0bca_a747);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        low ^= mixed_low(number(&rest[..rest.len().min(4)]));
    }
    if rest.len() > 4 {
        high ^= mixed_high(number(&rest[4..]));
    }
    // Of a longer text only these bits count.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    (low, high) = crossed(low ^ length, high ^ length);
    (low, high) = crossed(finished(low), finished(high));
    u64::from(high) << 32 | u64::from(low)
}

/// Up to four bytes, the lowest first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

const fn mixed_low(word: u32) -> u32 {
    word.wrapping_mul(FIRST).rotate_left(15).wrapping_mul(SECOND)
}

const fn mixed_high(word: u32) -> u32 {
    word.wrapping_mul(SECOND).rotate_left(17).wrapping_mul(FIRST)
}

const fn crossed(low: u32, high: u32) -> (u32, u32) {
    let low = low.wrapping_add(high);
    (low, high.wrapping_add(low))
}

const fn finished(mut word: u32) -> u32 {
    word ^= word >> 16;
    word = word.wrapping_mul(0x85eb_ca6b);
    word ^= word >> 13;
    word = word.wrapping_mul(0xc2b2_ae35);
    word ^ word >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// stackoverflow.com/questions/43295720 (`tyeth`); JasonWhall/go-azure-uniquestring, README (`hello`, `world`).
    #[test]
    fn values_seen_of_azure_come_out() {
        assert_eq!(string("tyeth"), "zcztcwvu6iyg6");
        assert_eq!(hash(b"hello-world"), 571_013_382_255_652_050);
        assert_eq!(string("hello-world"), "a7wkljktk6wne");
        assert_eq!(string(""), "aaaaaaaaaaaaa");
    }

    #[test]
    fn every_length_of_text_has_its_own() {
        let all: std::collections::BTreeSet<_> = (0..64).map(|length| string(&"x".repeat(length))).collect();
        assert_eq!(all.len(), 64);
        assert!(all.iter().all(|text| text.len() == 13));
    }
}
