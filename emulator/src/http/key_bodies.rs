//! Keys as Azure writes them (keys-and-secrets.md section 4.1, certificates.md section 2.13). No member of a private key
//! is written.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::{KeyKind, KeySpec, PublicComponents, PublicKey};
use crate::error::Error;
use crate::http::objects::Written;
use crate::http::writer::Writer;
use crate::vault::key_plan::KeptPolicy;
use crate::vault::keys::Key;
use crate::vault::name::Version;
use crate::vault::objects::View;
use crate::wire::keys::{self as wire, JsonWebKey, KeyAttributes, KeyBundle, KeyItem};

impl Written for Key {
    const COLLECTION: &'static str = "keys";
    const DELETED: &'static str = "deletedkeys";
    type Bundle = KeyBundle;
    type Item = KeyItem;

    fn bundle(view: &View<Self>, write: &Writer<'_>) -> KeyBundle {
        let mut attributes = attributes(view, write);
        attributes.hsm_platform = platform(view, write);
        attributes.key_size = match view.version.content.material.kind() {
            KeyKind::Asymmetric(KeySpec::Rsa(size)) => Some(size.bits()),
            KeyKind::Symmetric(size) if write.api_version.has_symmetric_key_size() => Some(size.bits()),
            KeyKind::Asymmetric(KeySpec::Ec(_)) | KeyKind::Symmetric(_) => None,
        };
        KeyBundle {
            key: json_web_key(view, write),
            attributes,
            tags: view.version.attributes.tags.clone(),
            release_policy: view.version.content.terms.release_policy.as_deref().map(Into::into),
            managed: view.managed.map(|_| true),
        }
    }

    /// Recorded without `hsmPlatform`, though the answer to deleting has it (section 4.1).
    fn deleted_bundle(view: &View<Self>, write: &Writer<'_>) -> KeyBundle {
        let mut bundle = Self::bundle(view, write);
        bundle.attributes.hsm_platform = None;
        bundle
    }

    fn item(view: &View<Self>, version: Option<Version>, write: &Writer<'_>) -> KeyItem {
        let mut attributes = attributes(view, write);
        if view.managed.is_none() && view.deletion.is_none() {
            attributes.hsm_platform = platform(view, write);
        }
        KeyItem {
            kid: write.id(Self::COLLECTION, &view.name, version),
            attributes,
            tags: view.version.attributes.tags.clone(),
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
        exportable: Some(view.version.content.terms.exportable)
            .filter(|_| view.managed.is_none() && write.api_version.has_rotation_and_release()),
        hsm_platform: None,
        attestation: None,
    }
}

fn platform(view: &View<Key>, write: &Writer<'_>) -> Option<&'static str> {
    let platform = view.version.content.terms.protection.platform();
    Some(platform).filter(|_| write.api_version.has_hsm_platform())
}

impl From<&KeptPolicy> for wire::ReleasePolicy {
    fn from(policy: &KeptPolicy) -> Self {
        Self {
            content_type: Some(policy.content_type.clone()),
            data: Some(policy.data.clone()),
            immutable: Some(policy.immutable),
        }
    }
}

fn json_web_key(view: &View<Key>, write: &Writer<'_>) -> JsonWebKey {
    let content = &view.version.content;
    let public = content.material.public_key();
    let text = |number: &Vec<u8>| Some(URL_SAFE_NO_PAD.encode(number));
    let (n, e, x, y) = match public.map(PublicKey::components) {
        Some(PublicComponents::Rsa { modulus, exponent }) => (text(modulus), text(exponent), None, None),
        Some(PublicComponents::Ec { x, y }) => (None, None, text(x), text(y)),
        None => (None, None, None, None),
    };
    let crv = match content.material.kind() {
        KeyKind::Asymmetric(KeySpec::Ec(curve)) => Some(curve.name()),
        _ => None,
    };
    JsonWebKey {
        kid: kid(view, write),
        kty: content.terms.protection.key_type(content.material.kind()),
        key_ops: content.terms.operations.iter().map(|entry| entry.name()).collect(),
        n,
        e,
        crv,
        x,
        y,
        key_hsm: None,
    }
}
