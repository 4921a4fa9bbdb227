//! What can go wrong with keys, names and certificates.
//!
//! It must not hold Azure's wording: the edge translates a variant into a status and a message.

use std::fmt;

/// A failure of this module. No variant ever carries key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CryptoError {
    /// The library could not make a key: it has no entropy or no memory.
    KeyGeneration,
    /// The library refused to sign with a key that it had accepted before.
    Signing,
    /// The bytes are no key in the expected form, or its parts contradict each other.
    MalformedKey,
    /// A well-formed key of a kind, size or curve that Key Vault does not have.
    UnsupportedKey,
    /// The text is no X.500 name.
    InvalidDistinguishedName {
        /// The text as it came in.
        subject: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value that X.509 can only write in ASCII holds another character.
    NotAscii {
        /// The alternative name it was meant to be: `emails`, `dns_names` or `uris`.
        field: &'static str,
        /// The value itself.
        value: String,
    },
    /// A token that could not be written, or that the key did not sign.
    Token(String),
    /// ASN.1 that can be neither read nor written, such as a date before 1970.
    Asn1(der::Error),
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyGeneration => f.write_str("a key could not be generated"),
            Self::Signing => f.write_str("a signature could not be made"),
            Self::MalformedKey => f.write_str("the key is malformed"),
            Self::UnsupportedKey => f.write_str("the key's type, size or curve is not supported"),
            Self::InvalidDistinguishedName { subject, reason } => {
                write!(f, "`{subject}` is not a distinguished name: {reason}")
            }
            Self::NotAscii { field, value } => write!(f, "`{value}` in {field} is not ASCII"),
            Self::Token(reason) => write!(f, "the token is not usable: {reason}"),
            Self::Asn1(_) => f.write_str("ASN.1 could not be read or written"),
        }
    }
}

impl std::error::Error for CryptoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Asn1(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<der::Error> for CryptoError {
    fn from(cause: der::Error) -> Self {
        Self::Asn1(cause)
    }
}
