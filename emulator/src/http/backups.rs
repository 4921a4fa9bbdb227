//! Backups: a vault's document sealed into a blob of Azure's outer form, and back (keys-and-secrets.md section 3.4,
//! certificates.md section 2.10). What a document holds is the vault's business.
//!
//! A blob opens in every emulator that shares the data directory's key, and nowhere else.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::crypto::jwe::SealingKey;
use crate::error::{Error, Family};
use crate::http::data_plane::Call;
use crate::http::reply::Reply;
use crate::keystore::Kept;
use crate::vault::Sku;
use crate::wire::BackupValue;

/// What stands before the sealed part, its length in front. Certificates carry the keys' marker. Pools have one of their
/// own, whose form is unverified: a vault takes no pool's key, nor a pool a vault's (learn.microsoft.com, az keyvault key
/// backup: a Managed HSM's goes back into those of its security domain).
const fn marker(family: Family, sku: Sku) -> &'static str {
    match (family, sku) {
        (Family::Secret, _) => ")AzureKeyVaultSecretBackupV1.microsoft.com",
        (Family::Key, Sku::ManagedHsm) => "(AzureManagedHsmKeyBackupV1.microsoft.com",
        (Family::Key | Family::Certificate, _) => "&AzureKeyVaultKeyBackupV1.microsoft.com",
    }
}

/// 200 with `document` sealed.
///
/// # Errors
/// If the crypto library fails.
pub async fn seal<D: Serialize + Send + 'static>(
    family: Family,
    document: D,
    call: &Call<'_>,
) -> Result<Reply, Error> {
    let (key, marker) = (Arc::clone(call.backup_key), marker(family, call.settings.sku));
    let sealed = tokio::task::spawn_blocking(move || sealed(marker, &document, &key)).await;
    let value = sealed.map_err(|error| Error::Unexpected(error.to_string()))??;
    Reply::ok(&BackupValue { value })
}

/// The document that `request` holds sealed.
///
/// # Errors
/// 400 for a blob that does not open, or holds another family's.
pub async fn open<D: DeserializeOwned + Send + 'static>(
    family: Family,
    request: BackupValue,
    call: &Call<'_>,
) -> Result<D, Error> {
    let (key, marker) = (Arc::clone(call.backup_key), marker(family, call.settings.sku));
    let opened = tokio::task::spawn_blocking(move || opened(marker, &request.value, &key)).await;
    opened.map_err(|error| Error::Unexpected(error.to_string()))?
}

fn sealed<D: Serialize>(marker: &str, document: &D, key: &Kept<SealingKey>) -> Result<String, Error> {
    let unexpected = |error: &dyn std::fmt::Display| Error::Unexpected(error.to_string());
    let document = Zeroizing::new(serde_json::to_vec(document).map_err(|error| unexpected(&error))?);
    let sealed = key.get()?.seal(&document).map_err(|error| unexpected(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(format!("{marker}{sealed}")))
}

fn opened<D: DeserializeOwned>(marker: &str, value: &str, key: &Kept<SealingKey>) -> Result<D, Error> {
    let blob = URL_SAFE_NO_PAD.decode(value).map_err(|_| Error::CorruptBackup)?;
    let blob = String::from_utf8(blob).map_err(|_| Error::CorruptBackup)?;
    let sealed = blob.strip_prefix(marker).ok_or(Error::CorruptBackup)?;
    let document = key.get()?.open(sealed).map_err(|_| Error::CorruptBackup)?;
    serde_json::from_slice(&document).map_err(|_| Error::CorruptBackup)
}
