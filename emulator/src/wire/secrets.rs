//! Bodies of the secrets data plane (keys-and-secrets.md section 3, certificates.md section 2.13).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::wire::certificates::{Attributes, Tags};

/// Body of `PUT /secrets/{name}`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetRequest {
    /// The secret itself.
    pub value: Option<Zeroizing<String>>,
    /// What it is.
    #[serde(rename = "contentType")]
    pub content_type: Option<String>,
    /// `enabled`, `nbf` and `exp` count.
    pub attributes: Option<Attributes>,
    /// Tags of the new version.
    pub tags: Option<Tags>,
}

impl fmt::Debug for SetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetRequest").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

/// Body of `PATCH /secrets/{name}[/{version}]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UpdateRequest {
    /// What it is.
    #[serde(rename = "contentType")]
    pub content_type: Option<String>,
    /// `enabled`, `nbf` and `exp` count.
    pub attributes: Option<Attributes>,
    /// Replaces all tags.
    pub tags: Option<Tags>,
}

/// A secret, in full or as a list item; members in the order of service builds since 1.9.2762.
#[derive(Serialize)]
pub struct SecretBundle<'a> {
    /// The secret itself; absent in lists and after updates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a str>,
    /// What it is, if anybody said.
    #[serde(rename = "contentType", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<Arc<str>>,
    /// Identifier.
    pub id: String,
    /// True if a certificate manages it, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,
    /// Attributes.
    pub attributes: Attributes,
    /// Tags, if ever set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Arc<Tags>>,
    /// Identifier of the key of the certificate behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The version before it.
    #[serde(rename = "previousVersion", skip_serializing_if = "Option::is_none")]
    pub previous_version: Option<String>,
}

impl fmt::Debug for SecretBundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretBundle").field("id", &self.id).finish_non_exhaustive()
    }
}
