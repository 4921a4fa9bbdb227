//! Applications, their credentials and their service principals.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::refusal::GraphError;
use super::{Call, Reply, bodies, list};
use crate::crypto::ParsedCertificate;
use crate::identity::directory::{
    Application, FederatedCredential, KeyCredential, Object, PasswordCredential, Refusal, Secret,
};
use crate::timestamp::Timestamp;

/// What a client says of an application.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    display_name: Option<String>,
    identifier_uris: Option<Vec<String>>,
    key_credentials: Option<Vec<KeyProperties>>,
    web: Option<Redirects>,
    spa: Option<Redirects>,
    public_client: Option<Redirects>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Redirects {
    redirect_uris: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyProperties {
    key_id: Option<Uuid>,
    display_name: Option<String>,
    key: Option<String>,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PasswordProperties {
    display_name: Option<String>,
    start_date_time: Option<String>,
    end_date_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AddPassword {
    password_credential: PasswordProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemovePassword {
    key_id: Uuid,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppId {
    app_id: Uuid,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FederatedProperties {
    name: String,
    issuer: String,
    subject: String,
    description: Option<String>,
    audiences: Vec<String>,
}

impl Call<'_> {
    pub(super) fn applications(&self, method: &Method, path: &[&str]) -> Result<Reply, GraphError> {
        match (method, path) {
            (&Method::GET, []) => {
                let all = self.directory.applications().into_iter().map(Object::Application);
                Ok(Reply::Found(self.list_of(all, &self.filter()?)))
            }
            (&Method::POST, []) => self.register(),
            (_, [key, rest @ ..]) => self.application(method, &self.application_keyed(key)?, rest),
            _ => Err(self.not_emulated(method, &["applications"])),
        }
    }

    /// An application by its object id, or by `appId=`.
    fn application_keyed(&self, key: &str) -> Result<Application, GraphError> {
        let found = match key.strip_prefix("appId=") {
            Some(app_id) => app_id.parse().ok().and_then(|app_id| self.directory.application_of(app_id)),
            None => match key.parse().ok().and_then(|id| self.directory.object(id)) {
                Some(Object::Application(application)) => Some(application),
                _ => None,
            },
        };
        found.ok_or_else(|| GraphError::NotFound(key.to_owned()))
    }

    fn application(
        &self,
        method: &Method,
        application: &Application,
        rest: &[&str],
    ) -> Result<Reply, GraphError> {
        match (method, rest) {
            (&Method::GET, []) => Ok(Reply::Found(self.selected(&Object::Application(application.clone())))),
            (&Method::PATCH, []) => {
                let properties: Properties = self.body()?;
                let keys = self.keys(properties.key_credentials.as_deref(), Some(application))?;
                self.change(application.id, |application| properties.apply(keys, application))
            }
            (&Method::DELETE, []) => self.remove(application.id),
            (&Method::GET, ["owners"]) => Ok(Reply::Found(list(Vec::new()))),
            (&Method::POST, ["owners", "$ref"]) => Ok(Reply::Done),
            (&Method::POST, ["addPassword"]) => self.add_password(application.id),
            (&Method::POST, ["removePassword"]) => self.remove_password(application.id),
            (_, ["federatedIdentityCredentials", rest @ ..]) => self.federated(method, application, rest),
            _ => Err(self.not_emulated(method, rest)),
        }
    }

    fn register(&self) -> Result<Reply, GraphError> {
        let properties: Properties = self.body()?;
        let name = properties.display_name.clone().filter(|name| !name.is_empty());
        let name = name.ok_or(GraphError::MissingMember("displayName", "Application"))?;
        let keys = self.keys(properties.key_credentials.as_deref(), None)?;
        let registered = self.directory.register(name, Vec::new(), self.now)?;
        self.change(registered.id, |application| properties.apply(keys, application))?;
        let registered = self.application_keyed(&registered.id.to_string())?;
        Ok(Reply::Created(bodies::application(&registered)))
    }

    /// Certificates from what a client sends; one that it only names by its id stays as it is.
    fn keys(
        &self,
        sent: Option<&[KeyProperties]>,
        application: Option<&Application>,
    ) -> Result<Option<Vec<KeyCredential>>, GraphError> {
        let Some(sent) = sent else { return Ok(None) };
        let known = |id: Option<Uuid>| {
            let keys = application.map(|application| application.credentials.keys.as_slice());
            keys.unwrap_or_default().iter().find(|key| Some(key.key_id) == id).cloned()
        };
        let read = sent.iter().map(|key| match (&key.key, known(key.key_id)) {
            (None, Some(known)) => Ok(known),
            (Some(text), _) => self.key(key, text),
            (None, None) => Err(GraphError::InvalidMember("keyCredentials")),
        });
        read.collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn key(&self, sent: &KeyProperties, text: &str) -> Result<KeyCredential, GraphError> {
        let wrong = || GraphError::InvalidMember("keyCredentials");
        let text: String = text.split_whitespace().collect();
        let certificate = STANDARD.decode(text).map_err(|_| wrong())?;
        let parsed = ParsedCertificate::from_der(&certificate).map_err(|_| wrong())?;
        Ok(KeyCredential {
            key_id: sent.key_id.unwrap_or_else(|| self.draw.uuid()),
            display_name: sent.display_name.clone(),
            certificate,
            start: instant(sent.start_date_time.as_deref(), "keyCredentials")?.unwrap_or(parsed.not_before),
            end: instant(sent.end_date_time.as_deref(), "keyCredentials")?.unwrap_or(parsed.not_after),
        })
    }

    fn add_password(&self, application: Uuid) -> Result<Reply, GraphError> {
        let AddPassword { password_credential: sent } =
            if self.body.is_empty() { AddPassword::default() } else { self.body()? };
        let start = instant(sent.start_date_time.as_deref(), "passwordCredential")?.unwrap_or(self.now);
        let end = instant(sent.end_date_time.as_deref(), "passwordCredential")?;
        let drawn = format!("{}{}", self.draw.uuid().simple(), self.draw.uuid().simple());
        let (hint, rest) = drawn.split_at(3);
        let text = format!("{hint}8Q~{}", rest.get(..34).unwrap_or(rest));
        let credential = PasswordCredential {
            key_id: self.draw.uuid(),
            display_name: sent.display_name,
            hint: hint.to_owned(),
            secret: Secret::of(&text),
            start,
            end: end.unwrap_or_else(|| self.now.plus_months(24)),
        };
        let mut shown = bodies::password(&credential);
        self.change(application, |application| application.credentials.passwords.push(credential))?;
        shown["secretText"] = json!(text);
        Ok(Reply::Found(shown))
    }

    fn remove_password(&self, application: Uuid) -> Result<Reply, GraphError> {
        let RemovePassword { key_id } = self.body()?;
        self.change(application, |application| {
            application.credentials.passwords.retain(|password| password.key_id != key_id);
        })
    }

    fn federated(
        &self,
        method: &Method,
        application: &Application,
        rest: &[&str],
    ) -> Result<Reply, GraphError> {
        let named = |key: &str| {
            let all = &application.credentials.federated;
            let found = all.iter().find(|found| found.name == key || found.id.to_string() == key);
            found.cloned().ok_or_else(|| GraphError::NotFound(key.to_owned()))
        };
        match (method, rest) {
            (&Method::GET, []) => {
                let all = application.credentials.federated.iter().map(bodies::federated).collect();
                Ok(Reply::Found(list(all)))
            }
            (&Method::GET, [key]) => Ok(Reply::Found(bodies::federated(&named(key)?))),
            (&Method::POST, []) => {
                let sent: FederatedProperties = self.body()?;
                if named(&sent.name).is_ok() {
                    return Err(GraphError::Taken("name"));
                }
                let FederatedProperties { name, issuer, subject, description, audiences } = sent;
                let id = self.draw.uuid();
                let made = FederatedCredential { id, name, issuer, subject, description, audiences };
                let shown: Value = bodies::federated(&made);
                self.change(application.id, |application| application.credentials.federated.push(made))?;
                Ok(Reply::Created(shown))
            }
            (&Method::DELETE, [key]) => {
                let gone = named(key)?.id;
                self.change(application.id, |application| {
                    application.credentials.federated.retain(|credential| credential.id != gone);
                })
            }
            _ => Err(self.not_emulated(method, rest)),
        }
    }

    fn change(&self, id: Uuid, change: impl FnOnce(&mut Application)) -> Result<Reply, GraphError> {
        self.directory.change(id, |object| match object {
            Object::Application(application) => {
                change(application);
                Ok(())
            }
            _ => Err(Refusal::NotFound(id)),
        })?;
        Ok(Reply::Done)
    }

    pub(super) fn service_principals(&self, method: &Method, path: &[&str]) -> Result<Reply, GraphError> {
        match (method, path) {
            (&Method::GET, []) => {
                let filter = self.filter()?;
                for id in filter.texts_of("servicePrincipalNames").chain(filter.texts_of("appId")) {
                    id.parse().ok().and_then(|id| self.directory.service_principal_of(id));
                }
                let all = self.directory.service_principals().into_iter().map(Object::ServicePrincipal);
                Ok(Reply::Found(self.list_of(all, &filter)))
            }
            (&Method::POST, []) => {
                let AppId { app_id } = self.body()?;
                let made = self.directory.create_service_principal(app_id)?;
                Ok(Reply::Created(self.shown(&Object::ServicePrincipal(made))))
            }
            (_, [key, rest @ ..]) => self.service_principal(method, key, rest),
            _ => Err(self.not_emulated(method, &["servicePrincipals"])),
        }
    }

    fn service_principal(&self, method: &Method, key: &str, rest: &[&str]) -> Result<Reply, GraphError> {
        let found = match key.strip_prefix("appId=") {
            Some(app_id) => app_id.parse().ok().and_then(|id| self.directory.service_principal_of(id)),
            None => key.parse().ok().and_then(|id| self.directory.service_principal(id)),
        };
        let principal = found.ok_or_else(|| GraphError::NotFound(key.to_owned()))?;
        match (method, rest) {
            (&Method::GET, []) => Ok(Reply::Found(self.selected(&Object::ServicePrincipal(principal)))),
            (&Method::DELETE, []) => self.remove(principal.id),
            (&Method::GET, ["owners"]) => Ok(Reply::Found(list(Vec::new()))),
            // Its secrets are its application's: here they are one.
            (&Method::POST, ["addPassword" | "removePassword"]) => {
                let key = format!("appId={}", principal.app_id);
                self.application(method, &self.application_keyed(&key)?, rest)
            }
            _ => self.members_of(method, principal.id, rest),
        }
    }
}

impl Properties {
    fn apply(self, keys: Option<Vec<KeyCredential>>, application: &mut Application) {
        if let Some(name) = self.display_name {
            application.display_name = name;
        }
        if let Some(uris) = self.identifier_uris {
            application.identifier_uris = uris;
        }
        if let Some(keys) = keys {
            application.credentials.keys = keys;
        }
        let redirects = [self.web, self.spa, self.public_client].into_iter().flatten();
        for uri in redirects.flat_map(|redirects| redirects.redirect_uris) {
            if !application.redirect_uris.contains(&uri) {
                application.redirect_uris.push(uri);
            }
        }
    }
}

/// A time as Graph writes it.
fn instant(text: Option<&str>, member: &'static str) -> Result<Option<Timestamp>, GraphError> {
    text.map(|text| Timestamp::parse(text).map_err(|_| GraphError::InvalidMember(member))).transpose()
}
