//! Backups: the vault's document sealed into a blob of Azure's outer form, and back (keys-and-secrets.md section 3.4,
//! certificates.md section 2.10).
//!
//! A blob opens in every emulator that shares the data directory's key, and nowhere else.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::crypto::jwe::SealingKey;
use crate::error::Error;
use crate::http::certificate_bodies::Writer;
use crate::http::data_plane::Call;
use crate::http::reply::Reply;
use crate::keystore::Kept;
use crate::vault::backup::Backup;
use crate::vault::name::ObjectName;
use crate::wire::BackupValue;

/// What stands before the sealed part, its length in front. Certificates carry the keys' marker.
const MARKER: &str = "&AzureKeyVaultKeyBackupV1.microsoft.com";

/// `POST /certificates/{name}/backup`.
///
/// # Errors
/// 404.
pub async fn backup(name: &ObjectName, call: &Call<'_>) -> Result<Reply, Error> {
    let backup = call.vault.backup_certificate(name, call.now)?;
    let key = Arc::clone(call.backup_key);
    let sealed = tokio::task::spawn_blocking(move || seal(&backup, &key)).await;
    let value = sealed.map_err(|error| Error::Unexpected(error.to_string()))??;
    Reply::ok(&BackupValue { value })
}

/// `POST /certificates/restore`.
///
/// # Errors
/// 400 for a blob that does not open; 409 if the name is in use.
pub async fn restore(request: BackupValue, call: &Call<'_>) -> Result<Reply, Error> {
    let key = Arc::clone(call.backup_key);
    let opened = tokio::task::spawn_blocking(move || open(&request.value, &key)).await;
    let backup = opened.map_err(|error| Error::Unexpected(error.to_string()))??;
    let write = Writer::new(call);
    let identify = |name: &ObjectName, version| write.id("certificates", name, Some(version));
    write.certificate(&call.vault.restore_certificate(backup, call.now, identify)?)
}

fn seal(backup: &Backup, key: &Kept<SealingKey>) -> Result<String, Error> {
    let unexpected = |error: &dyn std::fmt::Display| Error::Unexpected(error.to_string());
    let document = Zeroizing::new(serde_json::to_vec(backup).map_err(|error| unexpected(&error))?);
    let sealed = key.get()?.seal(&document).map_err(|error| unexpected(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(format!("{MARKER}{sealed}")))
}

fn open(value: &str, key: &Kept<SealingKey>) -> Result<Backup, Error> {
    let blob = URL_SAFE_NO_PAD.decode(value).map_err(|_| Error::CorruptBackup)?;
    let blob = String::from_utf8(blob).map_err(|_| Error::CorruptBackup)?;
    let sealed = blob.strip_prefix(MARKER).ok_or(Error::CorruptBackup)?;
    let document = key.get()?.open(sealed).map_err(|_| Error::CorruptBackup)?;
    serde_json::from_slice(&document).map_err(|_| Error::CorruptBackup)
}
