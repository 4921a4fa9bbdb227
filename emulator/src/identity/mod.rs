//! The directory, the login authority and managed identity: who there is, whom a token names, how programs get one.
//!
//! It must not know vaults or what a caller may do there.

pub mod directory;
pub mod entra_error;
mod graph;
pub mod handed_out;
mod login;
mod managed;
pub mod tokens;

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::error::Error;
use crate::http::origin::Origin;
use crate::identity::directory::{Directory, Rules};
use crate::identity::handed_out::HandedOut;
use crate::identity::login::codes::Codes;
use crate::identity::tokens::{Audience, Caller, ClientProof, Subject, Token, Tokens};
use crate::journal;
use crate::keystore::KeyStore;
use crate::timestamp::Timestamp;

/// The tenant unless the user names one: fixed, because clients cache what they learn of a tenant for a day.
pub const DEFAULT_TENANT: Uuid = Uuid::from_u128(0x4b1d_0a5e_6f0c_4c1e_9d7a_6b0e_11a2_77c3);

/// How long a device code is good, in seconds (identity-and-control-plane.md section 4.2).
const DEVICE_CODE_LIFETIME: i64 = 900;
/// How long an authorization code is good, in seconds (Microsoft's documentation: ten minutes).
const AUTHORIZATION_CODE_LIFETIME: i64 = 600;

/// Which bearer strings open a vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acceptance {
    /// Tokens of our own issuer are verified; any other string is the developer.
    #[default]
    Lenient,
    /// Only tokens of our own issuer.
    Strict,
}

/// Whether the instance metadata service answers at its link-local address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstanceMetadata {
    /// As on a machine that is no Azure VM, so that no client takes its identity by accident
    /// (identity-and-control-plane.md section 5).
    #[default]
    Unreachable,
    /// As on an Azure VM.
    Served,
}

/// What the identity endpoints are told at start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one tenant.
    pub tenant: Uuid,
    /// Which bearer strings open a vault.
    pub acceptance: Acceptance,
    /// Whether 169.254.169.254 answers.
    pub instance_metadata: InstanceMetadata,
    /// What `X-IDENTITY-HEADER` must be.
    pub identity_header: String,
    /// Where the signing key is kept.
    pub key_store: KeyStore,
    /// Who is in the directory.
    pub directory: Rules,
}

/// The identity endpoints.
#[derive(Debug)]
pub struct Identity {
    options: Options,
    tokens: Arc<Tokens>,
    directory: Directory,
    draw: Chance,
    device_codes: Codes,
    authorization_codes: Codes,
    handed_out: HandedOut,
}

impl Identity {
    /// The endpoints as `options` say, with codes from `draw`. The signing key is made or read when it is first needed.
    #[must_use]
    pub fn new(options: Options, draw: Chance) -> Self {
        let tokens = Arc::new(Tokens::new(options.tenant, options.key_store.clone()));
        let directory = Directory::new(options.tenant, options.directory.clone());
        Self {
            options,
            tokens,
            directory,
            draw,
            device_codes: Codes::new(DEVICE_CODE_LIFETIME),
            authorization_codes: Codes::new(AUTHORIZATION_CODE_LIFETIME),
            handed_out: HandedOut::default(),
        }
    }

    /// An identity in memory, for tests of other modules.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        let options = Options {
            tenant: DEFAULT_TENANT,
            acceptance: Acceptance::Lenient,
            instance_metadata: InstanceMetadata::Unreachable,
            identity_header: "header".to_owned(),
            key_store: KeyStore::Memory,
            directory: Rules::default(),
        };
        Self::new(options, Chance::seeded(1))
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> Uuid {
        self.options.tenant
    }

    /// `iss` of its tokens.
    #[must_use]
    pub fn token_issuer(&self) -> String {
        self.tokens.issuer()
    }

    /// Tokens that were handed out within the process.
    #[must_use]
    pub const fn handed_out(&self) -> &HandedOut {
        &self.handed_out
    }

    /// Who there is.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The caller that `token` names to a service that goes by `audiences`, with the groups they belong to now.
    ///
    /// # Errors
    /// 401 in the data plane's words.
    pub fn verify(&self, token: &str, audiences: &[&str], now: Timestamp) -> Result<Caller, Error> {
        if let Some(caller) = self.handed_out.caller(token) {
            return Ok(caller);
        }
        let caller = self.tokens.verify(token, audiences, self.options.acceptance, now)?;
        let groups = self.directory.groups_of(caller.object_id);
        Ok(Caller { groups, ..caller })
    }

    /// The developer as a caller: whoever starts the emulator, for what its configuration asks for.
    #[must_use]
    pub fn developer(&self) -> Caller {
        self.tokens.developer()
    }

    /// As [`Self::verify`], and that the token is no older than the last revocation: what the vaults ask, which can
    /// send a client for another one.
    ///
    /// # Errors
    /// 401 in the data plane's words.
    pub fn verify_unrevoked(&self, token: &str, audiences: &[&str], now: Timestamp) -> Result<Caller, Error> {
        let caller = self.verify(token, audiences, now)?;
        self.tokens.check_revocation(token)?;
        Ok(caller)
    }

    /// Revokes every token that was issued before `now`, as continuous access evaluation does; `None` ends it.
    pub fn revoke_before(&self, now: Option<Timestamp>) {
        self.tokens.revoke_before(now);
    }

    /// A token for a program that shares the process, such as a test: as the application of that client id.
    ///
    /// # Errors
    /// If there is none and the directory is closed, or the signing key can be neither read nor made.
    pub fn token_for(&self, app: Uuid, resource: &str, now: Timestamp) -> Result<String, Error> {
        let principal = self.directory.service_principal_of(app);
        let principal =
            principal.ok_or_else(|| Error::Unexpected(format!("there is no application {app}")))?;
        let subject = Subject::ServicePrincipal(principal, ClientProof::Secret);
        self.tokens.issue(&subject, &Audience::resource(resource), now).map(|token| token.text)
    }

    /// A token, signed off the async threads: the first one makes the key, which can take a while.
    async fn issue(&self, subject: Subject, audience: Audience) -> Result<Token, Error> {
        let tokens = Arc::clone(&self.tokens);
        let issued =
            tokio::task::spawn_blocking(move || tokens.issue(&subject, &audience, Clock::wall())).await;
        issued.map_err(|error| Error::Unexpected(error.to_string()))?
    }

    /// Answers on this machine's own names, and says for which service; `None` for paths that are not of identity.
    pub async fn local(
        &self,
        origin: &Origin,
        parts: &Parts,
        body: &[u8],
    ) -> Option<(journal::Service, Response<Bytes>)> {
        use journal::Service;
        let path = parts.uri.path().trim_end_matches('/');
        match path {
            "/msi/token" => Some((Service::Identity, self.app_service(parts).await)),
            // Whoever sets AZURE_POD_IDENTITY_AUTHORITY_HOST to us means it.
            managed::TOKEN_PATH => Some((Service::Identity, self.instance_metadata_token(parts).await)),
            _ if graph::owns(path) => Some((Service::Graph, self.graph(origin, parts, body))),
            _ if login::owns(parts) => Some((Service::Login, self.login(origin, parts, body).await)),
            _ => None,
        }
    }
}

/// A JSON answer of the identity endpoints and the control API.
pub(crate) fn answer_json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    json_answer(status, serde_json::to_vec(body).unwrap_or_default().into())
}

/// The same of JSON that is written already.
pub(crate) fn json_answer(status: StatusCode, json: Bytes) -> Response<Bytes> {
    let mut response = Response::new(json);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
