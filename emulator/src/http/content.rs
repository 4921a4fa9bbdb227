//! Certificates as clients send them: PKCS#12 or PEM to import, DER to merge, read into what the vault takes in.
//!
//! It decides what a broken file is called; what may be imported, the vault decides (certificates.md sections 2.4, 2.7,
//! 4.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{self, CertificateContent, CryptoError, ParsedCertificate};
use crate::error::Error;
use crate::vault::arrival::{Certified, Import, Merge, Wishes};
use crate::vault::policy::ContentType;
use crate::wire::certificates::{CertificatePolicy, ImportRequest, KeyProperties, MergeRequest};

/// The longest password (certificates.md section 4.3, documented limits).
const LONGEST_PASSWORD: usize = 200;

/// What every file in DER begins with.
const DER_SEQUENCE: u8 = 0x30;

/// What a client asks to import; `stored` is the form that the name's certificates have had so far.
///
/// It takes as long as deriving a key from a password: keep it off the async threads.
///
/// # Errors
/// 400 for a file that cannot be read or holds something else.
pub fn import(request: ImportRequest, stored: Option<ContentType>) -> Result<Import, Error> {
    if request.pwd.as_ref().is_some_and(|password| password.chars().count() > LONGEST_PASSWORD) {
        return Err(Error::InvalidProperty { property: "pwd", detail: None });
    }
    let mut policy = request.policy.unwrap_or_default();
    let invalid = Error::InvalidProperty { property: "policy", detail: None };
    let wants_content_type = says_more_than_who_issues(&policy);
    let secret = policy.secret_props.get_or_insert_default();
    let content_type = match (secret.content_type.as_deref(), stored) {
        (Some(text), _) => ContentType::parse(text).ok_or(invalid)?,
        (None, Some(stored)) => stored,
        (None, None) if wants_content_type => return Err(invalid),
        (None, None) => ContentType::Pkcs12,
    };
    secret.content_type = Some(content_type.as_str().to_owned());
    let value = request.value.unwrap_or_default();
    let content = match content_type {
        ContentType::Pkcs12 => read_pkcs12(&value, request.pwd.as_deref())?,
        ContentType::Pem => read_pem(&value, request.pwd.as_deref())?,
    };
    let parsed = ParsedCertificate::from_der(&content.leaf).map_err(|_| Error::InvalidCertificate)?;
    let wishes = Wishes {
        enabled: request.attributes.and_then(|attributes| attributes.enabled),
        tags: request.tags,
        preserve_cert_order: request.preserve_cert_order,
    };
    Ok(Import { content, parsed, policy, wishes })
}

/// Whether a policy has to name a content type too: one with properties of the key (net #11669) or lifetime actions
/// (cli #27220, go #21780) was refused without.
fn says_more_than_who_issues(policy: &CertificatePolicy) -> bool {
    let key = policy.key_props.as_ref().is_some_and(|key| *key != KeyProperties::default());
    key || policy.lifetime_actions.as_ref().is_some_and(|actions| !actions.is_empty())
}

fn read_pkcs12(value: &str, password: Option<&str>) -> Result<CertificateContent, Error> {
    let der = decode(value).ok_or(Error::UnreadablePkcs12)?;
    crypto::read_pkcs12(&der, password).map_err(|error| match error {
        CryptoError::UnreadablePkcs12 => Error::UnreadablePkcs12,
        CryptoError::NoPrivateKey | CryptoError::SeveralPrivateKeys => Error::NoKeyInPkcs12,
        other => broken(&other),
    })
}

/// PEM text, or base64 of it as az sends it. A file that is no text at all, such as a PKCS#12 where the stored policy
/// says PEM, is in a format that was not expected.
fn read_pem(value: &str, password: Option<&str>) -> Result<CertificateContent, Error> {
    let decoded;
    let text = if value.contains("-----BEGIN") {
        value
    } else {
        let bytes = decode(value).ok_or(Error::UnreadablePem)?;
        if bytes.first() == Some(&DER_SEQUENCE) {
            return Err(Error::UnexpectedPem);
        }
        decoded = String::from_utf8(bytes).map_err(|_| Error::UnreadablePem)?;
        &decoded
    };
    crypto::read_pem(text, password).map_err(|error| match error {
        CryptoError::UnreadablePem => Error::UnreadablePem,
        CryptoError::UnexpectedPem => Error::UnexpectedPem,
        CryptoError::NoPrivateKey => Error::NoKeyInPem,
        CryptoError::SeveralPrivateKeys => Error::NoKeyInPkcs12,
        other => broken(&other),
    })
}

fn broken(error: &CryptoError) -> Error {
    match error {
        CryptoError::NoCertificateForKey => Error::ForeignPublicKey,
        _ => Error::InvalidCertificate,
    }
}

/// Base64, line breaks and all (CLI:crud ends its value with one).
fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text).ok()
}

/// What a client asks to merge.
///
/// # Errors
/// 400 for anything but certificates.
pub fn merge(request: MergeRequest) -> Result<Merge, Error> {
    let certificates = request.x5c.iter().map(|text| certified(text)).collect::<Option<Vec<_>>>();
    Ok(Merge {
        certificates: certificates.filter(|all| !all.is_empty()).ok_or(Error::InvalidCertificate)?,
        wishes: Wishes {
            enabled: request.attributes.and_then(|attributes| attributes.enabled),
            tags: request.tags,
            preserve_cert_order: None,
        },
    })
}

fn certified(text: &str) -> Option<Certified> {
    let der = decode(text)?;
    let parsed = match ParsedCertificate::from_der(&der) {
        Ok(parsed) => Some(parsed),
        // An authority's key may be of a kind that Key Vault does not have.
        Err(CryptoError::UnsupportedKey) => None,
        Err(_) => return None,
    };
    Some(Certified { der, parsed })
}
