//! Who is calling: the challenge and the bearer token of a data plane request.
//!
//! Sources: certificates.md section 1.3, identity-and-control-plane.md section 6.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::error::Error;
use crate::http::origin::Origin;
use crate::identity::Identity;
use crate::identity::tokens::Caller;
use crate::timestamp::Timestamp;

/// `WWW-Authenticate` of every 401: comma and one blank, authorization first, the tenant as its only path segment; and
/// which claims a token must have whose session was revoked.
#[must_use]
pub fn challenge(identity: &Identity, origin: &Origin, refused: &Error) -> String {
    let challenge = format!(
        "Bearer authorization=\"https://login.microsoftonline.com/{}\", resource=\"{}\"",
        identity.tenant(),
        origin.resource()
    );
    let Error::TokenRevoked { since } = refused else { return challenge };
    let claims =
        serde_json::json!({"access_token": {"nbf": {"essential": true, "value": since.to_string()}}});
    let claims = STANDARD.encode(claims.to_string());
    format!("{challenge}, error=\"insufficient_claims\", claims=\"{claims}\"")
}

/// The token of `Authorization: Bearer TOKEN`, for whatever service.
#[must_use]
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    // `HeaderValue::to_str` looks at each byte of a thousand on its own.
    let credentials = headers.get(AUTHORIZATION)?.as_bytes();
    let credentials = std::str::from_utf8(credentials).ok().filter(|text| text.is_ascii())?;
    let (scheme, token) = credentials.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The caller that the request's token names to a vault that goes by `audiences`, at `now` by the machine's clock.
///
/// # Errors
/// 401: no token, or one that is not for this vault, not of this tenant, not signed by it or out of date.
pub fn authenticate(
    headers: &HeaderMap,
    identity: &Identity,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Caller, Error> {
    let token = bearer_token(headers).ok_or(Error::MissingToken)?;
    identity.verify_unrevoked(token, audiences, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { scheme: "https", authority: "kv.vault.localhost:8443".into() }
    }

    /// identity-and-control-plane.md section 6: the port is part of the resource, for Python and Go.
    #[test]
    fn the_challenge_follows_the_host_and_parses_in_every_sdk() {
        let challenge = challenge(&Identity::for_tests(), &origin(), &Error::MissingToken);
        assert!(
            challenge.starts_with("Bearer authorization=\"https://login.microsoftonline.com/"),
            "{challenge}"
        );
        assert!(challenge.ends_with("\", resource=\"https://vault.localhost:8443\""), "{challenge}");
        assert!(challenge.split(", ").all(|part| part.contains('=')));
    }

    #[test]
    fn what_is_no_bearer_header_is_no_token() {
        for header in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
            let (identity, audiences) = (Identity::for_tests(), ["https://vault.azure.net"]);
            let refused = authenticate(&headers, &identity, &audiences, Timestamp::default()).unwrap_err();
            assert_eq!(refused, Error::MissingToken, "{header}");
        }
    }
}
