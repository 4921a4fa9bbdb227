//! The login authority `login.microsoftonline.com`: discovery, keys, device codes, the browser's way in, tokens.
//!
//! Served on its own hosts and, by path, on this machine's names. Nobody is asked to prove more than they can: a device
//! code and a browser's login are approved at once. Source: identity-and-control-plane.md sections 4.2, 5.

mod authorize;
mod client;
pub(super) mod codes;
mod form;
mod scope;
mod token;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::hosts;
use crate::http::origin::Origin;
use crate::http::target::Target;
use crate::identity::directory::Admission;
use crate::identity::entra_error::EntraError;
use crate::identity::tokens::Audience;
use crate::identity::{Identity, answer_json};

use self::codes::Login;
use self::form::Form;
use self::scope::{Protocol, Wanted};
use self::token::Failure;

/// What a path below a tenant asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint<'a> {
    Instances,
    Configuration(Protocol),
    Keys,
    DeviceCode(Protocol),
    Authorize(Protocol),
    Token(Protocol),
    Logout,
    UserRealm(&'a str),
}

impl<'a> Endpoint<'a> {
    /// Reads a path behind its tenant.
    fn of(path: &[&'a str]) -> Option<Self> {
        Some(match path {
            ["discovery", "instance"] => Self::Instances,
            [".well-known", "openid-configuration"] => Self::Configuration(Protocol::V1),
            ["v2.0", ".well-known", "openid-configuration"] => Self::Configuration(Protocol::V2),
            ["discovery", "keys"] | ["discovery", "v2.0", "keys"] => Self::Keys,
            ["oauth2", "devicecode"] => Self::DeviceCode(Protocol::V1),
            ["oauth2", "v2.0", "devicecode"] => Self::DeviceCode(Protocol::V2),
            ["oauth2", "authorize"] => Self::Authorize(Protocol::V1),
            ["oauth2", "v2.0", "authorize"] => Self::Authorize(Protocol::V2),
            ["oauth2", "token"] => Self::Token(Protocol::V1),
            ["oauth2", "v2.0", "token"] => Self::Token(Protocol::V2),
            ["oauth2", "logout"] | ["oauth2", "v2.0", "logout"] => Self::Logout,
            ["userrealm", user] => Self::UserRealm(user),
            _ => return None,
        })
    }

    const fn methods(self) -> &'static [Method] {
        match self {
            Self::Token(_) => &[Method::POST],
            Self::DeviceCode(_) | Self::Authorize(_) | Self::Logout => &[Method::GET, Method::POST],
            Self::Instances | Self::Configuration(_) | Self::Keys | Self::UserRealm(_) => &[Method::GET],
        }
    }
}

/// Whether a path on a shared host is the login authority's.
pub(super) fn owns(parts: &Parts) -> bool {
    let target = Target::of(&parts.uri);
    matches!(target.segments().as_slice(), [_, path @ ..] if Endpoint::of(path).is_some())
}

impl Identity {
    /// Answers a request to the login authority.
    pub async fn login(&self, origin: &Origin, parts: &Parts, body: &[u8]) -> Response<Bytes> {
        let target = Target::of(&parts.uri);
        let segments = target.segments();
        let Some((tenant, path)) = segments.split_first() else { return not_found(parts) };
        let Some(endpoint) = Endpoint::of(path) else { return not_found(parts) };
        if !endpoint.methods().contains(&parts.method) {
            return wrong_method(parts);
        }
        let known = endpoint == Endpoint::Instances || self.knows(tenant);
        if !known {
            return self.refuse(&EntraError::UnknownTenant((*tenant).to_owned()));
        }
        let form = Form::of(parts, body);
        match endpoint {
            Endpoint::Instances => answer_json(StatusCode::OK, &instances(origin)),
            Endpoint::Configuration(protocol) => {
                answer_json(StatusCode::OK, &self.configuration(origin, tenant, protocol))
            }
            Endpoint::Keys => self.key_set(),
            Endpoint::DeviceCode(protocol) => match self.device_code(protocol, &form) {
                Ok(answer) => answer_json(StatusCode::OK, &answer),
                Err(error) => self.refuse(&error),
            },
            Endpoint::Authorize(protocol) => self.authorize(protocol, &form),
            Endpoint::Logout => self.logout(&form),
            Endpoint::UserRealm(user) => answer_json(StatusCode::OK, &user_realm(user)),
            Endpoint::Token(protocol) => match self.token(origin, protocol, &form).await {
                Ok(answer) => answer,
                Err(Failure::Refused(error)) => self.refuse(&error),
                Err(Failure::Fault(error)) => fault(&error),
            },
        }
    }

    /// Our tenant, its domain, in an open directory any domain (there is one tenant to resolve it to), or one of Entra's
    /// stand-ins.
    fn knows(&self, tenant: &str) -> bool {
        let stand_in = ["common", "organizations", "consumers", "adfs"].contains(&tenant);
        let domain = match self.directory().admission() {
            Admission::FirstUse => tenant.contains('.'),
            Admission::Closed => tenant.eq_ignore_ascii_case(&self.directory().default_domain()),
        };
        stand_in || domain || tenant.parse() == Ok(self.tenant())
    }

    /// `iss` of the id tokens that an origin gives.
    fn issuer(&self, origin: &Origin, protocol: Protocol) -> String {
        match protocol {
            Protocol::V1 => self.tokens.issuer(),
            Protocol::V2 => format!("{}/{}/v2.0", authority(origin), self.tenant()),
        }
    }

