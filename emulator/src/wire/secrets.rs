//! Bodies of the secrets data plane (keys-and-secrets.md section 3, certificates.md section 2.13).

use serde::Serialize;

use crate::wire::certificates::Attributes;

/// A secret, in full or as a list item; members in the order of service builds since 1.9.2762.
#[derive(Serialize)]
pub struct SecretBundle {
    /// The secret itself; absent in lists and after updates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it is, if anybody said.
    #[serde(rename = "contentType", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<&'static str>,
    /// Identifier.
    pub id: String,
    /// True if a certificate manages it, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<bool>,
    /// Attributes.
    pub attributes: Attributes,
    /// Identifier of the key of the certificate behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The version before it.
    #[serde(rename = "previousVersion", skip_serializing_if = "Option::is_none")]
    pub previous_version: Option<String>,
}

impl std::fmt::Debug for SecretBundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretBundle").field("id", &self.id).finish_non_exhaustive()
    }
}
