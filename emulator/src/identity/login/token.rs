//! The token endpoint: every grant that Azure's clients use, in both versions of the protocol.
//!
//! Sources: identity-and-control-plane.md sections 4.2, 5. A request is judged as a whole before anything is signed: one
//! that is refused spends no code.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;
use crate::http::origin::Origin;
use crate::identity::directory::{Admission, Secret, User, UserPrincipalName};
use crate::identity::entra_error::EntraError;
use crate::identity::login::codes::{Login, Spent};
use crate::identity::login::form::Form;
use crate::identity::login::scope::{Protocol, Wanted};
use crate::identity::tokens::{Audience, LIFETIME, Subject, is_family_client, is_microsofts};
use crate::identity::{Identity, answer_json};
use crate::journal;
use crate::timestamp::Timestamp;

/// Why no token is given.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request is refused.
    Refused(EntraError),
    /// The signing key cannot be used.
    Fault(Error),
}

impl From<EntraError> for Failure {
    fn from(error: EntraError) -> Self {
        Self::Refused(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

/// To whom tokens are given, and which.
#[derive(Debug)]
enum Granted {
    /// To an application as itself.
    Application(Subject, Audience),
    /// To an application that acts for a user.
    User { user: User, client: Uuid, wanted: Wanted, nonce: Option<String> },
}

impl Granted {
    /// Whom the journal names.
    fn caller(&self) -> journal::Caller {
        match self {
            Self::Application(subject, _) => subject.into(),
            Self::User { user, client, .. } => journal::Caller { oid: user.id, appid: Some(*client) },
        }
    }
}

/// The answer: version 1 writes its numbers as text and repeats the resource.
#[derive(Debug, Default, Serialize)]
struct Answer {
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    expires_in: Number,
    ext_expires_in: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foci: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    Text(String),
}

impl Default for Number {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Number {
    fn of(value: i64, protocol: Protocol) -> Self {
        match protocol {
            Protocol::V1 => Self::Text(value.to_string()),
            Protocol::V2 => Self::Number(value),
        }
    }
}

impl Identity {
    /// Answers a request for tokens.
    pub(super) async fn token(
        &self,
        origin: &Origin,
        protocol: Protocol,
        form: &Form,
    ) -> Result<Response<Bytes>, Failure> {
        let now = Clock::wall();
        let granted = self.grant(form, protocol, now)?;
        let issuer = self.issuer(origin, protocol);
        let caller = granted.caller();
        let tokens = Arc::clone(&self.tokens);
        let signed = tokio::task::spawn_blocking(move || {
            let answer = match granted {
                Granted::Application(subject, audience) => {
                    let token = tokens.issue(&subject, &audience, now)?;
                    Answer { access_token: token.text, ..Answer::blank(&audience, protocol, now) }
                }
                Granted::User { user, client, wanted, nonce } => {
                    let client_info = Some(tokens.client_info(&user));
                    let subject = Subject::User(user.clone(), client);
                    let id_token = match wanted.identify {
                        true => Some(tokens.identify(&user, client, &issuer, nonce, now)?),
                        false => None,
                    };
                    let refresh_token = match wanted.refresh {
                        true => Some(tokens.refresh_token(&user, client, now)?),
                        false => None,
                    };
                    Answer {
                        access_token: tokens.issue(&subject, &wanted.audience, now)?.text,
                        foci: (refresh_token.is_some() && is_family_client(client)).then_some("1"),
                        scope: Some(wanted.scope),
                        refresh_token,
                        id_token,
                        client_info,
                        ..Answer::blank(&wanted.audience, protocol, now)
                    }
                }
            };
            Ok::<_, Error>(answer)
        });
        let answer = signed.await.map_err(|error| Error::Unexpected(error.to_string()))??;
        let mut response = answer_json(StatusCode::OK, &answer);
        response.extensions_mut().insert(caller);
        Ok(response)
    }

    /// Judges a request.
    fn grant(&self, form: &Form, protocol: Protocol, now: Timestamp) -> Result<Granted, EntraError> {
        let grant = form.required("grant_type")?;
        let client = Self::client(form)?;
        if grant == "client_credentials" {
            return self.application(form, protocol, client, now);
        }
        self.may_ask(client)?;
        let proof = self.prove(form, client, now)?;
        match grant {
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
                self.device(form, protocol, client, now)
            }
            "authorization_code" => self.code(form, protocol, client, now),
            "refresh_token" => self.refresh(form, protocol, client, now),
            "password" => self.password(form, protocol, client),
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                proof.ok_or(EntraError::MissingConfidentialCredential)?;
                self.on_behalf_of(form, protocol, client, now)
            }
            other => Err(EntraError::UnsupportedGrant(other.to_owned())),
        }
    }

    /// An application as itself.
    fn application(
        &self,
        form: &Form,
        protocol: Protocol,
        client: Uuid,
        now: Timestamp,
    ) -> Result<Granted, EntraError> {
        let proof = self.prove(form, client, now)?.ok_or(EntraError::MissingCredential)?;
        let audience = Wanted::for_application(form, protocol)?;
        let principal = self.directory().service_principal_of(client);
        let principal = principal.ok_or_else(|| EntraError::UnknownApplication(client.to_string()))?;
        Ok(Granted::Application(Subject::ServicePrincipal(principal, proof), audience))
    }

    /// Whether an application may act for users: Microsoft's own may, and in an open directory everybody's.
    pub(super) fn may_ask(&self, client: Uuid) -> Result<(), EntraError> {
        let known = self.directory().admission() == Admission::FirstUse
            || is_microsofts(client)
            || self.directory().application_of(client).is_some();
        if known { Ok(()) } else { Err(EntraError::UnknownApplication(client.to_string())) }
    }

    /// A device code, once its user has spoken.
    fn device(
        &self,
        form: &Form,
        protocol: Protocol,
        client: Uuid,
        now: Timestamp,
    ) -> Result<Granted, EntraError> {
        // Version 1 calls it `code`.
        let code = form.field("device_code").or_else(|| form.field("code"));
        let code = code.ok_or(EntraError::MissingParameter("device_code"))?;
        let spent = |spent| match spent {
            Spent::Expired => EntraError::ExpiredDeviceCode,
            Spent::Unknown | Spent::Redeemed => EntraError::UnknownDeviceCode,
        };
        let fits = |login: &Login| match login.client == client {
            true => Ok(()),
            false => Err(EntraError::UnknownDeviceCode),
        };
        let login = self.device_codes.redeem(code, now, spent, fits)?;
        self.logged_in(form, protocol, login)
    }

    /// An authorization code, with what it is bound to.
    fn code(
        &self,
        form: &Form,
        protocol: Protocol,
        client: Uuid,
        now: Timestamp,
    ) -> Result<Granted, EntraError> {
        let code = form.required("code")?;
        let redirect_uri = form.required("redirect_uri")?;
        let verifier = form.field("code_verifier");
        let fits = |login: &Login| {
            let binding = login.binding.as_ref().filter(|_| login.client == client);
            let binding = binding.ok_or(EntraError::InvalidGrant)?;
            if binding.redirect_uri != redirect_uri {
                let (found, expected) = (redirect_uri.to_owned(), binding.redirect_uri.clone());
                return Err(EntraError::RedirectMismatch { found, expected });
            }
            match binding.challenge.as_ref().is_none_or(|challenge| challenge.is_met_by(verifier)) {
                true => Ok(()),
                false => Err(EntraError::CodeVerifier),
            }
        };
        let spent = |spent| match spent {
            Spent::Expired => EntraError::ExpiredCode,
            Spent::Redeemed => EntraError::RedeemedCode,
            Spent::Unknown => EntraError::InvalidGrant,
        };
        let login = self.authorization_codes.redeem(code, now, spent, fits)?;
        self.logged_in(form, protocol, login)
    }

    /// The user of a code that was redeemed.
    fn logged_in(&self, form: &Form, protocol: Protocol, login: Login) -> Result<Granted, EntraError> {
        let earlier = login.audience.as_ref().map(|audience| (audience, login.scope.as_str()));
        let wanted = Wanted::for_user(form, protocol, earlier)?;
        let user = self.directory().user(login.user).ok_or(EntraError::InvalidGrant)?;
        let nonce = login.binding.and_then(|binding| binding.nonce);
        Ok(Granted::User { user, client: login.client, wanted, nonce })
    }

    /// A refresh token: ours, of this client or of its family, whatever process gave it out.
    fn refresh(
        &self,
        form: &Form,
        protocol: Protocol,
        client: Uuid,
        now: Timestamp,
    ) -> Result<Granted, EntraError> {
        let token = self.tokens.read_refresh_token(form.required("refresh_token")?, now)?;
        if token.client != client && !(is_family_client(token.client) && is_family_client(client)) {
            return Err(EntraError::InvalidGrant);
        }
        let name = UserPrincipalName::parse(&token.name).ok_or(EntraError::InvalidGrant)?;
        let user = self.directory().user_again(token.user, &name);
        let user = user.ok_or_else(|| EntraError::UnknownUser(self.tenant().to_string()))?;
        let default = Audience::resource("https://graph.microsoft.com");
        let earlier = (protocol == Protocol::V2).then_some((&default, "openid profile offline_access"));
        let wanted = Wanted { refresh: true, ..Wanted::for_user(form, protocol, earlier)? };
        Ok(Granted::User { user, client, wanted, nonce: None })
    }

    /// A user's name and password. Whoever was created with a password has to give it; of others any is right.
    fn password(&self, form: &Form, protocol: Protocol, client: Uuid) -> Result<Granted, EntraError> {
        let unknown = || EntraError::UnknownUser(self.tenant().to_string());
        let (name, password) = (form.required("username")?, form.required("password")?);
        let wanted = Wanted::for_user(form, protocol, None)?;
        let name = UserPrincipalName::parse(name).ok_or_else(unknown)?;
        let user = self.directory().user_named(&name).ok_or_else(unknown)?;
        match user.password.as_ref().is_none_or(|right| *right == Secret::of(password)) {
            true => Ok(Granted::User { user, client, wanted, nonce: None }),
            false => Err(EntraError::WrongPassword),
        }
    }

    /// A user's token for the application, by which it goes on to another service as that user.
    fn on_behalf_of(
        &self,
        form: &Form,
        protocol: Protocol,
        client: Uuid,
        now: Timestamp,
    ) -> Result<Granted, EntraError> {
        if form.required("requested_token_use")? != "on_behalf_of" {
            return Err(EntraError::UnsupportedGrant(
                "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned(),
            ));
        }
        let user = self.tokens.user_of(form.required("assertion")?, now)?;
        let user = self.directory().user(user).ok_or(EntraError::InvalidUserAssertion)?;
        let wanted = Wanted::for_user(form, protocol, None)?;
        Ok(Granted::User { user, client, wanted, nonce: None })
    }
}

impl Answer {
    fn blank(audience: &Audience, protocol: Protocol, now: Timestamp) -> Self {
        let v1 = |value| (protocol == Protocol::V1).then(|| Number::of(value, protocol));
        Self {
            token_type: "Bearer",
            expires_in: Number::of(LIFETIME, protocol),
            ext_expires_in: Number::of(LIFETIME, protocol),
            expires_on: v1(now.seconds() + LIFETIME),
            not_before: v1(now.seconds()),
            resource: (protocol == Protocol::V1).then(|| audience.as_str().to_owned()),
            ..Self::default()
        }
    }
}
