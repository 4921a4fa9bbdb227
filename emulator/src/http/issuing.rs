//! Making what a plan asks for: the key, the request for it and the certificate, off the async threads.
//!
//! It decides nothing: when, for how long and by whom stands in the plan. Creating and renewing both come here.

use std::sync::Arc;

use crate::chance::Chance;
use crate::crypto::{self, CryptoError, KeyPool, PrivateKey};
use crate::error::Error;
use crate::vault::certificate::Issued;
use crate::vault::issuance::{Material, Plan};
use crate::vault::name::Version;
use crate::vault::policy::IssuedBy;

/// What is drawn for one plan, before anything is made.
#[derive(Debug)]
pub struct Drawn {
    version: Version,
    serial: [u8; 16],
    key_seed: Option<[u8; 32]>,
    request_id: Version,
}

impl Drawn {
    /// Draws it.
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        let (version, serial) = (chance.version(), chance.serial());
        Self { version, serial, key_seed: chance.key_seed(), request_id: chance.version() }
    }
}

/// Makes one version after another.
///
/// # Errors
/// [`Error::Unexpected`] if the crypto library fails.
pub async fn make(keys: &Arc<KeyPool>, plans: Vec<(Plan, Drawn)>) -> Result<Vec<(Plan, Material)>, Error> {
    let keys = Arc::clone(keys);
    let made = tokio::task::spawn_blocking(move || all(&keys, plans)).await;
    made.map_err(|error| Error::Unexpected(error.to_string()))?
        .map_err(|error| Error::Unexpected(error.to_string()))
}

fn all(keys: &KeyPool, plans: Vec<(Plan, Drawn)>) -> Result<Vec<(Plan, Material)>, CryptoError> {
    let mut made: Vec<(Plan, Material)> = Vec::with_capacity(plans.len());
    for (plan, drawn) in plans {
        let plan = match made.last() {
            Some((_, previous)) => plan.following(&previous.key),
            None => plan,
        };
        let material = one(keys, &plan, &drawn)?;
        made.push((plan, material));
    }
    Ok(made)
}

fn one(keys: &KeyPool, plan: &Plan, drawn: &Drawn) -> Result<Material, CryptoError> {
    let (policy, profile) = (&plan.policy, &plan.policy.profile);
    let key = match (&plan.reused_key, drawn.key_seed) {
        (Some(key), _) => key.clone(),
        (None, Some(seed)) => PrivateKey::derive(policy.key, seed)?,
        (None, None) => keys.take(policy.key)?,
    };
    let csr = crypto::certificate_request(profile, &key)?;
    let issued = match policy.issued_by() {
        IssuedBy::Merge => None,
        IssuedBy::Own | IssuedBy::Authority => {
            let validity = crypto::Validity { not_before: plan.not_before, not_after: plan.not_after };
            let der = crypto::self_signed(profile, &key, drawn.serial, validity)?;
            let thumbprint = crypto::sha1_thumbprint(&der);
            Some(Issued { thumbprint, der, chain: Vec::new(), key: key.clone() })
        }
    };
    Ok(Material { key, csr, issued, version: drawn.version, request_id: drawn.request_id })
}
