//! The total match from a situation to its answer.

use std::borrow::Cow;

use super::Error;

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

pub(super) fn answer(
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

pub(super) fn bad_parameter(message: impl Into<Cow<'static, str>>, source: Source) -> Answer {
    answer(400, "BadParameter", None, message, source)
}

pub(super) fn conflict(
    inner: Option<&'static str>,
    message: impl Into<Cow<'static, str>>,
    source: Source,
) -> Answer {
    answer(409, "Conflict", inner, message, source)
}

pub(super) fn not_found(code: &'static str, message: String) -> Answer {
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
            | Self::TokenNotYetValid
            | Self::TokenRevoked { .. }
            | Self::MalformedToken => self.answer_token(),
            Self::Denied(refusal) => super::forbidden::denied(refusal),
            Self::Assumed(like) => Answer { source: Source::Unverified, ..like.answer() },
            Self::NotFound(..)
            | Self::DeletedNotFound(..)
            | Self::PendingNotFound(_)
            | Self::IssuerNotFound
            | Self::ContactsNotFound => self.answer_absent(),
            Self::BeingDeleted(_)
            | Self::NameBeingDeleted(..)
            | Self::DeletedButRecoverable(..)
            | Self::NameBeingRecovered(..)
            | Self::RecoverConflict(..)
            | Self::RestoreConflict(..)
            | Self::NameTaken(..)
            | Self::PurgeProtected { .. }
            | Self::OperationInProgress
            | Self::OperationEnded
            | Self::RequestRejected { .. }
            | Self::Throttled => self.answer_state(),
            Self::BodyTooLarge
            | Self::VaultNotFound(_)
            | Self::VaultDeleted(_)
            | Self::TlsRequired
            | Self::NotEmulated(_)
            | Self::Unexpected(_) => self.answer_own(),
            Self::KeyOperationForbidden(_)
            | Self::Disabled(..)
            | Self::KeyOutOfTime(_)
            | Self::ManagedByCertificate(..)
            | Self::NotBase64Url(_)
            | Self::DigestLength { .. }
            | Self::CurveMismatch { .. }
            | Self::IncorrectParameter
            | Self::NoKeyOperation
            | Self::MissingKeyType
            | Self::UnsupportedKeyType(_)
            | Self::UnsupportedCurve
            | Self::InvalidRotationPolicy(_)
            | Self::UnknownKeyOperation { .. } => self.answer_key(),
            Self::Release(_) | Self::Hsm(_) => self.answer_hardware(),
            Self::ForeignPublicKey
            | Self::InvalidCertificate
            | Self::UnreadablePkcs12
            | Self::UnreadablePem
            | Self::UnexpectedPem
            | Self::NoKeyInPem
            | Self::NoKeyInPkcs12
            | Self::EllipticCurveNotSupported => self.answer_content(),
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
            Self::TokenNotYetValid => unauthorized("Error validating token: IDX10222", Source::Unverified),
            Self::TokenRevoked { .. } => unauthorized(
                "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
                Source::Unverified,
            ),
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
            Self::CorruptBackup => {
                answer(400, "Malformed backup blob", None, "Backup blob is corrupt.", Source::Recorded)
            }
            Self::NoOrganizationId => bad_parameter("Id in organization details is not set", Source::Quoted),
            Self::TooManyLifetimeActions => bad_parameter("At most one action is allowed", Source::Quoted),
            Self::UnsupportedKeySize { size, supported } => answer(
                400,
                "BadParameter",
                Some("KeySizeNotSupported"),
                format!("Unsupported key size ({size}). Supported sizes are [{supported}]"),
                Source::Quoted,
            ),
            Self::SecretTooLarge => answer(
                400,
                "BadParameter",
                Some("SecretTooLarge"),
                "Secret is beyond the maximum permitted length of 25600 characters.",
                Source::Quoted,
            ),
            Self::UnsupportedKeyOperations { operations, supported } => bad_parameter(
                format!("Unsupported key operation(s): {operations}. Supported values are {supported}."),
                Source::Quoted,
            ),
            Self::HardwareKeyOnStandardVault => {
                bad_parameter("Hardware key operation not allowed on standard vault", Source::Quoted)
            }
            _ => bad_parameter("Property  has invalid value\r\n", Source::Quoted),
        }
    }

    /// Situations that only an emulator has.
    pub(super) fn answer_own(&self) -> Answer {
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
            Self::VaultDeleted(name) => answer(
                404,
                "VaultNotFound",
                None,
                format!(
                    "akv: the vault '{name}' is deleted, and its host name would not resolve on Azure. `az keyvault recover` brings it back."
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
