//! Refusals that only Managed HSM has, or words otherwise than Key Vault (keys-and-secrets.md section 5, E-400 MHSM).
//!
//! The activity id that ends each of its messages is added where the answer is written.

use super::Error;
use super::answer::{Answer, Source, bad_parameter};

/// What a pool refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HsmRefusal {
    /// More random bytes than are given at once, or none.
    RandomByteCount,
    /// A key size that no key of that type has, in bits.
    KeySize(u32),
    /// A key that may leave, without a release policy.
    ExportableWithoutReleasePolicy,
}

impl HsmRefusal {
    pub(super) fn answer(self) -> Answer {
        let message = match self {
            Self::RandomByteCount => {
                "GetRandomBytesRequest: count cannot be greater than 128 or less than 1".into()
            }
            Self::KeySize(bits) => format!("Invalid key size: '{bits}'"),
            Self::ExportableWithoutReleasePolicy => "Exportable keys must have release policy".into(),
        };
        bad_parameter(message, Source::Recorded)
    }
}

impl Error {
    /// What concerns keys in hardware: their pool, and their release.
    pub(super) fn answer_hardware(&self) -> Answer {
        match self {
            Self::Release(refusal) => refusal.answer(),
            Self::Hsm(refusal) => refusal.answer(),
            _ => bad_parameter("The parameter is incorrect.\r\n", Source::Quoted),
        }
    }
}
