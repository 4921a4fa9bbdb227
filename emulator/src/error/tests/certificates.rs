//! Certificates, their issuers and operations.

use super::{Error, Row, Source};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        // certificates.md 4.2, net #15633
        (
            Error::TooManyLifetimeActions,
            400,
            "BadParameter",
            None,
            "At most one action is allowed",
            Source::Quoted,
        ),
        // certificates.md 4.1
        (
            Error::PendingNotFound("a".into()),
            404,
            "PendingCertificateNotFound",
            None,
            "Pending Certificate not found: a",
            Source::Recorded,
        ),
        // certificates.md 4.1, CLI:issuers, CLI:contacts
        (Error::IssuerNotFound, 404, "CertificateIssuerNotFound", None, "Issuer not found", Source::Recorded),
        (Error::ContactsNotFound, 404, "ContactsNotFound", None, "Contacts not found", Source::Recorded),
        // certificates.md 4.1, CLI:pending
        (
            Error::ForeignPublicKey,
            400,
            "BadParameter",
            None,
            "The public key of the end-entity certificate in the specified X.509 certificate content does not match the public part of the specified private key. Please check if certificate is valid.",
            Source::Recorded,
        ),
        // certificates.md 4.2, import
        (
            Error::UnreadablePkcs12,
            400,
            "BadParameter",
            None,
            "The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid PKCS#12 format.",
            Source::Quoted,
        ),
        (
            Error::UnreadablePem,
            400,
            "BadParameter",
            None,
            "The specified PEM X.509 certificate content can not be read. Please check if certificate is in valid PEM format. Accepted formats: PEM content or Base64 encoded PEM content.",
            Source::Quoted,
        ),
        (
            Error::UnexpectedPem,
            400,
            "BadParameter",
            None,
            "The specified PEM X.509 certificate content is in an unexpected format. Please check if certificate is in valid PEM format.",
            Source::Quoted,
        ),
        (
            Error::NoKeyInPem,
            400,
            "BadParameter",
            None,
            "Private key is not specified in the specified X.509 PEM certificate content. Please specify private key in the X.509 PEM certificate content.",
            Source::Quoted,
        ),
        (
            Error::NoKeyInPkcs12,
            400,
            "BadParameter",
            None,
            "No certificate with private key found in the specified X.509 certificate content. Please specify X.509 certificate content with only one certificate containing private key.",
            Source::Quoted,
        ),
        (
            Error::EllipticCurveNotSupported,
            400,
            "BadParameter",
            None,
            "Elliptic Curve Cryptography Public Key Algorithm of the X509 certificate in the certificate chain is not supported.",
            Source::Quoted,
        ),
        (
            Error::InvalidCertificate,
            400,
            "BadParameter",
            None,
            "The specified X.509 certificate content is invalid. Error: One or more X.509 properties are invalid.",
            Source::Quoted,
        ),
        // certificates.md 4.2, java #29166
        (
            Error::NoOrganizationId,
            400,
            "BadParameter",
            None,
            "Id in organization details is not set",
            Source::Quoted,
        ),
        // certificates.md 4.2
        (
            Error::OperationInProgress,
            409,
            "Conflict",
            None,
            "A new key vault certificate can not be created or imported while a pending key vault certificate's status is inProgress.",
            Source::Quoted,
        ),
        (
            // NET:VerifyCertificateOperationError; in the body of an operation, never a status.
            Error::RequestRejected { provider: "DigiCert".into(), reason: "access_denied|...".into() },
            400,
            "Request rejected",
            None,
            "The call to DigiCert failed with Error code access_denied|...",
            Source::Recorded,
        ),
        (
            Error::OperationEnded,
            403,
            "Forbidden",
            None,
            "Pending status must be in progress to allow update. ",
            Source::Quoted,
        ),
    ]
}
