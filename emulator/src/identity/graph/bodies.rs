//! The directory's objects as Graph writes them. It must not decide anything.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::crypto::sha1_thumbprint;
use crate::identity::directory::{
    Application, Credentials, FederatedCredential, Group, KeyCredential, Object, PasswordCredential,
    ServicePrincipal, ServicePrincipalType, User,
};

/// A user.
pub(super) fn user(user: &User) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user",
        "id": user.id,
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": null,
        "jobTitle": null,
        "mail": user.mail,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": null,
        "userPrincipalName": user.user_principal_name.as_str(),
    })
}

/// A group, which is always a security group.
pub(super) fn group(group: &Group) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.group",
        "id": group.id,
        "description": group.description,
        "displayName": group.display_name,
        "groupTypes": [],
        "mail": null,
        "mailEnabled": false,
        "mailNickname": group.mail_nickname,
        "securityEnabled": true,
    })
}

/// A registered application.
pub(super) fn application(application: &Application) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.application",
        "id": application.id,
        "appId": application.app_id,
        "createdDateTime": application.created.to_string(),
        "displayName": application.display_name,
        "identifierUris": application.identifier_uris,
        "keyCredentials": keys(&application.credentials),
        "passwordCredentials": passwords(&application.credentials),
        "publicClient": {"redirectUris": application.redirect_uris},
        "requiredResourceAccess": [],
        "signInAudience": "AzureADMyOrg",
        "web": {"redirectUris": []},
    })
}

/// A service principal, with the credentials of its application.
pub(super) fn service_principal(principal: &ServicePrincipal, application: Option<&Application>) -> Value {
    let none = Credentials::default();
    let credentials = application.map_or(&none, |application| &application.credentials);
    let uris = application.map(|application| application.identifier_uris.as_slice()).unwrap_or_default();
    let names: Vec<String> = [principal.app_id.to_string()].into_iter().chain(uris.iter().cloned()).collect();
    json!({
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": principal.id,
        "accountEnabled": true,
        "alternativeNames": principal.resource_id.iter().collect::<Vec<_>>(),
        "appDisplayName": principal.display_name,
        "appId": principal.app_id,
        "displayName": principal.display_name,
        "keyCredentials": keys(credentials),
        "passwordCredentials": passwords(credentials),
        "servicePrincipalNames": names,
        "servicePrincipalType": match principal.kind {
            ServicePrincipalType::Application => "Application",
            ServicePrincipalType::ManagedIdentity => "ManagedIdentity",
        },
        "tags": [],
    })
}

/// Any object; `application_of` finds a principal's application.
pub(super) fn object(object: &Object, application_of: impl Fn(Uuid) -> Option<Application>) -> Value {
    match object {
        Object::User(found) => user(found),
        Object::Group(found) => group(found),
        Object::Application(found) => application(found),
        Object::ServicePrincipal(found) => service_principal(found, application_of(found.app_id).as_ref()),
    }
}

/// A client secret, of which only the beginning can be read.
pub(super) fn password(credential: &PasswordCredential) -> Value {
    json!({
        "customKeyIdentifier": null,
        "displayName": credential.display_name,
        "endDateTime": credential.end.to_string(),
        "hint": credential.hint,
        "keyId": credential.key_id,
        "secretText": null,
        "startDateTime": credential.start.to_string(),
    })
}

/// A federated credential.
pub(super) fn federated(credential: &FederatedCredential) -> Value {
    json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "description": credential.description,
        "audiences": credential.audiences,
    })
}

fn passwords(credentials: &Credentials) -> Vec<Value> {
    credentials.passwords.iter().map(password).collect()
}

fn keys(credentials: &Credentials) -> Vec<Value> {
    credentials.keys.iter().map(key).collect()
}

fn key(credential: &KeyCredential) -> Value {
    json!({
        "customKeyIdentifier": STANDARD.encode(sha1_thumbprint(&credential.certificate)),
        "displayName": credential.display_name,
        "endDateTime": credential.end.to_string(),
        "key": null,
        "keyId": credential.key_id,
        "startDateTime": credential.start.to_string(),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    })
}
