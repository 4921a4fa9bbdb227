//! The raw work behind operations, without a server: signatures, keys and certificates of aws-lc-rs, a lookup in dashmap.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use dashmap::DashMap;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::{Deserialize, Serialize};

use crate::machine::{pin, thread_time};
use crate::{Failure, Outcome};

/// What a request is for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Raw {
    Nothing,
    Rs256,
    Es256,
    /// A key on P-256 and a certificate that it signs for itself.
    EcCertificate,
    /// An RSA key of 2048 bits.
    RsaKey,
    /// A lookup among a million names, its value of 100 bytes copied.
    Lookup,
    /// A value of 100 bytes put under a name that is there.
    Insert,
}

pub(crate) type Operation = Box<dyn FnMut() + Send>;

impl Raw {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Rs256 => "aws-lc-rs: sign RS256, RSA-2048",
            Self::Es256 => "aws-lc-rs: sign ES256, P-256",
            Self::EcCertificate => "aws-lc-rs, rcgen: P-256 key and self-signed certificate",
            Self::RsaKey => "aws-lc-rs: RSA-2048 key",
            Self::Lookup => "dashmap: get one of a million, copy 100 bytes",
            Self::Insert => "dashmap: put 100 bytes under one of a million names",
        }
    }

    /// The operation, ready to be done again and again.
    pub(crate) fn prepare(self) -> Outcome<Operation> {
        let text = digest(&SHA256, b"text");
        Ok(match self {
            Self::Nothing => Box::new(|| ()),
            Self::Rs256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
                let mut signature = vec![0; 256];
                Box::new(move || assert!(key.sign_digest(&RSA_PKCS1_SHA256, &text, &mut signature).is_ok()))
            }
            Self::Es256 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
                Box::new(move || assert!(key.sign_digest(&text).is_ok()))
            }
            Self::EcCertificate => Box::new(|| assert!(ec_certificate().is_ok())),
            Self::RsaKey => Box::new(|| assert!(RsaKeyPair::generate(KeySize::Rsa2048).is_ok())),
            Self::Lookup => {
                let map = million();
                let mut next = 0;
                Box::new(move || {
                    next = name_after(next);
                    assert!(map.get(&key(next)).is_some_and(|value| value.clone().len() == 100));
                })
            }
            Self::Insert => {
                let map = million();
                let mut next = 0;
                Box::new(move || {
                    next = name_after(next);
                    map.insert(key(next), vec![b'y'; 100]);
                })
            }
        })
    }
}

fn ec_certificate() -> Result<(), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    CertificateParams::new(["bench".to_owned()])?.self_signed(&key).map(drop)
}

const NAMES: u32 = 1_000_000;

fn million() -> DashMap<String, Vec<u8>> {
    (0..NAMES).map(|name| (key(name), vec![b'x'; 100])).collect()
}

fn key(name: u32) -> String {
    format!("secret-{name:010}")
}

/// Another name, far from this one.
const fn name_after(name: u32) -> u32 {
    (name + 618_033) % NAMES
}

/// How many microseconds of the processor the operation takes on that core: the median of `rounds`.
pub(crate) fn measure(raw: Raw, core: usize, rounds: usize, length: Duration) -> Outcome<f64> {
    let worker = std::thread::spawn(move || {
        pin(&[core]);
        let mut operation = raw.prepare()?;
        let round = || {
            let (begun, worked, mut count) = (Instant::now(), thread_time(), 0.0);
            while begun.elapsed() < length {
                operation();
                count += 1.0;
            }
            (thread_time() - worked).as_secs_f64() * 1e6 / count
        };
        Ok::<_, Failure>(crate::load::median(std::iter::repeat_with(round).take(rounds).collect::<Vec<_>>()))
    });
    worker.join().map_err(|_| "the raw operation panicked")?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_raw_operation_can_be_done() {
        for raw in [Raw::Nothing, Raw::Rs256, Raw::Es256, Raw::EcCertificate] {
            raw.prepare().unwrap()();
        }
    }

    #[test]
    fn the_walk_over_names_stays_among_them() {
        let mut name = 0;
        assert!((0..10_000).all(|_| {
            name = name_after(name);
            name < NAMES
        }));
    }
}
