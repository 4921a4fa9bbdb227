//! The attestation authority: what vouches for environments to which keys may be released.
//!
//! On Azure that is Microsoft Azure Attestation or whoever else a release policy names, and a machine must prove itself
//! to it. Here it attests whatever a test asks for, in the name of any authority, so that release can be tried: with a
//! good assertion, an expired one, and one that somebody else signed. It must not judge policies.
//!
//! Assertions keep the machine's time, as tokens do.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;

use crate::crypto::jwt::TokenKey;
use crate::crypto::{KeySpec, PrivateKey, PublicComponents, RsaSize, generate_pem, private_key_pem};
use crate::error::{Error, ReleaseRefusal};
use crate::http::origin::Origin;
use crate::identity::answer_json;
use crate::keystore::{Kept, KeyStore};
use crate::timestamp::Timestamp;

/// How long an assertion is good for, in seconds: Microsoft Azure Attestation's eight hours.
const LIFETIME: i64 = 8 * 3600;
/// The authority in whose name assertions are made unless another is asked for.
const DEFAULT_AUTHORITY: &str = "https://sharedeus.eus.attest.azure.net";
/// What the key is called to which Azure's confidential machines have keys released.
const ENCRYPTION_KEY: &str = "TpmEphemeralEncryptionKey";

const NOT_VERIFIED: Error = Error::Release(ReleaseRefusal::EnvironmentNotVerified);

/// What is wrong with an assertion that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// Its time is over.
    Expired,
    /// Somebody else signed it.
    Forged,
}

/// What an assertion is to say.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AssertionRequest {
    /// In whose name: a URL.
    pub authority: Option<String>,
    /// Claims beside `iss`, `iat`, `nbf`, `exp` and, unless it is among them, `x-ms-runtime`.
    pub claims: Map<String, Value>,
    /// What is to be wrong with it.
    pub flaw: Flaw,
}

/// An assertion and, if it was made for it, the key of the environment.
#[derive(Serialize)]
pub struct Assertion {
    /// `target` of a release.
    pub assertion: String,
    /// PEM of the key to which keys are released, unless the claims named one.
    #[serde(rename = "privateKey", skip_serializing_if = "Option::is_none")]
    pub private_key: Option<String>,
}

impl std::fmt::Debug for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assertion").field("assertion", &self.assertion).finish_non_exhaustive()
    }
}

/// What an assertion says, once its signature and its time are verified.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Who attested it.
    pub issuer: String,
    /// All its claims.
    pub claims: Value,
}

/// The authority.
#[derive(Clone, Debug)]
pub struct AttestationAuthority {
    key: Arc<Kept<TokenKey>>,
}

impl AttestationAuthority {
    /// An authority whose key is made or read when it is first needed.
    #[must_use]
    pub fn new(store: KeyStore) -> Self {
        Self { key: Arc::new(Kept::new(store, generate_pem, TokenKey::from_pem)) }
    }

    /// Answers on an authority's own host: OpenID Connect discovery and the signing keys.
    pub async fn answer(&self, origin: &Origin, parts: &Parts) -> Response<Bytes> {
        match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/.well-known/openid-configuration") => {
                let url = origin.url();
                let configuration = json!({
                    "issuer": url,
                    "jwks_uri": format!("{url}/certs"),
                    "response_types_supported": ["token"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                });
                answer_json(StatusCode::OK, &configuration)
            }
            (&Method::GET, "/certs") => self.certificates().await,
            _ => refuse(
                StatusCode::NOT_FOUND,
                "akv: an attestation authority answers /.well-known/openid-configuration and /certs; assertions come from `akv attest`.",
            ),
        }
    }

    async fn certificates(&self) -> Response<Bytes> {
        let key = Arc::clone(&self.key);
        let found = spawn_blocking(move || {
            key.get().map(|key| {
                let (kid, n, e) = (key.id(), key.modulus(), key.exponent());
                json!({"keys": [{"kid": kid, "use": "sig", "kty": "RSA", "alg": "RS256", "n": n, "e": e}]})
            })
        });
        match found.await {
            Ok(Ok(keys)) => answer_json(StatusCode::OK, &keys),
            _ => refuse(StatusCode::INTERNAL_SERVER_ERROR, "akv: the attestation key cannot be used."),
        }
    }

    /// Attests what `request` says. It makes keys: keep it off the async threads.
    ///
    /// # Errors
    /// One line for people: what is wrong with the request.
    pub fn attest(&self, request: AssertionRequest, now: Timestamp) -> Result<Assertion, String> {
        let AssertionRequest { authority, mut claims, flaw } = request;
        let authority = authority.unwrap_or_else(|| DEFAULT_AUTHORITY.to_owned());
        if !authority.starts_with("https://") {
            return Err(format!("`{authority}` is no authority: a policy names it by an https URL"));
        }
        let issued = now.seconds() - if flaw == Flaw::Expired { 2 * LIFETIME } else { 0 };
        let private_key = match claims.get("x-ms-runtime") {
            Some(_) => None,
            None => Some(add_runtime(&mut claims)?),
        };
        let own = json!({"iss": authority, "iat": issued, "nbf": issued, "exp": issued + LIFETIME});
        claims.extend(own.as_object().cloned().unwrap_or_default());
        let explain = |error: &dyn std::fmt::Display| error.to_string();
        let forger;
        let key = if flaw == Flaw::Forged {
            forger = generate_pem(None).and_then(|pem| TokenKey::from_pem(&pem)).map_err(|e| explain(&e))?;
            &forger
        } else {
            self.key.get().map_err(|error| explain(&error))?
        };
        Ok(Assertion { assertion: key.sign(&claims).map_err(|e| explain(&e))?, private_key })
    }

    /// What `assertion` says. It may make the key: keep it off the async threads.
    ///
    /// # Errors
    /// [`ReleaseRefusal::EnvironmentNotVerified`] for one that the authority did not sign or whose time is not now.
    pub fn examine(&self, assertion: &str, now: Timestamp) -> Result<Evidence, Error> {
        let claims: Value = self.key.get()?.verify(assertion).map_err(|_| NOT_VERIFIED)?;
        let time = |name: &str| claims[name].as_i64();
        let current = time("nbf").is_none_or(|start| start <= now.seconds())
            && time("exp").is_some_and(|end| now.seconds() < end);
        match claims["iss"].as_str() {
            Some(issuer) if current => Ok(Evidence { issuer: issuer.to_owned(), claims }),
            _ => Err(NOT_VERIFIED),
        }
    }
}

