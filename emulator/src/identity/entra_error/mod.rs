//! Entra's refusals at the login authority: one enum, one table, Entra's body.
//!
//! [`Source::Quoted`] texts are quoted in public issue threads of Microsoft's SDKs; the others follow Microsoft's page
//! "Microsoft Entra authentication and authorization error codes" and are unverified beyond their code. It must not
//! decide whether a situation holds.

mod sentences;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::error::Source;
use crate::identity::answer_json;
use crate::timestamp::Timestamp;

/// A situation in which the login authority refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntraError {
    /// A form member is absent or empty.
    MissingParameter(&'static str),
    /// `grant_type` is none that is emulated.
    UnsupportedGrant(String),
    /// `response_type` is none that is emulated.
    UnsupportedResponseType(String),
    /// `response_mode` is none that there is.
    UnsupportedResponseMode(String),
    /// `client_id` is no application of the directory.
    UnknownApplication(String),
    /// No secret and no assertion, of an application as itself.
    MissingCredential,
    /// No secret and no assertion, of an application that acts for a user.
    MissingConfidentialCredential,
    /// The secret is none of the application's.
    WrongSecret(Uuid),
    /// The secret was right until a while ago.
    ExpiredSecret(Uuid),
    /// The assertion is no JSON Web Token.
    MalformedAssertion,
    /// The assertion was not signed by a key of the application's.
    AssertionSignature {
        /// What was wrong with it.
        reason: &'static str,
        /// The certificate that it names.
        thumbprint: String,
    },
    /// The assertion is out of date.
    AssertionTime {
        /// The instant of the request.
        now: Timestamp,
        /// `exp` of the assertion.
        expiry: Timestamp,
    },
    /// The assertion is another application's.
    AssertionClient,
    /// Nobody registered the assertion's issuer, audience or subject.
    NoFederatedCredential {
        /// Which of the three.
        part: FederatedPart,
        /// What the assertion says.
        found: String,
    },
    /// `scope` or `resource` names nothing.
    InvalidScope(String),
    /// An application as itself asks for a scope that is not `.default`.
    NotDefaultScope(String),
    /// `scope` names several resources.
    SeveralResources(String),
    /// The tenant of the path is not ours.
    UnknownTenant(String),
    /// The directory has no such user.
    UnknownUser(String),
    /// The password is wrong.
    WrongPassword,
    /// The device code waits for its user.
    AuthorizationPending,
    /// The user said no.
    AuthorizationDeclined,
    /// The device code was good until a while ago.
    ExpiredDeviceCode,
    /// Nobody gave out the device code.
    UnknownDeviceCode,
    /// Nobody gave out the code or refresh token, or for somebody else.
    InvalidGrant,
    /// The code was shown before.
    RedeemedCode,
    /// The code was good until a while ago.
    ExpiredCode,
    /// The refresh token was good until a while ago.
    ExpiredRefreshToken,
    /// `code_verifier` does not fit, or is missing.
    CodeVerifier,
    /// `code_challenge_method` is none that there is.
    ChallengeMethod,
    /// The code was sent elsewhere.
    RedirectMismatch {
        /// Where the request wants it.
        found: String,
        /// Where it was sent.
        expected: String,
    },
    /// Codes are not sent there.
    UnregisteredRedirect {
        /// Where.
        uri: String,
        /// For whom.
        client: Uuid,
    },
    /// The token to act on behalf of was not signed by us, or is out of date.
    InvalidUserAssertion,
    /// The token to act on behalf of is an application's.
    NoUserInAssertion,
}

/// What a federated credential names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FederatedPart {
    /// `iss`.
    Issuer,
    /// `aud`.
    Audience,
    /// `sub`.
    Subject,
}

/// OAuth's code, Entra's number and sentence, the status, and where the sentence was seen.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// HTTP status.
    pub status: u16,
    /// `error`.
    pub error: &'static str,
    /// The number behind `AADSTS`.
    pub number: u32,
    /// What stands between the number and the trace id.
    pub sentence: String,
    /// Where the sentence was seen.
    pub source: Source,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: &'a str,
    error_codes: [u32; 1],
    timestamp: &'a str,
    trace_id: Uuid,
    correlation_id: Uuid,
    error_uri: String,
}

impl EntraError {
    /// What is answered.
    #[must_use]
    pub fn row(&self) -> Row {
        let (status, error, number, source) = self.codes();
        Row { status, error, number, sentence: self.sentence(), source }
    }

