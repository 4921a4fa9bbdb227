//! Keys and secrets as bodies have them, members in Azure's order. No body has a secret's value.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::arm::store::vault_resource::VaultResource;
use crate::crypto::{KeyKind, KeySpec};
use crate::timestamp::Timestamp;
use crate::vault::attributes;
use crate::vault::keys::Key;
use crate::vault::name::Version;
use crate::vault::objects::View;
use crate::vault::secrets::Secret;
use crate::wire::certificates::{Attributes, Tags};
use crate::wire::keys::{CreateRequest, KeyAttributesRequest, ReleasePolicy};
use crate::wire::rotation::RotationPolicy;

/// Body of `PUT` and `PATCH` of a secret.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::arm) struct SecretParameters {
    pub(in crate::arm) tags: Option<Tags>,
    pub(in crate::arm) properties: SecretGiven,
}

/// `properties` of a secret as a request gives them.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::arm) struct SecretGiven {
    pub(in crate::arm) value: Option<Zeroizing<String>>,
    pub(in crate::arm) content_type: Option<String>,
    pub(in crate::arm) attributes: Option<Attributes>,
}

impl fmt::Debug for SecretGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretGiven").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

/// A child resource of a vault.
#[derive(Debug, Serialize)]
pub(in crate::arm) struct ObjectBody<P> {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    location: &'static str,
    tags: Tags,
    properties: P,
}

/// A secret.
pub(in crate::arm) type SecretBody = ObjectBody<SecretProperties>;
/// A key.
pub(in crate::arm) type KeyBody = ObjectBody<KeyProperties>;

/// `properties` of a secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct SecretProperties {
    attributes: ObjectAttributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    secret_uri: String,
    secret_uri_with_version: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectAttributes {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
    created: Timestamp,
    updated: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exportable: Option<bool>,
}

impl ObjectAttributes {
    const fn new(own: &attributes::Attributes) -> Self {
        Self {
            enabled: own.enabled,
            nbf: own.not_before,
            exp: own.not_after,
            created: own.created,
            updated: own.updated,
            recovery_level: None,
            exportable: None,
        }
    }
}

impl<P> ObjectBody<P> {
    fn of<T>(
        vault: &VaultResource,
        family: &str,
        kind: &'static str,
        view: &View<T>,
        tags: Option<&Tags>,
        properties: P,
    ) -> Self {
        Self {
            id: vault.scope.child(&format!("{family}/{}", view.name)).to_string(),
            name: view.name.to_string(),
            kind,
            location: vault.vault.settings().location.name(),
            tags: tags.cloned().unwrap_or_default(),
            properties,
        }
    }
}

impl SecretBody {
    /// A secret of the vault at `uri`.
    pub(in crate::arm) fn new(vault: &VaultResource, uri: &str, view: &View<Secret>) -> Self {
        let own = &view.version;
        let secret_uri = format!("{uri}secrets/{}", view.name);
        let properties = SecretProperties {
            attributes: ObjectAttributes::new(&own.attributes),
            content_type: own.content.content_type.as_deref().map(str::to_owned),
            secret_uri_with_version: format!("{secret_uri}/{}", own.version),
            secret_uri,
        };
        let tags = own.attributes.tags.as_deref();
        Self::of(vault, "secrets", "Microsoft.KeyVault/vaults/secrets", view, tags, properties)
    }
}

/// Body of `PUT` of a key.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::arm) struct KeyParameters {
    tags: Option<Tags>,
    properties: KeyGiven,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct KeyGiven {
    attributes: Option<KeyAttributesRequest>,
    kty: Option<String>,
    key_ops: Option<Vec<String>>,
    key_size: Option<u32>,
    curve_name: Option<String>,
    rotation_policy: Option<RotationPolicy>,
    #[serde(rename = "release_policy")]
    release_policy: Option<ReleasePolicy>,
}

impl KeyParameters {
    /// The key as the data plane asks for one, and its rotation policy.
    pub(in crate::arm) fn split(self) -> (CreateRequest, Option<RotationPolicy>) {
        let given = self.properties;
        let request = CreateRequest {
            kty: given.kty,
            key_size: given.key_size,
            public_exponent: None,
            key_ops: given.key_ops,
            crv: given.curve_name,
            attributes: given.attributes,
            tags: self.tags,
            release_policy: given.release_policy,
        };
        (request, given.rotation_policy)
    }
}

/// `properties` of a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct KeyProperties {
    attributes: ObjectAttributes,
    kty: &'static str,
    key_ops: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_size: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve_name: Option<&'static str>,
    key_uri: String,
    key_uri_with_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_policy: Option<RotationPolicy>,
    #[serde(rename = "release_policy", skip_serializing_if = "Option::is_none")]
    release_policy: Option<ReleasePolicy>,
}

impl KeyBody {
    /// A key of the vault at `uri`.
    pub(in crate::arm) fn new(
        vault: &VaultResource,
        uri: &str,
        view: &View<Key>,
        rotation_policy: Option<RotationPolicy>,
    ) -> Self {
        let (own, content) = (&view.version.attributes, &view.version.content);
        let kind = content.material.kind();
        let (key_size, curve_name) = match kind {
            KeyKind::Asymmetric(KeySpec::Rsa(size)) => (Some(size.bits()), None),
            KeyKind::Asymmetric(KeySpec::Ec(curve)) => (None, Some(curve.name())),
            KeyKind::Symmetric(_) => (None, None),
        };
        let key_uri = format!("{uri}keys/{}", view.name);
        let properties = KeyProperties {
            attributes: ObjectAttributes {
                recovery_level: Some(vault.vault.settings().recovery_level()),
                exportable: Some(content.terms.exportable),
                ..ObjectAttributes::new(own)
            },
            kty: content.terms.protection.key_type(kind),
            key_ops: content.terms.operations.iter().map(|operation| operation.name()).collect(),
            key_size,
            curve_name,
            key_uri_with_version: format!("{key_uri}/{}", view.version.version),
            key_uri,
            rotation_policy,
            release_policy: content.terms.release_policy.as_deref().map(Into::into),
        };
        Self::of(vault, "keys", "Microsoft.KeyVault/vaults/keys", view, own.tags.as_deref(), properties)
    }

    /// The same as one version of the key.
    #[must_use]
    pub(in crate::arm) fn of_version(self, version: Version) -> Self {
        Self {
            id: format!("{}/versions/{version}", self.id),
            name: version.to_string(),
            kind: "Microsoft.KeyVault/vaults/keys/versions",
            ..self
        }
    }
}
