//! Every situation in which Azure Key Vault refuses a data plane request, and its answer to the byte.
//!
//! One variant per situation, one total `match` to the answer, one table test that pins each literal to its source.
//! No other module formats a message of Azure's. Nothing here decides *whether* a situation holds.

use std::borrow::Cow;
use std::fmt;

/// Where an answer's literal was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Recorded traffic of the real service.
    Recorded,
    /// Real service output quoted in a public thread.
    Quoted,
    /// Nobody has recorded it: status and code follow the documentation, the text is a guess.
    Unverified,
    /// The emulator's own: the real service is never in this situation.
    Own,
}

/// The three object families of the data plane, in the words of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Certificates.
    Certificate,
    /// Keys.
    Key,
    /// Secrets.
    Secret,
}

impl Family {
    const fn capital(self) -> &'static str {
        match self {
            Self::Certificate => "Certificate",
            Self::Key => "Key",
            Self::Secret => "Secret",
        }
    }

    const fn lower(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "key",
            Self::Secret => "secret",
        }
    }

    const fn not_found(self) -> &'static str {
        match self {
            Self::Certificate => "CertificateNotFound",
            Self::Key => "KeyNotFound",
            Self::Secret => "SecretNotFound",
        }
    }
}

/// A situation in which the data plane refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No `Authorization: Bearer` header.
    MissingToken,
    /// The token is for another resource.
    InvalidAudience {
        /// The resource of the vault that was called.
        expected: String,
        /// The token's `aud`.
        found: String,
    },
    /// The token is from another tenant.
    InvalidIssuer {
        /// The issuer that the vault trusts.
        expected: String,
        /// The token's `iss`.
        found: String,
    },
    /// The token names a signing key that nobody knows.
    UnknownSigningKey {
        /// The token's first segment, as sent.
        header: String,
    },
    /// The token's signature does not fit.
    InvalidSignature,
    /// The token is out of date.
    TokenExpired,
    /// The bearer string is no token.
    MalformedToken,

    /// `api-version` is absent.
    MissingApiVersion,
    /// `api-version` is not one that the service knows.
    UnknownApiVersion {
        /// As sent.
        version: String,
        /// The newest one the service knows.
        latest: &'static str,
    },
    /// An object name with a character other than `[0-9a-zA-Z-]`, or too long.
    InvalidName(String),
    /// The path ends in nothing that is an operation.
    UnknownPath(String),
    /// The path is known, the method is not for it.
    MethodNotAllowed(String),
    /// The body is no JSON or not of the operation's form.
    InvalidBody,
    /// A member of the body is out of range: the dotted name and, where the service gives one, the reason.
    InvalidProperty {
        /// Dotted path as the service writes it, such as `policy.x509_props`.
        property: &'static str,
        /// A sentence behind the first one, without line end.
        detail: Option<&'static str>,
    },
    /// `maxresults` is not a number from 1 to 25.
    InvalidMaxResults(String),
    /// `$skiptoken` was not made by this service.
    InvalidSkipToken,
    /// More than one lifetime action.
    TooManyLifetimeActions,
    /// A key size that the key type does not have.
    UnsupportedKeySize {
        /// As sent.
        size: u32,
        /// The sizes there are, as the message lists them.
        supported: &'static str,
    },
    /// Key usages that ask more of an EC key than to sign.
    UnsupportedKeyOperations {
        /// The operations that follow from the usages, quoted and separated as the message has them.
        operations: String,
    },
    /// An HSM key type in a vault of the standard SKU.
    HardwareKeyOnStandardVault,

    /// No object of that name, or none of that version; `id` is `name` or `name/version`.
    NotFound(Family, String),
    /// No deleted object of that name.
    DeletedNotFound(Family, String),
    /// No certificate operation of that name.
    PendingNotFound(String),
    /// Purged before the deletion has settled.
    BeingDeleted(Family),
    /// Created while the deletion has not settled.
    NameBeingDeleted(Family, String),
    /// Created while the object is soft-deleted.
    DeletedButRecoverable(Family, String),
    /// Created before the recovery has settled.
    NameBeingRecovered(Family, String),
    /// Recovered before the deletion has settled; holds the object's full identifier.
    RecoverConflict(Family, String),
    /// Purge in a vault with purge protection.
    PurgeProtected {
        /// The vault's name.
        vault: String,
        /// The vault's region.
        location: &'static str,
    },
    /// Create or import while an operation is in progress.
    OperationInProgress,
    /// Cancelling an operation that has ended.
    OperationEnded,

    /// The request's body is larger than the emulator takes.
    BodyTooLarge,
    /// The vault does not exist and is not made on first use.
    VaultNotFound(String),
    /// A data plane request that did not come through TLS.
    TlsRequired,
    /// The service can do it, this emulator cannot yet.
    NotEmulated(Cow<'static, str>),
    /// A fault of the emulator's own; the cause is logged, never answered.
    Unexpected(String),
}

