//! What a login yields beside the access token: the id token, the refresh token, `client_info`.
//!
//! A refresh token is signed by us and says whose it is, so that it outlives a restart and no table of them grows. To
//! its holder it is an opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

use super::{Claims, LIFETIME, SKEW, Tokens};
use crate::error::Error;
use crate::identity::directory::User;
use crate::identity::entra_error::EntraError;
use crate::timestamp::Timestamp;

/// How long a refresh token is good, in seconds: ninety days, as Entra's.
const REFRESH_LIFETIME: i64 = 90 * 86_400;
/// `aud` of a refresh token: nobody but the token endpoint takes one.
const REFRESH_AUDIENCE: &str = "urn:akv:refresh";

/// Microsoft's applications that share refresh tokens.
const FAMILY: [Uuid; 5] = [
    super::AZURE_CLI,
    // Azure PowerShell, Visual Studio Code, Visual Studio, Azure Developer CLI's developer credential.
    uuid!("1950a258-227b-4e31-a9cf-717495945fc2"),
    uuid!("aebc6443-996d-45c2-90f0-388ff96faa56"),
    uuid!("872cd9fa-d31f-45e0-9eab-6e460a02d1f1"),
    uuid!("51f81489-12ee-4a9e-aaae-a2591f45987d"),
];

/// Whether an application shares refresh tokens with others: `foci`.
#[must_use]
pub fn is_family_client(client: Uuid) -> bool {
    FAMILY.contains(&client)
}

/// Whether an application is Microsoft's own, so that every tenant knows it.
#[must_use]
pub fn is_microsofts(client: Uuid) -> bool {
    is_family_client(client)
}

/// What a refresh token says.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RefreshToken {
    aud: String,
    exp: i64,
    /// Object id of the user.
    pub user: Uuid,
    /// Their name, for a directory that has forgotten them.
    pub name: String,
    /// The application that got it.
    pub client: Uuid,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    aud: Uuid,
    iss: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    oid: Uuid,
    preferred_username: &'a str,
    sub: String,
    tid: Uuid,
    unique_name: &'a str,
    upn: &'a str,
    uti: Uuid,
    ver: &'static str,
}

impl Tokens {
    /// Who `user` is, told to the application `client` by `issuer`.
    ///
    /// # Errors
    /// If the signing key can be neither read nor made.
    pub fn identify(
        &self,
        user: &User,
        client: Uuid,
        issuer: &str,
        nonce: Option<String>,
        now: Timestamp,
    ) -> Result<String, Error> {
        let name = user.user_principal_name.as_str();
        let claims = IdClaims {
            aud: client,
            iss: issuer,
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.seconds() + LIFETIME,
            name: &user.display_name,
            nonce,
            oid: user.id,
            preferred_username: name,
            // A user has another `sub` for each application.
            sub: URL_SAFE_NO_PAD.encode(Uuid::new_v5(&client, user.id.as_bytes())),
            tid: self.tenant,
            unique_name: name,
            upn: name,
            uti: Uuid::new_v5(&user.id, &now.millis().to_be_bytes()),
            ver: if issuer.ends_with("/v2.0") { "2.0" } else { "1.0" },
        };
        self.sign(&claims)
    }

    /// By what MSAL keeps accounts apart.
    #[must_use]
    pub fn client_info(&self, user: &User) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!({"uid": user.id, "utid": self.tenant}).to_string())
    }

    /// A refresh token for `user` through the application `client`.
    ///
    /// # Errors
    /// If the signing key can be neither read nor made.
    pub fn refresh_token(&self, user: &User, client: Uuid, now: Timestamp) -> Result<String, Error> {
        self.sign(&RefreshToken {
            aud: REFRESH_AUDIENCE.to_owned(),
            exp: now.seconds() + REFRESH_LIFETIME,
            user: user.id,
            name: user.user_principal_name.to_string(),
            client,
        })
    }

    /// What a refresh token says.
    ///
    /// # Errors
    /// If it is none of ours, or out of date.
    pub fn read_refresh_token(&self, token: &str, now: Timestamp) -> Result<RefreshToken, EntraError> {
        let key = self.key().map_err(|_| EntraError::InvalidGrant)?;
        let token: RefreshToken = key.verify(token).map_err(|_| EntraError::InvalidGrant)?;
        if token.aud != REFRESH_AUDIENCE {
            Err(EntraError::InvalidGrant)
        } else if now.seconds() >= token.exp {
            Err(EntraError::ExpiredRefreshToken)
        } else {
            Ok(token)
        }
    }

    /// The user whom an access token of ours names, to whomever.
    ///
    /// # Errors
    /// If it is none of ours, out of date, or an application's.
    pub fn user_of(&self, token: &str, now: Timestamp) -> Result<Uuid, EntraError> {
        let key = self.key().map_err(|_| EntraError::InvalidUserAssertion)?;
        let claims: Claims = key.verify(token).map_err(|_| EntraError::InvalidUserAssertion)?;
        if *claims.iss != *self.issuer() || now.seconds() > claims.exp + SKEW {
            Err(EntraError::InvalidUserAssertion)
        } else if claims.idtyp != "user" {
            Err(EntraError::NoUserInAssertion)
        } else {
            Ok(claims.oid)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::DEFAULT_TENANT;
    use crate::identity::directory::{Directory, Rules};
    use crate::identity::tokens::{AZURE_CLI, Audience, Subject};
    use crate::keystore::KeyStore;

    #[test]
    fn a_refresh_token_is_good_for_ninety_days_and_nothing_else_is_one() {
        let tokens = Tokens::new(DEFAULT_TENANT, KeyStore::Memory);
        let user = Directory::new(DEFAULT_TENANT, Rules::default()).developer();
        let at = Timestamp::from_seconds;
        let token = tokens.refresh_token(&user, AZURE_CLI, at(0)).unwrap();
        let read = |token: &str, now| tokens.read_refresh_token(token, at(now)).map(|token| token.user);
        assert_eq!(read(&token, REFRESH_LIFETIME - 1), Ok(user.id));
        assert_eq!(read(&token, REFRESH_LIFETIME), Err(EntraError::ExpiredRefreshToken));
        assert_eq!(read("anything", 0), Err(EntraError::InvalidGrant));
        let subject = Subject::User(user.clone(), AZURE_CLI);
        let access = tokens.issue(&subject, &Audience::resource(REFRESH_AUDIENCE), at(0)).unwrap().text;
        assert_eq!(read(&access, 0), Err(EntraError::InvalidGrant));
        assert_eq!(tokens.user_of(&access, at(0)), Ok(user.id));
        assert_eq!(tokens.user_of(&token, at(0)), Err(EntraError::InvalidUserAssertion));
        let late = at(LIFETIME + SKEW + 1);
        assert_eq!(tokens.user_of(&access, late), Err(EntraError::InvalidUserAssertion));
    }
}
