//! Access tokens: issued for any audience, verified as the data plane does.
//!
//! The signing key is kept, because clients cache tokens across a restart (identity-and-control-plane.md P2). Times are
//! the machine's, not the vaults': clients judge a token by their own clocks.

mod claims;
mod session;
mod verified;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::claims::Claims;
pub use self::session::{RefreshToken, is_family_client, is_microsofts};
use self::verified::Verified;
use crate::crypto::generate_pem;
use crate::crypto::jwt::{self, TokenKey};
use crate::error::Error;
use crate::identity::Acceptance;
use crate::identity::directory::{ServicePrincipal, User, developer_id};
use crate::journal;
use crate::keystore::{Kept, KeyStore};
use crate::timestamp::Timestamp;

/// How long a token is good for, in seconds: an hour less a second, as Entra's.
pub const LIFETIME: i64 = 3599;
/// How far clocks may differ, in seconds.
pub(super) const SKEW: i64 = 300;

/// The client id of the Azure CLI, by which a developer is taken to have come who shows no token of ours.
pub const AZURE_CLI: Uuid = Uuid::from_u128(0x04b0_7795_8ddb_461a_bbee_02f9_e1bf_7b46);

/// What kind of principal holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerType {
    /// A person, through whatever application.
    User,
    /// An application as itself.
    Application,
    /// A managed identity.
    ManagedIdentity,
}

/// Somebody who holds a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Object id in the directory: what permissions are given to.
    pub object_id: Uuid,
    /// Client id of the application that got the token; a service principal's own.
    pub app_id: Uuid,
    /// Object ids of the groups they belong to now, directly or through groups.
    pub groups: Vec<Uuid>,
    /// What kind of principal.
    pub kind: CallerType,
    /// `iss` of the token, which refusals name.
    pub issuer: Arc<str>,
    /// A user-assigned managed identity's resource (`xms_mirid`).
    pub resource_id: Option<Arc<str>>,
}

impl From<&Caller> for journal::Caller {
    fn from(caller: &Caller) -> Self {
        Self { oid: caller.object_id, appid: Some(caller.app_id) }
    }
}

impl From<&Subject> for journal::Caller {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::User(user, client) => Self { oid: user.id, appid: Some(*client) },
            Subject::ServicePrincipal(principal, _) => {
                Self { oid: principal.id, appid: Some(principal.app_id) }
            }
        }
    }
}

/// Whom a token is issued to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person, through the application of that client id.
    User(User, Uuid),
    /// An application or a managed identity as itself.
    ServicePrincipal(ServicePrincipal, ClientProof),
}

/// By what an application proved itself: `appidacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientProof {
    /// A client secret.
    Secret,
    /// A signed assertion, or, for a managed identity, Azure's own.
    Assertion,
}

impl Subject {
    /// Object id.
    #[must_use]
    pub const fn object_id(&self) -> Uuid {
        match self {
            Self::User(user, _) => user.id,
            Self::ServicePrincipal(principal, _) => principal.id,
        }
    }
}

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience(String);

impl Audience {
    /// From `resource`, as version 1 endpoints and managed identity have it.
    #[must_use]
    pub fn resource(resource: &str) -> Self {
        Self(resource.to_owned())
    }

    /// The audience itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A signed token.
#[derive(Debug)]
pub struct Token {
    /// Compact serialisation.
    pub text: String,
    /// When it ends, Unix seconds.
    pub expires_on: i64,
}

/// Issues and verifies.
#[derive(Debug)]
pub struct Tokens {
    tenant: Uuid,
    developer: Uuid,
    key: Kept<TokenKey>,
    /// Milliseconds; tokens of before are challenged. 0 while none are.
    revoked_before: AtomicI64,
    verified: Verified,
}

impl Tokens {
    /// A tenant's tokens, signed with the key of `store`.
    #[must_use]
    pub fn new(tenant: Uuid, store: KeyStore) -> Self {
        let key = Kept::new(store, generate_pem, TokenKey::from_pem);
        let developer = developer_id(tenant);
        Self { tenant, developer, key, revoked_before: AtomicI64::new(0), verified: Verified::default() }
    }

    /// The issuer of version 1 tokens.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("https://sts.windows.net/{}/", self.tenant)
    }

    /// A token that names `subject` to `audience`. Takes as long as a signature; the first one also makes the key.
    ///
    /// # Errors
    /// If the signing key can be neither read nor made.
    pub fn issue(&self, subject: &Subject, audience: &Audience, now: Timestamp) -> Result<Token, Error> {
        let claims = Claims::of(subject, audience, self.tenant, self.issuer(), now);
        Ok(Token { text: self.sign(&claims)?, expires_on: claims.exp })
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        self.key()?.sign(claims).map_err(|error| Error::Unexpected(error.to_string()))
    }

