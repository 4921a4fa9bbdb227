//! How an application proves itself: a secret, a signed assertion, or a token of an issuer that it trusts.
//!
//! An application with registered credentials (`--app ID=SECRET`, or through Graph) must show one of them. For one
//! without, anything of the right form does: any secret, and any assertion that is a JSON Web Token in date, whoever
//! signed it. Tokens of other issuers are matched against the registered issuer, subject and audience; their
//! signature is not checked in any case, because the issuer's keys are on the internet.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use crate::crypto::{ParsedCertificate, jwt, sha1_thumbprint, sha256};
use crate::identity::Identity;
use crate::identity::directory::{Credentials, FederatedCredential, KeyCredential, Secret};
use crate::identity::entra_error::{EntraError, FederatedPart};
use crate::identity::login::form::Form;
use crate::identity::tokens::{ClientProof, SKEW};
use crate::timestamp::Timestamp;

#[derive(Deserialize)]
struct AssertionHeader {
    x5t: Option<String>,
    #[serde(rename = "x5t#S256")]
    x5t_s256: Option<String>,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct AssertionClaims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    exp: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Identity {
    /// The application that a form names.
    ///
    /// # Errors
    /// If it names none that could be one.
    pub(super) fn client(form: &Form) -> Result<Uuid, EntraError> {
        let client = form.required("client_id")?;
        client.parse().map_err(|_| EntraError::UnknownApplication(client.to_owned()))
    }

    /// By what the application proves itself; `None` if it does not try to.
    ///
    /// # Errors
    /// If the proof does not hold.
    pub(super) fn prove(
        &self,
        form: &Form,
        client: Uuid,
        now: Timestamp,
    ) -> Result<Option<ClientProof>, EntraError> {
        let registered = self.directory().application_of(client);
        let credentials = registered.map(|application| application.credentials).unwrap_or_default();
        match (form.field("client_secret"), form.field("client_assertion")) {
            (Some(secret), _) => {
                check_secret(client, &credentials, secret, now)?;
                Ok(Some(ClientProof::Secret))
            }
            (None, Some(assertion)) => {
                check_assertion(client, &credentials, assertion, now)?;
                Ok(Some(ClientProof::Assertion))
            }
            (None, None) => Ok(None),
        }
    }
}

fn check_secret(
    client: Uuid,
    credentials: &Credentials,
    secret: &str,
    now: Timestamp,
) -> Result<(), EntraError> {
    let shown = Secret::of(secret);
    let mut right = credentials.passwords.iter().filter(|password| password.secret == shown).peekable();
    if credentials.is_empty() {
        Ok(())
    } else if right.peek().is_none() {
        Err(EntraError::WrongSecret(client))
    } else if right.any(|password| password.start <= now && now < password.end) {
        Ok(())
    } else {
        Err(EntraError::ExpiredSecret(client))
    }
}

fn check_assertion(
    client: Uuid,
    credentials: &Credentials,
    assertion: &str,
    now: Timestamp,
) -> Result<(), EntraError> {
    let read = jwt::peek::<AssertionHeader, AssertionClaims>(assertion);
    let (header, claims) = read.ok_or(EntraError::MalformedAssertion)?;
    #[expect(clippy::cast_possible_truncation, reason = "a date beyond i64 saturates, and is as far away")]
    let expiry = Timestamp::from_seconds(claims.exp.map_or(i64::MAX, |exp| exp as i64));
    if now.seconds() > expiry.seconds().saturating_add(SKEW) {
        return Err(EntraError::AssertionTime { now, expiry });
    }
    if credentials.is_empty() {
        return Ok(());
    }
    let is_client = |claim: &Option<String>| {
        claim.as_deref().and_then(|claim| claim.parse().ok()).is_some_and(|id: Uuid| id == client)
    };
    if is_client(&claims.iss) && is_client(&claims.sub) {
        check_signature(&header, &credentials.keys, assertion, now)
    } else if credentials.federated.is_empty() {
        Err(EntraError::AssertionClient)
    } else {
        check_federated(&claims, &credentials.federated)
    }
}

/// An assertion that the application signed itself, by a certificate that it names.
fn check_signature(
    header: &AssertionHeader,
    keys: &[KeyCredential],
    assertion: &str,
    now: Timestamp,
) -> Result<(), EntraError> {
    let decoded = |text: &Option<String>| {
        text.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())
    };
    let (sha1, sha256_named) = (decoded(&header.x5t), decoded(&header.x5t_s256));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let named = sha1.as_deref().or(sha256_named.as_deref()).map(hex).or_else(|| header.kid.clone());
    let refused =
        |reason| EntraError::AssertionSignature { reason, thumbprint: named.clone().unwrap_or_default() };
    let names = |certificate: &[u8]| {
        let thumbprint = sha1_thumbprint(certificate);
        sha1.as_deref() == Some(&thumbprint)
            || sha256_named.as_deref() == Some(&sha256(certificate))
            || header.kid.as_deref().is_some_and(|kid| kid.eq_ignore_ascii_case(&hex(&thumbprint)))
    };
    let mut candidates =
        keys.iter().filter(|key| key.start <= now && now < key.end && names(&key.certificate));
    let key = candidates.next().ok_or_else(|| refused("The key was not found."))?;
    let holds = ParsedCertificate::from_der(&key.certificate)
        .and_then(|certificate| jwt::verify_by(assertion, &certificate.public_key));
    holds.map_err(|_| refused("Key was found, but use of the key to verify the signature failed."))
}

