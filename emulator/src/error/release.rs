//! Refusals of a key release, and of what a key says of it. Microsoft's own tests know one of them; the service has more texts, which nobody recorded.

use super::answer::{Answer, Source, answer, bad_parameter};

/// Why a key is not released, or cannot be kept as its client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseRefusal {
    /// It may leave, without a release policy.
    PolicyMissing,
    /// It may not leave, with a release policy.
    PolicyUnwanted,
    /// An update that wants another exportable state.
    ExportableFixed,
    /// An update that wants another release policy where it is immutable.
    PolicyImmutable,
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
    /// keys-and-secrets.md section 5 for what a key says; azure-sdk-for-net, tests of secure key release, for the environment; the rest is unverified.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::PolicyMissing => {
                bad_parameter("AKV.SKR.1004: Exportable keys must have release policy.", Source::Recorded)
            }
            Self::PolicyUnwanted => bad_parameter(
                "AKV.SKR.1005: Non-exportable keys must not have release policy.",
                Source::Quoted,
            ),
            Self::ExportableFixed => {
                bad_parameter("AKV.SKR.1014: Cannot modify the exportable state of a key.", Source::Recorded)
            }
            Self::PolicyImmutable => bad_parameter(
                "AKV.SKR.1020: Immutable Key Release Policy cannot be modified.",
                Source::Recorded,
            ),
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
