//! What a client wants of a key: its kind, where it is kept, what it may be used for, whether it may leave
//! (keys-and-secrets.md sections 4.1, 4.2 and 4.7).
//!
//! It decides; keys are made and read elsewhere.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::crypto::{Curve, KeyKind, KeySpec, RsaSize, SymmetricSize};
use crate::error::{Error, HsmRefusal, ReleaseRefusal};
use crate::vault::attributes::{Changes, checked_tags};
use crate::vault::key_operation::KeyOp;
use crate::vault::release_policy::ReleasePolicy;
use crate::vault::settings::Sku;
use crate::wire::certificates::Tags;
use crate::wire::keys as wire;

/// What a release policy is unless its creator says otherwise.
const POLICY_TYPE: &str = "application/json; charset=utf-8";
/// The only public exponent that keys are made with; Java's client sends 0 for none (azure-security-keyvault-keys 4.10).
const EXPONENTS: [u32; 2] = [65_537, 0];

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// `RSA`, `EC`.
    Software,
    /// `RSA-HSM`, `EC-HSM`, `oct-HSM`.
    Hardware,
}

impl Protection {
    /// `kty` of a key of that kind.
    #[must_use]
    pub const fn key_type(self, kind: KeyKind) -> &'static str {
        match (kind, self) {
            (KeyKind::Asymmetric(KeySpec::Rsa(_)), Self::Software) => "RSA",
            (KeyKind::Asymmetric(KeySpec::Rsa(_)), Self::Hardware) => "RSA-HSM",
            (KeyKind::Asymmetric(KeySpec::Ec(_)), Self::Software) => "EC",
            (KeyKind::Asymmetric(KeySpec::Ec(_)), Self::Hardware) => "EC-HSM",
            (KeyKind::Symmetric(_), Self::Software) => "oct",
            (KeyKind::Symmetric(_), Self::Hardware) => "oct-HSM",
        }
    }

    /// Refuses a key in hardware where there is none.
    ///
    /// # Errors
    /// 400 (section 5).
    pub const fn ensure_kept_in(self, sku: Sku) -> Result<(), Error> {
        match (self, sku) {
            (Self::Hardware, Sku::Standard) => Err(Error::HardwareKeyOnStandardVault),
            _ => Ok(()),
        }
    }

    /// `attributes.hsmPlatform`: 2 is the newer kind of hardware (section 4.1).
    #[must_use]
    pub const fn platform(self) -> &'static str {
        match self {
            Self::Software => "0",
            Self::Hardware => "2",
        }
    }
}

/// A release policy that was checked, as its creator gave it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeptPolicy {
    /// What `data` is.
    pub content_type: String,
    /// The policy, base64url as given.
    pub data: String,
    /// Whether it stays as it is.
    pub immutable: bool,
}

impl KeptPolicy {
    fn new(given: wire::ReleasePolicy) -> Result<Self, Error> {
        let data = given.data.ok_or(Error::InvalidBody)?;
        let data = data.trim_end_matches('=').to_owned();
        let text = URL_SAFE_NO_PAD.decode(&data).map_err(|_| Error::NotBase64Url("data"))?;
        ReleasePolicy::parse(&text).ok_or(Error::Release(ReleaseRefusal::InvalidPolicy))?;
        Ok(Self {
            content_type: given.content_type.unwrap_or_else(|| POLICY_TYPE.to_owned()),
            data,
            immutable: given.immutable.unwrap_or(false),
        })
    }
}

/// On what terms a key is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where it is kept.
    pub protection: Protection,
    /// What it may be used for, in the order that its creator gave.
    pub operations: Arc<[KeyOp]>,
    /// Whether it may leave.
    pub exportable: bool,
    /// Who it may be released to.
    pub release_policy: Option<Arc<KeptPolicy>>,
}

/// What a client asks to change of a key beside its attributes.
#[derive(Debug, Default)]
pub struct Amendments {
    /// All of `key_ops`.
    pub operations: Option<Vec<String>>,
    /// Whether it may leave.
    pub exportable: Option<bool>,
    /// Who it may be released to.
    pub release_policy: Option<wire::ReleasePolicy>,
}

