//! Keys as Azure writes them (keys-and-secrets.md section 4.1, certificates.md section 2.13). No member of a private key
//! is written.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::{Curve, KeySpec, PublicComponents};
use crate::error::Error;
use crate::http::objects::Written;
use crate::http::writer::Writer;
use crate::vault::keys::{Key, KeyOperation};
use crate::vault::name::Version;
use crate::vault::objects::View;
use crate::wire::keys::{JsonWebKey, KeyAttributes, KeyBundle, KeyItem};

impl Written for Key {
    const COLLECTION: &'static str = "keys";
    const DELETED: &'static str = "deletedkeys";
    type Bundle = KeyBundle;
    type Item = KeyItem;

    fn bundle(view: &View<Self>, write: &Writer<'_>) -> KeyBundle {
        let mut attributes = attributes(view, write);
        attributes.key_size = match view.version.content.key.spec() {
            KeySpec::Rsa(size) => Some(size.bits()),
            KeySpec::Ec(_) => None,
        };
        // A deleted key's answer lacks it (keys-and-secrets.md section 4.1).
        attributes.hsm_platform =
            Some("0").filter(|_| write.api_version.has_hsm_platform() && view.deletion.is_none());
        KeyBundle { key: json_web_key(view, write), attributes, managed: view.managed.map(|_| true) }
    }

    fn item(view: &View<Self>, version: Option<Version>, write: &Writer<'_>) -> KeyItem {
        KeyItem {
            kid: write.id(Self::COLLECTION, &view.name, version),
            attributes: attributes(view, write),
            managed: view.managed.map(|_| true),
        }
    }

    /// A disabled key can be looked at (section 4.2).
    fn ensure_readable(_: &View<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// `{vault}/keys/{name}/{version}`.
#[must_use]
pub fn kid(view: &View<Key>, write: &Writer<'_>) -> String {
    write.id(Key::COLLECTION, &view.name, Some(view.version.version))
}

fn attributes(view: &View<Key>, write: &Writer<'_>) -> KeyAttributes {
    let own = &view.version.attributes;
    KeyAttributes {
        enabled: own.enabled,
        nbf: own.not_before,
        exp: own.not_after,
        key_size: None,
        created: own.created,
        updated: own.updated,
        recovery_level: Some(write.recovery_level()),
        recoverable_days: write.recoverable_days(),
        hsm_platform: None,
    }
}

fn json_web_key(view: &View<Key>, write: &Writer<'_>) -> JsonWebKey {
    let content = &view.version.content;
    let public = content.key.public_key();
    let text = |number: &Vec<u8>| Some(URL_SAFE_NO_PAD.encode(number));
    let (kty, n, e, x, y) = match public.components() {
        PublicComponents::Rsa { modulus, exponent } => ("RSA", text(modulus), text(exponent), None, None),
        PublicComponents::Ec { x, y } => ("EC", None, None, text(x), text(y)),
    };
    let crv = match public.spec() {
        KeySpec::Rsa(_) => None,
        KeySpec::Ec(curve) => Some(curve_name(curve)),
    };
    let key_ops = content.operations.iter().copied().map(KeyOperation::name).collect();
    JsonWebKey { kid: kid(view, write), kty, key_ops, n, e, crv, x, y }
}

/// `crv` of a JSON Web Key.
#[must_use]
pub const fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P256K => "P-256K",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}
