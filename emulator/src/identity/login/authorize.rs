//! The browser's way in: `/authorize` gives an authorization code to the application's redirect URI.
//!
//! Nobody is asked for a password: the user is `login_hint`, or the developer. A code is only sent to this machine or to
//! a URI that the application registered, so that no web page can fetch one. Source: identity-and-control-plane.md
//! section 4.2.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode, Uri};
use uuid::Uuid;

use crate::clock::Clock;
use crate::identity::Identity;
use crate::identity::directory::{User, UserPrincipalName};
use crate::identity::entra_error::EntraError;
use crate::identity::login::codes::{Binding, Challenge, Login};
use crate::identity::login::form::Form;
use crate::identity::login::scope::{Protocol, Wanted};
use crate::identity::tokens::Audience;

/// Where native applications without a server of their own have it sent.
const NATIVE: &str = "https://login.microsoftonline.com/common/oauth2/nativeclient";

/// How parameters travel to the redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    fn of(form: &Form) -> Result<Self, EntraError> {
        match form.field("response_mode") {
            None | Some("query") => Ok(Self::Query),
            Some("fragment") => Ok(Self::Fragment),
            Some("form_post") => Ok(Self::FormPost),
            Some(other) => Err(EntraError::UnsupportedResponseMode(other.to_owned())),
        }
    }
}

impl Identity {
    /// Answers a request to `/authorize`.
    pub(super) fn authorize(&self, protocol: Protocol, form: &Form) -> Response<Bytes> {
        let checked = Self::client(form).and_then(|client| {
            self.may_ask(client)?;
            let redirect_uri = form.required("redirect_uri")?;
            self.check_redirect(client, redirect_uri)?;
            Ok((client, redirect_uri, ResponseMode::of(form)?))
        });
        let (client, redirect_uri, mode) = match checked {
            Ok(checked) => checked,
            // There is nowhere to send it: a person reads it.
            Err(error) => return self.error_page(&error),
        };
        let mut parameters = match self.log_in(protocol, form, client, redirect_uri) {
            Ok((code, user)) => self.code_parameters(form, code, &user),
            Err(error) => {
                let description = error.description(self.draw.uuid(), Clock::wall());
                vec![("error", error.row().error.to_owned()), ("error_description", description)]
            }
        };
        parameters.extend(form.field("state").map(|state| ("state", state.to_owned())));
        deliver(mode, redirect_uri, &parameters)
    }

    fn log_in(
        &self,
        protocol: Protocol,
        form: &Form,
        client: Uuid,
        redirect_uri: &str,
    ) -> Result<(String, User), EntraError> {
        let kind = form.required("response_type")?;
        if kind != "code" {
            return Err(EntraError::UnsupportedResponseType(kind.to_owned()));
        }
        let scope = form.field("scope").unwrap_or_default().to_owned();
        let audience = match protocol {
            Protocol::V1 => form.field("resource").map(Audience::resource),
            Protocol::V2 => Some(Wanted::for_user(form, protocol, None)?.audience),
        };
        let challenge = challenge(form)?;
        let user = self.user_at_the_keyboard(form.field("login_hint"))?;
        let binding = Binding {
            redirect_uri: redirect_uri.to_owned(),
            challenge,
            nonce: form.field("nonce").map(str::to_owned),
        };
        let login = Login { client, user: user.id, audience, scope, binding: Some(binding) };
        Ok((self.authorization_codes.give(login, &self.draw, Clock::wall()), user))
    }

    fn code_parameters(&self, form: &Form, code: String, user: &User) -> Vec<(&'static str, String)> {
        let mut parameters = vec![("code", code)];
        if form.field("client_info") == Some("1") {
            parameters.push(("client_info", self.tokens.client_info(user)));
        }
        parameters.push(("session_state", self.draw.uuid().to_string()));
        parameters
    }

    /// Who logs in: whom the client names, else the developer.
    pub(super) fn user_at_the_keyboard(&self, hint: Option<&str>) -> Result<User, EntraError> {
        let unknown = || EntraError::UnknownUser(self.tenant().to_string());
        match hint {
            None => Ok(self.directory().developer()),
            Some(hint) => {
                let name = UserPrincipalName::parse(hint).ok_or_else(unknown)?;
                self.directory().user_named(&name).ok_or_else(unknown)
            }
        }
    }

