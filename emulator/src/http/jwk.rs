//! A private key as a client imports it: the JSON Web Key's members read into a key (keys-and-secrets.md section 4.2).
//!
//! It decides what a broken one is called; on what terms it is kept, the vault decides.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, EcNumbers, KeyMaterial, PrivateKey, RsaFactors, RsaNumbers, SymmetricKey};
use crate::error::{Error, HsmRefusal};
use crate::vault::Sku;
use crate::vault::key_plan::{Kind, curve, rsa_size};
use crate::wire::keys::PrivateJsonWebKey;

type Number = Zeroizing<Vec<u8>>;

/// The key of that kind that `given` spells.
///
/// It takes as long as proving that an RSA key is one: keep it off the async threads.
///
/// # Errors
/// 400 for members that are missing, no base64url or contradict each other, and for a size or curve that Key Vault does
/// not have.
pub fn material(given: &PrivateJsonWebKey, kind: Kind) -> Result<KeyMaterial, Error> {
    match kind {
        Kind::Rsa => rsa(given).map(KeyMaterial::from),
        Kind::Ec => ec(given).map(KeyMaterial::from),
        Kind::Oct => oct(given).map(KeyMaterial::from),
    }
}

fn rsa(given: &PrivateJsonWebKey) -> Result<PrivateKey, Error> {
    let (modulus, exponent) = (number("n", given.n.as_deref())?, number("e", given.e.as_deref())?);
    let private_exponent = number("d", secret(given.d.as_ref()))?;
    let [p, q, dp, dq, qi] =
        [("p", &given.p), ("q", &given.q), ("dp", &given.dp), ("dq", &given.dq), ("qi", &given.qi)]
            .map(|(name, member)| member.as_ref().map(|text| number(name, Some(text))).transpose());
    let factors = (p?, q?, dp?, dq?, qi?);
    let factors = match &factors {
        (Some(p), Some(q), Some(dp), Some(dq), Some(qi)) => Some(RsaFactors { p, q, dp, dq, qi }),
        (None, None, None, None, None) => None,
        _ => return Err(Error::InvalidBody),
    };
    let numbers =
        RsaNumbers { modulus: &modulus, exponent: &exponent, private_exponent: &private_exponent, factors };
    PrivateKey::from_rsa_numbers(&numbers).map_err(|error| match error {
        CryptoError::UnsupportedKey => unsupported_size(&modulus),
        _ => Error::InvalidBody,
    })
}

/// A size that there is, with a modulus that does not fill it, is no key of that size.
fn unsupported_size(modulus: &[u8]) -> Error {
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let top = modulus.get(zeros).map_or(8, |byte| byte.leading_zeros());
    let bits = u32::try_from((modulus.len() - zeros) * 8).unwrap_or(u32::MAX).saturating_sub(top);
    rsa_size(bits, Sku::default()).err().unwrap_or(Error::InvalidBody)
}

fn ec(given: &PrivateJsonWebKey) -> Result<PrivateKey, Error> {
    let curve = curve(given.crv.as_deref().ok_or(Error::InvalidBody)?)?;
    let (x, y) = (number("x", given.x.as_deref())?, number("y", given.y.as_deref())?);
    let scalar = number("d", secret(given.d.as_ref()))?;
    let numbers = EcNumbers { curve, x: &x, y: &y, scalar: &scalar };
    PrivateKey::from_ec_numbers(&numbers).map_err(|_| Error::InvalidBody)
}

fn oct(given: &PrivateJsonWebKey) -> Result<SymmetricKey, Error> {
    let bytes = number("k", secret(given.k.as_ref()))?;
    let bits = u32::try_from(bytes.len() * 8).unwrap_or(u32::MAX);
    SymmetricKey::from_bytes(&bytes).map_err(|_| Error::Hsm(HsmRefusal::KeySize(bits)))
}

fn secret(member: Option<&Zeroizing<String>>) -> Option<&str> {
    member.map(|text| text.as_str())
}

fn number(name: &'static str, member: Option<&str>) -> Result<Number, Error> {
    let text = member.ok_or(Error::InvalidBody)?.trim_end_matches('=');
    URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new).map_err(|_| Error::NotBase64Url(name))
}