/// How a situation is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: &'static str,
    /// `error.innererror.code`, where the service sends one.
    pub inner: Option<&'static str>,
    /// `error.message`.
    pub message: Cow<'static, str>,
    /// Where the literal comes from.
    pub source: Source,
}

fn answer(
    status: u16,
    code: &'static str,
    inner: Option<&'static str>,
    message: impl Into<Cow<'static, str>>,
    source: Source,
) -> Answer {
    Answer { status, code, inner, message: message.into(), source }
}

fn unauthorized(message: impl Into<Cow<'static, str>>, source: Source) -> Answer {
    answer(401, "Unauthorized", None, message, source)
}

fn bad_parameter(message: impl Into<Cow<'static, str>>, source: Source) -> Answer {
    answer(400, "BadParameter", None, message, source)
}

fn conflict(inner: Option<&'static str>, message: impl Into<Cow<'static, str>>, source: Source) -> Answer {
    answer(409, "Conflict", inner, message, source)
}

fn not_found(code: &'static str, message: String) -> Answer {
    answer(404, code, None, message, Source::Recorded)
}

impl Error {
    /// The answer to this situation.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::MissingToken
            | Self::InvalidAudience { .. }
            | Self::InvalidIssuer { .. }
            | Self::UnknownSigningKey { .. }
            | Self::InvalidSignature
            | Self::TokenExpired
            | Self::MalformedToken => self.answer_token(),
            Self::NotFound(..) | Self::DeletedNotFound(..) | Self::PendingNotFound(_) => self.answer_absent(),
            Self::BeingDeleted(_)
            | Self::NameBeingDeleted(..)
            | Self::DeletedButRecoverable(..)
            | Self::NameBeingRecovered(..)
            | Self::RecoverConflict(..)
            | Self::PurgeProtected { .. }
            | Self::OperationInProgress
            | Self::OperationEnded => self.answer_state(),
            Self::BodyTooLarge
            | Self::VaultNotFound(_)
            | Self::TlsRequired
            | Self::NotEmulated(_)
            | Self::Unexpected(_) => self.answer_own(),
            _ => self.answer_input(),
        }
    }

    /// keys-and-secrets.md section 5 E-401; certificates.md sections 1.3 and 4.2.
    fn answer_token(&self) -> Answer {
        match self {
            Self::InvalidAudience { expected, found } => unauthorized(
                format!("AKV10022: Invalid audience. Expected {expected}, found: {found}."),
                Source::Quoted,
            ),
            Self::InvalidIssuer { expected, found } => unauthorized(
                format!("AKV10032: Invalid issuer. Expected one of {expected}, found {found}."),
                Source::Quoted,
            ),
            Self::UnknownSigningKey { header } => unauthorized(
                format!(
                    "AKV10046: Unable to resolve the key used for signature validation. EncodedJwtHeader: '{header}'."
                ),
                Source::Quoted,
            ),
            Self::InvalidSignature => unauthorized(
                "Error validating token: IDX10511: Signature validation failed.",
                Source::Unverified,
            ),
            Self::TokenExpired => unauthorized("Error validating token: IDX10223", Source::Quoted),
            Self::MalformedToken => unauthorized(
                "Error validating token: IDX12741: JWT must have three segments.",
                Source::Unverified,
            ),
            _ => unauthorized(
                "AKV10000: Request is missing a Bearer, PoP, or MTLS_POP token.",
                Source::Recorded,
            ),
        }
    }

    /// certificates.md sections 4.1 to 4.3.
    fn answer_input(&self) -> Answer {
        match self {
            Self::MissingApiVersion => bad_parameter("api-version must be specified", Source::Unverified),
            Self::UnknownApiVersion { version, latest } => bad_parameter(
                format!(
                    "The specified version ({version}) is not recognized. Consider using the latest supported version ({latest})."
                ),
                Source::Quoted,
            ),
            Self::InvalidName(name) => {
                bad_parameter(format!("The request URI contains an invalid name: {name}"), Source::Recorded)
            }
            Self::UnknownPath(path) => answer(
                404,
                "NotFound",
                None,
                format!("No operation of the data plane has the path '{path}'."),
                Source::Unverified,
            ),
            Self::MethodNotAllowed(method) => {
                answer(405, "MethodNotAllowed", None, format!("HTTP {method} not allowed"), Source::Recorded)
            }
            Self::InvalidProperty { property, detail } => {
                let detail = detail.map(|d| format!(". {d}")).unwrap_or_default();
                let source = if detail.is_empty() { Source::Unverified } else { Source::Recorded };
                bad_parameter(format!("Property {property} has invalid value{detail}\r\n"), source)
            }
            Self::InvalidMaxResults(value) => {
                bad_parameter(format!("Invalid maxresults: {value}"), Source::Unverified)
            }
            Self::InvalidSkipToken => bad_parameter("Invalid $skiptoken", Source::Unverified),
            Self::TooManyLifetimeActions => bad_parameter("At most one action is allowed", Source::Quoted),
            Self::UnsupportedKeySize { size, supported } => answer(
                400,
                "BadParameter",
                Some("KeySizeNotSupported"),
                format!("Unsupported key size ({size}). Supported sizes are [{supported}]"),
                Source::Quoted,
            ),
            Self::UnsupportedKeyOperations { operations } => bad_parameter(
                format!(
                    "Unsupported key operation(s): {operations}. Supported values are \"sign\", \"verify\"."
                ),
                Source::Quoted,
            ),
            Self::HardwareKeyOnStandardVault => {
                bad_parameter("Hardware key operation not allowed on standard vault", Source::Quoted)
            }
            _ => bad_parameter("Property  has invalid value\r\n", Source::Quoted),
        }
    }

    /// certificates.md section 4.1; keys-and-secrets.md section 5 E-404.
    fn answer_absent(&self) -> Answer {
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
            Self::PendingNotFound(name) => {
                not_found("PendingCertificateNotFound", format!("Pending Certificate not found: {name}"))
            }
            _ => self.answer_own(),
        }
    }

    /// certificates.md section 4.2; keys-and-secrets.md section 5 E-403 and E-409.
    fn answer_state(&self) -> Answer {
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
            Self::PurgeProtected { vault, location } => answer(
                403,
                "Forbidden",
                None,
                format!(
                    "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: {vault};location={location}"
                ),
                Source::Quoted,
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

    /// Situations that only an emulator has.
    fn answer_own(&self) -> Answer {
        match self {
            Self::BodyTooLarge => answer(
                413,
                "RequestEntityTooLarge",
                None,
                "The request body is larger than this service accepts.",
                Source::Unverified,
            ),
            Self::VaultNotFound(name) => answer(
                404,
                "VaultNotFound",
                None,
                format!(
                    "akv: there is no vault '{name}', and vaults are not made on first use here. Name it with --vault, or start without --closed."
                ),
                Source::Own,
            ),
            Self::TlsRequired => answer(
                400,
                "HttpsRequired",
                None,
                "akv: the data plane is served over https only, as Azure's is.",
                Source::Own,
            ),
            Self::NotEmulated(what) => {
                answer(501, "NotImplemented", None, format!("akv: {what} is not emulated yet."), Source::Own)
            }
            _ => answer(
                500,
                "InternalServerError",
                None,
                "akv: an unexpected fault; its cause is in the log.",
                Source::Own,
            ),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answer { status, code, message, .. } = self.answer();
        write!(f, "{status} ({code}) {message}")
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The literals, each with the section of the fact sheets it was read in.
    #[test]
    fn every_literal_is_the_one_of_its_source() {
        let c = Family::Certificate;
        let table: Vec<(Error, u16, &str, Option<&str>, &str, Source)> = vec![
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
            (
                Error::TokenExpired,
                401,
                "Unauthorized",
                None,
                "Error validating token: IDX10223",
                Source::Quoted,
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
            (
                Error::InvalidBody,
                400,
                "BadParameter",
                None,
                "Property  has invalid value\r\n",
                Source::Quoted,
            ),
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
}