impl Terms {
    /// The same after `amendments` for a key of that kind.
    ///
    /// # Errors
    /// 400 for operations that cannot be, another exportable state, and another release policy if it is immutable.
    pub fn amended(&self, kind: KeyKind, amendments: Amendments) -> Result<Self, Error> {
        if amendments.exportable.is_some_and(|exportable| exportable != self.exportable) {
            return Err(Error::Release(ReleaseRefusal::ExportableFixed));
        }
        // What is in a policy that the key must not have does not matter (azure-cli #28288: a rotation policy).
        if amendments.release_policy.is_some() && !self.exportable {
            return Err(Error::Release(ReleaseRefusal::PolicyUnwanted));
        }
        let release_policy = amendments.release_policy.map(KeptPolicy::new).transpose()?.map(Arc::new);
        let immutable = self.release_policy.as_deref().is_some_and(|policy| policy.immutable);
        if immutable && release_policy.is_some() && release_policy != self.release_policy {
            return Err(Error::Release(ReleaseRefusal::PolicyImmutable));
        }
        let operations = match &amendments.operations {
            None => Arc::clone(&self.operations),
            Some(names) => KeyOp::list(kind, Some(names))?,
        };
        Ok(Self {
            protection: self.protection,
            operations,
            exportable: self.exportable,
            release_policy: release_policy.or_else(|| self.release_policy.clone()),
        })
    }
}

/// What a client wants of a new version, checked.
#[derive(Debug)]
pub struct KeyPlan {
    /// The kind of key.
    pub kind: KeyKind,
    /// On what terms it is kept.
    pub terms: Terms,
    /// Its attributes and tags.
    pub wishes: Changes,
}

/// What creating and importing have in common.
#[derive(Debug, Default)]
pub struct Wishes {
    /// `key_ops`.
    pub key_ops: Option<Vec<String>>,
    /// Attributes.
    pub attributes: Option<wire::KeyAttributesRequest>,
    /// Tags.
    pub tags: Option<Tags>,
    /// Who it may be released to.
    pub release_policy: Option<wire::ReleasePolicy>,
}

impl KeyPlan {
    /// A plan for what a client asks to create in a vault of that SKU.
    ///
    /// # Errors
    /// 400 for a kind, size, curve or operation that there is not, for tags out of range, for an exportable key without
    /// a release policy or the reverse.
    pub fn create(request: wire::CreateRequest, sku: Sku) -> Result<Self, Error> {
        let kty = request.kty.as_deref().ok_or(Error::MissingKeyType)?;
        let (family, protection) = key_type(kty, sku)?;
        let kind = match family {
            Kind::Rsa => KeySpec::Rsa(rsa_size(request.key_size.unwrap_or(2048), sku)?).into(),
            Kind::Ec => KeySpec::Ec(curve(request.crv.as_deref().unwrap_or("P-256"))?).into(),
            Kind::Oct => symmetric_size(request.key_size.unwrap_or(256))?.into(),
        };
        if family == Kind::Rsa
            && request.public_exponent.is_some_and(|exponent| !EXPONENTS.contains(&exponent))
        {
            return Err(Error::NotEmulated("a public exponent other than 65537".into()));
        }
        let wishes = Wishes {
            key_ops: request.key_ops,
            attributes: request.attributes,
            tags: request.tags,
            release_policy: request.release_policy,
        };
        Self::new(kind, protection, sku, wishes)
    }