/// A token of another issuer, compared with case as Entra does.
fn check_federated(claims: &AssertionClaims, trusted: &[FederatedCredential]) -> Result<(), EntraError> {
    let text = |claim: &Option<String>| claim.clone().unwrap_or_default();
    let (issuer, subject) = (text(&claims.iss), text(&claims.sub));
    let audiences = claims.aud.as_ref().map(OneOrMany::all).unwrap_or_default();
    let missing = |part, found| EntraError::NoFederatedCredential { part, found };
    let of_issuer: Vec<_> = trusted.iter().filter(|credential| credential.issuer == issuer).collect();
    if of_issuer.is_empty() {
        return Err(missing(FederatedPart::Issuer, issuer));
    }
    let of_subject: Vec<_> = of_issuer.iter().filter(|credential| credential.subject == subject).collect();
    if of_subject.is_empty() {
        return Err(missing(FederatedPart::Subject, subject));
    }
    let fits = |credential: &FederatedCredential| audiences.iter().any(|a| credential.audiences.contains(a));
    if of_subject.iter().any(|credential| fits(credential)) {
        Ok(())
    } else {
        Err(missing(FederatedPart::Audience, audiences.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{
        CertificateProfile, KeySpec, PrivateKey, RsaSize, SignatureAlgorithm, Validity, self_signed,
    };

    const CLIENT: Uuid = Uuid::from_u128(7);
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn encode(value: &serde_json::Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn until(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW.seconds() + seconds)
    }

    fn with_secret(text: &str, end: Timestamp) -> Credentials {
        let credential = crate::identity::directory::PasswordCredential {
            key_id: Uuid::nil(),
            display_name: None,
            hint: String::new(),
            secret: Secret::of(text),
            start: until(-10),
            end,
        };
        Credentials { passwords: vec![credential], ..Credentials::default() }
    }

    #[test]
    fn a_registered_secret_is_the_only_right_one_until_it_expires() {
        let check = |credentials: &Credentials, secret| check_secret(CLIENT, credentials, secret, NOW);
        assert_eq!(check(&Credentials::default(), "any"), Ok(()));
        let registered = with_secret("right", until(10));
        assert_eq!(check(&registered, "right"), Ok(()));
        assert_eq!(check(&registered, "wrong"), Err(EntraError::WrongSecret(CLIENT)));
        assert_eq!(check(&with_secret("right", NOW), "right"), Err(EntraError::ExpiredSecret(CLIENT)));
    }

    fn assertion(header: &serde_json::Value, claims: &serde_json::Value, key: Option<&PrivateKey>) -> String {
        let head = format!("{}.{}", encode(header), encode(claims));
        let algorithm = match header["alg"].as_str() {
            Some("PS256") => SignatureAlgorithm::Ps256,
            _ => SignatureAlgorithm::Rs256,
        };
        let signature =
            key.map(|key| key.sign_digest(algorithm, &sha256(head.as_bytes())).unwrap()).unwrap_or_default();
        format!("{head}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn a_registered_certificate_has_signed_the_assertion_or_it_is_refused() {
        let key = PrivateKey::generate(KeySpec::Rsa(RsaSize::Bits2048)).unwrap();
        let validity = Validity { not_before: until(-100), not_after: until(100) };
        let der = self_signed(&CertificateProfile::default(), &key, [1; 16], validity).unwrap();
        let registered = Credentials {
            keys: vec![KeyCredential {
                key_id: Uuid::nil(),
                display_name: None,
                certificate: der.clone(),
                start: until(-10),
                end: until(10),
            }],
            ..Credentials::default()
        };
        let check = |token: &str| check_assertion(CLIENT, &registered, token, NOW);
        let claims = serde_json::json!({"iss": CLIENT, "sub": CLIENT, "exp": until(600).seconds()});
        let x5t = URL_SAFE_NO_PAD.encode(sha1_thumbprint(&der));
        let x5t_s256 = URL_SAFE_NO_PAD.encode(sha256(&der));
        for header in [
            serde_json::json!({"alg": "RS256", "typ": "JWT", "x5t": x5t}),
            serde_json::json!({"alg": "PS256", "typ": "JWT", "x5t#S256": x5t_s256}),
        ] {
            assert_eq!(check(&assertion(&header, &claims, Some(&key))), Ok(()), "{header}");
            let forged = check(&assertion(&header, &claims, None));
            let Err(EntraError::AssertionSignature { reason, .. }) = forged else { panic!("{forged:?}") };
            assert!(reason.starts_with("Key was found"), "{reason}");
        }
        let unknown = serde_json::json!({"alg": "RS256", "x5t": "AAAA"});
        let unknown = check(&assertion(&unknown, &claims, Some(&key)));
        let Err(EntraError::AssertionSignature { reason, thumbprint }) = unknown else {
            panic!("{unknown:?}")
        };
        assert_eq!((reason, thumbprint.as_str()), ("The key was not found.", "000000"));
        let others = serde_json::json!({"iss": "x", "sub": CLIENT, "exp": until(600).seconds()});
        let header = serde_json::json!({"alg": "RS256", "x5t": x5t});
        assert_eq!(check(&assertion(&header, &others, Some(&key))), Err(EntraError::AssertionClient));
    }

    #[test]
    fn without_registered_credentials_the_form_and_the_date_must_be_right() {
        let check = |token: &str| check_assertion(CLIENT, &Credentials::default(), token, NOW);
        let header = serde_json::json!({"alg": "RS256"});
        let dated = |exp: i64| assertion(&header, &serde_json::json!({"exp": exp}), None);
        assert_eq!(check(&dated(until(1).seconds())), Ok(()));
        assert_eq!(check("e30.e30.c2ln"), Ok(()));
        let expiry = until(-SKEW - 1);
        assert_eq!(check(&dated(expiry.seconds())), Err(EntraError::AssertionTime { now: NOW, expiry }));
        for text in ["", "a.b.c", "e30.e30", "e30.e30.x.y"] {
            assert_eq!(check(text), Err(EntraError::MalformedAssertion), "{text}");
        }
    }

    #[test]
    fn a_federated_token_matches_issuer_subject_and_audience_to_the_letter() {
        let registered = Credentials {
            federated: vec![FederatedCredential {
                id: Uuid::nil(),
                name: "k8s".into(),
                issuer: "https://issuer".into(),
                subject: "system:serviceaccount:a:b".into(),
                description: None,
                audiences: vec!["api://AzureADTokenExchange".into()],
            }],
            ..Credentials::default()
        };
        let check = |iss: &str, sub: &str, aud: serde_json::Value| {
            let claims = serde_json::json!({"iss": iss, "sub": sub, "aud": aud});
            let token = assertion(&serde_json::json!({"alg": "RS256"}), &claims, None);
            check_assertion(CLIENT, &registered, &token, NOW)
        };
        let (subject, audience) =
            ("system:serviceaccount:a:b", serde_json::json!(["api://AzureADTokenExchange"]));
        assert_eq!(check("https://issuer", subject, audience.clone()), Ok(()));
        let missing =
            |part, found: &str| Err(EntraError::NoFederatedCredential { part, found: found.to_owned() });
        assert_eq!(
            check("https://x", subject, audience.clone()),
            missing(FederatedPart::Issuer, "https://x")
        );
        assert_eq!(check("https://issuer", "A", audience), missing(FederatedPart::Subject, "A"));
        assert_eq!(
            check("https://issuer", subject, serde_json::json!("x")),
            missing(FederatedPart::Audience, "x")
        );
    }
}
