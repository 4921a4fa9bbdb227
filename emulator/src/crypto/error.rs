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
    /// The bytes are no X.509 certificate, or one of its extensions is broken.
    MalformedCertificate,
    /// The bytes are no PKCS#12 file, or the password does not open it.
    UnreadablePkcs12,
    /// The text holds no PEM, or PEM that cannot be read or that the password does not open.
    UnreadablePem,
    /// PEM in a form that Key Vault does not take: lines that end in CR LF, a key in PKCS#1 or SEC 1.
    UnexpectedPem,
    /// There is no private key beside the certificates.
    NoPrivateKey,
    /// There is more than one private key.
    SeveralPrivateKeys,
    /// The private key belongs to none of the certificates.
    NoCertificateForKey,
    /// The algorithm is for another kind of key or another curve.
    AlgorithmMismatch,
    /// An input that the algorithm does not take, or not in this length: `value`, `iv`, `aad` or `tag`.
    Unfit(&'static str),
    /// A digest that is not as long as its algorithm makes them.
    DigestLength {
        /// In bytes.
        expected: usize,
        /// In bytes.
        found: usize,
    },
    /// More than one RSA operation can encrypt or sign.
    PlaintextLength {
        /// The most that this key and algorithm can take, in bytes.
        limit: usize,
        /// In bytes.
        found: usize,
    },
    /// The library could not encrypt.
    Encryption,
    /// The ciphertext was not made for this key and algorithm. Why, nobody is told.
    Decryption,
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
            Self::MalformedCertificate => f.write_str("the certificate is malformed"),
            Self::UnreadablePkcs12 => f.write_str("the PKCS#12 file or its password is wrong"),
            Self::UnreadablePem => f.write_str("the PEM text or its password is wrong"),
            Self::UnexpectedPem => f.write_str("the PEM text is in another form than expected"),
            Self::NoPrivateKey => f.write_str("there is no private key"),
            Self::SeveralPrivateKeys => f.write_str("there is more than one private key"),
            Self::NoCertificateForKey => f.write_str("no certificate belongs to the private key"),
            Self::AlgorithmMismatch => f.write_str("the algorithm does not fit the key"),
            Self::Unfit(input) => write!(f, "the algorithm does not take this {input}"),
            Self::DigestLength { expected, found } => {
                write!(f, "the digest is {found} bytes long instead of {expected}")
            }
            Self::PlaintextLength { limit, found } => {
                write!(f, "{found} bytes are more than the {limit} that the key can take")
            }
            Self::Encryption => f.write_str("the value could not be encrypted"),
            Self::Decryption => f.write_str("the value could not be decrypted"),
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