    /// Status, OAuth's code, Entra's number, and where the sentence was seen.
    const fn codes(&self) -> (u16, &'static str, u32, Source) {
        use Source::{Quoted, Unverified};
        let (request, client, grant, scope) =
            ("invalid_request", "invalid_client", "invalid_grant", "invalid_scope");
        match self {
            Self::MissingParameter(_) => (400, request, 900_144, Quoted),
            Self::UnsupportedGrant(_) => (400, "unsupported_grant_type", 70_003, Unverified),
            Self::UnsupportedResponseType(_) => (400, "unsupported_response_type", 700_051, Unverified),
            Self::UnsupportedResponseMode(_) => (400, request, 70_007, Unverified),
            Self::InvalidScope(_) => (400, scope, 70_011, Quoted),
            Self::NotDefaultScope(_) => (400, scope, 1_002_012, Quoted),
            Self::SeveralResources(_) => (400, scope, 28_000, Quoted),
            Self::UnknownTenant(_) => (400, request, 90_002, Quoted),
            Self::UnregisteredRedirect { .. } => (400, request, 50_011, Quoted),
            Self::ChallengeMethod => (400, request, 501_491, Unverified),
            Self::UnknownApplication(_) => (400, "unauthorized_client", 700_016, Quoted),
            Self::MissingCredential => (401, client, 7_000_216, Quoted),
            Self::MissingConfidentialCredential => (401, client, 7_000_218, Quoted),
            Self::WrongSecret(_) => (401, client, 7_000_215, Quoted),
            Self::ExpiredSecret(_) => (401, client, 7_000_222, Quoted),
            Self::MalformedAssertion => (400, request, 50_027, Unverified),
            Self::AssertionSignature { .. } => (401, client, 700_027, Quoted),
            Self::AssertionTime { .. } => (401, client, 700_024, Quoted),
            Self::AssertionClient => (401, client, 700_021, Unverified),
            Self::NoFederatedCredential { part: FederatedPart::Issuer, .. } => (401, client, 700_211, Quoted),
            Self::NoFederatedCredential { part: FederatedPart::Audience, .. } => {
                (401, client, 700_212, Quoted)
            }
            Self::NoFederatedCredential { part: FederatedPart::Subject, .. } => {
                (401, client, 700_213, Quoted)
            }
            Self::UnknownUser(_) => (400, grant, 50_034, Quoted),
            Self::WrongPassword => (400, grant, 50_126, Quoted),
            Self::AuthorizationPending => (400, "authorization_pending", 70_016, Quoted),
            Self::AuthorizationDeclined => (400, "authorization_declined", 70_000, Unverified),
            Self::ExpiredDeviceCode => (400, "expired_token", 70_020, Quoted),
            Self::UnknownDeviceCode => (400, "bad_verification_code", 70_019, Unverified),
            Self::InvalidGrant => (400, grant, 9_002_313, Quoted),
            Self::RedeemedCode => (400, grant, 54_005, Quoted),
            Self::ExpiredCode => (400, grant, 70_008, Quoted),
            Self::ExpiredRefreshToken => (400, grant, 700_082, Unverified),
            Self::CodeVerifier => (400, grant, 501_481, Quoted),
            Self::RedirectMismatch { .. } => (400, grant, 500_112, Quoted),
            Self::InvalidUserAssertion => (400, grant, 50_013, Unverified),
            Self::NoUserInAssertion => (400, grant, 7_000_114, Quoted),
        }
    }

    /// `error_description`: number, sentence, and by what Entra's operators would find the request.
    #[must_use]
    pub fn description(&self, id: Uuid, now: Timestamp) -> String {
        let Row { number, sentence, .. } = self.row();
        format!("AADSTS{number}: {sentence} Trace ID: {id} Correlation ID: {id} Timestamp: {}", stamp(now))
    }

    /// The answer of an endpoint for programs, with `id` as trace and correlation id.
    #[must_use]
    pub fn answer(&self, id: Uuid, now: Timestamp) -> Response<Bytes> {
        let Row { status, error, number, .. } = self.row();
        let body = Body {
            error,
            error_description: &self.description(id, now),
            error_codes: [number],
            timestamp: &stamp(now),
            trace_id: id,
            correlation_id: id,
            error_uri: format!("https://login.microsoftonline.com/error?code={number}"),
        };
        answer_json(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), &body)
    }
}

