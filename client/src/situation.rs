//! What a vault's refusal means, in types instead of texts.
//!
//! Codes and texts are the service's own (`error.code`, `error.innererror.code`). It must not send anything.

use std::fmt;
use std::time::Duration;

use azure_core::Error;
use azure_core::error::{ErrorKind, ErrorResponse};
use azure_core::http::headers::{HeaderName, RETRY_AFTER};
use azure_core::http::{RawResponse, StatusCode};

use crate::network::{Obstacle, Unreachable, causes};

/// What an error of an official client means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Situation {
    /// Deleted and kept: its name is taken until it is recovered or purged.
    DeletedButRecoverable,
    /// Deleted a moment ago: it can neither be recovered, purged nor made again yet.
    BeingDeleted,
    /// Recovered a moment ago: it is not there yet.
    BeingRecovered,
    /// A certificate of this name is still being created.
    OperationInProgress,
    /// Somebody else changes it at the same time.
    ConcurrentChange,
    /// Another conflict with what is there.
    Conflict,
    /// It is disabled.
    Disabled,
    /// A key or secret that belongs to a certificate: change the certificate.
    ManagedByCertificate,
    /// The key's permitted operations do not hold this one.
    OperationNotPermitted,
    /// Purge protection keeps it until its retention ends.
    PurgeProtected,
    /// There is none, or no longer.
    NotFound,
    /// The vault's access policies do not let this caller.
    ForbiddenByPolicy,
    /// No role assignment lets this caller; a new one takes minutes to be known.
    ForbiddenByRbac,
    /// The vault's network rules do not let this address.
    ForbiddenByFirewall,
    /// Refused for another reason.
    Forbidden,
    /// The token is not accepted.
    Unauthorized,
    /// Too many requests.
    Throttled,
    /// The request is not right.
    Invalid,
    /// The service does not have this operation.
    NotImplemented,
    /// The service failed.
    Unavailable,
    /// Nobody gave a token; nothing was sent.
    NoToken,
    /// The host cannot be reached.
    Unreachable(Obstacle),
    /// The connection broke, or no answer came in time: whether it was done is not known.
    Interrupted,
    /// None of these.
    Other,
}

impl Situation {
    /// Whether the same request may well succeed a little later, with nobody doing anything.
    #[must_use]
    pub const fn passes(self) -> bool {
        match self {
            Self::BeingDeleted
            | Self::BeingRecovered
            | Self::OperationInProgress
            | Self::ConcurrentChange
            | Self::Throttled
            | Self::Unavailable
            | Self::Interrupted => true,
            Self::Unreachable(obstacle) => !obstacle.is_lasting(),
            _ => false,
        }
    }

