//! A certificate's key and secret, written as Azure writes them (certificates.md section 2.13, keys-and-secrets.md
//! sections 3.1 and 4.1). It decides nothing and shows no private key but in a secret's value.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::{Curve, KeySpec, PublicComponents};
use crate::error::Error;
use crate::http::api_version::ApiVersion;
use crate::http::data_plane::Call;
use crate::http::reply::Reply;
use crate::vault::Settings;
use crate::vault::collection::Deletion;
use crate::vault::doors::ManagedView;
use crate::vault::name::{ObjectName, Version};
use crate::vault::policy::ContentType;
use crate::wire::certificates::Attributes;
use crate::wire::keys::{JsonWebKey, KeyAttributes, KeyBundle, KeyItem};
use crate::wire::secrets::SecretBundle;
use crate::wire::{Deleted, Listed};

/// Writes the bodies of one request.
#[derive(Debug)]
pub struct Writer<'a> {
    url: String,
    api_version: ApiVersion,
    settings: &'a Settings,
}

impl<'a> Writer<'a> {
    /// A writer for the answers to `call`.
    #[must_use]
    pub fn new(call: &'a Call<'_>) -> Self {
        Self { url: call.origin.url(), api_version: call.api_version, settings: &call.settings }
    }

    /// 200 with a key, deleted or not.
    ///
    /// # Errors
    /// See [`Reply::ok`].
    pub fn key(&self, view: &ManagedView) -> Result<Reply, Error> {
        let mut attributes = self.recoverable(key_attributes(view));
        attributes.key_size = match view.issued.key.spec() {
            KeySpec::Rsa(size) => Some(size.bits()),
            KeySpec::Ec(_) => None,
        };
        // A deleted key's answer lacks it (keys-and-secrets.md section 4.1).
        attributes.hsm_platform =
            Some("0").filter(|_| self.api_version.has_hsm_platform() && view.deletion.is_none());
        let bundle = KeyBundle { key: self.json_web_key(view), attributes, managed: Some(true) };
        match view.deletion {
            None => Reply::ok(&bundle),
            Some(deletion) => Reply::ok(&self.deleted("deletedkeys", &view.name, deletion, bundle)),
        }
    }

    /// An item of a list of keys.
    #[must_use]
    pub fn key_item(&self, view: &ManagedView, version: Option<Version>) -> Listed<KeyItem> {
        let item = KeyItem {
            kid: self.id("keys", &view.name, version),
            attributes: self.recoverable(key_attributes(view)),
            managed: Some(true),
        };
        match view.deletion {
            None => Listed::Live(item),
            Some(deletion) => Listed::Deleted(self.deleted("deletedkeys", &view.name, deletion, item)),
        }
    }

    /// 200 with a secret, deleted or not, and its value if it is shown.
    ///
    /// # Errors
    /// See [`Reply::ok`].
    pub fn secret(&self, view: &ManagedView, shown: Option<(ContentType, String)>) -> Result<Reply, Error> {
        let (content_type, value) = shown.unzip();
        let version = view.version.version;
        let previous = view.previous.filter(|_| self.api_version.has_out_content_type());
        let bundle = SecretBundle {
            value,
            content_type: Some(content_type.unwrap_or(view.version.policy.content_type).as_str()),
            kid: Some(self.id("keys", &view.name, Some(version))),
            previous_version: previous.map(|version| version.to_string()),
            ..self.bare_secret(view, Some(version))
        };
        match view.deletion {
            None => Reply::ok(&bundle),
            Some(deletion) => Reply::ok(&self.deleted("deletedsecrets", &view.name, deletion, bundle)),
        }
    }

    /// An item of a list of secrets.
    #[must_use]
    pub fn secret_item(&self, view: &ManagedView, version: Option<Version>) -> Listed<SecretBundle> {
        let item = self.bare_secret(view, version);
        match view.deletion {
            None => Listed::Live(item),
            Some(deletion) => Listed::Deleted(self.deleted("deletedsecrets", &view.name, deletion, item)),
        }
    }

    /// `{vault}/keys/{name}/{version}`.
    #[must_use]
    pub fn kid(&self, view: &ManagedView) -> String {
        self.id("keys", &view.name, Some(view.version.version))
    }

    fn id(&self, collection: &str, name: &ObjectName, version: Option<Version>) -> String {
        match version {
            Some(version) => format!("{}/{collection}/{name}/{version}", self.url),
            None => format!("{}/{collection}/{name}", self.url),
        }
    }

    fn bare_secret(&self, view: &ManagedView, version: Option<Version>) -> SecretBundle {
        let own = &view.version.attributes;
        SecretBundle {
            value: None,
            content_type: Some(view.version.policy.content_type.as_str()),
            id: self.id("secrets", &view.name, version),
            managed: Some(true),
            attributes: Attributes {
                enabled: Some(own.enabled),
                nbf: Some(own.not_before),
                exp: Some(own.not_after),
                created: Some(own.created),
                updated: Some(own.updated),
                recovery_level: Some(self.settings.recovery_level()),
                recoverable_days: self.recoverable_days(),
            },
            kid: None,
            previous_version: None,
        }
    }

    fn json_web_key(&self, view: &ManagedView) -> JsonWebKey {
        let public = view.issued.key.public_key();
        let text = |number: &Vec<u8>| Some(URL_SAFE_NO_PAD.encode(number));
        let (kty, n, e, x, y) = match public.components() {
            PublicComponents::Rsa { modulus, exponent } => ("RSA", text(modulus), text(exponent), None, None),
            PublicComponents::Ec { x, y } => ("EC", None, None, text(x), text(y)),
        };
        let crv = match public.spec() {
            KeySpec::Rsa(_) => None,
            KeySpec::Ec(curve) => Some(curve_name(curve)),
        };
        JsonWebKey { kid: self.kid(view), kty, key_ops: view.operations(), n, e, crv, x, y }
    }

    fn recoverable(&self, mut attributes: KeyAttributes) -> KeyAttributes {
        attributes.recovery_level = Some(self.settings.recovery_level());
        attributes.recoverable_days = self.recoverable_days();
        attributes
    }

    fn recoverable_days(&self) -> Option<u16> {
        Some(self.settings.retention_days).filter(|_| self.api_version.has_recoverable_days())
    }

    fn deleted<T>(&self, collection: &str, name: &ObjectName, deletion: Deletion, object: T) -> Deleted<T> {
        Deleted {
            recovery_id: self.id(collection, name, None),
            deleted_date: deletion.at,
            scheduled_purge_date: deletion.purge_at,
            object,
        }
    }
}

fn key_attributes(view: &ManagedView) -> KeyAttributes {
    let own = &view.version.attributes;
    KeyAttributes {
        enabled: own.enabled,
        nbf: Some(own.not_before),
        exp: Some(own.not_after),
        created: own.created,
        updated: own.updated,
        ..KeyAttributes::default()
    }
}

/// `crv` of a JSON Web Key.
pub(super) const fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P256K => "P-256K",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}
