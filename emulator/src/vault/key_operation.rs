//! What can be done with a key, and what its `key_ops` list (keys-and-secrets.md sections 4.2 and 4.5).

use std::sync::Arc;

use crate::crypto::{KeyKind, KeySpec, KeyUsage, KeyUsages};
use crate::error::Error;

/// What can be done with a key, in the service's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOperation {
    /// With the public half.
    Encrypt,
    /// With the private half.
    Decrypt,
    /// With the private half.
    Sign,
    /// With the public half.
    Verify,
    /// With the public half.
    WrapKey,
    /// With the private half.
    UnwrapKey,
}

impl KeyOperation {
    /// All of them, in the service's order.
    pub const ALL: [Self; 6] =
        [Self::Encrypt, Self::Decrypt, Self::Sign, Self::Verify, Self::WrapKey, Self::UnwrapKey];

    /// Its name in `key_ops` and in messages; a path has it in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::WrapKey => "wrapKey",
            Self::UnwrapKey => "unwrapKey",
        }
    }

    /// The key usages that allow it.
    const fn allowed_by(self) -> &'static [KeyUsage] {
        match self {
            Self::Sign | Self::Verify => &[
                KeyUsage::DigitalSignature,
                KeyUsage::NonRepudiation,
                KeyUsage::KeyCertSign,
                KeyUsage::CrlSign,
            ],
            Self::WrapKey | Self::UnwrapKey => &[KeyUsage::KeyEncipherment],
            Self::Encrypt => &[KeyUsage::DataEncipherment, KeyUsage::EncipherOnly],
            Self::Decrypt => &[KeyUsage::DataEncipherment, KeyUsage::DecipherOnly],
        }
    }

    /// Whether it follows from `usages`. A certificate without any restricts nothing (RFC 5280 section 4.2.1.3): its
    /// key does what its kind can. What Azure makes of such a certificate is unverified.
    #[must_use]
    pub fn follows_from(self, usages: KeyUsages, key: KeySpec) -> bool {
        if usages.is_empty() {
            return KeyOp::possible(key.into()).contains(&KeyOp::Use(self));
        }
        self.allowed_by().iter().any(|usage| usages.contains(*usage))
    }

    /// keys-and-secrets.md section 4.5: a disabled key refuses these only.
    #[must_use]
    pub const fn needs_enabled(self) -> bool {
        matches!(self, Self::Decrypt | Self::Sign | Self::UnwrapKey)
    }

    /// keys-and-secrets.md section 4.5: a key out of its time refuses these only.
    #[must_use]
    pub const fn needs_validity(self) -> bool {
        matches!(self, Self::Encrypt | Self::Sign | Self::WrapKey)
    }
}

/// An entry of `key_ops`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOp {
    /// Something that the service does with the key.
    Use(KeyOperation),
    /// To be imported.
    Import,
    /// To leave by secure key release.
    Export,
    /// To make other keys of it, which no operation of the data plane does.
    DeriveKey,
}

