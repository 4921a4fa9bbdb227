//! Tokens that are refused.

use super::{Error, Row, Source};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        // certificates.md 1.3, service builds since spring 2026
        (
            Error::MissingToken,
            401,
            "Unauthorized",
            None,
            "AKV10000: Request is missing a Bearer, PoP, or MTLS_POP token.",
            Source::Recorded,
        ),
        // certificates.md 4.2
        (
            Error::InvalidAudience {
                expected: "https://vault.azure.net".into(),
                found: "https://management.azure.com/".into(),
            },
            401,
            "Unauthorized",
            None,
            "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com/.",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-401
        (
            Error::InvalidIssuer {
                expected: "https://sts.windows.net/t/".into(),
                found: "https://sts.windows.net/x/".into(),
            },
            401,
            "Unauthorized",
            None,
            "AKV10032: Invalid issuer. Expected one of https://sts.windows.net/t/, found https://sts.windows.net/x/.",
            Source::Quoted,
        ),
        (
            Error::UnknownSigningKey { header: "eyJ9".into() },
            401,
            "Unauthorized",
            None,
            "AKV10046: Unable to resolve the key used for signature validation. EncodedJwtHeader: 'eyJ9'.",
            Source::Quoted,
        ),
        (Error::TokenExpired, 401, "Unauthorized", None, "Error validating token: IDX10223", Source::Quoted),
        (
            Error::TokenNotYetValid,
            401,
            "Unauthorized",
            None,
            "Error validating token: IDX10222",
            Source::Unverified,
        ),
        (
            Error::TokenRevoked { since: 0 },
            401,
            "Unauthorized",
            None,
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
            Source::Unverified,
        ),
        (
            Error::InvalidSignature,
            401,
            "Unauthorized",
            None,
            "Error validating token: IDX10511: Signature validation failed.",
            Source::Unverified,
        ),
        (
            Error::MalformedToken,
            401,
            "Unauthorized",
            None,
            "Error validating token: IDX12741: JWT must have three segments.",
            Source::Unverified,
        ),
    ]
}
