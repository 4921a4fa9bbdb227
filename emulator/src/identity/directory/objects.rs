//! What a directory holds: users, groups, applications, service principals.
//!
//! Values only: who appears when, and what may be created, is [`super::Directory`]'s business.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto::sha256;
use crate::timestamp::Timestamp;

/// A user's sign-in name, `user@domain.com`; compared without case.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserPrincipalName(String);

impl UserPrincipalName {
    /// Reads a name; `None` for what Entra takes for none: no or several `@`, blanks, an empty part, no dot behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (user, domain) = text.split_once('@')?;
        let parts = domain.split('.').collect::<Vec<_>>();
        let fits = !user.is_empty()
            && text.len() <= 113
            && parts.len() > 1
            && parts.iter().all(|part| !part.is_empty())
            && text.bytes().all(|b| b.is_ascii_graphic())
            && !domain.contains(['@', '/', '\'']);
        fits.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn user(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(user, _)| user)
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The name in the form in which names are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl TryFrom<String> for UserPrincipalName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no sign-in name, which is user@domain.com")
    }
}

impl From<UserPrincipalName> for String {
    fn from(name: UserPrincipalName) -> Self {
        name.0
    }
}

impl Default for UserPrincipalName {
    /// The developer's unless `--user` gives another.
    fn default() -> Self {
        Self(super::DEFAULT_USER.to_owned())
    }
}

impl PartialEq for UserPrincipalName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for UserPrincipalName {}

impl fmt::Display for UserPrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password or client secret, kept as its hash: enough to tell a right one from a wrong one.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Secret(#[serde(with = "crate::storage::base64")] [u8; 32]);

impl Secret {
    /// Of its text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(sha256(text.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct User {
    /// Object id.
    pub id: Uuid,
    /// Sign-in name.
    pub user_principal_name: UserPrincipalName,
    /// For people.
    pub display_name: String,
    /// E-mail address.
    pub mail: Option<String>,
    /// What proves who it is; `None`: whatever is given.
    pub password: Option<Secret>,
}

/// Several principals that are granted something together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Group {
    /// Object id.
    pub id: Uuid,
    /// For people.
    pub display_name: String,
    /// E-mail alias, which Graph demands.
    pub mail_nickname: String,
    /// What it is for.
    pub description: Option<String>,
    /// Object ids; a group may be one of them.
    pub members: Vec<Uuid>,
}

/// A client secret of an application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PasswordCredential {
    /// By which it is removed.
    pub key_id: Uuid,
    /// For people.
    pub display_name: Option<String>,
    /// The first three characters, which is all that can be read of it.
    pub hint: String,
    /// The secret.
    pub secret: Secret,
    /// When it begins to be right.
    #[serde(with = "crate::timestamp::exact")]
    pub start: Timestamp,
    /// When it ceases to be.
    #[serde(with = "crate::timestamp::exact")]
    pub end: Timestamp,
}

/// A certificate whose key signs an application's assertions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeyCredential {
    /// By which it is removed.
    pub key_id: Uuid,
    /// For people.
    pub display_name: Option<String>,
    /// DER.
    #[serde(with = "crate::storage::base64")]
    pub certificate: Vec<u8>,
    /// When it begins to be right.
    #[serde(with = "crate::timestamp::exact")]
    pub start: Timestamp,
    /// When it ceases to be.
    #[serde(with = "crate::timestamp::exact")]
    pub end: Timestamp,
}

/// Whose tokens prove an application, as a workload's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedCredential {
    /// By which it is removed.
    pub id: Uuid,
    /// Unique within the application.
    pub name: String,
    /// `iss` of such a token.
    pub issuer: String,
    /// `sub` of such a token.
    pub subject: String,
    /// What it is for.
    pub description: Option<String>,
    /// `aud` of such a token is one of these.
    pub audiences: Vec<String>,
}

/// What proves an application. Empty: nothing was registered, and whatever is given does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Credentials {
    /// Client secrets.
    pub passwords: Vec<PasswordCredential>,
    /// Certificates.
    pub keys: Vec<KeyCredential>,
    /// Other issuers.
    pub federated: Vec<FederatedCredential>,
}

impl Credentials {
    /// Whether none was registered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.passwords.is_empty() && self.keys.is_empty() && self.federated.is_empty()
    }
}

/// A registered application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Application {
    /// Object id, which is not its principal's.
    pub id: Uuid,
    /// Client id.
    pub app_id: Uuid,
    /// For people.
    pub display_name: String,
    /// URIs by which it goes beside its client id.
    pub identifier_uris: Vec<String>,
    /// Where its authorization codes may be sent beside this machine.
    pub redirect_uris: Vec<String>,
    /// What proves it.
    pub credentials: Credentials,
    /// When it was registered.
    #[serde(with = "crate::timestamp::exact")]
    pub created: Timestamp,
}

/// What a service principal stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServicePrincipalType {
    /// An application.
    Application,
    /// A managed identity, whose proof is where it runs.
    ManagedIdentity,
}

/// An application's presence in the tenant: what permissions are given to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ServicePrincipal {
    /// Object id.
    pub id: Uuid,
    /// Client id.
    pub app_id: Uuid,
    /// For people.
    pub display_name: String,
    /// What it stands for.
    pub kind: ServicePrincipalType,
    /// A managed identity's resource; a system-assigned one has none.
    pub resource_id: Option<String>,
}

/// Any object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A person.
    User(User),
    /// Several principals.
    Group(Group),
    /// A registered application.
    Application(Application),
    /// An application's presence, or a managed identity.
    ServicePrincipal(ServicePrincipal),
}

impl Object {
    /// Its object id.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::User(user) => user.id,
            Self::Group(group) => group.id,
            Self::Application(application) => application.id,
            Self::ServicePrincipal(principal) => principal.id,
        }
    }
}