fn stamp(now: Timestamp) -> String {
    now.to_string().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which situation has which status, OAuth code and number: what clients act on.
    #[test]
    fn every_situation_has_its_row() {
        let id = Uuid::from_u128(7);
        let text = || "x".to_owned();
        let (now, expiry) = (Timestamp::from_seconds(1), Timestamp::from_seconds(0));
        let federated = |part| EntraError::NoFederatedCredential { part, found: text() };
        for (situation, status, error, number) in [
            (EntraError::MissingParameter("x"), 400, "invalid_request", 900_144),
            (EntraError::UnsupportedGrant(text()), 400, "unsupported_grant_type", 70_003),
            (EntraError::UnsupportedResponseType(text()), 400, "unsupported_response_type", 700_051),
            (EntraError::UnsupportedResponseMode(text()), 400, "invalid_request", 70_007),
            (EntraError::UnknownApplication(text()), 400, "unauthorized_client", 700_016),
            (EntraError::MissingCredential, 401, "invalid_client", 7_000_216),
            (EntraError::MissingConfidentialCredential, 401, "invalid_client", 7_000_218),
            (EntraError::WrongSecret(id), 401, "invalid_client", 7_000_215),
            (EntraError::ExpiredSecret(id), 401, "invalid_client", 7_000_222),
            (EntraError::MalformedAssertion, 400, "invalid_request", 50_027),
            (
                EntraError::AssertionSignature { reason: "x", thumbprint: text() },
                401,
                "invalid_client",
                700_027,
            ),
            (EntraError::AssertionTime { now, expiry }, 401, "invalid_client", 700_024),
            (EntraError::AssertionClient, 401, "invalid_client", 700_021),
            (federated(FederatedPart::Issuer), 401, "invalid_client", 700_211),
            (federated(FederatedPart::Audience), 401, "invalid_client", 700_212),
            (federated(FederatedPart::Subject), 401, "invalid_client", 700_213),
            (EntraError::InvalidScope(text()), 400, "invalid_scope", 70_011),
            (EntraError::NotDefaultScope(text()), 400, "invalid_scope", 1_002_012),
            (EntraError::SeveralResources(text()), 400, "invalid_scope", 28_000),
            (EntraError::UnknownTenant(text()), 400, "invalid_request", 90_002),
            (EntraError::UnknownUser(text()), 400, "invalid_grant", 50_034),
            (EntraError::WrongPassword, 400, "invalid_grant", 50_126),
            (EntraError::AuthorizationPending, 400, "authorization_pending", 70_016),
            (EntraError::AuthorizationDeclined, 400, "authorization_declined", 70_000),
            (EntraError::ExpiredDeviceCode, 400, "expired_token", 70_020),
            (EntraError::UnknownDeviceCode, 400, "bad_verification_code", 70_019),
            (EntraError::InvalidGrant, 400, "invalid_grant", 9_002_313),
            (EntraError::RedeemedCode, 400, "invalid_grant", 54_005),
            (EntraError::ExpiredCode, 400, "invalid_grant", 70_008),
            (EntraError::ExpiredRefreshToken, 400, "invalid_grant", 700_082),
            (EntraError::CodeVerifier, 400, "invalid_grant", 501_481),
            (EntraError::ChallengeMethod, 400, "invalid_request", 501_491),
            (EntraError::RedirectMismatch { found: text(), expected: text() }, 400, "invalid_grant", 500_112),
            (EntraError::UnregisteredRedirect { uri: text(), client: id }, 400, "invalid_request", 50_011),
            (EntraError::InvalidUserAssertion, 400, "invalid_grant", 50_013),
            (EntraError::NoUserInAssertion, 400, "invalid_grant", 7_000_114),
        ] {
            let row = situation.row();
            assert_eq!((row.status, row.error, row.number), (status, error, number), "{situation:?}");
        }
    }

    /// The form of a recorded answer (Microsoft's SDKs' issue threads quote many).
    #[test]
    fn the_body_has_entras_members() {
        let answer = EntraError::WrongPassword.answer(Uuid::from_u128(7), Timestamp::from_seconds(0));
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "error": "invalid_grant",
                "error_description": "AADSTS50126: Error validating credentials due to invalid username or password. Trace ID: 00000000-0000-0000-0000-000000000007 Correlation ID: 00000000-0000-0000-0000-000000000007 Timestamp: 1970-01-01 00:00:00Z",
                "error_codes": [50126],
                "timestamp": "1970-01-01 00:00:00Z",
                "trace_id": "00000000-0000-0000-0000-000000000007",
                "correlation_id": "00000000-0000-0000-0000-000000000007",
                "error_uri": "https://login.microsoftonline.com/error?code=50126",
            })
        );
    }
}