impl KeyOp {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Use(operation) => operation.name(),
            Self::Import => "import",
            Self::Export => "export",
            Self::DeriveKey => "deriveKey",
        }
    }

    /// The entry of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let uses = KeyOperation::ALL.into_iter().map(Self::Use);
        uses.chain([Self::Import, Self::Export, Self::DeriveKey]).find(|entry| entry.name() == name)
    }

    /// The list of a key of that kind for which its creator gave `names`; none or an empty list means all that the
    /// kind can do (section 4.2).
    ///
    /// # Errors
    /// 400 for a name that is none, or an operation that the kind cannot do.
    pub fn list(kind: KeyKind, names: Option<&[String]>) -> Result<Arc<[Self]>, Error> {
        let Some(names) = names.filter(|names| !names.is_empty()) else {
            return Ok(Self::possible(kind).into());
        };
        let entries = names.iter().map(|name| Self::from_name(name).ok_or_else(|| unknown(name)));
        let entries = entries.collect::<Result<Arc<[Self]>, _>>()?;
        Self::ensure_possible(&entries, kind)?;
        Ok(entries)
    }

    /// Whether a key of that kind may have all of `entries`.
    ///
    /// # Errors
    /// 400 for those that the kind cannot do.
    pub fn ensure_possible(entries: &[Self], kind: KeyKind) -> Result<(), Error> {
        let possible = Self::possible(kind);
        let cannot = |entry: &&Self| !entry.is_free() && !possible.contains(entry);
        let impossible: Vec<Self> = entries.iter().filter(cannot).copied().collect();
        if impossible.is_empty() {
            return Ok(());
        }
        let quoted = |entries: &[Self]| {
            entries.iter().map(|entry| format!("\"{}\"", entry.name())).collect::<Vec<_>>().join(", ")
        };
        let supported = quoted(possible);
        Err(Error::UnsupportedKeyOperations { operations: quoted(&impossible), supported })
    }

    /// Whether any kind of key may have it.
    const fn is_free(self) -> bool {
        matches!(self, Self::Import | Self::Export)
    }

    /// What a kind can do, in the order of the defaults (section 4.2).
    const fn possible(kind: KeyKind) -> &'static [Self] {
        use KeyOperation::{Decrypt, Encrypt, Sign, UnwrapKey, Verify, WrapKey};
        match kind {
            KeyKind::Asymmetric(KeySpec::Rsa(_)) => &[
                Self::Use(Encrypt),
                Self::Use(Decrypt),
                Self::Use(Sign),
                Self::Use(Verify),
                Self::Use(WrapKey),
                Self::Use(UnwrapKey),
            ],
            KeyKind::Asymmetric(KeySpec::Ec(_)) => &[Self::Use(Sign), Self::Use(Verify)],
            KeyKind::Symmetric(_) => &[
                Self::DeriveKey,
                Self::Use(WrapKey),
                Self::Use(Verify),
                Self::Use(Sign),
                Self::Use(UnwrapKey),
                Self::Use(Encrypt),
                Self::Use(Decrypt),
            ],
        }
    }
}

/// What Azure has and this does not is told apart from what nobody has.
fn unknown(name: &str) -> Error {
    match name {
        "secureWrapKey" | "secureUnwrapKey" => Error::NotEmulated("the secure wrapping of keys".into()),
        _ => Error::InvalidBody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Curve, RsaSize};

    /// certificates.md section 2.13, documented.
    #[test]
    fn key_operations_follow_from_key_usages() {
        let (rsa, ec) = (KeySpec::Rsa(RsaSize::Bits2048), KeySpec::Ec(Curve::P256));
        let names = |usages: &[KeyUsage], key| {
            let usages = usages.iter().copied().collect();
            let all = KeyOperation::ALL.into_iter().filter(|o| o.follows_from(usages, key));
            all.map(KeyOperation::name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment], rsa),
            "sign verify wrapKey unwrapKey"
        );
        assert_eq!(names(&[KeyUsage::DataEncipherment], rsa), "encrypt decrypt");
        assert_eq!(names(&[KeyUsage::DecipherOnly], rsa), "decrypt");
        assert_eq!(names(&[KeyUsage::KeyAgreement], ec), "");
        assert_eq!(names(&[], rsa), "encrypt decrypt sign verify wrapKey unwrapKey");
        assert_eq!(names(&[], ec), "sign verify");
    }

    /// keys-and-secrets.md section 4.2.
    #[test]
    fn a_list_is_as_given_and_an_empty_one_means_all() {
        let (rsa, ec) = (KeySpec::Rsa(RsaSize::Bits2048), KeySpec::Ec(Curve::P256));
        let list = |spec, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            KeyOp::list(KeyKind::Asymmetric(spec), Some(&names))
                .map(|list| list.iter().map(|e| e.name()).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(list(rsa, &[]).unwrap(), "encrypt decrypt sign verify wrapKey unwrapKey");
        assert_eq!(list(ec, &[]).unwrap(), "sign verify");
        assert_eq!(list(ec, &["verify", "export", "sign"]).unwrap(), "verify export sign");
        assert_eq!(list(rsa, &["paint"]).unwrap_err(), Error::InvalidBody);
        let refused = |operations: &str, supported: &str| Error::UnsupportedKeyOperations {
            operations: operations.to_owned(),
            supported: supported.to_owned(),
        };
        assert_eq!(
            list(ec, &["encrypt", "sign", "wrapKey"]).unwrap_err(),
            refused(r#""encrypt", "wrapKey""#, r#""sign", "verify""#)
        );
        let all = r#""encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey""#;
        assert_eq!(list(rsa, &["deriveKey"]).unwrap_err(), refused(r#""deriveKey""#, all));
    }
}
