//! Answers to what is asked of objects: absent ones, ones in another phase, keys that may not, files that cannot be read.

use super::answer::{Answer, Source, answer, bad_parameter, conflict, not_found};
use super::{Error, Family};

impl Error {
    /// certificates.md sections 4.1 and 4.2: import and merge.
    pub(super) fn answer_content(&self) -> Answer {
        match self {
            Self::ForeignPublicKey => bad_parameter(
                "The public key of the end-entity certificate in the specified X.509 certificate content does not match the public part of the specified private key. Please check if certificate is valid.",
                Source::Recorded,
            ),
            Self::UnreadablePkcs12 => bad_parameter(
                "The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid PKCS#12 format.",
                Source::Quoted,
            ),
            Self::UnreadablePem => bad_parameter(
                "The specified PEM X.509 certificate content can not be read. Please check if certificate is in valid PEM format. Accepted formats: PEM content or Base64 encoded PEM content.",
                Source::Quoted,
            ),
            Self::UnexpectedPem => bad_parameter(
                "The specified PEM X.509 certificate content is in an unexpected format. Please check if certificate is in valid PEM format.",
                Source::Quoted,
            ),
            Self::NoKeyInPem => bad_parameter(
                "Private key is not specified in the specified X.509 PEM certificate content. Please specify private key in the X.509 PEM certificate content.",
                Source::Quoted,
            ),
            Self::NoKeyInPkcs12 => bad_parameter(
                "No certificate with private key found in the specified X.509 certificate content. Please specify X.509 certificate content with only one certificate containing private key.",
                Source::Quoted,
            ),
            Self::EllipticCurveNotSupported => bad_parameter(
                "Elliptic Curve Cryptography Public Key Algorithm of the X509 certificate in the certificate chain is not supported.",
                Source::Quoted,
            ),
            _ => bad_parameter(
                "The specified X.509 certificate content is invalid. Error: One or more X.509 properties are invalid.",
                Source::Quoted,
            ),
        }
    }

    /// keys-and-secrets.md section 5, E-400 and E-403; certificates.md section 4.2.
    pub(super) fn answer_key(&self) -> Answer {
        let forbidden =
            |inner, message: String, source| answer(403, "Forbidden", Some(inner), message, source);
        match self {
            Self::KeyOperationForbidden(operation) => forbidden(
                "KeyOperationForbidden",
                format!("Operation {operation} is not permitted on this key."),
                Source::Quoted,
            ),
            Self::Disabled(family, operation) => forbidden(
                if *family == Family::Secret { "SecretDisabled" } else { "KeyDisabled" },
                format!("Operation {operation} is not allowed on a disabled {}.", family.lower()),
                if *family == Family::Secret { Source::Recorded } else { Source::Quoted },
            ),
            Self::KeyOutOfTime(operation) => forbidden(
                "KeyNotYetValidOrExpired",
                format!("Operation {operation} is not allowed on an expired or not yet valid key."),
                Source::Unverified,
            ),
            Self::ManagedByCertificate(family, operation) => Self::managed(*family, operation),
            Self::NotBase64Url(member) => bad_parameter(
                format!("Content of '{member}' is not base64url.\r\nProperty '{member}' is required.\r\n"),
                Source::Quoted,
            ),
            Self::DigestLength { found, algorithm, expected } => bad_parameter(
                format!(
                    "Invalid length of 'value': {found} bytes. {algorithm} requires {expected} bytes, encoded with base64url."
                ),
                Source::Quoted,
            ),
            Self::CurveMismatch { kid, curve, algorithm, wanted } => bad_parameter(
                format!(
                    "Key and signing algorithm are incompatible. Key {kid} uses curve '{curve}', and algorithm '{algorithm}' can only be used with curve '{wanted}'."
                ),
                Source::Quoted,
            ),
            Self::NoKeyOperation => bad_parameter("Operation not specified", Source::Recorded),
            Self::UnknownKeyOperation { method, operation } => bad_parameter(
                format!("Method {method} does not allow operation '{operation}'"),
                Source::Recorded,
            ),
            Self::IncorrectParameter => bad_parameter("The parameter is incorrect.\r\n", Source::Quoted),
            _ => self.answer_key_terms(),
        }
    }

    /// keys-and-secrets.md section 5, E-400: what a key is to be.
    fn answer_key_terms(&self) -> Answer {
        match self {
            Self::MissingKeyType => bad_parameter(
                "Property  has invalid value\r\nProperty  has invalid value\r\n",
                Source::Recorded,
            ),
            Self::UnsupportedKeyType(kty) => answer(
                400,
                "BadParameter",
                Some("KeyTypeNotSupported"),
                format!("Invalid kty value: {kty}"),
                Source::Recorded,
            ),
            Self::InvalidRotationPolicy(reason) => bad_parameter(*reason, Source::Unverified),
            Self::UnsupportedCurve => bad_parameter("Unsupported curve", Source::Quoted),
            _ => self.answer_own(),
        }
    }