    /// A plan for a key of that kind that is there already.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn new(kind: KeyKind, protection: Protection, sku: Sku, wishes: Wishes) -> Result<Self, Error> {
        let attributes = wishes.attributes.unwrap_or_default();
        if attributes.external_key.is_some() && sku == Sku::ManagedHsm {
            return Err(Error::NotEmulated("a key of an external key manager (external_key)".into()));
        }
        let exportable = attributes.exportable.unwrap_or(false);
        // What is in a policy that the key must not have does not matter (azure-cli #28288: a rotation policy).
        match (&wishes.release_policy, exportable) {
            (None, true) if sku == Sku::ManagedHsm => {
                return Err(Error::Hsm(HsmRefusal::ExportableWithoutReleasePolicy));
            }
            (None, true) => return Err(Error::Release(ReleaseRefusal::PolicyMissing)),
            (Some(_), false) => return Err(Error::Release(ReleaseRefusal::PolicyUnwanted)),
            _ => {}
        }
        let release_policy = wishes.release_policy.map(KeptPolicy::new).transpose()?;
        // Before a key is made, which takes long.
        wishes.tags.clone().map(checked_tags).transpose()?;
        Ok(Self {
            kind,
            terms: Terms {
                protection,
                operations: KeyOp::list(kind, wishes.key_ops.as_deref())?,
                exportable,
                release_policy: release_policy.map(Arc::new),
            },
            wishes: attributes.changes(wishes.tags),
        })
    }
}

impl wire::KeyAttributesRequest {
    /// What they and `tags` ask for.
    #[must_use]
    pub fn changes(&self, tags: Option<Tags>) -> Changes {
        Changes { enabled: self.enabled, not_before: self.nbf, not_after: self.exp, tags }
    }
}

/// The kinds of key that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `RSA`, `RSA-HSM`.
    Rsa,
    /// `EC`, `EC-HSM`.
    Ec,
    /// `oct`, `oct-HSM`.
    Oct,
}

/// Reads `kty` in a vault of that SKU. Premium vaults have `oct-HSM` too (section 4.3); a pool keeps every key in hardware,
/// whatever it was asked for.
///
/// # Errors
/// 400 for a type that there is not, or not in such a vault (section 5).
pub fn key_type(kty: &str, sku: Sku) -> Result<(Kind, Protection), Error> {
    let (kind, protection) = match kty {
        "RSA" => (Kind::Rsa, Protection::Software),
        "EC" => (Kind::Ec, Protection::Software),
        "RSA-HSM" => (Kind::Rsa, Protection::Hardware),
        "EC-HSM" => (Kind::Ec, Protection::Hardware),
        "oct-HSM" => (Kind::Oct, Protection::Hardware),
        "oct" if sku == Sku::ManagedHsm => (Kind::Oct, Protection::Hardware),
        "oct" => return Err(Error::UnsupportedKeyType(kty.to_owned())),
        _ => return Err(Error::InvalidBody),
    };
    protection.ensure_kept_in(sku)?;
    Ok((kind, if sku == Sku::ManagedHsm { Protection::Hardware } else { protection }))
}

/// Reads `key_size` of a symmetric key.
///
/// # Errors
/// 400 for a size that AES does not have.
pub fn symmetric_size(bits: u32) -> Result<SymmetricSize, Error> {
    let size = usize::try_from(bits).ok().and_then(|bits| SymmetricSize::from_bits(bits).ok());
    size.ok_or(Error::Hsm(HsmRefusal::KeySize(bits)))
}

/// Reads `key_size` of an RSA key.
///
/// # Errors
/// 400 for a size that Key Vault does not have.
pub fn rsa_size(bits: u32, sku: Sku) -> Result<RsaSize, Error> {
    let size = RsaSize::ALL.into_iter().find(|size| u32::from(size.bits()) == bits);
    if sku == Sku::ManagedHsm {
        return size.ok_or(Error::Hsm(HsmRefusal::KeySize(bits)));
    }
    size.ok_or(Error::UnsupportedKeySize { size: bits, supported: "2048, 3072, 4096" })
}

/// Reads `crv`.
///
/// # Errors
/// 400 for a curve that Key Vault does not have.
pub fn curve(name: &str) -> Result<Curve, Error> {
    Curve::ALL.into_iter().find(|curve| curve.name() == name).ok_or(Error::UnsupportedCurve)
}