    /// Ends a session, of which there is none.
    pub(super) fn logout(&self, form: &Form) -> Response<Bytes> {
        match form.field("post_logout_redirect_uri").filter(|uri| is_here(uri)) {
            Some(uri) => deliver(ResponseMode::Query, uri, &[]),
            None => page(StatusCode::OK, "You signed out of your account", "You may close this window."),
        }
    }

    fn check_redirect(&self, client: Uuid, uri: &str) -> Result<(), EntraError> {
        let registered = self.directory().application_of(client).map(|application| application.redirect_uris);
        let known =
            uri == NATIVE || is_here(uri) || registered.is_some_and(|uris| uris.iter().any(|u| u == uri));
        if known { Ok(()) } else { Err(EntraError::UnregisteredRedirect { uri: uri.to_owned(), client }) }
    }

    fn error_page(&self, error: &EntraError) -> Response<Bytes> {
        let description = error.description(self.draw.uuid(), Clock::wall());
        page(StatusCode::BAD_REQUEST, "Sign in: we couldn't sign you in", &description)
    }
}

fn challenge(form: &Form) -> Result<Option<Challenge>, EntraError> {
    let Some(challenge) = form.field("code_challenge").map(str::to_owned) else { return Ok(None) };
    match form.field("code_challenge_method") {
        Some("S256") => Ok(Some(Challenge::S256(challenge))),
        None | Some("plain") => Ok(Some(Challenge::Plain(challenge))),
        Some(_) => Err(EntraError::ChallengeMethod),
    }
}

/// Whether a URI leads to this machine.
fn is_here(uri: &str) -> bool {
    let Ok(uri) = uri.parse::<Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Sends parameters to the redirect URI, in the way that the application asked for.
fn deliver(mode: ResponseMode, uri: &str, parameters: &[(&str, String)]) -> Response<Bytes> {
    if mode == ResponseMode::FormPost {
        return form_post(uri, parameters);
    }
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    let encoded =
        encoded.extend_pairs(parameters.iter().map(|(name, value)| (name, value.as_str()))).finish();
    let separator = match (mode, uri.contains('?')) {
        _ if encoded.is_empty() => "",
        (ResponseMode::Fragment, _) => "#",
        (_, true) => "&",
        (_, false) => "?",
    };
    let mut response = Response::new(Bytes::new());
    match HeaderValue::try_from(format!("{uri}{separator}{encoded}")) {
        Ok(location) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, location);
            response
        }
        Err(_) => page(StatusCode::BAD_REQUEST, "Sign in", "The redirect URI cannot be written in a header."),
    }
}

/// A page that posts the parameters on by itself.
fn form_post(uri: &str, parameters: &[(&str, String)]) -> Response<Bytes> {
    let fields: String = parameters
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\"/>", escape(value)))
        .collect();
    html(
        StatusCode::OK,
        &format!(
            "<!DOCTYPE html><html><head><title>Working...</title></head><body><form method=\"POST\" name=\"hiddenform\" action=\"{}\">{fields}<noscript><p>Script is disabled. Click Submit to continue.</p><input type=\"submit\" value=\"Submit\"/></noscript></form><script>document.forms[0].submit();</script></body></html>",
            escape(uri)
        ),
    )
}

/// A page for a person.
pub(super) fn page(status: StatusCode, title: &str, text: &str) -> Response<Bytes> {
    let (title, text) = (escape(title), escape(text));
    html(
        status,
        &format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
        ),
    )
}

fn html(status: StatusCode, text: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(text.as_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_this_machine_only() {
        for here in
            ["http://localhost:8400/", "http://localhost", "https://127.0.0.1:1/x?y", "http://[::1]:2"]
        {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in [
            "https://example.com/",
            "http://localhost.example.com",
            "http://user@example.com",
            "javascript:1",
            "/x",
            "localhost",
        ] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn nothing_that_a_client_sends_becomes_markup() {
        let page = form_post("http://localhost/\"><script>", &[("state", "'\"<>&".to_owned())]);
        let body = String::from_utf8(page.body().to_vec()).unwrap();
        assert!(body.contains("action=\"http://localhost/&quot;&gt;&lt;script&gt;\""), "{body}");
        assert!(body.contains("value=\"&#39;&quot;&lt;&gt;&amp;\""), "{body}");
    }
}
