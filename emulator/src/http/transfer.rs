//! A key on its way from somebody's own HSM: the transfer blob in `key_hsm` of an import, sealed for a key exchange key
//! of the same vault ("Bring your own key specification", learn.microsoft.com; `az keyvault key import --byok-file`).
//!
//! It reads and opens the blob; on what terms the key is kept, the vault decides. What Azure says of a wrong one
//! nobody has recorded ([`Error::assumed`]): it is told as any body, any missing key, any operation that a key does not do and any ciphertext that
//! does not fit.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::crypto::{CryptoError, KeyMaterial, KeySpec, PrivateKey, SymmetricKey};
use crate::error::{Error, Family, HsmRefusal};
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::objects;
use crate::vault::key_operation::KeyOp;
use crate::vault::key_plan::{Kind, Protection};
use crate::vault::keys::Key;
use crate::vault::name::ObjectName;
use crate::vault::objects::View;

/// The one way to wrap that the specification has.
const WRAP: &str = "CKM_RSA_AES_KEY_WRAP";

/// What a blob is made of, as JSON.
#[derive(Deserialize)]
struct Blob {
    header: Header,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Header {
    /// The key exchange key.
    kid: String,
    alg: String,
    enc: String,
}

/// A blob whose key exchange key was found.
pub(super) struct Transfer {
    exchange: PrivateKey,
    ciphertext: Vec<u8>,
}

/// Reads `key_hsm` of a key to be kept so, and looks for the key that it is sealed for.
///
/// # Errors
/// 400 for what is no blob, or goes from or to software, or is sealed for something else than an RSA key; 404 for a key exchange key that
/// is not in this vault; 403 for one that does not import, or is disabled.
pub(super) fn read(key_hsm: &str, kept: Protection, call: &Call<'_>) -> Result<Transfer, Error> {
    if kept != Protection::Hardware {
        return Err(Error::InvalidBody);
    }
    let decoded = |name, text: &str| {
        URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| Error::NotBase64Url(name))
    };
    let blob: Blob = json(&decoded("key_hsm", key_hsm)?)?;
    if (blob.header.alg.as_str(), blob.header.enc.as_str()) != ("dir", WRAP) {
        return Err(Error::InvalidBody);
    }
    let ciphertext = decoded("ciphertext", &blob.ciphertext)?;
    let view = exchange_key(&blob.header.kid, call)?;
    let terms = &view.version.content.terms;
    if !terms.operations.contains(&KeyOp::Import) {
        return Err(Error::KeyOperationForbidden(KeyOp::Import.name()));
    }
    if !view.version.attributes.enabled {
        return Err(Error::Disabled(Family::Key, KeyOp::Import.name()));
    }
    match &view.version.content.material {
        KeyMaterial::Asymmetric(key)
            if matches!(key.spec(), KeySpec::Rsa(_)) && terms.protection == Protection::Hardware =>
        {
            Ok(Transfer { exchange: key.clone(), ciphertext })
        }
        _ => Err(Error::InvalidBody),
    }
}

/// The key of that identifier, which must be one of the vault's own.
fn exchange_key(kid: &str, call: &Call<'_>) -> Result<View<Key>, Error> {
    let uri: Uri = kid.parse().map_err(|_| Error::InvalidBody)?;
    let host = uri.host().unwrap_or_default();
    let vault = host.split('.').next().unwrap_or_default();
    let segments: Vec<_> = uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let (name, version) = match segments.as_slice() {
        ["keys", name] => (*name, None),
        ["keys", name, version] => (*name, Some(objects::version(Family::Key, name, version)?)),
        _ => return Err(Error::InvalidBody),
    };
    let name = ObjectName::parse(name)?;
    if !vault.eq_ignore_ascii_case(&call.vault.name) {
        return Err(Error::NotFound(Family::Key, name.to_string()));
    }
    call.vault.object::<Key>(&name, version, call.now)
}

/// The key in the blob, of the kind that the import says.
///
/// It takes as long as a decryption and the proof that an RSA key is one: keep it off the async threads.
///
/// # Errors
/// 400 for a ciphertext that does not open, and for another key than was said.
pub(super) fn open(transfer: &Transfer, kind: Kind, crv: Option<&str>) -> Result<KeyMaterial, Error> {
    let plain = transfer.exchange.unwrap_material(&transfer.ciphertext);
    let plain: Zeroizing<Vec<u8>> = plain.map_err(|error| match error {
        CryptoError::Decryption => Error::IncorrectParameter,
        other => Error::Unexpected(other.to_string()),
    })?;
    if kind == Kind::Oct {
        let bits = u32::try_from(plain.len() * 8).unwrap_or(u32::MAX);
        let key = SymmetricKey::from_bytes(&plain).map_err(|_| Error::Hsm(HsmRefusal::KeySize(bits)))?;
        return Ok(key.into());
    }
    let key = PrivateKey::from_pkcs8(&plain).map_err(|_| Error::InvalidBody)?;
    let fits = match (key.spec(), kind) {
        (KeySpec::Rsa(_), Kind::Rsa) => true,
        (KeySpec::Ec(own), Kind::Ec) => crv.is_none_or(|crv| crv == own.name()),
        _ => false,
    };
    if fits { Ok(key.into()) } else { Err(Error::InvalidBody) }
}
