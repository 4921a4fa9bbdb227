//! Requests that are wrong whatever they ask for.

use super::{Error, Row, Source};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        // certificates.md 4.3
        (
            Error::MissingApiVersion,
            400,
            "BadParameter",
            None,
            "api-version must be specified",
            Source::Unverified,
        ),
        // certificates.md 4.2
        (
            Error::UnknownApiVersion { version: "7.4".into(), latest: "7.1" },
            400,
            "BadParameter",
            None,
            "The specified version (7.4) is not recognized. Consider using the latest supported version (7.1).",
            Source::Quoted,
        ),
        // certificates.md 4.1, Rust:create_invalid_certificate
        (
            Error::InvalidName("a_b".into()),
            400,
            "BadParameter",
            None,
            "The request URI contains an invalid name: a_b",
            Source::Recorded,
        ),
        (
            Error::UnknownPath("/x".into()),
            404,
            "NotFound",
            None,
            "No operation of the data plane has the path '/x'.",
            Source::Unverified,
        ),
        // certificates.md 4.1, Java empty names
        (
            Error::MethodNotAllowed("POST".into()),
            405,
            "MethodNotAllowed",
            None,
            "HTTP POST not allowed",
            Source::Recorded,
        ),
        // certificates.md 4.2, caf #813
        (Error::InvalidBody, 400, "BadParameter", None, "Property  has invalid value\r\n", Source::Quoted),
        // certificates.md 4.1, NET:StartCreateCertificateError
        (
            Error::InvalidProperty {
                property: "policy.x509_props",
                detail: Some("Invalid X.500 distinguished name"),
            },
            400,
            "BadParameter",
            None,
            "Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n",
            Source::Recorded,
        ),
        (
            Error::InvalidProperty { property: "policy.key_props", detail: None },
            400,
            "BadParameter",
            None,
            "Property policy.key_props has invalid value\r\n",
            Source::Unverified,
        ),
        (
            Error::InvalidMaxResults("26".into()),
            400,
            "BadParameter",
            None,
            "Invalid maxresults: 26",
            Source::Unverified,
        ),
        (Error::InvalidSkipToken, 400, "BadParameter", None, "Invalid $skiptoken", Source::Unverified),
        // keys-and-secrets.md E-403 and E-400
        (
            Error::NotBase64Url("value"),
            400,
            "BadParameter",
            None,
            "Content of 'value' is not base64url.\r\nProperty 'value' is required.\r\n",
            Source::Quoted,
        ),
        (
            Error::IncorrectParameter,
            400,
            "BadParameter",
            None,
            "The parameter is incorrect.\r\n",
            Source::Quoted,
        ),
        // keys-and-secrets.md section 5, E-429 (AzureSignTool issue 219).
        (
            Error::Throttled,
            429,
            "Throttled",
            None,
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
            Source::Quoted,
        ),
    ]
}
