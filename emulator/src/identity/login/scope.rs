//! What a request for tokens asks for: `scope` of version 2, `resource` of version 1.
//!
//! Source: identity-and-control-plane.md section 4.2. It must not know who asks.

use crate::identity::entra_error::EntraError;
use crate::identity::login::form::Form;
use crate::identity::tokens::Audience;

/// Which form of the protocol a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// `/oauth2/..`, with `resource`.
    V1,
    /// `/oauth2/v2.0/..`, with `scope`.
    V2,
}

impl Protocol {
    /// What stands behind `/oauth2` in its paths.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::V1 => "",
            Self::V2 => "/v2.0",
        }
    }
}

/// Scopes that ask for no access to a resource.
const OPENID: [&str; 4] = ["openid", "profile", "offline_access", "email"];
/// Whose scopes go without a resource in front.
const GRAPH: &str = "https://graph.microsoft.com";

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Whom the access token is for.
    pub(super) audience: Audience,
    /// `scope` of the answer.
    pub(super) scope: String,
    /// Whether an id token is wanted.
    pub(super) identify: bool,
    /// Whether a refresh token is wanted.
    pub(super) refresh: bool,
}

impl Wanted {
    /// What a user's request asks for; `earlier` are the scopes of the request that it completes.
    ///
    /// # Errors
    /// If it names no resource, or several.
    pub(super) fn for_user(
        form: &Form,
        protocol: Protocol,
        earlier: Option<(&Audience, &str)>,
    ) -> Result<Self, EntraError> {
        if protocol == Protocol::V1 {
            let resource = form.field("resource").map(Audience::resource);
            let audience = resource.or_else(|| earlier.map(|(audience, _)| audience.clone()));
            let audience = audience.ok_or(EntraError::MissingParameter("resource"))?;
            return Ok(Self {
                audience,
                scope: "user_impersonation".to_owned(),
                identify: true,
                refresh: true,
            });
        }
        let scope = form.field("scope").or_else(|| earlier.map(|(_, scope)| scope));
        let scope = scope.ok_or(EntraError::MissingParameter("scope"))?;
        let asked = |name: &str| scope.split_whitespace().any(|scope| scope == name);
        let (audience, granted) = access(scope)?;
        let also = OPENID.iter().filter(|name| **name != "offline_access" && asked(name));
        let scope = also.fold(granted, |scope, name| format!("{scope} {name}"));
        Ok(Self { audience, scope, identify: asked("openid"), refresh: asked("offline_access") })
    }

    /// What an application asks for as itself.
    ///
    /// # Errors
    /// If it names no resource, or a scope that is not `.default`.
    pub(super) fn for_application(form: &Form, protocol: Protocol) -> Result<Audience, EntraError> {
        if let Some(resource) = form.field("resource") {
            return Ok(Audience::resource(resource));
        }
        if protocol == Protocol::V1 {
            return Err(EntraError::MissingParameter("resource"));
        }
        let scope = form.required("scope")?;
        let mut resources = scope.split_whitespace().filter(|scope| !OPENID.contains(scope));
        let resource = resources.next().ok_or_else(|| EntraError::InvalidScope(scope.to_owned()))?;
        match resource.strip_suffix("/.default").filter(|resource| !resource.is_empty()) {
            Some(resource) => Ok(Audience::resource(resource)),
            None => Err(EntraError::NotDefaultScope(scope.to_owned())),
        }
    }
}

/// The one resource that `scope` names, Graph if it names none, and the scopes of it that are granted.
fn access(scope: &str) -> Result<(Audience, String), EntraError> {
    let wrong = || EntraError::InvalidScope(scope.to_owned());
    let mut resource: Option<&str> = None;
    let mut granted = Vec::new();
    for part in scope.split_whitespace().filter(|part| !OPENID.contains(part)) {
        // The name of a permission is what stands behind the last slash; what stands before is kept exactly.
        let (of, permission) = part.rsplit_once('/').unwrap_or((GRAPH, part));
        if of.is_empty() || of.ends_with(":/") || permission.is_empty() {
            return Err(wrong());
        }
        if resource.is_some_and(|earlier| earlier != of) {
            return Err(EntraError::SeveralResources(scope.to_owned()));
        }
        resource = Some(of);
        if permission == ".default" {
            granted.push(format!("{of}/user_impersonation"));
        }
        granted.push(format!("{of}/{permission}"));
    }
    if granted.is_empty() {
        granted.push(format!("{GRAPH}/User.Read"));
    }
    Ok((Audience::resource(resource.unwrap_or(GRAPH)), granted.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(form: &str) -> Result<Wanted, EntraError> {
        Wanted::for_user(&Form::parse(form.as_bytes()), Protocol::V2, None)
    }

    /// Section 4.2: az asks with two slashes, and the audience keeps one of them.
    #[test]
    fn the_audience_is_what_stands_before_the_permission_exactly() {
        let az = user("scope=https://management.core.windows.net//.default+offline_access+openid+profile")
            .unwrap();
        assert_eq!(az.audience.as_str(), "https://management.core.windows.net/");
        assert_eq!(
            az.scope,
            "https://management.core.windows.net//user_impersonation https://management.core.windows.net//.default openid profile"
        );
        assert!(az.identify && az.refresh);
        let named = user("scope=https://vault.azure.net/user_impersonation").unwrap();
        assert_eq!(
            (named.audience.as_str(), named.identify, named.refresh),
            ("https://vault.azure.net", false, false)
        );
        assert_eq!(user("scope=User.Read").unwrap().audience.as_str(), GRAPH);
        assert_eq!(user("scope=openid").unwrap().audience.as_str(), GRAPH);
    }

    #[test]
    fn a_scope_names_one_resource() {
        for (form, error) in [
            (
                "scope=https://a.b/.default+https://c.d/x",
                EntraError::SeveralResources("https://a.b/.default https://c.d/x".into()),
            ),
            ("scope=/.default", EntraError::InvalidScope("/.default".into())),
            ("scope=https://vault.azure.net", EntraError::InvalidScope("https://vault.azure.net".into())),
            ("scope=", EntraError::MissingParameter("scope")),
        ] {
            assert_eq!(user(form), Err(error), "{form}");
        }
    }

    #[test]
    fn an_application_asks_for_default_alone() {
        let application =
            |protocol, form: &str| Wanted::for_application(&Form::parse(form.as_bytes()), protocol);
        let vault = Audience::resource("https://vault.azure.net");
        assert_eq!(application(Protocol::V2, "scope=https://vault.azure.net/.default"), Ok(vault.clone()));
        assert_eq!(application(Protocol::V1, "resource=https://vault.azure.net"), Ok(vault));
        let refused = application(Protocol::V2, "scope=https://vault.azure.net/x");
        assert_eq!(refused, Err(EntraError::NotDefaultScope("https://vault.azure.net/x".into())));
        assert_eq!(application(Protocol::V2, "scope=openid"), Err(EntraError::InvalidScope("openid".into())));
        assert_eq!(application(Protocol::V1, "scope=x"), Err(EntraError::MissingParameter("resource")));
    }
}
