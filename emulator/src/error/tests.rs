//! Pins every literal of the error table to its source in the fact sheets.

use super::{Answer, Error, Family, HsmRefusal, ReleaseRefusal, Source};

type Row = (Error, u16, &'static str, Option<&'static str>, &'static str, Source);

/// The literals, each with the section of the fact sheets it was read in.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_literal_is_the_one_of_its_source() {
    let c = Family::Certificate;
    let table: Vec<Row> = vec![
        // certificates.md 1.3, service builds since spring 2026
        (
            Error::MissingToken,
            401,
            "Unauthorized",
            None,
            "AKV10000: Request is missing a Bearer, PoP, or MTLS_POP token.",
            Source::Recorded,
        ),
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
        // certificates.md 4.2, net #15633
        (
            Error::TooManyLifetimeActions,
            400,
            "BadParameter",
            None,
            "At most one action is allowed",
            Source::Quoted,
        ),
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
            Error::UnsupportedKeyOperations { operations: "\"wrapKey\", \"unwrapKey\"".into() },
            400,
            "BadParameter",
            None,
            "Unsupported key operation(s): \"wrapKey\", \"unwrapKey\". Supported values are \"sign\", \"verify\".",
            Source::Quoted,
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
        // certificates.md 4.1
        (
            Error::NotFound(c, "a".into()),
            404,
            "CertificateNotFound",
            None,
            "A certificate with (name/id) a was not found in this key vault. If you recently deleted this certificate you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
            Source::Recorded,
        ),
        (
            Error::DeletedNotFound(c, "a".into()),
            404,
            "CertificateNotFound",
            None,
            "Deleted Certificate not found: a",
            Source::Recorded,
        ),
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
        // certificates.md 4.1, Java:restoreCertificateFromMalformedBackup
        (
            Error::CorruptBackup,
            400,
            "Malformed backup blob",
            None,
            "Backup blob is corrupt.",
            Source::Recorded,
        ),
        // keys-and-secrets.md E-409
        (
            Error::RestoreConflict(Family::Secret, "V/secrets/n/v".into()),
            409,
            "Conflict",
            None,
            "There was a conflict restoring the secret 'V/secrets/n/v'. This can happen if either: a second secret with the same name was created after the first secret was deleted; thus trying to restore a secret whose name is already in use. To fix this, rename the second secret to something else so that the restore works. The second probable cause of this exception is when multiple operations are performed in parallel against the secret. To avoid this error, perform operations against a secret in a sequential manner.",
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
            Error::Disabled(Family::Key, "sign"),
            403,
            "Forbidden",
            Some("KeyDisabled"),
            "Operation sign is not allowed on a disabled key.",
            Source::Quoted,
        ),
        (
            Error::Disabled(Family::Secret, "get"),
            403,
            "Forbidden",
            Some("SecretDisabled"),
            "Operation get is not allowed on a disabled secret.",
            Source::Recorded,
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
            Error::ManagedByCertificate(Family::Secret, "set"),
            403,
            "Forbidden",
            Some("SecretManagedByKeyVault"),
            "Operation \"set\" is not allowed as this object's lifetime is managed by Key Vault.",
            Source::Quoted,
        ),
        (
            Error::ManagedByCertificate(Family::Key, "delete"),
            403,
            "Forbidden",
            Some("KeyManagedByKeyVault"),
            "Operation \"delete\" is not allowed on this Key, since it is associated with a certificate. Perform the operation on the corresponding certificate. For more information refer to https://docs.microsoft.com/en-us/azure/key-vault/certificates/about-certificates#composition-of-a-certificate",
            Source::Quoted,
        ),
        (
            Error::NotBase64Url("value"),
            400,
            "BadParameter",
            None,
            "Content of 'value' is not base64url.\r\nProperty 'value' is required.\r\n",
            Source::Quoted,
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
        (
            Error::IncorrectParameter,
            400,
            "BadParameter",
            None,
            "The parameter is incorrect.\r\n",
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
        // certificates.md 4.2, java #29166
        (
            Error::NoOrganizationId,
            400,
            "BadParameter",
            None,
            "Id in organization details is not set",
            Source::Quoted,
        ),
        // certificates.md 4.1, Rust:purge_certificate
        (
            Error::BeingDeleted(c),
            409,
            "Conflict",
            Some("ObjectIsBeingDeleted"),
            "Certificate is currently being deleted.",
            Source::Recorded,
        ),
        // certificates.md 4.2
        (
            Error::NameBeingDeleted(c, "a".into()),
            409,
            "Conflict",
            Some("ObjectIsBeingDeleted"),
            "Certificate a is currently being deleted and cannot be re-created; retry later.",
            Source::Quoted,
        ),
        (
            Error::DeletedButRecoverable(c, "a".into()),
            409,
            "Conflict",
            Some("ObjectIsDeletedButRecoverable"),
            "Certificate a is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the certificate can only be recovered or purged.",
            Source::Quoted,
        ),
        (
            Error::NameBeingRecovered(Family::Secret, "a".into()),
            409,
            "Conflict",
            Some("ObjectIsBeingRecovered"),
            "Secret a is currently being recovered and cannot be re-created; retry later.",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-409
        (
            Error::RecoverConflict(Family::Key, "https://v/keys/a/1".into()),
            409,
            "Conflict",
            None,
            "There was a conflict while recovering the soft-deleted key 'https://v/keys/a/1'. This can happen when multiple operations are performed in parallel against the soft-deleted key. To avoid this error, perform operations against the soft-deleted key in a sequential manner.",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-403
        (
            Error::PurgeProtected { vault: "v".into(), location: "westus" },
            403,
            "Forbidden",
            None,
            "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: v;location=westus",
            Source::Quoted,
        ),
        // nobody has recorded it: keys-and-secrets.md has no row for it
        (
            Error::NameTaken(Family::Secret, "n".into()),
            409,
            "Conflict",
            None,
            "A certificate cannot be created with the name n, because there is a secret of that name that does not belong to a certificate.",
            Source::Unverified,
        ),
        // keys-and-secrets.md E-400
        (
            Error::SecretTooLarge,
            400,
            "BadParameter",
            Some("SecretTooLarge"),
            "Secret is beyond the maximum permitted length of 25600 characters.",
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
            Error::OperationEnded,
            403,
            "Forbidden",
            None,
            "Pending status must be in progress to allow update. ",
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
        (
            Error::BodyTooLarge,
            413,
            "RequestEntityTooLarge",
            None,
            "The request body is larger than this service accepts.",
            Source::Unverified,
        ),
        (
            Error::VaultNotFound("v".into()),
            404,
            "VaultNotFound",
            None,
            "akv: there is no vault 'v', and vaults are not made on first use here. Name it with --vault, or start without --closed.",
            Source::Own,
        ),
        (
            Error::VaultDeleted("v".into()),
            404,
            "VaultNotFound",
            None,
            "akv: the vault 'v' is deleted, and its host name would not resolve on Azure. `az keyvault recover` brings it back.",
            Source::Own,
        ),
        (
            Error::TlsRequired,
            400,
            "HttpsRequired",
            None,
            "akv: the data plane is served over https only, as Azure's is.",
            Source::Own,
        ),
        (
            Error::NotEmulated("merge".into()),
            501,
            "NotImplemented",
            None,
            "akv: merge is not emulated yet.",
            Source::Own,
        ),
        (
            Error::Unexpected("x".into()),
            500,
            "InternalServerError",
            None,
            "akv: an unexpected fault; its cause is in the log.",
            Source::Own,
        ),
    ];
    for (error, status, code, inner, message, source) in table {
        let expected = Answer { status, code, inner, message: message.into(), source };
        assert_eq!(error.answer(), expected, "{error:?}");
    }
}
