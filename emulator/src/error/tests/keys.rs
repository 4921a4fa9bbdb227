//! Keys and what is done with them.

use super::{Error, Row, Source};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        // keys-and-secrets.md E-400, azure-docs #88477
        (
            Error::UnsupportedKeySize { size: 4096, supported: "256, 384, 521" },
            400,
            "BadParameter",
            Some("KeySizeNotSupported"),
            "Unsupported key size (4096). Supported sizes are [256, 384, 521]",
            Source::Quoted,
        ),
        // certificates.md 4.2, AzureKeyVault #22
        (
            Error::UnsupportedKeyOperations {
                operations: "\"wrapKey\", \"unwrapKey\"".into(),
                supported: "\"sign\", \"verify\"".into(),
            },
            400,
            "BadParameter",
            None,
            "Unsupported key operation(s): \"wrapKey\", \"unwrapKey\". Supported values are \"sign\", \"verify\".",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-403 and E-400
        (
            Error::KeyOperationForbidden("decrypt"),
            403,
            "Forbidden",
            Some("KeyOperationForbidden"),
            "Operation decrypt is not permitted on this key.",
            Source::Quoted,
        ),
        (
            Error::KeyOutOfTime("sign"),
            403,
            "Forbidden",
            Some("KeyNotYetValidOrExpired"),
            "Operation sign is not allowed on an expired or not yet valid key.",
            Source::Unverified,
        ),
        (
            Error::DigestLength { found: 43, algorithm: "ES256", expected: 32 },
            400,
            "BadParameter",
            None,
            "Invalid length of 'value': 43 bytes. ES256 requires 32 bytes, encoded with base64url.",
            Source::Quoted,
        ),
        (
            Error::CurveMismatch { kid: "K".into(), curve: "P-256K", algorithm: "ES256", wanted: "P-256" },
            400,
            "BadParameter",
            None,
            "Key and signing algorithm are incompatible. Key K uses curve 'P-256K', and algorithm 'ES256' can only be used with curve 'P-256'.",
            Source::Quoted,
        ),
        (Error::NoKeyOperation, 400, "BadParameter", None, "Operation not specified", Source::Recorded),
        (
            Error::UnknownKeyOperation { method: "GET".into(), operation: "attestation".into() },
            400,
            "BadParameter",
            None,
            "Method GET does not allow operation 'attestation'",
            Source::Recorded,
        ),
        // keys-and-secrets.md E-400, Java/createKeyNullType
        (
            Error::MissingKeyType,
            400,
            "BadParameter",
            None,
            "Property  has invalid value\r\nProperty  has invalid value\r\n",
            Source::Recorded,
        ),
        // keys-and-secrets.md E-400
        (
            Error::UnsupportedKeyType("oct".into()),
            400,
            "BadParameter",
            Some("KeyTypeNotSupported"),
            "Invalid kty value: oct",
            Source::Recorded,
        ),
        (
            Error::InvalidRotationPolicy("The expiry time must be at least 28 days."),
            400,
            "BadParameter",
            None,
            "The expiry time must be at least 28 days.",
            Source::Unverified,
        ),
        (Error::UnsupportedCurve, 400, "BadParameter", None, "Unsupported curve", Source::Quoted),
    ]
}