    /// The developer, as whoever shows a token that we cannot judge is taken to be.
    pub(super) fn developer(&self) -> Caller {
        Caller {
            object_id: self.developer,
            app_id: AZURE_CLI,
            groups: Vec::new(),
            kind: CallerType::User,
            issuer: self.issuer().into(),
            resource_id: None,
        }
    }

    /// The caller that `token` names, without their groups.
    ///
    /// # Errors
    /// 401: see the variants (keys-and-secrets.md section 5, E-401).
    pub fn verify(
        &self,
        token: &str,
        audiences: &[&str],
        acceptance: Acceptance,
        now: Timestamp,
    ) -> Result<Caller, Error> {
        let claims = match self.verified.claims(token) {
            Some(claims) => claims,
            None => match self.claims(token) {
                Ok(claims) => self.verified.remember(token, claims),
                Err(Error::MalformedToken | Error::InvalidIssuer { .. })
                    if acceptance == Acceptance::Lenient =>
                {
                    return Ok(self.developer());
                }
                Err(error) => return Err(error),
            },
        };
        if !audiences.contains(&claims.aud.as_str()) {
            let expected = audiences.first().copied().unwrap_or_default().to_owned();
            return Err(Error::InvalidAudience { expected, found: claims.aud.clone() });
        }
        if now.seconds() > claims.exp + SKEW {
            return Err(Error::TokenExpired);
        }
        if now.seconds() < claims.nbf - SKEW {
            return Err(Error::TokenNotYetValid);
        }
        Ok(claims.caller())
    }

    /// What a token of ours says, whomever it is for and however old it is.
    fn claims(&self, token: &str) -> Result<Claims, Error> {
        let (header, claims) = jwt::peek::<PeekedHeader, PeekedClaims>(token).ok_or(Error::MalformedToken)?;
        if claims.iss != self.issuer() {
            return Err(Error::InvalidIssuer { expected: self.issuer(), found: claims.iss });
        }
        let key = self.key()?;
        if header.kid.as_deref() != Some(key.id()) {
            let header = token.split('.').next().unwrap_or_default().to_owned();
            return Err(Error::UnknownSigningKey { header });
        }
        key.verify(token).map_err(|_| Error::InvalidSignature)
    }

    /// Challenges every token that was issued before `now`, or none any more.
    pub fn revoke_before(&self, now: Option<Timestamp>) {
        self.revoked_before.store(now.map_or(0, Timestamp::millis), Ordering::Release);
    }

    /// Whether a verified token is younger than the revocation. Other people's have no age that we could trust.
    ///
    /// # Errors
    /// [`Error::TokenRevoked`] if it is not.
    pub fn check_revocation(&self, token: &str) -> Result<(), Error> {
        let since = self.revoked_before.load(Ordering::Acquire);
        if since == 0 {
            return Ok(());
        }
        match jwt::peek::<PeekedHeader, Claims>(token) {
            Some((_, claims)) if claims.xms_issued_ms < since => {
                Err(Error::TokenRevoked { since: since.div_euclid(1000) })
            }
            _ => Ok(()),
        }
    }

    /// The public half, for the key set.
    ///
    /// # Errors
    /// If the signing key can be neither read nor made.
    pub fn key(&self) -> Result<&TokenKey, Error> {
        self.key.get()
    }
}

#[derive(Deserialize)]
struct PeekedHeader {
    kid: Option<String>,
}

#[derive(Deserialize)]
struct PeekedClaims {
    iss: String,
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::identity::DEFAULT_TENANT;
    use crate::identity::directory::{Directory, Rules};

    const VAULT: &str = "https://vault.azure.net";
    static TOKENS: LazyLock<Tokens> = LazyLock::new(|| Tokens::new(DEFAULT_TENANT, KeyStore::Memory));

    fn now() -> Timestamp {
        Timestamp::parse("2027-01-31").unwrap()
    }

    fn directory() -> Directory {
        Directory::new(DEFAULT_TENANT, Rules::default())
    }

    fn app() -> Subject {
        let principal = directory().service_principal_of(Uuid::from_u128(7)).unwrap();
        Subject::ServicePrincipal(principal, ClientProof::Secret)
    }

    fn verify(token: &str, acceptance: Acceptance, now: Timestamp) -> Result<Caller, Error> {
        TOKENS.verify(token, &[VAULT], acceptance, now)
    }

    #[test]
    fn a_token_names_its_caller_until_it_expires() {
        let token = TOKENS.issue(&app(), &Audience::resource(VAULT), now()).unwrap();
        assert_eq!(token.expires_on, now().seconds() + LIFETIME);
        let caller = verify(&token.text, Acceptance::Strict, now()).unwrap();
        assert_eq!((caller.object_id, caller.app_id), (app().object_id(), Uuid::from_u128(7)));
        let late = Timestamp::from_seconds(token.expires_on + SKEW + 1);
        assert_eq!(verify(&token.text, Acceptance::Lenient, late), Err(Error::TokenExpired));
        let early = Timestamp::from_seconds(now().seconds() - 2 * SKEW - 1);
        assert_eq!(verify(&token.text, Acceptance::Lenient, early), Err(Error::TokenNotYetValid));
    }

