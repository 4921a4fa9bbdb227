//! Refusals of a key release. Microsoft's own tests know one of them; the service has more texts, which nobody recorded.

use super::answer::{Answer, Source, answer, bad_parameter};

/// Why a key is not released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseRefusal {
    /// A release policy that does not follow the grammar.
    InvalidPolicy,
    /// The key may not leave.
    NotExportable,
    /// An environment assertion that no authority signed, or whose time is not now.
    EnvironmentNotVerified,
    /// An environment that the release policy does not take.
    PolicyNotSatisfied,
    /// An environment assertion without a key to which the key could be released.
    NoRecipient,
}

impl ReleaseRefusal {
    /// azure-sdk-for-net, tests of secure key release, for the environment; the rest is unverified.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::InvalidPolicy => {
                bad_parameter("AKV.SKR: Key Release Policy is not valid.", Source::Unverified)
            }
            Self::NotExportable => bad_parameter("AKV.SKR: Key is not exportable.", Source::Unverified),
            Self::NoRecipient => bad_parameter(
                "AKV.SKR: Target environment attestation statement holds no usable encryption key.",
                Source::Unverified,
            ),
            Self::PolicyNotSatisfied => denied(
                "AKV.SKR: Key Release Policy is not satisfied by the target environment.",
                Source::Unverified,
            ),
            Self::EnvironmentNotVerified => {
                denied("Target environment attestation statement cannot be verified.", Source::Quoted)
            }
        }
    }
}

fn denied(message: &'static str, source: Source) -> Answer {
    answer(403, "Forbidden", Some("AccessDenied"), message, source)
}
