//! Official test vectors: Wycheproof's, those of NIST and the examples of the RFCs. Only tests.
//!
//! It must not hold what this project made itself: whoever made a vector shares no code with it.

mod rfc;
mod wycheproof;

use aws_lc_rs::digest;

use super::SignatureAlgorithm;

/// What `algorithm` signs of `message`.
fn hash(algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
    let hash = match algorithm.digest_len() {
        Some(32) => &digest::SHA256,
        Some(48) => &digest::SHA384,
        _ => &digest::SHA512,
    };
    digest::digest(hash, message).as_ref().to_vec()
}

/// Reads hexadecimal digits; an odd number of them has a zero in front.
pub(super) fn hex(text: &str) -> Vec<u8> {
    let text = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_owned() };
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
