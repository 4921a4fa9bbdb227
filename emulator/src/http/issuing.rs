//! Making what a plan asks for: the key, the request for it and the certificate, off the async threads.
//!
//! It decides nothing: when, for how long and by whom stands in the plan. Creating and renewing both come here.

use std::sync::Arc;

use crate::chance::Chance;
use crate::crypto::{self, CryptoError, KeyPool, PrivateKey};
use crate::error::Error;
use crate::pki::{Chain, Pki};
use crate::vault::certificate::Issued;
use crate::vault::issuance::{Course, Material, Plan};
use crate::vault::name::Version;

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
/// [`Error::Unexpected`] if the crypto library fails, or the authorities' keys cannot be read.
pub async fn make(
    keys: &Arc<KeyPool>,
    pki: &Arc<Pki>,
    plans: Vec<(Plan, Drawn)>,
) -> Result<Vec<(Plan, Material)>, Error> {
    let (keys, pki) = (Arc::clone(keys), Arc::clone(pki));
    let made = tokio::task::spawn_blocking(move || all(&keys, &pki, plans)).await;
    made.map_err(|error| Error::Unexpected(error.to_string()))?
}

fn all(keys: &KeyPool, pki: &Pki, plans: Vec<(Plan, Drawn)>) -> Result<Vec<(Plan, Material)>, Error> {
    let mut made: Vec<(Plan, Material)> = Vec::with_capacity(plans.len());
    for (plan, drawn) in plans {
        let plan = match made.last() {
            Some((_, previous)) => plan.following(&previous.key),
            None => plan,
        };
        let material = one(keys, pki, &plan, &drawn)?;
        made.push((plan, material));
    }
    Ok(made)
}

fn one(keys: &KeyPool, pki: &Pki, plan: &Plan, drawn: &Drawn) -> Result<Material, Error> {
    let unexpected = |error: CryptoError| Error::Unexpected(error.to_string());
    let profile = &plan.policy.profile;
    let key = match (&plan.reused_key, drawn.key_seed) {
        (Some(key), _) => Ok(key.clone()),
        (None, Some(seed)) => PrivateKey::derive(plan.policy.key, seed),
        (None, None) => keys.take(plan.policy.key),
    };
    let key = key.map_err(unexpected)?;
    let csr = crypto::certificate_request(profile, &key).map_err(unexpected)?;
    let validity = crypto::Validity { not_before: plan.not_before, not_after: plan.not_after };
    let chain = match plan.course {
        Course::Own => {
            let leaf = crypto::self_signed(profile, &key, drawn.serial, validity).map_err(unexpected)?;
            Some(Chain { leaf, above: Vec::new() })
        }
        Course::Authority => Some(pki.issue(profile, key.public_key(), drawn.serial, validity)?),
        Course::Merge | Course::Approval | Course::Failure(_) => None,
    };
    let issued = chain.map(|Chain { leaf: der, above: chain }| Issued {
        thumbprint: crypto::sha1_thumbprint(&der),
        der,
        chain,
        key: key.clone(),
    });
    Ok(Material { key, csr, issued, version: drawn.version, request_id: drawn.request_id })
}