    #[test]
    fn a_token_tells_people_applications_and_managed_identities_apart() {
        let directory = directory();
        let worker = directory.user_assigned_identity_at("/s/userAssignedIdentities/worker").unwrap();
        for (subject, kind, resource) in [
            (Subject::User(directory.developer(), AZURE_CLI), CallerType::User, None),
            (app(), CallerType::Application, None),
            (
                Subject::ServicePrincipal(worker.clone(), ClientProof::Assertion),
                CallerType::ManagedIdentity,
                worker.resource_id.map(Into::into),
            ),
        ] {
            let token = TOKENS.issue(&subject, &Audience::resource(VAULT), now()).unwrap().text;
            let caller = verify(&token, Acceptance::Strict, now()).unwrap();
            assert_eq!((caller.object_id, caller.kind), (subject.object_id(), kind));
            assert_eq!((caller.resource_id, &*caller.issuer), (resource, TOKENS.issuer().as_str()));
        }
    }

    /// keys-and-secrets.md E-401: an audience with a trailing slash is wrong too.
    #[test]
    fn a_token_for_another_resource_is_refused_with_both_names() {
        let slash = format!("{VAULT}/");
        let token = TOKENS.issue(&app(), &Audience::resource(&slash), now()).unwrap();
        for _ in 0..2 {
            let refused = verify(&token.text, Acceptance::Lenient, now()).unwrap_err();
            assert_eq!(refused, Error::InvalidAudience { expected: VAULT.into(), found: slash.clone() });
        }
    }

    #[test]
    fn a_changed_token_is_refused_and_so_is_one_of_a_lost_key() {
        let token = TOKENS.issue(&app(), &Audience::resource(VAULT), now()).unwrap().text;
        assert!(verify(&token, Acceptance::Lenient, now()).is_ok(), "that it was good helps no other");
        let (head, signature) = token.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{head}.{flipped}{}", &signature[1..]);
        assert_eq!(verify(&forged, Acceptance::Lenient, now()), Err(Error::InvalidSignature));

        let other = Tokens::new(DEFAULT_TENANT, KeyStore::Memory);
        let lost = other.issue(&app(), &Audience::resource(VAULT), now()).unwrap().text;
        let header = lost.split('.').next().unwrap().to_owned();
        assert_eq!(verify(&lost, Acceptance::Lenient, now()), Err(Error::UnknownSigningKey { header }));
    }

    #[test]
    fn other_peoples_tokens_are_the_developer_unless_strict() {
        let developer = Ok(TOKENS.developer());
        let other = Tokens::new(Uuid::from_u128(1), KeyStore::Memory);
        let foreign = other.issue(&app(), &Audience::resource(VAULT), now()).unwrap().text;
        for token in ["anything", "a.b.c", foreign.as_str()] {
            assert_eq!(verify(token, Acceptance::Lenient, now()), developer);
        }
        assert_eq!(verify("anything", Acceptance::Strict, now()), Err(Error::MalformedToken));
        let refused = verify(&foreign, Acceptance::Strict, now()).unwrap_err();
        assert_eq!(refused, Error::InvalidIssuer { expected: TOKENS.issuer(), found: other.issuer() });
    }

    #[test]
    fn tokens_of_before_a_revocation_are_challenged_and_later_ones_are_not() {
        let tokens = Tokens::new(DEFAULT_TENANT, KeyStore::Memory);
        let issue = |at| tokens.issue(&app(), &Audience::resource(VAULT), at).unwrap().text;
        let (old, new) = (issue(now()), issue(Timestamp::from_millis(now().millis() + 1)));
        assert_eq!(tokens.check_revocation(&old), Ok(()));
        tokens.revoke_before(Some(Timestamp::from_millis(now().millis() + 1)));
        assert_eq!(tokens.check_revocation(&old), Err(Error::TokenRevoked { since: now().seconds() }));
        assert_eq!(tokens.check_revocation(&new), Ok(()));
        tokens.revoke_before(None);
        assert_eq!(tokens.check_revocation(&old), Ok(()));
    }

    #[test]
    fn the_signing_key_outlives_the_process_that_made_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyStore::File(folder.path().join("token-key.pem"));
        let first = Tokens::new(DEFAULT_TENANT, store.clone());
        let token = first.issue(&app(), &Audience::resource(VAULT), now()).unwrap().text;
        let second = Tokens::new(DEFAULT_TENANT, store);
        assert!(second.verify(&token, &[VAULT], Acceptance::Strict, now()).is_ok());
    }
}
