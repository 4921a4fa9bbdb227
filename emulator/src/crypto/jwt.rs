//! JSON Web Tokens: ours, signed with RS256, and other people's.
//!
//! It must not judge claims: whether a token is for somebody or out of date is its caller's business.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use pkcs8::PrivateKeyInfoRef;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CryptoError, PublicComponents, PublicKey, own_keys, sha256};

/// Header and claims of what looks like a signed token; nothing is verified.
#[must_use]
pub fn peek<H: DeserializeOwned, C: DeserializeOwned>(token: &str) -> Option<(H, C)> {
    let mut segments = token.split('.');
    let header = URL_SAFE_NO_PAD.decode(segments.next()?).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(segments.next()?).ok()?;
    segments.next()?;
    if segments.next().is_some() {
        return None;
    }
    Some((serde_json::from_slice(&header).ok()?, serde_json::from_slice(&claims).ok()?))
}

/// Verifies a token that somebody else signed by RS256 or PS256.
///
/// # Errors
/// If `key` is no RSA key, or did not sign it.
pub fn verify_by(token: &str, key: &PublicKey) -> Result<(), CryptoError> {
    let PublicComponents::Rsa { modulus, exponent } = key.components() else {
        return Err(CryptoError::UnsupportedKey);
    };
    let (modulus, exponent) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
    let decoding = DecodingKey::from_rsa_components(&modulus, &exponent).map_err(unusable)?;
    let algorithm = match jsonwebtoken::decode_header(token).map_err(unusable)?.alg {
        algorithm @ (Algorithm::RS256 | Algorithm::PS256) => algorithm,
        other => return Err(CryptoError::Token(format!("{other:?} is none of RS256, PS256"))),
    };
    verified::<serde_json::Value>(token, &decoding, algorithm).map(drop)
}

/// The claims of a token that `key` signed, whatever they say.
fn verified<T: DeserializeOwned + Clone>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
) -> Result<T, CryptoError> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<T>(token, key, &validation).map(|token| token.claims).map_err(unusable)
}

/// An RSA key that signs and verifies tokens.
pub struct TokenKey {
    id: String,
    modulus: String,
    exponent: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl TokenKey {
    /// The key that [`generate_pem`](super::generate_pem) made.
    ///
    /// # Errors
    /// If it is no RSA private key in that form.
    pub fn from_pem(pem: &str) -> Result<Self, CryptoError> {
        let key = own_keys::from_pem(pem)?;
        let der = key.pkcs8_der();
        let public = key.public_key();
        let PublicComponents::Rsa { modulus, exponent } = public.components() else {
            return Err(CryptoError::UnsupportedKey);
        };
        let (modulus, exponent) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
        let inner = PrivateKeyInfoRef::try_from(der.as_slice()).map_err(|_| CryptoError::MalformedKey)?;
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(&sha256(public.spki_der())[..20]),
            encoding: EncodingKey::from_rsa_der(inner.private_key.as_bytes()),
            decoding: DecodingKey::from_rsa_components(&modulus, &exponent).map_err(unusable)?,
            modulus,
            exponent,
        })
    }

    /// `kid`: what tokens and the key set call it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `n` of its public half, base64url.
    #[must_use]
    pub fn modulus(&self) -> &str {
        &self.modulus
    }

    /// `e` of its public half, base64url.
    #[must_use]
    pub fn exponent(&self) -> &str {
        &self.exponent
    }

    /// A signed token.
    ///
    /// # Errors
    /// If the claims are no JSON object.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, CryptoError> {
        let header = Header {
            kid: Some(self.id.clone()),
            x5t: Some(self.id.clone()),
            ..Header::new(Algorithm::RS256)
        };
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(unusable)
    }

    /// The claims of a token that this key signed.
    ///
    /// # Errors
    /// If it did not, or the claims are not of that form.
    pub fn verify<T: DeserializeOwned + Clone>(&self, token: &str) -> Result<T, CryptoError> {
        verified(token, &self.decoding, Algorithm::RS256)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn unusable(error: jsonwebtoken::errors::Error) -> CryptoError {
    CryptoError::Token(error.to_string())
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("id", &self.id).finish_non_exhaustive()
    }
}
