//! Object ids from names, and what an object is like that nobody described.
//!
//! The ids stand for ever: tokens and stored permissions name them.

use uuid::Uuid;

use super::objects::{
    Application, Credentials, PasswordCredential, Secret, ServicePrincipal, ServicePrincipalType, User,
    UserPrincipalName,
};
use crate::timestamp::Timestamp;

/// The developer's object id, whatever they are called.
#[must_use]
pub(in crate::identity) fn developer_id(tenant: Uuid) -> Uuid {
    Uuid::new_v5(&tenant, b"developer")
}

pub(super) fn user_id(tenant: Uuid, name: &UserPrincipalName) -> Uuid {
    Uuid::new_v5(&tenant, format!("user {}", name.folded()).as_bytes())
}

/// The object id of an application's service principal.
#[must_use]
pub(super) fn principal_id(tenant: Uuid, app_id: Uuid) -> Uuid {
    Uuid::new_v5(&tenant, app_id.as_bytes())
}

pub(super) fn application_object_id(tenant: Uuid, app_id: Uuid) -> Uuid {
    Uuid::new_v5(&principal_id(tenant, app_id), b"application")
}

/// The client id of the machine's own identity.
#[must_use]
pub fn system_app_id(tenant: Uuid) -> Uuid {
    Uuid::new_v5(&tenant, b"system-assigned managed identity")
}

pub(super) fn user(id: Uuid, name: UserPrincipalName) -> User {
    User {
        id,
        display_name: name.user().to_owned(),
        mail: Some(name.as_str().to_owned()),
        user_principal_name: name,
        password: None,
    }
}

pub(super) fn service_principal(tenant: Uuid, app_id: Uuid, kind: ServicePrincipalType) -> ServicePrincipal {
    ServicePrincipal {
        id: principal_id(tenant, app_id),
        app_id,
        display_name: app_id.to_string(),
        kind,
        resource_id: None,
    }
}

/// An application named at the start, with a secret that is right for ever.
pub(super) fn seeded_application(tenant: Uuid, app_id: Uuid, secret: Option<Secret>) -> Application {
    let id = application_object_id(tenant, app_id);
    let password = secret.map(|secret| PasswordCredential {
        key_id: Uuid::new_v5(&id, b"secret"),
        display_name: None,
        hint: String::new(),
        secret,
        start: Timestamp::default(),
        end: Timestamp::from_millis(i64::MAX),
    });
    Application {
        id,
        app_id,
        display_name: app_id.to_string(),
        identifier_uris: Vec::new(),
        redirect_uris: Vec::new(),
        credentials: Credentials { passwords: password.into_iter().collect(), ..Credentials::default() },
        created: Timestamp::default(),
    }
}