    /// Two texts have been seen: one for `set`, another for the rest.
    fn managed(family: Family, operation: &str) -> Answer {
        let (inner, kind) = match family {
            Family::Secret => ("SecretManagedByKeyVault", "secret"),
            _ => ("KeyManagedByKeyVault", "Key"),
        };
        let message = match operation {
            "set" | "create" | "import" => {
                format!(
                    "Operation \"{operation}\" is not allowed as this object's lifetime is managed by Key Vault."
                )
            }
            _ => format!(
                "Operation \"{operation}\" is not allowed on this {kind}, since it is associated with a certificate. Perform the operation on the corresponding certificate. For more information refer to https://docs.microsoft.com/en-us/azure/key-vault/certificates/about-certificates#composition-of-a-certificate"
            ),
        };
        let seen = matches!(operation, "set" | "delete" | "update");
        answer(403, "Forbidden", Some(inner), message, if seen { Source::Quoted } else { Source::Unverified })
    }

    /// certificates.md section 4.1; keys-and-secrets.md section 5 E-404.
    pub(super) fn answer_absent(&self) -> Answer {
        match self {
            Self::NotFound(family, id) => {
                let kind = family.lower();
                not_found(
                    family.not_found(),
                    format!(
                        "A {kind} with (name/id) {id} was not found in this key vault. If you recently deleted this {kind} you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
                    ),
                )
            }
            Self::DeletedNotFound(family, name) => {
                not_found(family.not_found(), format!("Deleted {} not found: {name}", family.capital()))
            }
            Self::IssuerNotFound => not_found("CertificateIssuerNotFound", "Issuer not found".to_owned()),
            Self::ContactsNotFound => not_found("ContactsNotFound", "Contacts not found".to_owned()),
            Self::PendingNotFound(name) => {
                not_found("PendingCertificateNotFound", format!("Pending Certificate not found: {name}"))
            }
            _ => self.answer_own(),
        }
    }

    /// certificates.md section 4.2; keys-and-secrets.md section 5 E-403 and E-409.
    pub(super) fn answer_state(&self) -> Answer {
        match self {
            Self::BeingDeleted(family) => conflict(
                Some("ObjectIsBeingDeleted"),
                format!("{} is currently being deleted.", family.capital()),
                Source::Recorded,
            ),
            Self::NameBeingDeleted(family, name) => conflict(
                Some("ObjectIsBeingDeleted"),
                format!(
                    "{} {name} is currently being deleted and cannot be re-created; retry later.",
                    family.capital()
                ),
                Source::Quoted,
            ),
            Self::DeletedButRecoverable(family, name) => conflict(
                Some("ObjectIsDeletedButRecoverable"),
                format!(
                    "{} {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the {} can only be recovered or purged.",
                    family.capital(),
                    family.lower()
                ),
                Source::Quoted,
            ),
            Self::NameBeingRecovered(family, name) => conflict(
                Some("ObjectIsBeingRecovered"),
                format!(
                    "{} {name} is currently being recovered and cannot be re-created; retry later.",
                    family.capital()
                ),
                Source::Quoted,
            ),
            Self::RestoreConflict(family, id) => {
                let kind = family.lower();
                conflict(
                    None,
                    format!(
                        "There was a conflict restoring the {kind} '{id}'. This can happen if either: a second {kind} with the same name was created after the first {kind} was deleted; thus trying to restore a {kind} whose name is already in use. To fix this, rename the second {kind} to something else so that the restore works. The second probable cause of this exception is when multiple operations are performed in parallel against the {kind}. To avoid this error, perform operations against a {kind} in a sequential manner."
                    ),
                    Source::Quoted,
                )
            }
            Self::RecoverConflict(family, id) => {
                let kind = family.lower();
                conflict(
                    None,
                    format!(
                        "There was a conflict while recovering the soft-deleted {kind} '{id}'. This can happen when multiple operations are performed in parallel against the soft-deleted {kind}. To avoid this error, perform operations against the soft-deleted {kind} in a sequential manner."
                    ),
                    Source::Quoted,
                )
            }
            _ => self.answer_operation(),
        }
    }

    /// certificates.md section 4.2; keys-and-secrets.md section 5 E-403.
    fn answer_operation(&self) -> Answer {
        match self {
            Self::PurgeProtected { vault, location } => answer(
                403,
                "Forbidden",
                None,
                format!(
                    "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: {vault};location={location}"
                ),
                Source::Quoted,
            ),
            Self::NameTaken(family, name) => conflict(
                None,
                format!(
                    "A certificate cannot be created with the name {name}, because there is a {} of that name that does not belong to a certificate.",
                    family.lower()
                ),
                Source::Unverified,
            ),
            Self::Throttled => answer(
                429,
                "Throttled",
                None,
                "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
                Source::Quoted,
            ),
            Self::RequestRejected { provider, reason } => answer(
                400,
                "Request rejected",
                None,
                format!("The call to {provider} failed with Error code {reason}"),
                Source::Recorded,
            ),
            Self::OperationEnded => answer(
                403,
                "Forbidden",
                None,
                "Pending status must be in progress to allow update. ",
                Source::Quoted,
            ),
            _ => conflict(
                None,
                "A new key vault certificate can not be created or imported while a pending key vault certificate's status is inProgress.",
                Source::Quoted,
            ),
        }
    }
}
