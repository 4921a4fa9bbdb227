//! Every situation in which Azure Key Vault refuses a data plane request, and its answer to the byte.
//!
//! One variant per situation, one total `match` to the answer, one table test that pins each literal to its source.
//! No other module formats a message of Azure's. Nothing here decides *whether* a situation holds.

mod answer;
mod forbidden;
mod managed_hsm;
mod objects;
mod release;

use std::borrow::Cow;
use std::fmt;

use crate::authorization::decision::Refusal;

pub use self::answer::{Answer, Source};
pub use self::managed_hsm::HsmRefusal;
pub use self::release::ReleaseRefusal;

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

    pub(crate) const fn lower(self) -> &'static str {
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
    /// The token's time has not come.
    TokenNotYetValid,
    /// The token was issued before its session was revoked (continuous access evaluation).
    TokenRevoked {
        /// From when on a token must have been issued, Unix seconds.
        since: i64,
    },
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
    /// A merged certificate that is for another key.
    ForeignPublicKey,
    /// A certificate that cannot be read, has expired, or has a key that Key Vault does not take.
    InvalidCertificate,
    /// PKCS#12 that cannot be read, or that the password does not open.
    UnreadablePkcs12,
    /// PEM that cannot be read.
    UnreadablePem,
    /// PEM in a form that is not taken.
    UnexpectedPem,
    /// PEM without a private key.
    NoKeyInPem,
    /// PKCS#12 without a private key, or with several.
    NoKeyInPkcs12,
    /// An EC certificate under a policy that wants RSA.
    EllipticCurveNotSupported,
    /// An issuer whose certificate authority wants an organization's number, without one.
    NoOrganizationId,
    /// A key without `kty`.
    MissingKeyType,
    /// A key type that the vault does not have.
    UnsupportedKeyType(String),
    /// A rotation policy that cannot be: why, as a sentence.
    InvalidRotationPolicy(&'static str),
    /// A curve that Key Vault does not have.
    UnsupportedCurve,
    /// A secret's value that is too long.
    SecretTooLarge,
    /// A key size that the key type does not have.
    UnsupportedKeySize {
        /// As sent.
        size: u32,
        /// The sizes there are, as the message lists them.
        supported: &'static str,
    },
    /// Operations, or key usages that they follow from, that ask more of a key than its kind can.
    UnsupportedKeyOperations {
        /// What was asked, quoted and separated as the message has it.
        operations: String,
        /// What the kind can, in the same form.
        supported: String,
    },
    /// What only Managed HSM refuses, or in its own words.
    Hsm(HsmRefusal),
    /// An HSM key type in a vault of the standard SKU.
    HardwareKeyOnStandardVault,

    /// The operation is not among the key's own, or does not follow from the certificate's key usages.
    KeyOperationForbidden(&'static str),
    /// The operation on a disabled object.
    Disabled(Family, &'static str),
    /// The operation on a key that is not valid yet or any more.
    KeyOutOfTime(&'static str),
    /// Writing to the key or secret of a certificate: the operation, as the service spells it.
    ManagedByCertificate(Family, &'static str),
    /// A member of a key operation's body that is no base64url.
    NotBase64Url(&'static str),
    /// A digest of another length than its algorithm's.
    DigestLength {
        /// As sent.
        found: usize,
        /// The algorithm.
        algorithm: &'static str,
        /// What it wants.
        expected: usize,
    },
    /// An EC key with an algorithm of another curve.
    CurveMismatch {
        /// Identifier of the key.
        kid: String,
        /// Its curve.
        curve: &'static str,
        /// The algorithm.
        algorithm: &'static str,
        /// The only curve for it.
        wanted: &'static str,
    },
    /// A value that cannot be decrypted, or is too long to be encrypted.
    IncorrectParameter,
    /// A key release that is refused, or a release policy.
    Release(ReleaseRefusal),
    /// A path that ends in no operation on a key.
    NoKeyOperation,
    /// A path that ends in an operation that the method is not for, or that nobody knows.
    UnknownKeyOperation {
        /// The method.
        method: String,
        /// As sent.
        operation: String,
    },
    /// The caller may not do it, or not from there.
    Denied(Box<Refusal>),
    /// No object of that name, or none of that version; `id` is `name` or `name/version`.
    NotFound(Family, String),
    /// No deleted object of that name.
    DeletedNotFound(Family, String),
    /// No certificate operation of that name.
    PendingNotFound(String),
    /// No issuer of that name.
    IssuerNotFound,
    /// No contacts were set.
    ContactsNotFound,
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
    /// A backup that is none of ours, or was changed.
    CorruptBackup,
    /// Restored while the name is in use; holds the object's full identifier.
    RestoreConflict(Family, String),
    /// A certificate created or imported under the name of a key or a secret that is none's: the family that has it.
    NameTaken(Family, String),
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
    /// The certificate authority refused to issue; ends an operation, answers no request.
    RequestRejected {
        /// The authority, as the issuer object names it.
        provider: String,
        /// Its code and, behind a bar, its words.
        reason: String,
    },

    /// More requests than the vault takes.
    Throttled,
    /// The request's body is larger than the emulator takes.
    BodyTooLarge,
    /// The vault does not exist and is not made on first use.
    VaultNotFound(String),
    /// The vault is soft-deleted.
    VaultDeleted(String),
    /// A data plane request that did not come through TLS.
    TlsRequired,
    /// The service can do it, this emulator cannot yet.
    NotEmulated(Cow<'static, str>),
    /// A situation that nobody has recorded, answered as one like it is that somebody has ([`Self::assumed`]).
    Assumed(Box<Self>),
    /// A fault of the emulator's own; the cause is logged, never answered.
    Unexpected(String),
}

impl Error {
    /// The same answer, for a situation in which nobody has seen Azure give it: [`Source::Unverified`], whatever it is from.
    #[must_use]
    pub fn assumed(self) -> Self {
        match self {
            Self::NotEmulated(_) | Self::Unexpected(_) => self,
            recorded => Self::Assumed(Box::new(recorded)),
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
mod tests;
