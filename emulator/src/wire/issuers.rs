//! Bodies of certificate issuers and contacts (certificates.md sections 2.11 and 2.12).

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;
use crate::wire::certificates::Attributes;

/// Body of `PUT` and `PATCH /certificates/issuers/{name}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SetIssuerRequest {
    /// Name of the certificate authority.
    pub provider: Option<String>,
    /// Account there.
    pub credentials: Option<Credentials>,
    /// Who asks.
    pub org_details: Option<OrganizationDetails>,
    /// Only `enabled` counts.
    pub attributes: Option<Attributes>,
}

/// `credentials`. The password comes in and never goes out.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Credentials {
    /// Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Password or key of the account.
    #[serde(skip_serializing)]
    pub pwd: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}

/// `org_details`; `zip` is always answered, as the number 0.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct OrganizationDetails {
    /// The organization's number at the authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Always 0.
    #[serde(skip_deserializing)]
    pub zip: u32,
    /// Its administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_details: Option<Vec<AdministratorDetails>>,
}

/// One administrator.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct AdministratorDetails {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// An issuer as it is answered.
#[derive(Debug, Serialize)]
pub struct IssuerBundle {
    /// Identifier.
    pub id: String,
    /// Name of the certificate authority.
    pub provider: String,
    /// Account there, without its password.
    pub credentials: Credentials,
    /// Who asks.
    pub org_details: OrganizationDetails,
    /// Enabled, created, updated.
    pub attributes: Attributes,
}

/// An item of the list of issuers.
#[derive(Debug, Serialize)]
pub struct IssuerItem {
    /// Identifier.
    pub id: String,
    /// Name of the certificate authority.
    pub provider: String,
}

/// Body of `PUT /certificates/contacts`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SetContactsRequest {
    /// Everybody to tell.
    pub contacts: Option<Vec<Contact>>,
}

/// The vault's contacts as they are answered.
#[derive(Debug, Serialize)]
pub struct Contacts {
    /// Identifier.
    pub id: String,
    /// Everybody to tell.
    pub contacts: Vec<Contact>,
}

/// One contact.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Contact {
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// The attributes of an issuer.
#[must_use]
pub fn attributes(enabled: bool, created: Timestamp, updated: Timestamp) -> Attributes {
    Attributes {
        enabled: Some(enabled),
        created: Some(created),
        updated: Some(updated),
        ..Attributes::default()
    }
}