    fn configuration(&self, origin: &Origin, tenant: &str, protocol: Protocol) -> Value {
        let url = authority(origin);
        // Clients resolve a domain to its tenant by this answer; the stand-ins stay what they are.
        let path = if tenant.contains('.') { self.tenant().to_string() } else { tenant.to_owned() };
        let version = protocol.path();
        json!({
            "token_endpoint": format!("{url}/{path}/oauth2{version}/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "jwks_uri": format!("{url}/{path}/discovery{version}/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": self.issuer(origin, protocol),
            "request_uri_parameter_supported": false,
            "authorization_endpoint": format!("{url}/{path}/oauth2{version}/authorize"),
            "device_authorization_endpoint": format!("{url}/{path}/oauth2{version}/devicecode"),
            "http_logout_supported": true,
            "frontchannel_logout_supported": true,
            "end_session_endpoint": format!("{url}/{path}/oauth2{version}/logout"),
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
            "tenant_region_scope": null,
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        })
    }

    fn key_set(&self) -> Response<Bytes> {
        match self.tokens.key() {
            Err(error) => fault(&error),
            Ok(key) => {
                let issuer = format!("https://login.microsoftonline.com/{}/v2.0", self.tenant());
                let key = json!({
                    "kty": "RSA", "use": "sig", "kid": key.id(), "x5t": key.id(),
                    "n": key.modulus(), "e": key.exponent(), "issuer": issuer,
                });
                answer_json(StatusCode::OK, &json!({"keys": [key]}))
            }
        }
    }

    /// A device code whose user, the developer, has approved already.
    fn device_code(&self, protocol: Protocol, form: &Form) -> Result<Value, EntraError> {
        let client = Self::client(form)?;
        self.may_ask(client)?;
        let audience = match protocol {
            Protocol::V1 => form.field("resource").map(Audience::resource),
            Protocol::V2 => Some(Wanted::for_user(form, protocol, None)?.audience),
        };
        let login = Login {
            client,
            user: self.directory().developer().id,
            audience,
            scope: form.field("scope").unwrap_or_default().to_owned(),
            binding: None,
        };
        let device_code = self.device_codes.give(login, &self.draw, Clock::wall());
        let user_code: String =
            self.draw.uuid().simple().to_string().to_uppercase().chars().take(9).collect();
        let (page, lifetime) = ("https://microsoft.com/devicelogin", self.device_codes.lifetime());
        let message = format!(
            "To sign in, you would use a web browser to open the page {page} and enter the code {user_code} to authenticate. akv has approved it already: there is nothing to do."
        );
        Ok(match protocol {
            Protocol::V1 => json!({
                "user_code": user_code, "device_code": device_code, "verification_url": page,
                "expires_in": lifetime.to_string(), "interval": "1", "message": message,
            }),
            Protocol::V2 => json!({
                "user_code": user_code, "device_code": device_code, "verification_uri": page,
                "expires_in": lifetime, "interval": 1, "message": message,
            }),
        })
    }

    fn refuse(&self, error: &EntraError) -> Response<Bytes> {
        error.answer(self.draw.uuid(), Clock::wall())
    }
}

/// The URL that clients are told: the host's own; of the names that Entra had before, the present one.
fn authority(origin: &Origin) -> String {
    let host = hosts::host_of(&origin.authority);
    match hosts::LOGIN.contains(&host) {
        true => format!("https://{}", hosts::LOGIN[0]),
        false => origin.url(),
    }
}

/// identity-and-control-plane.md section 4.2: MSAL asks it after a failed token request, some always.
fn instances(origin: &Origin) -> Value {
    let mut aliases = hosts::LOGIN.to_vec();
    if !aliases.contains(&origin.authority.as_str()) {
        aliases.push(&origin.authority);
    }
    json!({
        "tenant_discovery_endpoint": format!("{}/common/v2.0/.well-known/openid-configuration", authority(origin)),
        "api-version": "1.1",
        "metadata": [{
            "preferred_network": hosts::LOGIN[0],
            "preferred_cache": "login.windows.net",
            "aliases": aliases,
        }],
    })
}

/// Section 4.2: asked before a password is sent. Every domain is managed here, none federated.
fn user_realm(user: &str) -> Value {
    let domain = user.rsplit_once('@').map_or(user, |(_, domain)| domain);
    json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": domain,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    })
}

fn not_found(parts: &Parts) -> Response<Bytes> {
    let description = format!(
        "akv: the login authority has no {} {}; the protocol's endpoints are in /TENANT/v2.0/.well-known/openid-configuration.",
        parts.method,
        parts.uri.path()
    );
    answer_json(StatusCode::NOT_FOUND, &json!({"error": "not_found", "error_description": description}))
}

fn wrong_method(parts: &Parts) -> Response<Bytes> {
    let description = format!("akv: {} is not for {}.", parts.method, parts.uri.path());
    let body = json!({"error": "invalid_request", "error_description": description});
    answer_json(StatusCode::METHOD_NOT_ALLOWED, &body)
}

/// The signing key could be neither read nor made.
pub(super) fn fault(error: &crate::error::Error) -> Response<Bytes> {
    if let crate::error::Error::Unexpected(cause) = error {
        tracing::error!(cause, "no token can be issued");
    }
    let description = "akv: no token can be issued; the cause is in the log.";
    answer_json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({"error": "server_error", "error_description": description}),
    )
}
