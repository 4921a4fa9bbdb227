//! Managed HSM, and the release of its keys and of those in hardware.

use super::{Error, HsmRefusal, ReleaseRefusal, Row, Source};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        // azure-sdk-for-net, AttestationMayFailAttributeTests
        (
            Error::Release(ReleaseRefusal::EnvironmentNotVerified),
            403,
            "Forbidden",
            Some("AccessDenied"),
            "Target environment attestation statement cannot be verified.",
            Source::Quoted,
        ),
        // not recorded
        (
            Error::Release(ReleaseRefusal::PolicyNotSatisfied),
            403,
            "Forbidden",
            Some("AccessDenied"),
            "AKV.SKR: Key Release Policy is not satisfied by the target environment.",
            Source::Unverified,
        ),
        (
            Error::Release(ReleaseRefusal::InvalidPolicy),
            400,
            "BadParameter",
            None,
            "AKV.SKR: Key Release Policy is not valid.",
            Source::Unverified,
        ),
        (
            Error::Release(ReleaseRefusal::NotExportable),
            400,
            "BadParameter",
            None,
            "AKV.SKR: Key is not exportable.",
            Source::Unverified,
        ),
        (
            Error::Release(ReleaseRefusal::NoRecipient),
            400,
            "BadParameter",
            None,
            "AKV.SKR: Target environment attestation statement holds no usable encryption key.",
            Source::Unverified,
        ),
        // keys-and-secrets.md E-400 MHSM; the activity id is the pool's own addition
        (
            Error::Hsm(HsmRefusal::RandomByteCount),
            400,
            "BadParameter",
            None,
            "GetRandomBytesRequest: count cannot be greater than 128 or less than 1",
            Source::Recorded,
        ),
        (
            Error::Hsm(HsmRefusal::KeySize(64)),
            400,
            "BadParameter",
            None,
            "Invalid key size: '64'",
            Source::Recorded,
        ),
        (
            Error::Hsm(HsmRefusal::ExportableWithoutReleasePolicy),
            400,
            "BadParameter",
            None,
            "Exportable keys must have release policy",
            Source::Recorded,
        ),
        // keys-and-secrets.md E-400
        (
            Error::HardwareKeyOnStandardVault,
            400,
            "BadParameter",
            None,
            "Hardware key operation not allowed on standard vault",
            Source::Quoted,
        ),
        (
            Error::Release(ReleaseRefusal::PolicyMissing),
            400,
            "BadParameter",
            None,
            "AKV.SKR.1004: Exportable keys must have release policy.",
            Source::Recorded,
        ),
        (
            Error::Release(ReleaseRefusal::PolicyUnwanted),
            400,
            "BadParameter",
            None,
            "AKV.SKR.1005: Non-exportable keys must not have release policy.",
            Source::Quoted,
        ),
        (
            Error::Release(ReleaseRefusal::ExportableFixed),
            400,
            "BadParameter",
            None,
            "AKV.SKR.1014: Cannot modify the exportable state of a key.",
            Source::Recorded,
        ),
        (
            Error::Release(ReleaseRefusal::PolicyImmutable),
            400,
            "BadParameter",
            None,
            "AKV.SKR.1020: Immutable Key Release Policy cannot be modified.",
            Source::Recorded,
        ),
    ]
}