    /// What a person can do, where the service does not say.
    #[must_use]
    pub const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::DeletedButRecoverable => {
                "it is kept so that it can be recovered: recover or purge it, or wait for its scheduled purge date"
            }
            Self::BeingDeleted | Self::BeingRecovered => "try again in a few seconds",
            Self::OperationInProgress => "wait for the operation that creates it, or cancel it",
            Self::PurgeProtected => "recover it, or use another name",
            Self::ForbiddenByRbac => {
                "assign a role such as Key Vault Certificates Officer; an assignment made just now takes minutes to be known"
            }
            Self::ForbiddenByPolicy => "add the permission to the vault's access policies",
            Self::ForbiddenByFirewall => "allow this address in the vault's networking",
            _ => return None,
        })
    }

    fn of_answer(status: StatusCode, inner: Option<&str>, message: &str) -> Self {
        Self::of_code(inner.unwrap_or_default())
            .or_else(|| Self::of_text(message))
            .unwrap_or_else(|| Self::of_status(status))
    }

    /// By `error.innererror.code`.
    fn of_code(inner: &str) -> Option<Self> {
        Some(match inner {
            "ObjectIsDeletedButRecoverable" => Self::DeletedButRecoverable,
            "ObjectIsBeingDeleted" => Self::BeingDeleted,
            "ObjectIsBeingRecovered" => Self::BeingRecovered,
            "SecretDisabled" | "KeyDisabled" | "CertificateDisabled" => Self::Disabled,
            "SecretManagedByKeyVault" | "KeyManagedByKeyVault" => Self::ManagedByCertificate,
            "KeyOperationForbidden" => Self::OperationNotPermitted,
            "ForbiddenByPolicy" | "AccessDenied" => Self::ForbiddenByPolicy,
            "ForbiddenByRbac" => Self::ForbiddenByRbac,
            "ForbiddenByFirewall" | "ForbiddenByConnection" => Self::ForbiddenByFirewall,
            _ => return None,
        })
    }

    /// By the sentence, where the service gives no inner code: some situations never had one, others not in all of its
    /// versions.
    fn of_text(message: &str) -> Option<Self> {
        const SENTENCES: [(&str, Situation); 7] = [
            ("deleted but recoverable state", Situation::DeletedButRecoverable),
            ("is currently being deleted", Situation::BeingDeleted),
            ("is currently being recovered", Situation::BeingRecovered),
            ("pending key vault certificate's status is inProgress", Situation::OperationInProgress),
            ("There was a conflict while", Situation::ConcurrentChange),
            ("purge protection is enabled", Situation::PurgeProtected),
            ("is not allowed on a disabled", Situation::Disabled),
        ];
        SENTENCES.iter().find(|(sentence, _)| message.contains(sentence)).map(|(_, situation)| *situation)
    }

    fn of_status(status: StatusCode) -> Self {
        match u16::from(status) {
            400 | 405 | 413 | 415 => Self::Invalid,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            408 | 429 => Self::Throttled,
            409 => Self::Conflict,
            501 => Self::NotImplemented,
            500..=599 => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

/// An error of an official client, read.
///
/// ```
/// use akv_client::{ServiceError, Situation};
/// # akv_tests::example(async |vault: akv_client::Vault| {
/// if let Err(error) = vault.certificates().get_certificate("web", None).await {
///     match ServiceError::from(&error).situation {
///         Situation::NotFound => println!("there is none yet"),
///         Situation::ForbiddenByRbac | Situation::ForbiddenByPolicy => println!("ask for a permission"),
///         _ => return Err(error.into()),
///     }
/// }
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// What it means.
    pub situation: Situation,
    /// HTTP status, if there was an answer.
    pub status: Option<StatusCode>,
    /// `error.code`, such as `Conflict`.
    pub code: Option<String>,
    /// `error.innererror.code`, such as `ObjectIsDeletedButRecoverable`.
    pub inner_code: Option<String>,
    /// The service's sentence, or the client's.
    pub message: String,
    /// When the service asks to be called again.
    pub retry_after: Option<Duration>,
}

impl From<&Error> for ServiceError {
    fn from(error: &Error) -> Self {
        let message = error.to_string();
        if let ErrorKind::HttpResponse { status, error_code, raw_response } = error.kind() {
            return Self::of_answer(*status, error_code.as_deref(), raw_response.as_deref(), message);
        }
        let unreachable = causes(error).find_map(|cause| cause.downcast_ref::<Unreachable>());
        let situation = match (unreachable, error.kind()) {
            (Some(unreachable), _) => Situation::Unreachable(unreachable.obstacle),
            (None, ErrorKind::Credential) => Situation::NoToken,
            (None, ErrorKind::Io | ErrorKind::Connection) => Situation::Interrupted,
            (None, _) => Situation::Other,
        };
        // A retry policy hides the reason behind its own sentence.
        let message = unreachable.map_or(message, ToString::to_string);
        Self { situation, status: None, code: None, inner_code: None, message, retry_after: None }
    }
}

impl ServiceError {
    fn of_answer(
        status: StatusCode,
        code: Option<&str>,
        answer: Option<&RawResponse>,
        message: String,
    ) -> Self {
        let body =
            answer.and_then(|answer| azure_core::json::from_json::<_, ErrorResponse>(answer.body()).ok());
        let detail = body.and_then(|body| body.error);
        let (code, inner_code, message) = match detail {
            Some(detail) => (
                detail.code.or_else(|| code.map(str::to_owned)),
                detail.inner_error.and_then(|inner| inner.code),
                detail.message.unwrap_or(message),
            ),
            None => (code.map(str::to_owned), None, message),
        };
        let situation = Situation::of_answer(status, inner_code.as_deref(), &message);
        let retry_after = answer.and_then(retry_after);
        Self { situation, status: Some(status), code, inner_code, message, retry_after }
    }
}

fn retry_after(answer: &RawResponse) -> Option<Duration> {
    let number = |name: &HeaderName| answer.headers().get_optional_str(name)?.parse().ok();
    let milliseconds = number(&HeaderName::from_static("retry-after-ms")).map(Duration::from_millis);
    milliseconds.or_else(|| number(&RETRY_AFTER).map(Duration::from_secs))
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.trim_end())?;
        match self.situation.advice() {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ServiceError {}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::http::headers::Headers;

    fn error(status: u16, code: &str, message: &str, inner: &str) -> Error {
        let inner =
            if inner.is_empty() { String::new() } else { format!(r#","innererror":{{"code":"{inner}"}}"#) };
        let body = format!(r#"{{"error":{{"code":"{code}","message":"{message}"{inner}}}}}"#);
        let mut headers = Headers::new();
        headers.insert("retry-after", "7");
        let raw_response = Some(Box::new(RawResponse::from_bytes(status.into(), headers, body)));
        ErrorKind::HttpResponse { status: status.into(), error_code: Some(code.to_owned()), raw_response }
            .into_error()
    }

    /// Codes and sentences from certificates.md section 4 and keys-and-secrets.md section 5; `|` sets the inner code off.
    const ON_RECORD: &[(Situation, u16, &str)] = &[
        (
            Situation::DeletedButRecoverable,
            409,
            "in a deleted but recoverable state|ObjectIsDeletedButRecoverable",
        ),
        (
            Situation::DeletedButRecoverable,
            409,
            "Secret s is currently in a deleted but recoverable state, and|",
        ),
        (Situation::BeingDeleted, 409, "Certificate is currently being deleted.|ObjectIsBeingDeleted"),
        (Situation::BeingRecovered, 409, "Secret s is currently being recovered|ObjectIsBeingRecovered"),
        (
            Situation::OperationInProgress,
            409,
            "while a pending key vault certificate's status is inProgress.|",
        ),
        (
            Situation::OperationInProgress,
            403,
            "while a pending key vault certificate's status is inProgress.|",
        ),
        (
            Situation::ConcurrentChange,
            409,
            "There was a conflict while recovering the soft-deleted key 'k'.|",
        ),
        (Situation::Conflict, 409, "There was a conflict restoring the secret 's'.|"),
        (Situation::Disabled, 403, "Operation get is not allowed on a disabled secret.|SecretDisabled"),
        (Situation::Disabled, 403, "Operation sign is not allowed on a disabled key.|"),
        (Situation::OperationNotPermitted, 403, "Operation decrypt is not permitted.|KeyOperationForbidden"),
        (Situation::ManagedByCertificate, 403, "Operation set is not allowed|SecretManagedByKeyVault"),
        (Situation::PurgeProtected, 403, "not allowed because purge protection is enabled for this vault.|"),
        (Situation::ForbiddenByPolicy, 403, "The user, group or application|ForbiddenByPolicy"),
        (Situation::ForbiddenByPolicy, 403, "The user, group or application|AccessDenied"),
        (Situation::ForbiddenByRbac, 403, "Caller is not authorized|ForbiddenByRbac"),
        (Situation::ForbiddenByFirewall, 403, "Client address is not authorized|ForbiddenByFirewall"),
        (Situation::ForbiddenByFirewall, 403, "Public network access is disabled|ForbiddenByConnection"),
        (Situation::Forbidden, 403, "else|"),
        (Situation::NotFound, 404, "Deleted Certificate not found: c|"),
        (Situation::Unauthorized, 401, "AKV10000: Request is missing|"),
        (Situation::Invalid, 400, "Property  has invalid value|"),
        (Situation::Throttled, 429, "Request was not processed because too many requests were received.|"),
        (Situation::NotImplemented, 501, "akv: not yet|"),
        (Situation::Unavailable, 503, "|"),
    ];

    #[test]
    fn every_refusal_on_record_has_its_situation() {
        for (situation, status, text) in ON_RECORD {
            let (message, inner) = text.split_once('|').unwrap();
            let read = ServiceError::from(&error(*status, "Code", message, inner));
            assert_eq!(read.situation, *situation, "{read:?}");
            assert_eq!((read.code.as_deref(), read.message.as_str()), (Some("Code"), message));
            assert_eq!(read.inner_code.as_deref().unwrap_or_default(), inner);
            assert_eq!(read.retry_after, Some(Duration::from_secs(7)));
        }
    }

    #[test]
    fn what_never_reached_the_service_is_told_apart() {
        let of = |kind| ServiceError::from(&Error::with_message(kind, "x")).situation;
        assert_eq!(of(ErrorKind::Credential), Situation::NoToken);
        assert_eq!(of(ErrorKind::Io), Situation::Interrupted);
        assert_eq!(of(ErrorKind::DataConversion), Situation::Other);
    }

    #[test]
    fn the_text_ends_with_what_to_do() {
        let read = ServiceError::from(&error(409, "Conflict", "Taken.", "ObjectIsDeletedButRecoverable"));
        assert!(read.to_string().starts_with("Taken. (it is kept"), "{read}");
    }
}
