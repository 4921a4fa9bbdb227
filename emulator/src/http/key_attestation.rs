//! `GET /keys/{name}[/{version}]/attestation`: a pool's word that a key was made in its hardware (keys-and-secrets.md
//! section 4.8).
//!
//! On Azure the attestations are in the form of the hardware's maker. Here each is a JSON Web Signature in compact form,
//! by the first of the certificates that come with it: the same members, another thing to verify.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::crypto::CertifiedKey;
use crate::error::Error;
use crate::http::data_plane::Call;
use crate::http::objects::Written;
use crate::http::reply::Reply;
use crate::http::writer::Writer;
use crate::vault::keys::Key;
use crate::vault::objects::View;
use crate::wire::keys::{JsonWebKey, KeyAttestation};

/// What form the attestations have.
const VERSION: &str = "1.0";

/// Attests the key of `view`.
///
/// # Errors
/// If the hardware's key can be neither read nor made.
pub async fn run(view: View<Key>, call: &Call<'_>) -> Result<Reply, Error> {
    let mut bundle = Key::bundle(&view, &Writer::new(call));
    let signer = Arc::clone(call.hardware_key);
    let attested = tokio::task::spawn_blocking(move || {
        bundle.attributes.attestation = Some(attest(signer.get()?, &bundle.key)?);
        Ok(bundle)
    });
    let reply = Reply::ok(&attested.await.map_err(|error| Error::Unexpected(error.to_string()))??)?;
    Ok(reply.showing(view.version.version))
}

/// The private half is told apart by its name alone; of a symmetric key there is no other.
fn attest(signer: &CertifiedKey, key: &JsonWebKey) -> Result<KeyAttestation, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Unexpected(error.to_string());
    let sign = |half: &str| {
        let statement = json!({"half": half, "madeInHardware": true, "key": key});
        let signed = signer.sign(statement.to_string().as_bytes()).map_err(|error| failed(&error))?;
        Ok::<_, Error>(URL_SAFE_NO_PAD.encode(signed))
    };
    let chain = signer.chain_pem().map_err(|error| failed(&error))?;
    let is_pair = key.n.is_some() || key.x.is_some();
    Ok(KeyAttestation {
        certificate_pem_file: URL_SAFE_NO_PAD.encode(chain),
        private_key_attestation: sign("private")?,
        public_key_attestation: is_pair.then(|| sign("public")).transpose()?,
        version: VERSION,
    })
}