/// Gives the claims a key to release to; the PEM of its private half.
fn add_runtime(claims: &mut Map<String, Value>) -> Result<String, String> {
    let key = PrivateKey::generate(KeySpec::Rsa(RsaSize::Bits2048)).map_err(|error| error.to_string())?;
    let PublicComponents::Rsa { modulus, exponent } = key.public_key().components() else {
        return Err("an RSA key has a modulus".to_owned());
    };
    let jwk = json!({
        "kid": ENCRYPTION_KEY,
        "kty": "RSA",
        "key_ops": ["encrypt"],
        "n": URL_SAFE_NO_PAD.encode(modulus),
        "e": URL_SAFE_NO_PAD.encode(exponent),
    });
    claims.insert("x-ms-runtime".to_owned(), json!({"keys": [jwk]}));
    let pem = private_key_pem(&key).map_err(|error| error.to_string())?;
    Ok(pem.to_string())
}

fn refuse(status: StatusCode, message: &str) -> Response<Bytes> {
    answer_json(status, &json!({"error": {"code": "NotFound", "message": message}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(flaw: Flaw) -> AssertionRequest {
        let claims = json!({"sdk-test": true}).as_object().cloned().unwrap();
        AssertionRequest { authority: None, claims, flaw }
    }

    #[test]
    fn a_good_assertion_is_believed_and_no_other() {
        let authority = AttestationAuthority::new(KeyStore::Memory);
        let now = Timestamp::from_seconds(1_800_000_000);
        let attest = |flaw| authority.attest(request(flaw), now).unwrap();
        let good = attest(Flaw::None);
        let evidence = authority.examine(&good.assertion, now).unwrap();
        assert_eq!(
            (evidence.issuer.as_str(), &evidence.claims["sdk-test"]),
            (DEFAULT_AUTHORITY, &json!(true))
        );
        assert_eq!(evidence.claims["x-ms-runtime"]["keys"][0]["kid"], ENCRYPTION_KEY);
        assert!(good.private_key.unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
        for flawed in [attest(Flaw::Expired), attest(Flaw::Forged)] {
            let refused = authority.examine(&flawed.assertion, now).unwrap_err();
            assert_eq!(refused, NOT_VERIFIED);
        }
        let later = Timestamp::from_seconds(now.seconds() + LIFETIME);
        assert_eq!(authority.examine(&good.assertion, later).unwrap_err(), NOT_VERIFIED);
        for rubbish in ["", "a.b.c", &good.assertion[1..]] {
            assert!(authority.examine(rubbish, now).is_err());
        }
    }

    #[test]
    fn claims_of_the_callers_own_stand_and_no_key_is_made_for_them() {
        let authority = AttestationAuthority::new(KeyStore::Memory);
        let claims = json!({"x-ms-runtime": {"keys": []}, "iss": "x"}).as_object().cloned().unwrap();
        let request = AssertionRequest { authority: Some("https://mine".into()), claims, flaw: Flaw::None };
        let now = Timestamp::from_seconds(1_800_000_000);
        let made = authority.attest(request, now).unwrap();
        assert!(made.private_key.is_none());
        assert_eq!(authority.examine(&made.assertion, now).unwrap().issuer, "https://mine");
        let request = AssertionRequest { authority: Some("mine".into()), ..AssertionRequest::default() };
        assert!(authority.attest(request, now).is_err());
    }
}
