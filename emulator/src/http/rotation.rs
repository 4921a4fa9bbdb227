//! Rotating keys: on request, and catching up with their policies before anybody looks.
//!
//! What is due is decided by [`crate::vault::rotation`]; what is drawn for it comes from a sequence apart, as for
//! certificates ([`crate::http::renewal`]).

use std::sync::Arc;

use crate::crypto::{KeyKind, KeyMaterial, KeyPool, SymmetricKey};
use crate::error::Error;
use crate::http::State;
use crate::http::data_plane::Call;
use crate::http::objects::{Written, reply};
use crate::http::reply::Reply;
use crate::http::writer::Writer;
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::keys::Key;
use crate::vault::name::{ObjectName, Version};
use crate::vault::renewal::Scope;
use crate::vault::rotation::DueRotation;
use crate::vault::rotation_policy::unset;
use crate::wire::rotation::RotationPolicy;

/// A new key of that kind, made off the async threads; from `seed`, if there is one.
///
/// # Errors
/// [`Error::Unexpected`] when the crypto library fails.
pub async fn make(keys: &Arc<KeyPool>, kind: KeyKind, seed: Option<[u8; 32]>) -> Result<KeyMaterial, Error> {
    let keys = Arc::clone(keys);
    let made = tokio::task::spawn_blocking(move || match (seed, kind) {
        (Some(seed), _) => KeyMaterial::derive(kind, seed),
        (None, KeyKind::Asymmetric(spec)) => keys.take(spec).map(KeyMaterial::from),
        (None, KeyKind::Symmetric(size)) => SymmetricKey::generate(size).map(KeyMaterial::from),
    });
    let made = made.await.map_err(|error| Error::Unexpected(error.to_string()))?;
    made.map_err(|error| Error::Unexpected(error.to_string()))
}

/// `POST /keys/{name}/rotate`.
///
/// # Errors
/// 404; 403 for a certificate's.
pub async fn rotate(name: &ObjectName, call: &Call<'_>) -> Result<Reply, Error> {
    let kind = call.vault.plan_rotation(name, call.now)?;
    let (version, seed) = (call.draw.version(), call.draw.key_seed());
    let material = make(call.keys, kind, seed).await?;
    reply(&call.vault.rotate_key(name, material, version, call.now)?, &Writer::new(call))
}

/// `GET /keys/{name}/rotationpolicy`.
///
/// # Errors
/// 404; 403 for a certificate's.
pub fn policy(name: &ObjectName, call: &Call<'_>) -> Result<Reply, Error> {
    let (name, policy) = call.vault.rotation_policy(name, call.now)?;
    Reply::ok(&policy.map_or_else(unset, |policy| policy.to_wire(policy_id(&name, call))))
}

/// `PUT /keys/{name}/rotationpolicy`.
///
/// # Errors
/// 404; 403 for a certificate's; 400 for what is no policy.
pub fn set_policy(name: &ObjectName, given: RotationPolicy, call: &Call<'_>) -> Result<Reply, Error> {
    let (name, policy) = call.vault.set_rotation_policy(name, given, call.now)?;
    Reply::ok(&policy.to_wire(policy_id(&name, call)))
}

fn policy_id(name: &ObjectName, call: &Call<'_>) -> String {
    format!("{}/rotationpolicy", Writer::new(call).id(Key::COLLECTION, name, None))
}

/// Brings the keys that somebody is about to touch to `now`.
///
/// # Errors
/// [`Error::Unexpected`] if a key cannot be made.
pub async fn catch_up(state: &State, vault: &Vault, scope: &Scope, now: Timestamp) -> Result<(), Error> {
    if !vault.may_rotate(now) {
        return Ok(());
    }
    // Whoever loses against another reader, or against a change, looks again; what was taken in is due no more.
    loop {
        let due = vault.due_rotations(scope, now);
        if due.is_empty() {
            return Ok(());
        }
        for due in due {
            let made = make_due(&due, state, vault).await?;
            vault.rotate_due(&due, made, now);
        }
    }
}

async fn make_due(
    due: &DueRotation,
    state: &State,
    vault: &Vault,
) -> Result<Vec<(Version, KeyMaterial)>, Error> {
    let name = due.name.key().to_string();
    let mut made = Vec::with_capacity(due.instants.len());
    for at in &due.instants {
        let draw = state.chance.apart(&["rotation", &vault.name, &name, &at.millis().to_string()]);
        made.push((draw.version(), make(&state.keys, due.kind, draw.key_seed()).await?));
    }
    Ok(made)
}
