//! `POST /keys/{name}[/{version}]/release`: an exportable key, wrapped for an environment that its policy takes
//! (keys-and-secrets.md section 4.7, and the answer that Azure's confidential computing samples show).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

use crate::attestation::Evidence;
use crate::clock::Clock;
use crate::crypto::{KeyMaterial, PublicKey, ReleaseWrap};
use crate::error::{Error, Family, ReleaseRefusal};
use crate::http::data_plane::Call;
use crate::http::objects::Written;
use crate::http::reply::Reply;
use crate::http::writer::Writer;
use crate::vault::keys::Key;
use crate::vault::objects::View;
use crate::vault::release_policy::ReleasePolicy;
use crate::wire::keys::{KeyBundle, ReleaseRequest, ReleaseResult};

/// What is signed: the request in short, then the key.
#[derive(Serialize)]
struct Released<'a> {
    request: ReleasedFor<'a>,
    response: Response,
}

#[derive(Serialize)]
struct ReleasedFor<'a> {
    #[serde(rename = "api-version")]
    api_version: Cow<'a, str>,
    enc: &'static str,
    kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

#[derive(Serialize)]
struct Response {
    key: KeyBundle,
}

/// Releases the key of `view`.
///
/// # Errors
/// 400 for a key that may not leave and a wrapping that there is not, 403 for an environment that cannot be verified or
/// that the policy does not take, and for a disabled key.
pub async fn run(view: View<Key>, request: ReleaseRequest, call: &Call<'_>) -> Result<Reply, Error> {
    let terms = &view.version.content.terms;
    let refuse = |refusal| Error::Release(refusal);
    let policy = terms.release_policy.as_ref().filter(|_| terms.exportable);
    let policy = policy.ok_or(refuse(ReleaseRefusal::NotExportable))?;
    if !view.version.attributes.enabled {
        return Err(Error::Disabled(Family::Key, "release"));
    }
    let wrap = match request.enc.as_deref() {
        None => ReleaseWrap::default(),
        Some(name) => ReleaseWrap::from_name(name).ok_or(Error::InvalidBody)?,
    };
    let target = request.target.ok_or(Error::InvalidBody)?;
    let policy = URL_SAFE_NO_PAD.decode(&policy.data).ok().and_then(|text| ReleasePolicy::parse(&text));
    let policy = policy.ok_or(refuse(ReleaseRefusal::InvalidPolicy))?;

    let write = Writer::new(call);
    let mut bundle = Key::bundle(&view, &write);
    let request_line = ReleasedFor {
        api_version: call.target.query("api-version").unwrap_or_default().to_owned().into(),
        enc: wrap.name(),
        kid: bundle.key.kid.clone(),
        nonce: None,
    };
    let (authority, signer) = (call.attestation.clone(), std::sync::Arc::clone(call.hardware_key));
    let material = view.version.content.material.clone();
    let nonce = request.nonce;
    let signed = tokio::task::spawn_blocking(move || {
        let evidence = authority.examine(&target, Clock::wall())?;
        if !policy.is_satisfied(&evidence.issuer, &evidence.claims) {
            return Err(refuse(ReleaseRefusal::PolicyNotSatisfied));
        }
        bundle.key.key_hsm = Some(wrapped(&evidence, wrap, &material)?);
        let released = Released {
            request: ReleasedFor { nonce: nonce.as_deref(), ..request_line },
            response: Response { key: bundle },
        };
        let payload = serde_json::to_vec(&released).map_err(|error| Error::Unexpected(error.to_string()))?;
        signer.get()?.sign(&payload).map_err(|error| Error::Unexpected(error.to_string()))
    });
    let value = signed.await.map_err(|error| Error::Unexpected(error.to_string()))??;
    Reply::ok(&ReleaseResult { value })
}

/// `key_hsm`: the material, wrapped for the environment's own key.
fn wrapped(evidence: &Evidence, wrap: ReleaseWrap, material: &KeyMaterial) -> Result<String, Error> {
    let (kid, recipient) = recipient(&evidence.claims).ok_or(Error::Release(ReleaseRefusal::NoRecipient))?;
    let ciphertext = recipient.wrap_material(wrap, material);
    let ciphertext = ciphertext.map_err(|error| Error::Unexpected(error.to_string()))?;
    let sealed = json!({
        "schema_version": "1.0",
        "header": {"kid": kid, "alg": "dir", "enc": wrap.name()},
        "ciphertext": URL_SAFE_NO_PAD.encode(ciphertext),
    });
    Ok(URL_SAFE_NO_PAD.encode(sealed.to_string()))
}

/// The first RSA key of the environment that is there to encrypt for it.
fn recipient(claims: &Value) -> Option<(String, PublicKey)> {
    claims["x-ms-runtime"]["keys"].as_array()?.iter().find_map(|key| {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
        let encrypts = key["key_ops"].as_array().is_none_or(|all| all.iter().any(|op| op == "encrypt"));
        let public = PublicKey::from_rsa_numbers(&number("n")?, &number("e")?).ok()?;
        encrypts.then(|| (key["kid"].as_str().unwrap_or_default().to_owned(), public))
    })
}
